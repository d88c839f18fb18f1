"""Answers of several models for people to label, so that a judge can be examined soon.

Each scenario that judges decide anything of is answered as well as a model can, and by another one
wrongly on purpose, until there are criteria enough for an exam. The sheet holds question, answer
and rubric, and a place for each label; an answer counts once all of its labels are there.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, NamedTuple

from pydantic import Field

from modelsmith.boundary.call import Ask, QuestionSubject
from modelsmith.boundary.grants import ASKED
from modelsmith.documents.diagnostic import Remark, error, warning
from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.evidence_needed import LEAST_CRITERIA
from modelsmith.exam.labelled_answers import (
    MOST_ANSWERS,
    AnswerKind,
    CriterionId,
    ExamAnswer,
    ExamSheet,
    Label,
    Source,
)
from modelsmith.exam.prompt import prompt_for, question
from modelsmith.exam.scenario import Scenario, Split
from modelsmith.exam.seeded_random import Draws
from modelsmith.exam.verdict import failing
from modelsmith.judges.panel import asked_criteria, judged_criteria
from modelsmith.judges.prompt import presentable
from modelsmith.judges.recheck_sheet import block_of
from modelsmith.models.generation import Message, Sampling
from modelsmith.record import Record

USUAL_CRITERIA = LEAST_CRITERIA * 6 // 5
"""Criteria of a sample: a fifth more than an exam needs, since some labels will stay open."""

LONGEST_ANSWER = 512
"""Tokens of an answer, as the council's are."""

NEAR_MISS = (
    "Write an answer to the question above that looks right at first sight and is wrong: the other "
    "conclusion, or a figure misread. Keep to the format. Write the answer alone."
)
"""Asks for an answer that is wrong on purpose: an exam needs criteria that are not met, too."""


class PlannedAnswer(NamedTuple):
    """An answer to be drawn."""

    scenario: Scenario
    """What is asked."""
    model: str
    """Who is asked."""
    is_wrong: bool
    """Whether it is asked for a wrong one."""

    def ask(self, benchmark: Benchmark) -> Ask:
        """Return the question: a candidate's own, and what is asked beyond it."""
        *before, asked = prompt_for(benchmark, self.scenario)
        whole = f"{asked.content}\n\n{NEAR_MISS}" if self.is_wrong else asked.content
        return Ask(
            purpose="council",
            prompt=(*before, Message(role=asked.role, content=whole)),
            sampling=Sampling(max_tokens=LONGEST_ANSWER),
            subjects=(QuestionSubject(scenario=self.scenario.id, split=Split.TRAIN, fields=ASKED),),
        )


class SampledAnswer(Record):
    """One answer as people label it."""

    id: Annotated[str, Field(pattern=r"^S[0-9]{2,3}$")]
    """Its name in the sheet."""
    scenario: Annotated[str, Field(min_length=1, max_length=120)]
    """Id of the scenario."""
    source: Source
    """Who wrote it: a hosted model, or one of ours."""
    question: str
    """What was asked."""
    answer: Annotated[str, Field(min_length=1, max_length=4_000)]
    """What a model answered."""
    criteria: Mapping[CriterionId, str]
    """The rubric."""
    labels: Mapping[CriterionId, Label | None]
    """What you decide of each criterion: met or not_met. A fail criterion is met when the answer
    makes that mistake."""

    @property
    def open_labels(self) -> tuple[str, ...]:
        """Criteria that nobody has decided."""
        return tuple(key for key in self.criteria if self.labels.get(key) is None)


class LabelSheet(Record):
    """Answers to be labelled."""

    answers: Annotated[tuple[SampledAnswer, ...], Field(min_length=1, max_length=400)]
    """The answers."""


def planned_answers(
    benchmark: Benchmark, scenarios: Sequence[Scenario], models: Sequence[str], criteria: int
) -> tuple[PlannedAnswer, ...]:
    """Return which answers to draw: of each scenario one right and one wrong, models in turn.

    Args:
        benchmark: Says what judges decide.
        scenarios: The train scenarios.
        models: Who may be asked.
        criteria: How many criteria are to be decided; fewer where there are no more.
    """
    decided = {one.id: len(judged_criteria(benchmark, one)) for one in scenarios}
    ranked = Draws("label-sample", 0).shuffled(
        sorted((one for one in scenarios if decided[one.id]), key=lambda one: one.id)
    )
    found: list[PlannedAnswer] = []
    count = 0
    for turn in range(len(models)):
        for at, scenario in enumerate(ranked):
            for is_wrong in (False, True):
                if count >= criteria or 2 * turn + is_wrong >= MOST_ANSWERS:
                    break
                model = models[(at + turn + is_wrong) % len(models)]
                found.append(PlannedAnswer(scenario, model, is_wrong))
                count += decided[scenario.id]
    return tuple(found)


def is_usable(benchmark: Benchmark, scenario: Scenario, answer: str) -> bool:
    """Return whether judges would be asked anything about an answer, and a sheet can hold it."""
    is_short = len(answer) <= 4_000  # noqa: PLR2004 - ExamAnswer.text
    return is_short and bool(asked_criteria(benchmark, scenario, answer))


def label_sheet(
    domain: str,
    benchmark: Benchmark,
    answers: Sequence[tuple[Scenario, str, Source]],
) -> str:
    """Return the sheet with every label left open; it does not say which model answered."""
    lines = [
        "# Read each question and answer, decide every criterion by its text, and write met or",
        "# not_met behind its id under `labels`. A criterion with F is met when the answer makes",
        "# that mistake. An answer counts once all its labels are there. Then run",
        f"# modelsmith judge sample --domain {domain} --read",
        "answers:",
    ]
    for number, (scenario, text, source) in enumerate(answers, start=1):
        lines += [f"  - id: S{number:02}", f"    scenario: {scenario.id}", f"    source: {source}"]
        lines += block_of("question", question(benchmark, scenario))
        lines += block_of("answer", presentable(text))
        lines.append("    criteria:")
        lines += [
            f"      {key}: {json.dumps(one.text, ensure_ascii=False)}"
            for key, one in scenario.criteria().items()
        ]
        lines.append("    labels:")
        lines += [f"      {key}:" for key in scenario.criteria()]
    return "\n".join(lines) + "\n"


