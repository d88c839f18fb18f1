"""Rubrics by points and levels, asked within conversations, walk from eval to a gate's answer."""

import json

from modelsmith.exam.scenario import PassRule
from tests.support.graded import RULE, in_grades
from tests.support.plain_words import a_plain_run
from tests.support.runs import learning


def lines_in(workshop, pattern):
    return [
        json.loads(line)
        for path in sorted(workshop.folder.glob(pattern))
        for line in path.read_text().splitlines()
    ]


def test_a_run_on_points_levels_and_conversations_is_walked_judged_and_replayed(tmp_path):
    workshop, models = a_plain_run(
        tmp_path,
        judges=("claude-j", "gpt-j"),
        twin=in_grades,
        benchmark={"passes": RULE},
        ladder=["rejection-sampling"],
        skill=learning(0.5, 0.8, 1.0),
    )
    rules = {one.passes for one in workshop.snapshot.sealed}
    assert rules == {PassRule(share=0.6), PassRule(level=4)}
    entry = workshop.go()
    assert workshop.events()[-1] == "staged", entry.facts
    rows = lines_in(workshop, "*-train/rows.jsonl")
    assert {tuple(turn["role"] for turn in row["prompt"]) for row in rows} >= {
        ("system", "user", "assistant", "user")
    }
    shapes = {ask.shape.name for _, ask in models.sent if ask.purpose == "judge"}
    assert shapes == {"opinion", "level"}
    opinions = lines_in(workshop, "*/opinions*.jsonl")
    assert {one["level"] for one in opinions if "level" in one} == {1, 5}
    assert workshop.replay().differences == ()
