"""A new scenario file to write over: valid, commented, one line of each kind of check."""

import json

from modelsmith.documents.json_schema import example_of
from modelsmith.exam.authoring.lint import METRIC_TO_READ, REPLACE_TEXT, REPLACE_WORDS
from modelsmith.exam.benchmark import AnswerSection, Benchmark
from modelsmith.exam.scenario import OutcomeType


def scaffold(  # noqa: PLR0913 - the choices of the command
    benchmark: Benchmark,
    comments: tuple[str, ...],
    *,
    scenario_id: str,
    outcome: OutcomeType,
    lens: str,
    category: str,
) -> str:
    """Return the text of a new scenario file.

    Args:
        benchmark: Its vocabularies and answer format.
        comments: The comment lines that such a file begins with.
        scenario_id: The new id.
        outcome: What a right answer does.
        lens: Whose eyes the answer is written for.
        category: The capability that is examined.
    """
    mechanic = json.dumps(example_of(benchmark.mechanic.schema_))
    labels = benchmark.categories[category].verdicts
    clear = benchmark.answer_format.clear_verdict
    flagged = next((label for label in labels if label != clear), clear)
    right, wrong = (flagged, clear) if outcome.flags else (clear, flagged)
    criteria = "".join(
        _criterion(section, number, right)
        for number, section in enumerate(benchmark.answer_format.sections)
    )
    return f"""{chr(10).join(comments)}
id: {scenario_id}
outcomeType: {outcome}  # tp, tn, fp-guard or fn-guard: does a right answer flag a problem?
operatorLens: {lens}
category: {category}
{benchmark.mechanic.field}: {mechanic}
# The situation, as the person who asks would tell it. No conclusions: the table holds them.
description: >-
  {REPLACE_TEXT} two to five sentences: who asks, what they saw, what they suspect.
# What this finds out about a model. Never shown to the model.
testObjective: >-
  {REPLACE_TEXT} the mistake that the scenario provokes, and why it matters.
# One sentence a criterion, beginning as benchmark.yaml says, so that a right answer can be
# composed from them. `modelsmith scenario check` tries every check on wrong answers.
passCriteria:
{criteria}failCriteria:
  - text: Gives the verdict {wrong}.
    check: {{verdict: {wrong}}}
domainInput:
  columns: [day, {METRIC_TO_READ}, other_metric]
  rows:  # oldest first; `number` checks want the last figure of their metric
    - [2026-01-05, 40, 7]
    - [2026-01-06, 44, 7]
    - [2026-01-07, 58, 8]
"""


def _criterion(section: AnswerSection, number: int, verdict: str) -> str:
    opening = section.opens[0].rstrip()
    if section.heading == "VERDICT":
        return f"  - text: {opening} {verdict}.\n    check: {{verdict: {verdict}}}\n"
    if number == 0:
        return (
            f"  - text: {opening} {METRIC_TO_READ} at its latest value, 58.\n"
            f"    check: {{number: {{metric: {METRIC_TO_READ}, value: 58}}}}\n"
        )
    heading = section.heading.lower()
    return (
        f"  - text: {opening} {heading} {REPLACE_WORDS}.\n"
        f"    check: {{any_of: [{heading} to replace]}}  # the ways to say it\n"
    )
