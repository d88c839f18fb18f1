"""Scenarios that are graded by points or by levels, and one that is about a conversation."""

from modelsmith.exam.benchmark import AnswerFormat, Benchmark
from modelsmith.exam.checks.phrases import Contains
from modelsmith.exam.conversation import Conversation, Turn
from modelsmith.exam.prompt import question
from modelsmith.exam.scenario import Criterion, PassRule, Scenario
from modelsmith.record import sha256
from tests.support.plain_words import a_plain_benchmark, plainly
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


def in_grades(scenario: Scenario) -> Scenario:
    """Return a scenario in plain words within a conversation: every other one by levels.

    The last turn is the whole question, so that a scripted engine finds in it what it reads.
    """
    plain = plainly(scenario)
    own = sha256(scenario.family.encode()).translate(str.maketrans("0123456789", "ghijklmnop"))
    words = (own[at : at + 7] for turn in range(2) for at in range(turn, 56))
    turns = (
        Turn(role="user", text=f"Of our desk I can tell this: {' '.join(words)}."),
        Turn(role="assistant", text="Which figures are there?"),
        Turn(role="user", text=question(a_plain_benchmark(), plain)),
    )
    talk = Conversation(turns=turns)
    first, *others = plain.pass_criteria
    if sum(scenario.family.encode()) % 2:
        levelled = first.model_copy(update={"levels": LEVELS})
        criteria = {"pass_criteria": (levelled, *others)}
    else:
        criteria = {
            "pass_criteria": tuple(
                one.model_copy(update={"points": points})
                for one, points in zip(plain.pass_criteria, (4.0, 3.0, 2.0, 1.0), strict=True)
            ),
            "fail_criteria": tuple(
                one.model_copy(update={"points": -5.0}) for one in plain.fail_criteria
            ),
        }
    return _with(plain, domain_input=talk, **criteria).ruled(RULE)


def of_a_conversation() -> Scenario:
    """Return a scenario about a conversation."""
    return _with(a_scenario("TALK_ONE"), domain_input=TALK)
