from modelsmith.exam.answers import Answered, Invariance, invariance
from modelsmith.models.generation import Answer
from tests.support.engines import ScriptedEngine
from tests.support.runs import LearningEngines, a_workshop, learning


def said(**texts):
    return [
        Answered(
            scenario=scenario,
            scenario_sha256="0" * 64,
            batch="b" * 64,
            answer=None
            if text is None
            else Answer(text=text, finish="stop", prompt_tokens=1, answer_tokens=1, latency_s=0.1),
        )
        for scenario, text in texts.items()
    ]


def test_answers_that_do_not_depend_on_the_batch_are_all_the_same():
    found = invariance(said(A="x", B="y", C="z"), said(A="x", B="y"))
    assert found == Invariance(same=2, tried=2, differing=())


def test_an_answer_that_depends_on_the_batch_is_counted_out_and_named():
    found = invariance(said(A="x", B="y"), said(A="x", B="Y"))
    assert found == Invariance(same=1, tried=2, differing=("B",))
    assert found.words() == (
        "1 of 2 greedy answers are the same alone as in their batch; batches are fixed by plan"
    )


def test_a_lost_answer_is_not_counted_as_a_difference():
    assert invariance(said(A=None, B="y"), said(A="x", B=None)) == Invariance(
        same=0, tried=0, differing=()
    )
    assert invariance(said(A="x"), []).tried == 0


class Crowded(ScriptedEngine):
    """Says something else to its first prompt when others ride along."""

    def answers(self, batch, sampling):
        first, *rest = super().answers(batch, sampling)
        if rest:
            first = first.model_copy(update={"text": "crowded"})
        return (first, *rest)


class CrowdedEngines(LearningEngines):
    def made(self, **settings):
        return Crowded(self._says, **settings)


def measured(workshop):
    found = Invariance.model_validate_json(
        (workshop.folder / "001-eval/invariance.json").read_bytes()
    )
    return found, (workshop.folder / "001-eval/report.md").read_text()


def test_the_first_evaluation_measures_it_on_four_prompts_and_the_report_says_so(tmp_path):
    workshop = a_workshop(tmp_path)
    entry = workshop.steps(1)
    found, report = measured(workshop)
    assert (found.same, found.tried) == (4, 4)
    assert f"- {found.words()}\n" in report
    assert {"001-eval/alone-steer.jsonl", "001-eval/invariance.json"} <= set(entry.evidence)
    singles = [b for e in workshop.engines.opened_engines for b in e.asked if len(b) == 1]
    assert len(singles) == 4


def test_a_model_whose_answers_depend_on_their_batch_is_told_on(tmp_path):
    workshop = a_workshop(tmp_path, engines=CrowdedEngines(learning(1.0)))
    workshop.steps(1)
    found, report = measured(workshop)
    assert found.same < found.tried == 4
    assert f"{found.same} of 4 greedy answers are the same alone as in their batch" in report


def test_later_rounds_do_not_measure_it_again(tmp_path):
    workshop = a_workshop(tmp_path)
    entry = workshop.steps(5)
    assert entry.event.value == "evaluated"
    assert not [path for path in entry.evidence if "invariance" in path or "alone" in path]
