"""Agreement figures, computed by hand and compared with the published tables."""

import pytest

from modelsmith.exam.checks.result import Outcome
from modelsmith.judges.agreement import Confusion, agreement_of, confusion_of, lower_bound

MET, NOT_MET, ABSTAINED = Outcome.MET, Outcome.NOT_MET, Outcome.UNSCORED


def test_the_coefficients_are_those_computed_by_hand() -> None:
    # n = 100, agreed 85; labels met .50, grader met .45.
    figures = agreement_of(Confusion(agreed_met=40, missed=10, raised=5, agreed_not_met=45))
    assert (figures.raw, figures.sensitivity, figures.specificity) == (0.85, 0.8, 0.9)
    # pe = .5 * .45 + .5 * .55 = .5
    assert figures.kappa == pytest.approx(0.7)
    # q = .475, pe = 2 * .475 * .525 = .49875
    assert figures.ac1 == pytest.approx(0.35125 / 0.50125)
    # N = 200 values, 95 of them met: De = 2 * 95 * 105 / (200 * 199), Do = .15
    assert figures.alpha == pytest.approx(1 - 0.15 * 200 * 199 / (2 * 95 * 105))


def test_perfect_agreement_is_one_everywhere() -> None:
    figures = agreement_of(Confusion(agreed_met=3, agreed_not_met=7))
    assert (figures.kappa, figures.ac1, figures.alpha, figures.raw) == (1, 1, 1, 1)


def test_a_grader_that_always_says_met_looks_good_to_raw_agreement_and_ac1_alone() -> None:
    # evalscience, S-5c: prevalence .95, AC1 .95, balanced accuracy .50
    figures = agreement_of(Confusion(agreed_met=95, raised=5))
    assert figures.raw == 0.95
    assert figures.ac1 == pytest.approx(0.9475, abs=1e-3)
    assert figures.kappa == 0
    assert (figures.sensitivity, figures.specificity) == (1, 0)
    assert figures.specificity_bound == 0


@pytest.mark.parametrize(
    ("least", "total"), [(26, 30), (42, 50), (81, 100)], ids=["N=60", "N=100", "N=200"]
)
def test_the_lower_bound_reaches_three_quarters_at_the_published_counts(
    least: int, total: int
) -> None:
    # evalscience, section 1.5, "Counts"
    assert lower_bound(least, total) >= 0.75 > lower_bound(least - 1, total)


def test_the_lower_bound_is_clopper_and_pearsons() -> None:
    # all of n right: the bound solves p ** n = .1
    assert lower_bound(10, 10) == pytest.approx(0.1 ** (1 / 10))
    assert lower_bound(0, 10) == 0
    assert lower_bound(0, 0) == 0


def test_an_abstention_is_wrong_for_whichever_class() -> None:
    counts = confusion_of([(MET, ABSTAINED), (NOT_MET, ABSTAINED), (MET, MET), (NOT_MET, NOT_MET)])
    assert counts == Confusion(agreed_met=1, missed=1, raised=1, agreed_not_met=1, abstained=2)
    assert (counts.met, counts.not_met, counts.total, counts.agreed) == (2, 2, 4, 2)


def test_nothing_labelled_has_no_figures_and_no_bounds() -> None:
    figures = agreement_of(confusion_of([]))
    assert (figures.raw, figures.kappa, figures.ac1, figures.alpha) == (None, None, None, None)
    assert (figures.sensitivity, figures.sensitivity_bound) == (None, 0)


def test_kappa_and_alpha_are_undefined_where_both_always_say_the_same() -> None:
    figures = agreement_of(Confusion(agreed_met=9))
    assert (figures.kappa, figures.alpha, figures.ac1) == (None, None, 1)


def test_people_do_not_abstain() -> None:
    with pytest.raises(ValueError, match="people do not abstain"):
        confusion_of([(ABSTAINED, MET)])
