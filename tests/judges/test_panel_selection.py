"""Who decides a comparison, and whose words a specialist was trained on."""

from collections.abc import Collection, Sequence

import pytest

from modelsmith.judges.panel_selection import (
    ComparisonPanel,
    ModelAncestry,
    alone_in,
    in_all,
    matched_panel,
)
from modelsmith.loop.phases.model_ancestry import target_shares
from modelsmith.models.generation import Message
from modelsmith.models.source import ModelSource
from modelsmith.training.curriculum import TrainingRow

FAMILIES = {"claude-j": "claude", "gemini-j": "gemini", "gpt-j": "gpt", "llama-j": "llama"}


def all_of(judges: Collection[str]) -> Sequence[str]:
    return tuple(sorted(judges))


def best_of(best: str):
    return lambda judges: (best,) if best in judges else tuple(sorted(judges))


def panel(rival: str | None = "claude", decide=all_of, judges=FAMILIES, **kinship: object):
    return matched_panel(judges, ModelAncestry(**kinship), rival, decide)


def test_judges_of_the_baseline_s_family_and_of_the_base_model_s_are_left_out_for_both_sides():
    found = panel(base="llama")
    assert found.judges == ("gemini-j", "gpt-j")
    assert found.is_enough
    assert found.words == (
        "judged by gemini-j, gpt-j; left out: claude-j (of the baseline's family claude); "
        "llama-j (of the base model's family llama)"
    )


def test_a_family_that_wrote_more_than_a_twentieth_of_the_targets_is_left_out():
    assert "gpt-j" in panel(shares={"gpt": 0.05}).judges
    found = panel(shares={"gpt": 0.06})
    assert found.judges == ("gemini-j", "llama-j")
    assert found.left_out["gpt-j"] == "its family gpt wrote 6% of the training targets"


def test_a_stand_in_keeps_every_judge_but_those_of_the_base_model():
    assert panel(rival=None).judges == tuple(FAMILIES)


def test_judges_that_picked_the_targets_and_decide_alone_are_named_as_such():
    alone = panel(rival=None, judges={"gpt-j": "gpt"}, accepting=("gpt",))
    assert alone.words == "judged by gpt-j alone, which accepted training targets too"
    others = panel(rival=None, accepting=("gpt",))
    assert others.words == (
        "judged by claude-j, gemini-j, llama-j; left out: gpt-j (its family gpt accepted training "
        "targets)"
    )
    assert alone_in([alone, others, alone]) == ("gpt-j",)
    assert alone_in([others]) == ()


def test_a_panel_of_nobody_or_of_a_single_judge_is_not_enough():
    alone = panel(judges={"gpt-j": "gpt", "claude-j": "claude"})
    assert (alone.judges, alone.is_enough) == (("gpt-j",), False)
    nobody = panel(judges={"claude-j": "claude"})
    assert (nobody.judges, nobody.is_enough) == ((), False)
    assert nobody.words.startswith("judged by nobody; left out: claude-j (of the baseline's")


def test_who_picked_the_targets_decides_only_where_nobody_else_may():
    found = panel(decide=best_of("gpt-j"), accepting=("gpt",))
    assert (found.judges, found.accepting) == (("gemini-j", "llama-j"), ())
    assert found.left_out["gpt-j"] == "its family gpt accepted training targets"
    two = {"claude-j": "claude", "gpt-j": "gpt"}
    left = panel(rival=None, decide=best_of("gpt-j"), judges=two, accepting=("gpt",))
    assert (left.judges, left.is_enough, left.is_independent) == (("claude-j",), True, True)
    alone = panel(judges=two, accepting=("gpt",))
    assert (alone.judges, alone.is_enough, alone.is_independent) == (("gpt-j",), False, False)


def test_a_single_judge_is_enough_where_the_exam_shows_it_as_good_as_the_panel():
    among_several = panel(decide=best_of("gpt-j"))
    assert (among_several.judges, among_several.is_enough) == (("gpt-j",), True)
    assert among_several.left_out["llama-j"] == "the exam shows gpt-j alone as good as the panel"
    two = {"gpt-j": "gpt", "claude-j": "claude"}
    assert panel(judges=two, decide=best_of("gpt-j")).is_enough
    assert not panel(judges=two, decide=best_of("claude-j")).is_enough


def test_a_judge_without_a_certificate_decides_nothing():
    def certified(judges: Collection[str]) -> Sequence[str]:
        return tuple(sorted({*judges} - {"gpt-j"}))

    found = panel(decide=certified)
    assert found.judges == ("gemini-j", "llama-j")
    assert found.left_out["gpt-j"] == "not certified"


def test_the_headline_is_graded_by_who_judges_every_comparison():
    panels = [panel(rival=rival) for rival in ("claude", "gemini", "gpt")]
    assert in_all(panels) == ("llama-j",)
    assert in_all([*panels, panel(rival="llama")]) == ()
    assert in_all([]) == ()


def a_row(scenario: str, origin: str = "composed") -> TrainingRow:
    return TrainingRow(
        scenario=scenario,
        scenario_sha256="a" * 64,
        origin=origin,
        prompt=(Message(role="user", content="?"),),
        target="an answer",
    )


def test_the_share_of_a_family_is_that_of_the_targets_composed_from_its_rubrics():
    authors = {"A__1": "gpt-1", "A__2": "gpt-2", "B__1": "claude-1", "C__1": "mutator"}
    families = {"gpt-1": "gpt", "gpt-2": "gpt", "claude-1": "claude"}
    rows = [a_row(name) for name in ("A", "A__1", "A__2", "B", "B__1", "C__1")]
    rows += [a_row("A__1", "sampled"), a_row("B__1", "labelled")]
    assert target_shares(rows, authors, families) == {"claude": 0.125, "gpt": 0.25}
    assert target_shares([a_row("A")], authors, families) == {}


@pytest.mark.parametrize(
    ("fields", "descent"),
    [
        ({"name": "smollm2-135m-instruct"}, "smollm"),
        ({"name": "other", "path": "models/other"}, None),
        ({"name": "other", "path": "models/other", "family": "qwen"}, "qwen"),
    ],
)
def test_a_base_model_s_family_is_known_or_said(fields, descent):
    assert ModelSource(**fields).descent == descent


def test_a_panel_reads_back_from_its_bytes():
    found = panel(base="llama")
    assert ComparisonPanel.model_validate_json(found.canonical()) == found
