"""How much milder judges of one family are than people, to the specialist and to its baselines."""

from collections.abc import Mapping, Sequence

from modelsmith.exam.checks.result import Outcome
from modelsmith.judges.opinion import Opinion
from modelsmith.judges.vote import worse_of
from modelsmith.record import Count, Record, kept

Labels = Mapping[tuple[str, str], tuple[bool, Mapping[str, Outcome]]]
"""By scenario and digest of an answer: whether the specialist gave it, and people's labels."""


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


def leniency_of(
    family: str, labelled: Labels, opinions: Sequence[Opinion], families: Mapping[str, str]
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
