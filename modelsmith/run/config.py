"""What an operator decides before a run starts."""

from enum import StrEnum, unique
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from modelsmith.boundary.grants import SEALED, BoundaryName
from modelsmith.boundary.hosted_model import ModelName
from modelsmith.models.generation import LONGEST_ROW
from modelsmith.models.source import ModelSource, Quantisation
from modelsmith.record import Amount, CamelRecord, Rate, Slug
from modelsmith.training.curriculum import Strategy


@unique
class StandIn(StrEnum):
    """A local model in a baseline's place; never a frontier model, and every surface says so."""

    ZERO_SHOT = "stand-in:zero-shot"
    """The untouched base model."""
    FEW_SHOT = "stand-in:few-shot"
    """The untouched base model with worked train examples in its prompt."""
    SELF_CONSISTENCY = "stand-in:self-consistency"
    """The untouched base model with examples, sampled; the most frequent verdict answers."""


class Promotion(CamelRecord):
    """What a candidate must do to be staged."""

    channel: Literal["sandbox", "production"] = "sandbox"
    """Where the specialist goes; production refuses stand-ins."""
    margin: Rate = 0.0
    """By how much the composite must exceed each baseline's."""
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    """Confidence of the one-sided lower bound of that difference."""


class Budgets(CamelRecord):
    """Where the loop stops, whatever the score."""

    iterations: Annotated[int, Field(ge=1, le=1000)] = 3
    """Most rounds of eval, train, expand, assess."""
    wall_time_s: Annotated[float, Field(gt=0)] = 3600.0
    """Most seconds of work, summed over the phases; a pause between steps costs nothing."""
    tokens: Annotated[int, Field(gt=0)] = 10_000_000
    """Most tokens read and written, training included."""
    cost_usd: Amount = 0.0
    """Most money: the cluster's hours and hosted models; 0 means that nothing may cost anything."""


class TrainingSettings(CamelRecord):
    """How a rung trains (research: learn, section 7; the figures of the demo's own sweep)."""

    variants: Annotated[int, Field(ge=1, le=64)] = 10
    """Rows made of each failed scenario: itself and variants of its family."""
    replay: Rate = 0.3
    """Rows of each mastered scenario, as a share of `variants`, so that it is not forgotten."""
    rank: Annotated[int, Field(ge=1, le=256)] = 16
    """LoRA rank."""
    alpha: Annotated[int, Field(ge=1, le=512)] = 32
    """LoRA alpha; the update is scaled by alpha / rank."""
    learning_rate: Annotated[float, Field(gt=0, lt=1)] = 2e-3
    """Peak of a linear schedule with a tenth of warm-up."""
    batch: Annotated[int, Field(ge=1, le=256)] = 1
    """Rows a step; the planner counts 3.2 GiB for one of the embedded model, 9.5 for four."""
    samples: Annotated[int, Field(ge=1, le=64)] = 4
    """Answers drawn a scenario by rejection sampling."""
    max_length: Annotated[
        int, Field(ge=16, le=131_072, exclude_if=lambda length: length == LONGEST_ROW)
    ] = LONGEST_ROW
    """Longest row, question and answer, in tokens; a longer one is refused, never cut."""


class Evaluation(CamelRecord):
    """How answers are drawn and repeated."""

    variants: Annotated[int, Field(ge=2, le=32)] = 2
    """Invariant variants of each steer and sealed scenario, beside the scenario itself."""
    batch: Annotated[int, Field(ge=1, le=512)] = 32
    """Prompts generated together; it is part of every answer's key."""
    max_tokens: Annotated[int, Field(ge=8, le=4096)] = 128
    """Longest answer, in tokens."""
    votes: Annotated[int, Field(ge=3, le=25)] = 3
    """Answers that the self-consistency stand-in votes over: the greedy one and samples."""


MUTATOR = "mutator"
"""The council's rule-made member: it varies a failed scenario by its template, or its table."""

LOCAL = "local"
"""The council's member that is the run's own untouched base model."""


