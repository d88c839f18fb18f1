"""Training rows from scenarios and targets, and the proof that nothing held out is in them."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

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
    met = "\n".join(
        f"- {criterion.text}" + (f" Best: {criterion.levels[-1]}" if criterion.levels else "")
        for criterion in scenario.pass_criteria
    )
    avoided = (
        "\n".join(f"- {criterion.text}" for criterion in scenario.fail_criteria) or "- nothing"
    )
    content = asked.content + RUBRIC.format(met=met, avoided=avoided)
    return (*before, Message(role=asked.role, content=content))


MOST_ALIKE = 0.5
"""Share of the rows that may have one text in common: beyond it a model learns the sentence and
not the judgement."""

LEAST_WATCHED = 4
"""Rows below which nothing is said of their variety."""

MOST_CHOSEN = 0.10
"""By how much a choice may be more frequent among the targets than among the right answers."""


def monotony_of(
    benchmark: Benchmark, scenarios: Mapping[str, Scenario], rows: Sequence[TrainingRow]
) -> str:
    """Return in words what more of the rows share than may be; nothing where they vary.

    Texts and figures are compared with every figure masked; what the variants of one scenario share
    is no monotony. A choice is compared with what is right for the scenarios that rows were wanted
    of. Of a format without `fields` nothing is known.

    Args:
        benchmark: The form of the answers.
        scenarios: What rows were wanted of, by id; those of each row are among them.
        rows: What would be learnt.
    """
    texts, chosen = Counter[str](), dict[str, Counter[str]]()
    families: dict[str, set[str]] = {}
    for row in rows:
        form = form_for(benchmark, scenarios[row.scenario])
        if not form.is_stated or len(rows) < LEAST_WATCHED:
            return ""
        reading = reading_of(form, row.target)
        watched = [f.name for f in form.fields if isinstance(f, TextField | FiguresField)]
        said = [reading.texts[name] for name in watched if reading.texts.get(name)]
        whole = " ".join(said) if form.fields else normalised(row.target)
        text = FIGURE.sub("#", whole).rstrip(" .!")
        texts[text] += 1
        families.setdefault(text, set()).add(scenarios[row.scenario].family)
        for name, value in reading.choices.items():
            chosen.setdefault(name, Counter())[value] += 1
    text, count = texts.most_common(1)[0] if texts else ("", 0)
    if text and count > MOST_ALIKE * len(rows) and len(families[text]) > 1:
        return f"{count} of {len(rows)} rows say the same but for figures: {text[:120]!r}"
    return next(_lopsided(benchmark, scenarios, chosen), "")


def _lopsided(
    benchmark: Benchmark, scenarios: Mapping[str, Scenario], chosen: Mapping[str, Counter[str]]
) -> Iterator[str]:
    """Yield where a choice stands oftener among the rows than among the right answers."""
    right: dict[str, Counter[str]] = {}
    for scenario in scenarios.values():
        for name, value in composed_choices(benchmark, scenario).items():
            right.setdefault(name, Counter())[value] += 1
    for name, given in chosen.items():
        known, rows = right.get(name, Counter()), given.total()
        for value, times in given.items() if known else ():
            if times / rows - known[value] / known.total() > MOST_CHOSEN:
                yield (
                    f"{name} is {value} in {times} of {rows} rows, and right for {known[value]} of "
                    f"{known.total()} scenarios"
                )


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
