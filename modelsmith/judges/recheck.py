"""A blind recheck: people label answers on which specialist and baseline differ, sides hidden.

20 answers, ten where the specialist passed and the baseline failed and ten the other way round;
12 where there are fewer. People must agree with at least 17 of 20 (10 of 12) outcomes, and of the
wrong ones those that favour the specialist may exceed the others by at most 2. At 5 % judge error
17 of 20 is reached in 98 % of rechecks, at 20 % in 41 %, at 30 % in 11 % (research: evalscience,
section 1.4, S-10). More scenarios make a judge's bias worse, not better: so people are asked, and
told how much milder judges of one family are than they, to the specialist and to its baselines.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, NamedTuple

from pydantic import Field

from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.labelled_answers import CriterionId, Label
from modelsmith.exam.scenario import Scenario
from modelsmith.exam.seeded_random import Draws
from modelsmith.exam.verdict import failing
from modelsmith.judges.panel import JudgeVote, worse_of
from modelsmith.record import Count, Record, kept, sha256

SIZES: Mapping[int, int] = {20: 17, 12: 10}
"""Answers of a recheck, and how many outcomes people must agree with (S-10)."""

LARGEST_SKEW = 2
"""How many more wrong outcomes may favour the specialist than its baselines (section 1.4)."""


class Pair(NamedTuple):
    """The specialist and one baseline on one scenario, as their judges decided."""

    baseline: str
    """Name of the baseline."""
    scenario: str
    """Id of the scenario or variant."""
    ours: str
    """What the specialist said."""
    theirs: str
    """What the baseline said."""
    ours_passed: bool
    """Whether the specialist's answer passed."""
    theirs_passed: bool
    """Whether the baseline's did."""


class Drawn(NamedTuple):
    """One answer of a recheck."""

    id: str
    """Its name in the sheet: A01."""
    scenario: str
    """Id of the scenario or variant."""
    text: str
    """The answer."""
    passed: bool
    """How it was decided."""
    is_ours: bool
    """Whether the specialist gave it; the sheet does not say."""


class SheetAnswer(Record):
    """One answer as people label it."""

    id: Annotated[str, Field(pattern=r"^A[0-9]{2}$")]
    """Its name."""
    scenario: str
    """Id of the scenario."""
    question: str
    """What was asked."""
    answer: str
    """What somebody answered."""
    criteria: Mapping[CriterionId, str]
    """The rubric."""
    labels: Mapping[CriterionId, Label]
    """What you decide of each criterion: met or not_met. A fail criterion is met when the answer
    makes that mistake."""


class RecheckSheet(Record):
    """`recheck.yaml`: answers to be labelled by people who do not know whose they are."""

    run: str
    """The run whose promotion is rechecked."""
    answers: Annotated[tuple[SheetAnswer, ...], Field(min_length=1)]
    """The answers."""


class Leniency(Record):
    """How often judges of one family found an answer better than people did."""

    family: str
    """The judges' family."""
    ours: Count
    """Criteria of the specialist's answers that people decided against it."""
    ours_lenient: Count
    """Those that these judges decided in its favour."""
    theirs: Count
    """The same of the baselines' answers."""
    theirs_lenient: Count
    """The same."""

    @property
    def lean(self) -> float | None:
        """Rate on the specialist's answers minus rate on baselines'; none where not measured."""
        if not self.ours or not self.theirs:
            return None
        return kept(self.ours_lenient / self.ours - self.theirs_lenient / self.theirs)


class Recheck(Record):
    """What people found."""

    answers: Count
    """Answers that they labelled."""
    agreed: Count
    """Those whose outcome they agree with."""
    needed: Count
    """How many they must agree with."""
    for_ours: Count
    """Wrong outcomes that favour the specialist."""
    for_theirs: Count
    """Wrong outcomes that favour a baseline."""
    wrong: tuple[str, ...]
    """Answers whose outcome people decide otherwise, by name."""
    leniency: tuple[Leniency, ...]
    """By family of judges; for reading."""

    @property
    def skew(self) -> int:
        """How many more wrong outcomes favour the specialist than its baselines."""
        return self.for_ours - self.for_theirs

    @property
    def holds(self) -> bool:
        """Whether the judges' outcomes stand."""
        return self.agreed >= self.needed and self.skew <= LARGEST_SKEW

    @property
    def words(self) -> str:
        """What was found, in a line."""
        return (
            f"people agree with {self.agreed} of {self.answers} outcomes, {self.needed} needed; "
            f"wrong ones favour the specialist {self.for_ours} and baselines {self.for_theirs} "
            f"times, a lead of at most {LARGEST_SKEW} allowed"
        )


