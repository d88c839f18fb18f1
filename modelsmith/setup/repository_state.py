"""What a repository's own files and its git say to a doctor."""

from collections.abc import Iterator, Mapping

from modelsmith.boundary.grants import BOUNDARIES, Boundaries
from modelsmith.policy import Policy
from modelsmith.record import Record
from modelsmith.run.clusters import Clusters
from modelsmith.setup.codeowners import CodeOwners
from modelsmith.setup.observation import Observation, fine, gap, note


class Broken(Record):
    """A file that cannot be used."""

    path: str
    """The file, relative to the repository."""
    problems: tuple[str, ...]
    """Its located problems."""


class GitIdentity(Record):
    """Who commits here."""

    name: str
    """`user.name`, empty where it is not set."""
    email: str
    """`user.email`, empty where it is not set."""
    signing_key: str
    """`user.signingkey`, empty where it is not set."""
    signs: bool
    """Whether `commit.gpgsign` is set."""


class RepositoryState(Record):
    """The repository's own side."""

    files: tuple[str, ...]
    """What git knows of, sorted."""
    domains: tuple[str, ...]
    """The benchmarks."""
    code_owners: CodeOwners | None
    """CODEOWNERS, where there is one."""
    workflows: Mapping[str, str]
    """Text of each workflow, by file name."""
    wanted_workflows: tuple[str, ...]
    """File names of the workflows that the factory lives by."""
    clusters: Clusters | Broken
    """The machines that a run may name."""
    boundaries: Boundaries | Broken
    """What may leave the hardware."""
    git: GitIdentity | None
    """Who commits here; none in CI, where the factory does."""


def files_of(policy: Policy, state: RepositoryState) -> Iterator[Observation]:
    """Yield how the repository's own files stand."""
    for kept in (state.clusters, state.boundaries):
        if isinstance(kept, Broken):
            yield gap(
                "broken-file",
                f"{kept.path} cannot be used: {'; '.join(kept.problems)}",
                "a file that keeps its schema",
                "no run starts without it",
                f"correct {kept.path}",
            )
    if isinstance(state.clusters, Clusters):
        names = ", ".join(cluster.name for cluster in state.clusters.clusters)
        yield fine("broken-file", f"clusters: {names}")
    if isinstance(state.boundaries, Boundaries):
        yield from _boundaries(policy, state.boundaries)
    if state.git is not None:
        yield from _identity(policy, state.git)


def _boundaries(policy: Policy, boundaries: Boundaries) -> Iterator[Observation]:
    for boundary in boundaries.boundaries:
        yield fine("boundary", f"boundary {boundary}")
    reached = {grant.provider for one in boundaries.boundaries for grant in one.grants}
    out_of_reach = [p for p in policy.channels.production.providers if p not in reached]
    if out_of_reach:
        names = ", ".join(out_of_reach)
        found = f"no boundary lets anything go to {names}, so nothing can be promoted to production"
        yield note("production-baselines", found, f"grant it in {BOUNDARIES}, or stay in sandbox")


def _identity(policy: Policy, git: GitIdentity) -> Iterator[Observation]:
    for what, value in (("user.name", git.name), ("user.email", git.email)):
        if not value:
            yield gap(
                "git-identity",
                f"git knows no {what}",
                f"a {what}",
                "who wrote a scenario and who approved it is read from git",
                f"git config {what} '...'",
            )
    signers = [s for holders in policy.roles.values() for s in holders.signers]
    own = [signer for signer in signers if signer.email == git.email]
    must_sign = policy.branch.signatures or any(signer.key for signer in own)
    if must_sign and not git.signing_key:
        yield gap(
            "git-signing",
            "git has no signing key here",
            "the key that the policy knows, or any where the branch wants signed commits",
            "an author line is only a claim",
            "git config gpg.format ssh && git config user.signingkey ~/.ssh/id_ed25519.pub",
        )
    if policy.branch.signatures and not git.signs:
        yield gap(
            "git-signing",
            "commits are not signed here",
            f"signed commits, as {policy.branch.name} wants them",
            "the forge refuses them",
            "git config commit.gpgsign true",
        )
    if git.name and git.email:
        signing = ", signs commits" if git.signs else ""
        yield fine("git-identity", f"git commits as {git.name} <{git.email}>{signing}")
