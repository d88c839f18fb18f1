"""What the author of a scenario is told, beyond the shape of its fields."""

import re
from collections.abc import Iterator

from modelsmith.documents.diagnostic import (
    Loc,
    Remark,
    Severity,
    error,
    quoted,
    warning,
)
from modelsmith.documents.json_schema import problems_of
from modelsmith.exam.authoring.form_lint import form_remarks, unknown
from modelsmith.exam.authoring.input_lint import input_remarks
from modelsmith.exam.authoring.mutation import (
    TOLERATED,
    MutantKind,
    WeakCheck,
    mutants_of,
    passing,
    weak_checks,
)
from modelsmith.exam.authoring.rubric_lint import (
    disagreement_remarks,
    inverted_remarks,
    loc_of,
    repeated_remarks,
)
from modelsmith.exam.authoring.slips import says_nothing
from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.checks.answer_form import AnswerForm, TextField
from modelsmith.exam.checks.answer_reading import faults_in
from modelsmith.exam.composed_answer import composed, is_composable
from modelsmith.exam.prompt import form_for, prompt_for
from modelsmith.exam.scenario import Criterion, Scenario
from modelsmith.exam.verdict import failing, graded
from modelsmith.models.generation import LONGEST_ROW

CHAT_TOKEN = re.compile(r"<\|[^|<>\s]{1,40}\|>|</?s>|\[/?INST\]|<(?:start|end)_of_turn>")
"""Control tokens of the chat templates of ChatML and Llama 3, Llama 2 and Mistral, and Gemma: a
tokenizer takes them for turns, so a question that holds one writes the answer's first words."""

PIECE = re.compile(r"[A-Za-z]{1,8}|[^\sA-Za-z]")
"""What takes at least one token: up to eight letters of a word, a digit, any other sign.

A bound that is seldom above the truth: it is 0.77 to 0.83 of the tokens that SmolLM2's tokenizer
makes of adtech's 60 prompts, 1.01 of English prose, 0.64 of German, 0.58 of Chinese (2026-12).
`run start` counts by the run's own tokenizer."""

METRIC_TO_READ = "metric_to_read"
REPLACE_TEXT = "Replace this with"
REPLACE_WORDS = "to replace with what a right answer says here"
"""What `scenario new` writes in the place of what only the author knows."""

REMEDIES = {
    MutantKind.NEGATED: "use `polarity: affirmed`, or a longer phrase that a denial breaks",
    MutantKind.NUMBERS: "lower the tolerance, or check the figure with `number`",
    MutantKind.EVERY_OPTION: "bind the figure to its metric, so that a list of guesses fails",
    MutantKind.OPPOSITE: "check the verdict with `verdict`",
    MutantKind.REORDERED: "use phrases that only the right order gives",
    MutantKind.EMPTY: "add a check that something must be said for",
    MutantKind.INJECTION: "use a phrase that only a right answer holds",
    MutantKind.PROMPT_ECHO: "use a phrase that the question does not hold",
    MutantKind.RUBRIC_ECHO: "add a `verdict` check",
    MutantKind.TRUNCATED: "add a check for what the second half says",
}
"""What makes a rubric catch a mutant."""


def remarks_on(benchmark: Benchmark, scenario: Scenario) -> Iterator[Remark]:
    """Yield what breaks the rules between a scenario and its benchmark."""
    yield from _mechanic(benchmark, scenario)
    yield from _chat_tokens(scenario)
    yield from _placeholders(scenario)
    yield from repeated_remarks(scenario)
    yield from inverted_remarks(scenario)
    yield from _no_mistake(scenario)
    yield from _levels(scenario)
    lens, lenses = scenario.operator_lens, benchmark.lenses
    if lens not in lenses:
        yield unknown(("operatorLens",), "unknown-lens", lens, lenses)
    if scenario.category not in benchmark.categories:
        yield unknown(("category",), "unknown-category", scenario.category, benchmark.categories)
        return
    told = set[Loc]()
    for loc, criterion in _located_criteria(scenario):
        if criterion.check is not None:
            for remark in form_remarks(benchmark, scenario, criterion.check, (*loc, "check")):
                told.add(loc)
                yield remark
    yield from (one for one in disagreement_remarks(benchmark, scenario) if one.loc not in told)
    yield from input_remarks(benchmark, scenario)


def rubric_remarks(benchmark: Benchmark, scenario: Scenario) -> Iterator[Remark]:
    """Yield what right and wrong answers, made from the rubric itself, say of its checks."""
    right, form = composed(benchmark, scenario), form_for(benchmark, scenario)
    yield from _length(benchmark, scenario, right)
    yield from _fail_criteria_that_count(scenario)
    if is_composable(form) and any(one.check for one in scenario.pass_criteria):
        yield from _right_answer(scenario, right, form)
    mutants = mutants_of(benchmark, scenario, right)
    for weak in weak_checks(scenario, mutants, form):
        yield Remark(
            loc_of(weak.criterion),
            Severity.NOTE if _is_expected(scenario, weak) else Severity.WARNING,
            "weak-check",
            f"the check of {weak.criterion} holds on a wrong answer ({weak.kind}): "
            f"{quoted(weak.seen)}",
            "a check that fails there",
            _remedy(weak.criterion, weak.kind),
        )
    for mutant in passing(scenario, mutants, form):
        yield Remark(
            ("passCriteria",),
            Severity.WARNING if mutant.kind in TOLERATED else Severity.ERROR,
            "mutant-passes",
            f"a wrong answer ({mutant.kind}) passes the rubric: {quoted(mutant.text)}",
            "every wrong answer to fail",
            REMEDIES[mutant.kind],
        )


