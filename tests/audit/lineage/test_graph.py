"""The graph of what came from what."""

from itertools import pairwise

import pytest

from modelsmith.audit.lineage.graph import Graph, Kind, RowSource, begins, named


@pytest.fixture
def graph():
    """Return Ann -> A_B -> rows -> adapter -> promotion, and Bob -> C_D beside it."""
    graph = Graph()
    keys = [
        graph.add(Kind.PERSON, "ann@x.org", "Ann", {"name": "Ann"}),
        graph.add(Kind.SCENARIO, "A_B@" + "1" * 64, "A_B", {"sha256": "1" * 64}),
        graph.add(
            Kind.ROWS,
            "tiny#2/A_B",
            "rows",
            rows=[
                RowSource(
                    sha256="9" * 64,
                    scenario="A_B__V1",
                    scenario_sha256="8" * 64,
                    origin="composed",
                )
            ],
        ),
        graph.add(Kind.ADAPTER, "2" * 64, "adapter", {"sha256": "2" * 64}),
        graph.add(Kind.PROMOTION, "ad/tiny-1", "promotion", {"version": "tiny-1"}),
    ]
    for source, target in pairwise(keys):
        graph.join(source, target, "went into")
    bob, other = graph.add(Kind.PERSON, "bob@x.org", "Bob"), graph.add(Kind.SCENARIO, "C_D@3", "C")
    graph.join(bob, other, "wrote")
    graph.add(Kind.RUN, "tiny", "run tiny")
    graph.add(Kind.MODEL, "4" * 64, "model", {"name": "tiny"})
    return graph


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("A_B", "scenario:A_B@" + "1" * 64),
        ("1111111", "scenario:A_B@" + "1" * 64),
        ("sha256:2222222", "adapter:" + "2" * 64),
        (" 2222222 ", "adapter:" + "2" * 64),
        ("ad/tiny-1", "promotion:ad/tiny-1"),
        ("tiny-1", "promotion:ad/tiny-1"),
        ("ANN@x.org", "person:ann@x.org"),
        ("Ann", "person:ann@x.org"),
        ("tiny", "run:tiny"),
        ("runs/tiny/", "run:tiny"),
        ("model:" + "4" * 64, "model:" + "4" * 64),
        ("A_B__V1", "rows:tiny#2/A_B"),
        ("9999999", "rows:tiny#2/A_B"),
    ],
)
def test_one_thing_has_several_names(graph, words, key):
    assert named(graph, words) == [key]


@pytest.mark.parametrize("words", ["", "1", "111111", "A_", "nobody@x.org", "sha256:"])
def test_what_names_nothing_names_nothing(graph, words):
    assert named(graph, words) == []


def test_seven_digits_are_enough_and_six_are_not():
    assert begins("abcdef0123", "ABCDEF0")
    assert not begins("abcdef0123", "abcdef")
    assert not begins("abcdef0123", "abcdef1")


def test_both_directions_and_nothing_beside(graph):
    found = graph.around("x", ["adapter:" + "2" * 64], [])
    assert found.origins == ("person:ann@x.org", "scenario:A_B@" + "1" * 64, "rows:tiny#2/A_B")
    assert found.influence == ("promotion:ad/tiny-1",)
    assert {node.key for node in found.nodes} == {*found.starts, *found.origins, *found.influence}
    assert len(found.edges) == 4


def test_what_hangs_together_only_through_both_directions_is_left_out(graph):
    second = graph.add(Kind.SCENARIO, "E_F@5", "E")
    graph.join(second, "rows:tiny#2/A_B", "was made into")
    found = graph.around("x", ["scenario:A_B@" + "1" * 64], [])
    assert second not in {node.key for node in found.nodes}


def test_a_circle_ends():
    graph = Graph()
    one, two = graph.add(Kind.ADAPTER, "1", "one"), graph.add(Kind.ENTRY, "2", "two")
    graph.join(one, two, "in")
    graph.join(two, one, "made")
    found = graph.around("x", [one], [])
    assert found.origins == found.influence == (two,)


def test_saying_more_of_a_thing_keeps_what_was_said(graph):
    graph.add(Kind.RUN, "tiny", "run tiny", {"a": "1"})
    graph.add(Kind.RUN, "tiny", "run tiny", {"b": "2"})
    assert graph.nodes["run:tiny"].facts == {"a": "1", "b": "2"}