def label_remarks(
    sheet: LabelSheet,
    benchmark: Benchmark,
    scenarios: Mapping[str, Scenario],
    known: Sequence[ExamSheet] = (),
) -> Iterator[Remark]:
    """Yield what makes a filled sheet unusable, and what of it counts for nothing.

    Args:
        sheet: The sheet.
        benchmark: Says how a question is asked.
        scenarios: The train scenarios by id.
        known: The labelled answers that are there.
    """
    yield from _repeated_remarks(sheet, known)
    for number, one in enumerate(sheet.answers):
        loc = ("answers", number)
        scenario = scenarios.get(one.scenario)
        if scenario is None:
            what, expected = f"no train scenario is called {one.scenario}", "a train scenario's id"
            yield error("unknown-scenario", what, expected, "delete the answer", (*loc, "scenario"))
            continue
        rubric = {key: criterion.text for key, criterion in scenario.criteria().items()}
        if dict(one.criteria) != rubric:
            what = f"{one.id} was judged by other criteria than {one.scenario} has now"
            remedy = "delete the answer, and draw a new one with `modelsmith judge sample`"
            expected = "the rubric as it is"
            yield error("unknown-criterion", what, expected, remedy, (*loc, "criteria"))
            continue
        if one.question.strip() != question(benchmark, scenario).strip():
            what = f"{one.id} answers another question than {one.scenario} asks now"
            remedy = "delete the answer, and draw a new one with `modelsmith judge sample`"
            expected = "the question as it is"
            yield error("invalid-value", what, expected, remedy, (*loc, "question"))
            continue
        for key in one.labels:
            if key not in rubric:
                what, expected = f"{one.id} labels {key}", f"one of {', '.join(rubric)}"
                yield error(
                    "unknown-criterion", what, expected, "delete the label", (*loc, "labels", key)
                )
        if one.open_labels:
            named = ", ".join(one.open_labels)
            what = f"{one.id} has no label for {named}, so it counts for nothing"
            yield warning("missing-label", what, "one a criterion", "decide it", (*loc, "labels"))


def _repeated_remarks(sheet: LabelSheet, known: Sequence[ExamSheet]) -> Iterator[Remark]:
    """Yield the answers that stand there already: twice in the sheet, or labelled otherwise."""
    there = {(one.scenario, answer.text.strip()): answer for one in known for answer in one.answers}
    first: dict[tuple[str, str], SampledAnswer] = {}
    for number, one in enumerate(sheet.answers):
        key, loc = (one.scenario, one.answer.strip()), ("answers", number)
        before, held = first.setdefault(key, one), there.get(key)
        if before is not one:
            differs = before.labels != one.labels
            what = f"{one.id} is the answer {before.id} again"
            what += ", labelled otherwise" if differs else ", so it counts once"
            remark = error if differs else warning
            yield remark("label-kind", what, "an answer once", f"delete {one.id}", (*loc, "id"))
        elif held is not None and not one.open_labels and dict(held.labels) != dict(one.labels):
            named = [key for key in one.labels if held.labels.get(key) != one.labels[key]]
            yield warning(
                "label-kind",
                f"{one.id} is labelled otherwise than as {held.id} in exam/{one.scenario}.yaml "
                f"({', '.join(named)}), and counts as it is there",
                "one label a criterion",
                f"correct {held.id} in that file, its kind too, or the label here",
                (*loc, "labels"),
            )


class LabelledSample(NamedTuple):
    """What a filled sheet gives."""

    sheets: Mapping[str, tuple[ExamAnswer, ...]]
    """New labelled answers by scenario."""
    unreadable: tuple[str, ...]
    """Answers whose labels pass, and that the form of answers cannot read: none may be learnt."""


def labelled_in(
    sheet: LabelSheet,
    benchmark: Benchmark,
    scenarios: Mapping[str, Scenario],
    known: Sequence[ExamSheet],
) -> LabelledSample:
    """Return the answers whose labels are all there; those of before are passed over.

    Args:
        sheet: A sheet without errors.
        benchmark: Says whether an answer can be read.
        scenarios: The train scenarios by id.
        known: The labelled answers that are there.
    """
    there = {one.scenario: one.answers for one in known}
    found: dict[str, list[ExamAnswer]] = {}
    unreadable = []
    for one in sheet.answers:
        scenario = scenarios[one.scenario]
        held = [*there.get(one.scenario, ()), *found.get(one.scenario, ())]
        if one.open_labels or any(other.text.strip() == one.answer.strip() for other in held):
            continue
        labels = {key: label for key, label in one.labels.items() if label is not None}
        passes = not failing(scenario, labels)
        if not is_usable(benchmark, scenario, one.answer):
            unreadable.append(one.id)
            continue
        letter = "R" if passes else "W"
        taken = {other.id for other in held}
        name = next(f"{letter}{n}" for n in range(1, 1_000) if f"{letter}{n}" not in taken)
        answer = ExamAnswer(
            id=name,
            kind=AnswerKind.RIGHT if passes else AnswerKind.PLAUSIBLE_WRONG,
            source=one.source,
            text=one.answer,
            labels=labels,
        )
        found.setdefault(one.scenario, []).append(answer)
    return LabelledSample({name: tuple(all_) for name, all_ in found.items()}, tuple(unreadable))
