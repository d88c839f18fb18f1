"""Scenarios that are graded by points or by levels, and one that is about a conversation."""

from modelsmith.exam.benchmark import AnswerFormat, Benchmark
from modelsmith.exam.checks.phrases import Contains
from modelsmith.exam.conversation import Conversation, Turn
from modelsmith.exam.scenario import Criterion, PassRule, Scenario
from tests.support.plain_words import a_plain_benchmark
from tests.support.scenarios import a_scenario

RULE = PassRule(share=0.6, level=4)

LEVELS = (
    "It answers another question.",
    "It names the exchange and nothing else.",
    "It names a cause without a figure.",
    "It names the cause with its figure.",
    "It names the cause with its figure and what to do.",
)

TALK = Conversation(
    turns=(
        Turn(role="system", text="You answer traders briefly."),
        Turn(role="user", text="Our wins fell on one exchange since Monday."),
        Turn(role="assistant", text="Which figures changed with them?"),
        Turn(role="user", text="The discount went from 12 to 41 per cent. What now?"),
    )
)


def a_graded_benchmark(**changes: object) -> Benchmark:
    """Return a benchmark of free text that says when points and levels pass."""
    fields = {
        "passes": RULE,
        "answer_format": AnswerFormat(instruction="Answer as an analyst, in your own words."),
    }
    return Benchmark.model_validate(dict(a_plain_benchmark()) | fields | changes)


def _with(scenario: Scenario, **changes: object) -> Scenario:
    return Scenario(**dict(scenario) | changes)


def by_points(*, checked: bool = True, rule: PassRule | None = RULE) -> Scenario:
    """Return a scenario of 10 points to gain and 8 to lose."""

    def line(text: str, points: float, phrase: str) -> Criterion:
        check = Contains(contains=phrase) if checked else None
        return Criterion(text=text, points=points, check=check)

    return _with(
        a_scenario("POINTS_ONE"),
        pass_criteria=(
            line("Names the cause of the loss.", 6, "shading"),
            line("Reads the last discount.", 3, "41"),
            line("Says whom to tell of it.", 1, "the desk"),
        ),
        fail_criteria=(line("Advises to bid on every auction.", -8, "bid on everything"),),
    ).ruled(rule)


def by_levels(rule: PassRule | None = RULE) -> Scenario:
    """Return a scenario with one criterion of five levels."""
    criterion = Criterion(text="Does the answer find the cause and its figure?", levels=LEVELS)
    return _with(a_scenario("LEVELS_ONE"), pass_criteria=(criterion,), fail_criteria=()).ruled(rule)


def of_a_conversation() -> Scenario:
    """Return a scenario about a conversation."""
    return _with(a_scenario("TALK_ONE"), domain_input=TALK)
