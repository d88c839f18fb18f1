"""Training rows from scenarios and targets, and the proof that nothing held out is in them."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from modelsmith.errors import BrokenRecordError
from modelsmith.exam.benchmark import Benchmark, ExamSnapshot
from modelsmith.exam.checks.answer_form import FiguresField, TextField
from modelsmith.exam.checks.answer_reading import reading_of
from modelsmith.exam.checks.text import FIGURE, normalised
from modelsmith.exam.composed_answer import composed_choices
from modelsmith.exam.leakage import LeakGuard
from modelsmith.exam.prompt import form_for, prompt_for
from modelsmith.exam.scenario import Scenario
from modelsmith.models.generation import Message, Prompt
from modelsmith.training.curriculum import Origin, TrainingRow, shuffled


def row_of(
    benchmark: Benchmark, scenario: Scenario, target: str, origin: Origin, by: Sequence[str] = ()
) -> TrainingRow:
    """Return the row that teaches `target` as the answer to `scenario`, accepted `by` somebody."""
    return TrainingRow(
        scenario=scenario.id,
        scenario_sha256=scenario.digest(),
        origin=origin,
        prompt=prompt_for(benchmark, scenario),
        target=target,
        accepted_by=tuple(by),
    )


RUBRIC = """\

A right answer does all of this:
{met}
It does none of this:
{avoided}
Write the right answer, in the form asked for. Do not speak of these points."""
"""What is added to a question for a model that answers with the rubric in view."""


def prompt_with_rubric(benchmark: Benchmark, scenario: Scenario) -> Prompt:
    """Return the question with its rubric in view; no training row holds it."""
    *before, asked = prompt_for(benchmark, scenario)
    met = "\n".join(f"- {criterion.text}" for criterion in scenario.pass_criteria)
    avoided = (
        "\n".join(f"- {criterion.text}" for criterion in scenario.fail_criteria) or "- nothing"
    )
    content = asked.content + RUBRIC.format(met=met, avoided=avoided)
    return (*before, Message(role=asked.role, content=content))


MOST_ALIKE = 0.5
"""Share of the rows that may have one text in common: beyond it a model learns the sentence and
not the judgement."""

LEAST_WATCHED = 8
"""Rows below which nothing is said of their variety."""

MOST_CHOSEN = 0.10
"""By how much a choice may be more frequent among the targets than among the right answers."""


def monotony_of(
    benchmark: Benchmark, scenarios: Mapping[str, Scenario], rows: Sequence[TrainingRow]
) -> str:
    """Return in words what more of the rows share than may be; nothing where they vary.

    Texts and figures are compared as they stand and with every figure masked. Of a format without
    `fields` nothing is known.

    Args:
        benchmark: The form of the answers.
        scenarios: What each row was made from, by id.
        rows: What would be learnt.
    """
    texts, chosen = Counter[str](), dict[str, list[tuple[str, str]]]()
    for row in rows:
        form = form_for(benchmark, scenarios[row.scenario])
        if not form.is_stated or len(rows) < LEAST_WATCHED:
            return ""
        reading = reading_of(form, row.target)
        watched = [f.name for f in form.fields if isinstance(f, TextField | FiguresField)]
        said = [reading.texts[name] for name in watched if reading.texts.get(name)]
        texts[FIGURE.sub("#", " ".join(said) if form.fields else normalised(row.target))] += 1
        right = composed_choices(benchmark, scenarios[row.scenario])
        for name, value in reading.choices.items():
            chosen.setdefault(name, []).append((value, right.get(name, value)))
    text, count = texts.most_common(1)[0] if texts else ("", 0)
    if text and count > MOST_ALIKE * len(rows):
        return f"{count} of {len(rows)} rows say the same but for figures: {text[:120]!r}"
    for name, pairs in chosen.items():
        given, right_ones = Counter(one for one, _ in pairs), Counter(one for _, one in pairs)
        for value, times in given.items():
            if times - right_ones[value] > MOST_CHOSEN * len(pairs):
                return (
                    f"{name} is {value} in {times} of {len(pairs)} rows, and right in "
                    f"{right_ones[value]}"
                )
    return ""


def ordered(rows: Sequence[TrainingRow], seed: int, iteration: int) -> list[TrainingRow]:
    """Return the rows in training order, each once, drawn by seed and round."""
    once = {(row.scenario_sha256, row.target): row for row in rows}
    return shuffled(list(once.values()), "rows", seed, iteration)


def refuse_held_out(rows: Iterable[TrainingRow], held_out: Collection[str]) -> None:
    """Check that no row was made from a steer or sealed scenario.

    Args:
        rows: What is to be trained on.
        held_out: Digests of the steer and sealed scenarios.

    Raises:
        BrokenRecordError: one was; the training must not count.
    """
    for row in rows:
        if row.scenario_sha256 in held_out:
            raise BrokenRecordError(
                f"training row of {row.scenario} was made from a held-out scenario",
                remedy="Halt the run; its adapter has seen the exam. Mend the rows' source first.",
            )


def guard_of(snapshot: ExamSnapshot) -> LeakGuard:
    """Return what tells where training scenarios resemble steer or sealed ones."""
    held_out = (*snapshot.steer, *snapshot.sealed)
    return LeakGuard(held_out, (*snapshot.train, *held_out))
