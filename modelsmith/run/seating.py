"""Whether the members and judges that a run names can decide anything, before it starts."""

from collections.abc import Iterator

from modelsmith.boundary.hosted_model import Models
from modelsmith.documents.diagnostic import Remark, error
from modelsmith.judges.panel_selection import Kinship, matched_panel
from modelsmith.run.config import MUTATOR, RunConfig


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
    known = {model.name: model.family for model in models.models}
    judges = {name: known[name] for name in config.judges if name in known}
    if not judges or len(judges) < len(config.judges):
        return
    kinship = Kinship(base=config.model.descent)
    for at, name in enumerate(config.baselines):
        panel = matched_panel(judges, kinship, known.get(name), tuple)
        if not panel.judges:
            why = "; ".join(f"{judge} is {reason}" for judge, reason in panel.left_out.items())
            yield error(
                "no-panel",
                f"no judge may decide between the specialist and {name}: {why}",
                "a judge of another family than both",
                "name one under `judges`",
                ("baselines", at),
            )
