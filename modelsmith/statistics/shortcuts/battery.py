"""The battery of shortcuts: each ignores something that ought to decide.

| shortcut             | what it goes by                                                      |
|----------------------|----------------------------------------------------------------------|
| `always FIELD=value` | nothing: one value, wherever the field is                            |
| `majority`           | the category                                                         |
| `always-clear`       | nothing: there is never a problem                                    |
| `nearest-text`       | the train scenario with the likest words                             |
| `nearest-table`      | the train scenario whose columns moved likest                        |
| `text-only`          | naive Bayes over words                                               |
| `table-only`         | the nearest centroid of column changes                               |
| `one-column`         | the column that parts the choices of a category best in train        |
| `two-columns`        | which of a category's two metrics moved by more than a quarter       |
| `everything-at-once` | the category: each sentence of its rubrics, every choice's words     |
| `echo`               | nothing: the prompt itself                                           |
| `nearest-labelled`   | the answer labelled right whose scenario has the likest words        |

All but the last two fill in the form: the figures of train's metrics, the sentences of train's
rubrics. A free text is what they recite of train's rubrics.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple

from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.checks.answer_form import FiguresField, TextField
from modelsmith.exam.composed_answer import composed
from modelsmith.exam.prompt import form_of_category, question
from modelsmith.exam.scenario import Scenario
from modelsmith.statistics.constant_policies import Example, copied
from modelsmith.statistics.shortcuts.filled_answer import FilledAnswers, recited
from modelsmith.statistics.shortcuts.lessons import Lessons
from modelsmith.statistics.shortcuts.rules import (
    Rule,
    always,
    always_clear,
    by_majority,
    by_one_column,
    by_table,
    by_text,
    by_two_columns,
    likest_by_text,
    nearest_by_table,
    nearest_by_text,
)

Answering = Callable[[Scenario], str]
"""What a system answers to a scenario."""


class Shortcut(NamedTuple):
    """A system without a language model that ignores something which ought to decide."""

    name: str
    """One of the battery."""
    ignores: str
    """What it does not look at, in plain words."""
    fit: Callable[[Lessons, FilledAnswers], Answering]
    """Returns what answers, having learned from train alone; the answers are filled in for it."""
    fills_in: bool = True
    """Whether its answers have the form, with figures and sentences filled in."""


def battery_for(benchmark: Benchmark) -> tuple[Shortcut, ...]:
    """Return the shortcuts of a benchmark; one for each value that an answer may choose."""
    return (
        *_constants(benchmark),
        *(Shortcut(name, ignores, partial(_filled, rule)) for name, ignores, rule in RULES),
        Shortcut("everything-at-once", "which of it is right", _everything),
        Shortcut("echo", "the question: it repeats the prompt", _echo, fills_in=False),
        Shortcut(
            "nearest-labelled", "the scenario's own figures", _nearest_labelled, fills_in=False
        ),
    )


def answered_by(
    shortcut: Shortcut,
    benchmark: Benchmark,
    train: Iterable[Scenario],
    labelled: Iterable[Example] = (),
) -> Answering:
    """Return what answers, fitted on train."""
    lessons = Lessons(benchmark, train, labelled)
    return shortcut.fit(lessons, FilledAnswers(lessons))


RULES: tuple[tuple[str, str, Callable[[Lessons], Rule]], ...] = (
    ("majority", "text and table: it knows the category", by_majority),
    ("always-clear", "everything: it never sees a problem", always_clear),
    ("nearest-text", "the table: it recites train", nearest_by_text),
    ("nearest-table", "the text: it recites train", nearest_by_table),
    ("text-only", "the table", by_text),
    ("table-only", "the text", by_table),
    ("one-column", "the text, and all columns but one", by_one_column),
    ("two-columns", "the text, and all columns but two", by_two_columns),
)
"""Those that choose by a rule."""


CONSTANT = "always "
"""How the names of constants of one value begin."""


def is_constant(name: str) -> bool:
    """Return whether a shortcut of that name says one value, whatever it is asked."""
    return name.startswith(CONSTANT)


def _constants(benchmark: Benchmark) -> tuple[Shortcut, ...]:
    """Return the constants but the clear ones, which `always-clear` says."""
    values = {
        (field.name, value)
        for category in benchmark.categories
        for field in form_of_category(benchmark, category).fields
        if field.kind == "choice"
        for value in field.choices
        if value != field.clear
    }
    return tuple(
        Shortcut(
            f"{CONSTANT}{name}={value}",
            "everything: it says the same to all",
            partial(_always, name, value),
        )
        for name, value in sorted(values)
    )


def _filled(rule: Callable[[Lessons], Rule], lessons: Lessons, written: FilledAnswers) -> Answering:
    choose = rule(lessons)
    return lambda scenario: written.answer(scenario, choose(scenario))


def _always(name: str, value: str, lessons: Lessons, written: FilledAnswers) -> Answering:
    """Return what says one value; nothing where answers do not choose from it."""
    say = _filled(partial(always, name=name, value=value), lessons, written)

    def answer(scenario: Scenario) -> str:
        offered = {one.name: one.choices for one in lessons.fields_of(scenario.category)}
        return say(scenario) if value in offered.get(name, ()) else ""

    return answer


def _everything(lessons: Lessons, written: FilledAnswers) -> Answering:
    """Return what says everything that train says in a category, as far as the form reads it.

    A choice has one value, the category's majority; figures and sets have as many as they may.
    """
    choose = by_majority(lessons)

    def answer(scenario: Scenario) -> str:
        members = lessons.members(scenario.category)
        form = lessons.form_of(scenario.category)
        if not form.fields:
            return "\n".join(dict.fromkeys(recited(one) for one in members))
        pick, said = choose(scenario), dict[str, list[str]]()
        for donor in members or (None,):
            for line in written.answer(scenario, pick._replace(donor=donor)).splitlines():
                name, _, rest = line.partition(": ")
                said.setdefault(name, []).append(rest)
        every = [value for one in lessons.fields_of(scenario.category) for value in one.choices]
        lines = []
        for field in form.fields:
            parts = list(dict.fromkeys(said.get(field.name, ())))
            if field.kind == "set":
                held = [*field.choices] or [one for part in parts for one in part.split(", ")]
                parts = [", ".join(dict.fromkeys(held[: field.at_most]))]
            elif isinstance(field, TextField):
                parts += every
            elif isinstance(field, FiguresField) or parts:
                parts = parts[:1]
            if any(parts):
                lines.append(f"{field.name}: {' '.join(parts)}")
        return "\n".join(lines)

    return answer


def _echo(lessons: Lessons, _written: FilledAnswers) -> Answering:
    """Return what repeats the prompt, with the choice that says there is no problem."""

    def answer(scenario: Scenario) -> str:
        if not lessons.form_of(scenario.category).fields:
            return question(lessons.benchmark, scenario)
        return f"{scenario.description}\n{copied(lessons.benchmark, scenario)}"

    return answer


def _nearest_labelled(lessons: Lessons, _written: FilledAnswers) -> Answering:
    """Return what recites the right answer to the likest train scenario that has one.

    Where nobody labelled one, the answer that is composed from a train rubric.
    """
    told = {scenario.id: answer for scenario, answer in reversed(lessons.labelled)}
    nearest = likest_by_text(lessons)

    def answer(scenario: Scenario) -> str:
        members = lessons.members(scenario.category)
        donor = nearest(scenario, [one for one in members if one.id in told] or members)
        if donor is None:
            return ""
        return told.get(donor.id) or composed(lessons.benchmark, donor) or recited(donor)

    return answer
