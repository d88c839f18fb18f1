"""The body of a pull request that a run opens: the figures, what to do, and how to check it."""

from modelsmith.git.refs import run_branch
from modelsmith.loop.ci.pull_requests import Offer
from modelsmith.loop.status import RunStatus, shown

ASKED = {
    "proposal": (
        "The council offers these scenarios for what the specialist failed. Each is checked "
        "against the schema, for leaks and for novelty; whether it asks what you mean is yours to "
        "say. Change what you like before you merge. What the mutator made from reviewed templates "
        "this run has used already; what a model wrote joins train with the next evaluation after "
        "the merge, and every later run has it. Closing this leaves it out."
    ),
    "promotion": (
        "The gate says that this specialist beats what it was compared with. Merging makes it "
        "live, so it stays a draft until the people whom `promotions/policy.yaml` names approve."
    ),
    "run": (
        "This run is over and nothing is promoted. Merging keeps its record, which shows how it "
        "came to that, on the default branch."
    ),
}
"""What people are asked, by label."""


def offer_page(offer: Offer, status: RunStatus, digest: str, report: str) -> str:
    """Return the body of a pull request in Markdown.

    Args:
        offer: What it offers.
        status: Where its run is.
        digest: Digest of the entry that calls for it.
        report: The report of that entry's phase, in Markdown.
    """
    run = status.run
    return "\n".join(
        [
            ASKED[offer.label],
            "",
            "```text",
            shown(status),
            "```",
            "",
            report.strip(),
            "",
            "### Check it yourself",
            "",
            "```sh",
            f"git fetch origin && git switch {run_branch(run)}",
            f"modelsmith run replay {run}   # every figure again, from the evidence, offline",
            f"git log --grep {digest}   # the commit of the entry that opened this",
            "```",
            "",
            f"Entry {offer.entry} of run `{run}`, sha256 `{digest}`.",
        ]
    )