class Council(CamelRecord):
    """Who proposes what to learn next, and when they are asked."""

    members: Annotated[tuple[Literal["mutator", "local"] | ModelName, ...], Field(min_length=1)] = (
        MUTATOR,
    )
    """`mutator` varies by template or by table, `local` is the untouched base model, any other name
    is a hosted model of runners/models.yaml."""
    after: Annotated[int, Field(ge=1, le=20)] = 2
    """Evaluations in a row in which a category fails before models are asked; the mutator is asked
    at the first."""
    proposals: Annotated[int, Field(ge=1, le=10)] = 2
    """Scenarios that each model proposes for a failed category in a round."""
    quorum: Annotated[int, Field(ge=1, le=10)] = 2
    """Yes votes, of members other than the author, that a model's proposal needs."""
    at_most: Annotated[int, Field(ge=1, le=10)] = 2
    """Proposals accepted for one failed family in a round."""
    wait: bool = False
    """Whether the run waits until people have merged or closed the proposals' pull request."""

    @field_validator("members")
    @classmethod
    def _no_repeats(cls, members: tuple[str, ...]) -> tuple[str, ...]:
        return _once(members)


Tag = Slug
"""What a promotion is tagged with."""


class RunConfig(CamelRecord):
    """`runs/<run>/run.yaml`, reviewed before the run starts."""

    benchmark: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    """Folder under `benchmarks/`."""
    specialist: Slug
    """Name under which a promotion is recorded."""
    model: ModelSource = ModelSource(name="smollm2-135m-instruct")
    """Base model."""
    cluster: Slug = "local-cpu"
    """Entry of `runners/clusters.yaml`."""
    quantisation: Quantisation = Quantisation.BF16
    """How weights are held."""
    boundary: BoundaryName = SEALED
    """Entry of `runners/boundaries.yaml`: what may leave the hardware."""
    baselines: Annotated[tuple[StandIn | ModelName, ...], Field(min_length=3, max_length=3)] = (
        tuple(StandIn)
    )
    """The three that a candidate must beat: hosted models, or stand-ins."""
    promotion: Promotion = Promotion()
    """What a candidate must do."""
    judges: tuple[ModelName, ...] = ()
    """Hosted models that decide what no check decides; each has passed the benchmark's exam.
    Local models of runners/models.yaml may be judges too."""
    tags: tuple[Tag, ...] = ()
    """What the specialist is tagged with, such as `regulated`: promotions/policy.yaml may ask more
    roles to approve what bears a tag."""
    council: Council = Council()
    """Who proposes what to learn next."""
    ladder: Annotated[tuple[Strategy, ...], Field(min_length=1)] = tuple(Strategy)
    """Strategies, first to last."""
    budgets: Budgets = Budgets()
    """Where the loop stops."""
    training: TrainingSettings = TrainingSettings()
    """How a rung trains."""
    evaluation: Evaluation = Evaluation()
    """How answers are drawn."""
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    """Seed of adapters, row order, variants and draws."""

    @field_validator("baselines", "judges", "tags", "ladder")
    @classmethod
    def _no_repeats(cls, chosen: tuple[str, ...]) -> tuple[str, ...]:
        return _once(chosen)

    @field_validator("promotion")
    @classmethod
    def _production_needs_frontier(cls, promotion: Promotion, info: ValidationInfo) -> Promotion:
        stand_ins = [n for n in info.data.get("baselines", ()) if isinstance(n, StandIn)]
        if promotion.channel == "production" and stand_ins:
            raise ValueError(
                "production needs baselines of the providers that promotions/policy.yaml names; "
                "stand-ins admit to sandbox only; fix: write `channel: sandbox`"
            )
        return promotion

    @field_validator("judges")
    @classmethod
    def _judged_model_has_a_family(
        cls, judges: tuple[str, ...], info: ValidationInfo
    ) -> tuple[str, ...]:
        model = info.data.get("model")
        if judges and isinstance(model, ModelSource) and model.descent is None:
            raise ValueError(
                f"judges decide on {model.name}, whose family nobody says: a judge of it must not; "
                "fix: add `family` under `model` (llama, qwen, smollm)"
            )
        return judges

    def hosted(self) -> tuple[str, ...]:
        """Return the models of runners/models.yaml that the run names, each once, sorted."""
        members = (name for name in self.council.members if name not in (MUTATOR, LOCAL))
        rivals = (name for name in self.baselines if not isinstance(name, StandIn))
        return tuple(sorted({*members, *rivals, *self.judges}))


def is_stand_in(system: str) -> bool:
    """Return whether a baseline is a local model in a frontier model's place."""
    return system in {stand_in.value for stand_in in StandIn}


def _once(chosen: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(chosen)) != len(chosen):
        raise ValueError("an entry stands there twice; fix: delete or change one of the two")
    return chosen
