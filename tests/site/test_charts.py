import pytest

from modelsmith.site.charts import bar, curve, marks


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (1, (0, 0.2, 0.4, 0.6, 0.8, 1)),
        (2.6, (0, 1, 2, 3)),
        (180, (0, 50, 100, 150, 200)),
        (0.07, (0, 0.02, 0.04, 0.06, 0.08)),
        (1000, (0, 200, 400, 600, 800, 1000)),
        (0, (0, 1)),
    ],
)
def test_marks_are_round_and_reach_the_largest_figure(most, expected):
    assert marks(most) == pytest.approx(expected)
    assert marks(most)[-1] >= most


def test_a_curve_runs_from_left_to_right_and_lower_figures_lie_lower():
    found = curve([(1, 2.0), (2, 1.0), (4, 0.0)])
    assert found.points == "196,12 340,105 628,198"
    assert [mark.text for mark in found.across] == ["0", "1", "2", "3", "4"]
    assert (found.across[0].at, found.across[-1].at) == (52, 628)
    assert (found.up[0].at, found.up[0].text) == (198, "0")
    assert found.dot is None


def test_a_single_figure_is_a_dot():
    assert curve([(1, 1.0)]).dot == (628, 12)


def test_a_bar_shows_the_rate_within_its_interval():
    assert bar(0.5, 0.25, 1.0) == (60, 30, 90)
    assert bar(0.0, 0.0, 0.0) == (0, 0, 0)
