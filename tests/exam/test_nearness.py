import pytest

from modelsmith.exam.leakage import BLOCK, nearest_scores
from modelsmith.exam.similarity import Vectors, cosine, jaccard, likeness_of, number_jaccard
from tests.support.runs import an_exam
from tests.support.scenarios import a_scenario


def one_pair_at_a_time(corpus, vectors, held_out):
    nearest = {}
    for ours in corpus:
        for theirs in corpus:
            if ours.family == theirs.family:
                continue
            if (ours.scenario in held_out) != (theirs.scenario in held_out):
                continue
            score = (
                0.5 * cosine(vectors.vector(ours), vectors.vector(theirs))
                + 0.3 * number_jaccard(ours.numbers, theirs.numbers)
                + 0.2 * jaccard(ours.names, theirs.names)
            )
            nearest[ours.scenario] = max(nearest.get(ours.scenario, 0.0), score)
    return sorted(nearest.values())


def corpus_of(*scenarios):
    corpus = [likeness_of(scenario) for scenario in scenarios]
    return corpus, Vectors(corpus)


@pytest.mark.parametrize("guarded", [0, 3, 12])
def test_matrix_products_give_what_pairs_one_at_a_time_give(guarded):
    exam = an_exam()
    twins = [
        a_scenario(f"TWIN_{n}X", figure=40 + n, description=text)
        for n, text in enumerate(
            ["Meadowlark saw 41 % less spend on Kestrel since Monday."] * 2
            + ["Meadowlark saw 12 % and 12 % less spend on Osprey since Monday."]
        )
    ]
    corpus, vectors = corpus_of(*exam.train, *exam.steer, *exam.sealed, *twins)
    held_out = {one.scenario for one in corpus[:guarded]}
    found = nearest_scores(corpus, vectors, held_out)
    assert found == pytest.approx(one_pair_at_a_time(corpus, vectors, held_out), abs=1e-12)
    assert found[-1] > 0.6


def test_more_scenarios_than_a_block_are_compared_across_blocks():
    scenarios = [
        a_scenario(f"FAMILY_{n}X", figure=n, description=f"Word{n} alone describes this one.")
        for n in range(BLOCK + 2)
    ]
    copy = a_scenario("COPY_OF_FIRST", figure=0, description=scenarios[0].description)
    corpus, vectors = corpus_of(*scenarios, copy)
    found = nearest_scores(corpus, vectors, set())
    assert len(found) == BLOCK + 3
    assert found[-2:] == pytest.approx([found[-1]] * 2)
    assert found[-1] > 0.75 > found[-3]


def test_a_scenario_without_a_neighbour_has_no_score():
    assert nearest_scores([], Vectors([]), set()) == []
    assert nearest_scores(*corpus_of(a_scenario("A_ONE")), set()) == []
    family = (a_scenario("A_ONE"), a_scenario("A_ONE__V1", figure=3))
    assert nearest_scores(*corpus_of(*family), set()) == []
    assert nearest_scores(*corpus_of(a_scenario("A_ONE"), a_scenario("B_ONE")), {"A_ONE"}) == []
