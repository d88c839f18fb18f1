"""What is asked of a run's settings before it starts.

What its baselines must be, and whether the members and judges that it names can decide anything.
"""

from collections.abc import Iterator

from modelsmith.boundary.hosted_model import Hosted, Models
from modelsmith.documents.diagnostic import Remark, error, quoted
from modelsmith.judges.panel_selection import ModelAncestry, matched_panel
from modelsmith.policy import POLICY, Policy
from modelsmith.run.config import MUTATOR, RunConfig, StandIn

VOTES = StandIn.SELF_CONSISTENCY.partition(":")[2]

RESERVED = ("candidate", "specialist", *(name.partition(":")[2] for name in StandIn))
"""Names that evidence files have of their own (`answers-sealed-candidate.jsonl`)."""


def baseline_remarks(config: RunConfig) -> Iterator[Remark]:
    """Yield which baselines have names that evidence files use."""
    for at, name in enumerate(config.baselines):
        if name in RESERVED or name.startswith(f"{VOTES}-"):
            what = f"baseline {quoted(name)} has a name that evidence files use"
            remedy = "rename it in runners/models.yaml"
            yield error("reserved-name", what, "another name", remedy, ("baselines", at))


def production_remarks(config: RunConfig, hosted: Hosted, policy: Policy) -> Iterator[Remark]:
    """Yield why a run's baselines cannot admit to production, where that is its channel.

    Args:
        config: The run's settings.
        hosted: The hosted models that it names.
        policy: Whose models production asks for, one baseline of each.
    """
    if config.promotion.channel != "production":
        return
    known = {model.name: model.provider for model in hosted.models}
    wanted = policy.channels.production.providers
    compared = {known[name] for name in config.baselines if name in known}
    covered: set[str] = set()
    for at, name in enumerate(config.baselines):
        provider = known.get(name)
        if provider is None:
            continue  # a stand-in, or a name that is told to be unknown
        if provider not in wanted or provider in covered:
            again = "a second time" if provider in covered else f"which {POLICY} does not name"
            missing = [one for one in wanted if one not in compared]
            what = f"baseline {quoted(name)} is of {provider}, {again}"
            expected = f"one baseline of each of {', '.join(wanted)}"
            remedy = f"name a model of {', '.join(missing) or 'another of them'}"
            yield error("provider", what, expected, remedy, ("baselines", at))
        covered.add(provider)


def quorum_remarks(config: RunConfig) -> Iterator[Remark]:
    """Yield that no proposal of a model could ever find its quorum; the author never votes."""
    models = [name for name in config.council.members if name != MUTATOR]
    voters = len(models) - 1
    if models and config.council.quorum > voters:
        yield error(
            "quorum",
            f"a quorum of {config.council.quorum} needs as many members beside the author, "
            f"{voters} can vote",
            f"{config.council.quorum + 1} members that are models, or a smaller quorum",
            "add members under `council`"
            + (f", or write `quorum: {voters}`" if voters else ", or take the model out"),
            ("council",),
        )


def panel_remarks(config: RunConfig, models: Models) -> Iterator[Remark]:
    """Yield each baseline that no judge of the run may decide on, whatever the exam says.

    Who wrote training targets is known later, and leaves out more.
    """
    known = models.families()
    judges = {name: known[name] for name in config.judges if name in known}
    if not judges or len(judges) < len(config.judges):
        return
    ancestry = ModelAncestry(base=config.model.descent)
    for at, name in enumerate(config.baselines):
        panel = matched_panel(judges, ancestry, known.get(name), tuple)
        if not panel.judges:
            why = "; ".join(f"{judge} is {reason}" for judge, reason in panel.left_out.items())
            yield error(
                "no-panel",
                f"no judge may decide between the specialist and {name}: {why}",
                "a judge of another family than both",
                "name one under `judges`",
                ("baselines", at),
            )