def _right_answer(scenario: Scenario, right: str, form: AnswerForm) -> Iterator[Remark]:
    """Yield that checks fail the answer composed from the rubric; without any they decide none."""
    if faults := faults_in(form, right):
        yield warning(
            "no-known-right-answer",
            f"the answer composed from the rubric cannot be read: {'; '.join(faults)}",
            "a rubric that says what each field of an answer holds",
            "add a criterion for each such field, with a check that names its value",
            ("passCriteria",),
        )
        return
    verdict = graded(scenario, right, form)
    failed = failing(scenario, {one.criterion: one.outcome for one in verdict.criteria})
    if failed:
        opens = [w for field in form.fields if isinstance(field, TextField) for w in field.opens]
        texts = [scenario.criteria()[key].text for key in failed if key[0] == "P"]
        is_begun = all(text.startswith((*opens, "\0")) for text in texts)
        listed = ", ".join(f"`{word.strip()}`" for word in opens)
        yield warning(
            "no-known-right-answer",
            f"the answer composed from the rubric fails {', '.join(failed)}",
            "a rubric whose own sentences pass it",
            "begin each criterion as the answer format says, with the words that its check wants"
            + ("" if is_begun or not opens else f"; they may begin with {listed}"),
            ("passCriteria",),
        )


def _fail_criteria_that_count(scenario: Scenario) -> Iterator[Remark]:
    for number, criterion in enumerate(scenario.fail_criteria):
        if not criterion.required:
            yield warning(
                "fail-counts",
                "`required: false` changes nothing here: a mistake always fails an answer",
                "pass criteria alone to be not required",
                "take it away, or write what a good answer avoids as a pass criterion with "
                "`required: false`",
                ("failCriteria", number, "required"),
            )


def _length(benchmark: Benchmark, scenario: Scenario, right: str) -> Iterator[Remark]:
    told = (*(turn.content for turn in prompt_for(benchmark, scenario)), right)
    least = sum(len(PIECE.findall(text)) for text in told)
    if least > LONGEST_ROW:
        yield warning(
            "too-long",
            f"the question takes at least {least} tokens with its answer",
            f"at most {LONGEST_ROW}, which a run trains on where it does not say otherwise",
            "shorten the input, or raise `training.maxLength` in run.yaml",
            ("domainInput",),
        )


def _is_expected(scenario: Scenario, weak: WeakCheck) -> bool:
    """Return whether the author can hardly avoid it, or chose it in so many words."""
    check = scenario.criteria()[weak.criterion].check
    chosen = weak.kind is MutantKind.NEGATED and getattr(check, "polarity", "") == "any"
    return chosen or weak.kind is MutantKind.PROMPT_ECHO


def _remedy(criterion: str, kind: MutantKind) -> str:
    if criterion.startswith("F"):
        return "use `polarity: affirmed`, so that an answer that warns of the mistake is safe"
    return REMEDIES[kind]


def _mechanic(benchmark: Benchmark, scenario: Scenario) -> Iterator[Remark]:
    for remark in problems_of(benchmark.mechanic.schema_, dict(scenario.mechanic)):
        field = benchmark.mechanic.field
        changes = tuple(one._replace(loc=(field, *one.loc)) for one in remark.changes)
        yield remark._replace(loc=(field, *remark.loc), changes=changes)


def _levels(scenario: Scenario) -> Iterator[Remark]:
    for loc, criterion in _located_criteria(scenario):
        levels, least = len(criterion.levels or ()), scenario.least_level
        if levels and (least is None or least > levels):
            says = "no least level" if least is None else f"level {least} as the least"
            yield error(
                "pass-rule",
                f"the criterion has {levels} levels, and benchmark.yaml says {says}",
                f"a least level of 2 to {levels}",
                f"write `passes: {{level: {levels - 1 if levels > 2 else 2}}}` there",  # noqa: PLR2004
                loc,
            )


def _texts(scenario: Scenario) -> Iterator[tuple[Loc, str]]:
    yield ("description",), scenario.description
    yield ("domainInput",), scenario.input_text()
    yield from ((loc, criterion.text) for loc, criterion in _located_criteria(scenario))


def _placeholders(scenario: Scenario) -> Iterator[Remark]:
    for loc, text in (*_texts(scenario), (("testObjective",), scenario.test_objective)):
        for words in (REPLACE_TEXT, REPLACE_WORDS, METRIC_TO_READ):
            if words in text:
                what, expected = f"{quoted(words)} is still there", "what only the author knows"
                yield warning("placeholder", what, expected, "write it in its place", loc)


def _no_mistake(scenario: Scenario) -> Iterator[Remark]:
    """Yield the fail criterion that says that there is none, and would be judged as one."""
    only = scenario.fail_criteria[0].text if len(scenario.fail_criteria) == 1 else "-"
    if len(only) > 1 and says_nothing(only):
        what, expected = f"{quoted(only)} is taken for a criterion", "an empty list"
        loc: Loc = ("failCriteria",)
        yield error("invalid-value", what, expected, "write `failCriteria: []`", loc)


def _chat_tokens(scenario: Scenario) -> Iterator[Remark]:
    for loc, text in _texts(scenario):
        if (token := CHAT_TOKEN.search(text)) is not None:
            yield error(
                "chat-token",
                f"{quoted(token.group())} is no text to a model: chat templates mark turns with it",
                "text that stays text in a prompt",
                "say it in words",
                loc,
            )


def _located_criteria(scenario: Scenario) -> Iterator[tuple[Loc, Criterion]]:
    for key, criterion in scenario.criteria().items():
        yield loc_of(key), criterion
