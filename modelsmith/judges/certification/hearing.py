"""What judges made of each system's answers in one phase: how much of one mind, at what cost."""

from collections.abc import Collection, Sequence

from modelsmith.exam.scenario import Split
from modelsmith.judges.certification.certified_judges import Bench
from modelsmith.judges.certification.panel_agreement import Accord, accord_of
from modelsmith.judges.opinion import Opinion
from modelsmith.record import Amount, Record


class Hearing(Record):
    """What the judges of one system's answers made of them."""

    system: str
    """Whose answers they are."""
    split: Split
    """Which questions they answer."""
    accord: Accord
    """How much the judges are of one mind, and how often each said nothing."""

    @property
    def judges(self) -> tuple[str, ...]:
        """Who was asked."""
        return tuple(one.judge for one in self.accord.turnout)


class Hearings(Record):
    """Everything that judges were asked in one phase."""

    hearings: tuple[Hearing, ...]
    """System by system."""
    cost_usd: Amount
    """What asking them cost; what was answered before costs nothing."""


def hearing_of(
    bench: Bench, system: str, split: Split, opinions: Sequence[Opinion], judges: Collection[str]
) -> Hearing:
    """Return what `judges` made of a system's answers."""
    return Hearing(system=system, split=split, accord=accord_of(bench, opinions, judges))
