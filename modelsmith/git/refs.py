"""Names in git that belong to runs: their branches, and the references that clones share."""

KNOWN = "refs/modelsmith/known"
"""Where a clone keeps what it last saw of each run upstream; a plain fetch, and so a forced push
elsewhere, does not reach it."""

SEALED_ATTEMPTS = "refs/modelsmith/looks"
"""Where attempts at a sealed version are claimed, here and upstream: `<version>/<number>`."""

CLOSED = "refs/modelsmith/closed"
"""Where it is kept, here and upstream, that people closed or merged a round's proposals:
`<run>/expand-<n>` leads to the commit that they decided on. What is pushed to the branch afterwards
is under review."""


def run_branch(run: str) -> str:
    """Return the branch that holds a run's entries where machines share it."""
    return f"modelsmith/{run}/walk"


def promotion_branch(run: str) -> str:
    """Return the branch on which a staged promotion waits for its approvers."""
    return f"modelsmith/{run}/promote"


def expansion_branch(run: str, iteration: int) -> str:
    """Return the branch that holds the scenarios which a round proposes."""
    return f"modelsmith/{run}/expand-{iteration}"


def closing_ref(branch: str) -> str:
    """Return the reference that says which commit of an expansion's branch was closed."""
    return f"{CLOSED}/{branch.removeprefix('modelsmith/')}"
