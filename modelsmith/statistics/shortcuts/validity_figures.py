"""What systems without a language model score on an exam, as records."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from modelsmith.exam.scenario import Split
from modelsmith.record import Count, Positive, Rate, Record
from modelsmith.statistics.intervals import Estimate
from modelsmith.statistics.shortcuts.shared_with_train import SharedWithTrain

PolicyKind = Literal["shortcut", "constant", "learner", "upper-bound"]


class PolicyScore(Record):
    """What a system scores on a split."""

    composite: Estimate | None
    """The composite; none while a part of it is missing."""
    core: Estimate | None
    """Balanced pass rate; none where nothing was decided."""
    passes: Count
    """Scenarios of the split that it passes; variants that were drawn count in the composite."""
    right_choices: Count | None
    """Scenarios of which it makes every choice that a check asks for; of constants it is not
    known."""

    @property
    def rank(self) -> tuple[float, float, int]:
        """By what two systems are compared: composite, core, passes."""
        composite = self.composite.value if self.composite else 0.0
        return composite, self.core.value if self.core else 0.0, self.passes


class PolicyValidity(Record):
    """A system without a language model, and what it passes."""

    name: str
    """The system."""
    kind: PolicyKind
    """A shortcut of the battery; a constant, chosen in hindsight on the split itself; a plain
    learner fitted on train; one fitted on train and on the other families of its split."""
    ignores: str
    """What it does not look at, in plain words; empty for what looks at everything."""
    score: PolicyScore
    """What it scores as the exam is."""
    perturbed: Annotated[Mapping[str, PolicyScore], Field(exclude_if=lambda scores: not scores)]
    """What it scores where something is taken from the scenarios, or changed, by perturbation;
    nothing of constants, which read nothing."""
    twins_right: Count | None
    """Families of twins of which it passes every one; of constants it is not known."""


class Balance(Record):
    """How a split is spread."""

    choices: Mapping[str, Count]
    """Scenarios by right choice, `FIELD=value`."""
    outcome_types: Mapping[str, Count]
    """Scenarios by outcome type."""
    categories: Mapping[str, Count]
    """Scenarios by category."""


class Difficulty(Record):
    """How many shortcuts pass a scenario of a split; constants of single values left out."""

    mean: Rate | None
    """Mean share of the shortcuts that pass a scenario; none where no check decides one."""
    by_none: Count
    """Scenarios that no shortcut passes."""
    by_half: Count
    """Scenarios that at least half of the shortcuts pass."""


class FreeCriterion(Record):
    """A criterion that every shortcut meets."""

    scenario: str
    """Id of the scenario."""
    criterion: str
    """Id of the criterion."""
    text: str
    """What it says."""


class ScenarioDifficulty(Record):
    """Which shortcuts pass a scenario."""

    scenario: str
    """Id of the scenario."""
    passed_by: tuple[str, ...]
    """The shortcuts that pass it."""


class HeldOutNames(Record):
    """What names held-out scenarios: for an owner's machine alone (decision 15)."""

    free_criteria: tuple[FreeCriterion, ...]
    """The criteria that every shortcut meets."""
    scenarios: tuple[ScenarioDifficulty, ...]
    """Each scenario of the split, the one that most shortcuts pass first."""


class SplitValidity(Record):
    """What passing a split proves."""

    split: Split
    """Steer or sealed."""
    scenarios: Count
    """Its scenarios, twins included."""
    families: Count
    """Its families."""
    undecided: Count
    """Scenarios that no check decides."""
    policies: tuple[PolicyValidity, ...]
    """The systems, shortcuts first."""
    criteria: Count
    """Criteria with a check."""
    free: Count
    """Those that every shortcut meets whose answer has the form and can be read, or that none of
    them triggers: they prove nothing."""
    shared: SharedWithTrain
    """What of it stands in train too."""
    balance: Balance
    """How it is spread."""
    difficulty: Difficulty
    """How many shortcuts pass its scenarios."""
    twin_families: Count
    """Families with twins."""
    names: Annotated[HeldOutNames | None, Field(exclude_if=lambda names: names is None)] = None
    """Names of its scenarios; none unless asked for."""

    @property
    def decided(self) -> int:
        """Scenarios that checks decide."""
        return self.scenarios - self.undecided

    def best(self, *kinds: PolicyKind) -> PolicyValidity | None:
        """Return the best system of some kinds, the first by name of several; None without any."""
        return min(
            (one for one in self.policies if one.kind in kinds),
            key=lambda one: (*(-part for part in one.score.rank), one.name),
            default=None,
        )


class Validity(Record):
    """What passing an exam proves."""

    domain: str
    """The benchmark's name."""
    version: Positive
    """Its version."""
    train: Count
    """Train scenarios, which everything was learned from."""
    train_families: Count
    """Their families."""
    balance: Balance
    """How train is spread."""
    splits: tuple[SplitValidity, ...]
    """Steer and sealed; one without scenarios is left out."""