def drawn(pairs: Iterable[Pair], seed: str) -> tuple[Drawn, ...]:
    """Return the answers of a recheck; none where fewer than 12 can be drawn.

    Of each pair that differs one answer is taken, whose is drawn. Where one direction has too few,
    the other fills up.

    Args:
        pairs: Every comparison of the specialist with a baseline.
        seed: A digest of the attempt, so that nobody chooses the answers.
    """
    draws = Draws("recheck", seed)
    ways: dict[bool, list[Drawn]] = {True: [], False: []}
    seen: set[tuple[str, str]] = set()
    differing = sorted(pair for pair in pairs if pair.ours_passed != pair.theirs_passed)
    for pair in draws.shuffled(differing):
        is_ours = draws.share() < 1 / 2
        of_ours, of_theirs = (pair.ours, pair.ours_passed), (pair.theirs, pair.theirs_passed)
        text, passed = of_ours if is_ours else of_theirs
        if (pair.scenario, text) in seen:
            continue
        seen.add((pair.scenario, text))
        ways[pair.ours_passed].append(Drawn("", pair.scenario, text, passed, is_ours))
    fewer, more = sorted(ways.values(), key=len)
    size = next((size for size in SIZES if len(fewer) + len(more) >= size), 0)
    few = fewer[: size // 2]
    chosen = draws.shuffled([*few, *more[: size - len(few)]])
    return tuple(one._replace(id=f"A{at:02d}") for at, one in enumerate(chosen, start=1))


def recheck_of(
    answers: Sequence[Drawn],
    labels: Mapping[str, Mapping[str, Outcome]],
    scenarios: Mapping[str, Scenario],
    opinions: Sequence[JudgeVote],
    families: Mapping[str, str],
) -> Recheck:
    """Return what people found.

    Args:
        answers: What was drawn.
        labels: What people decided of each criterion, by the answer's name.
        scenarios: The scenarios by id.
        opinions: What judges said of the answers.
        families: Family of each judge.

    Raises:
        ValueError: there is nothing to recheck.
    """
    if len(answers) not in SIZES:
        raise ValueError(f"{len(answers)} answers are no recheck")
    wrong = [
        one for one in answers if _passes(scenarios[one.scenario], labels[one.id]) != one.passed
    ]
    for_ours = sum(one.passed == one.is_ours for one in wrong)
    labelled = {
        (one.scenario, sha256(one.text.encode())): (one.is_ours, labels[one.id]) for one in answers
    }
    return Recheck(
        answers=len(answers),
        agreed=len(answers) - len(wrong),
        needed=SIZES[len(answers)],
        for_ours=for_ours,
        for_theirs=len(wrong) - for_ours,
        wrong=tuple(one.id for one in wrong),
        leniency=tuple(
            leniency_of(family, labelled, opinions, families)
            for family in sorted(set(families.values()))
        ),
    )


def _passes(scenario: Scenario, labels: Mapping[str, Outcome]) -> bool:
    return not failing(scenario, labels)


Labels = Mapping[tuple[str, str], tuple[bool, Mapping[str, Outcome]]]
"""By scenario and digest of an answer: whether the specialist gave it, and people's labels."""


def leniency_of(
    family: str, labelled: Labels, opinions: Sequence[JudgeVote], families: Mapping[str, str]
) -> Leniency:
    """Return how often judges of `family` decided for an answer what people decided against it.

    Args:
        family: The judges' family.
        labelled: What people decided.
        opinions: What judges said.
        families: Family of each judge, by name.
    """
    counts = {True: [0, 0], False: [0, 0]}
    for opinion in opinions:
        place = (opinion.scenario, opinion.answer_sha256)
        if place not in labelled or families.get(opinion.judge) != family:
            continue
        is_ours, labels = labelled[place]
        worse = worse_of(opinion.criterion)
        if labels[opinion.criterion] is worse:
            counts[is_ours][0] += 1
            counts[is_ours][1] += opinion.outcome not in {worse, Outcome.UNSCORED}
    (ours, ours_lenient), (theirs, theirs_lenient) = counts[True], counts[False]
    return Leniency(
        family=family,
        ours=ours,
        ours_lenient=ours_lenient,
        theirs=theirs,
        theirs_lenient=theirs_lenient,
    )
