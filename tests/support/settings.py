"""A repository on GitHub with everything in order, and what was seen of one."""

from collections.abc import Iterable

from modelsmith.boundary.grants import Boundaries, Boundary, Grant
from modelsmith.forge.records import BranchRules, Environment, ForgeSettings, Person, Runner
from modelsmith.forge.ruleset import NOTHING, Passer, Ruleset
from modelsmith.run.clusters import Cluster, Clusters
from modelsmith.setup.codeowners import CodeOwners
from modelsmith.setup.doctor import Outside
from modelsmith.setup.observation import Observation, ObservationState
from modelsmith.setup.repository_state import GitIdentity, RepositoryState

SETTINGS = ForgeSettings(
    forge="github",
    default_branch="main",
    is_public=False,
    allowed_actions="selected",
    requires_pinned_actions=True,
    default_token="read",  # noqa: S106 - a right, not a secret
    token_may_approve=False,
    fork_approval="all_external_contributors",
    codeowners_errors=(),
)
RULES = BranchRules(
    requires_pull_request=True,
    approvals=1,
    requires_code_owners=True,
    dismisses_stale=True,
    requires_last_push_approval=True,
    required_checks=("all-green",),
    blocks_force_push=True,
    blocks_deletion=True,
    requires_signatures=True,
    keeps_commits=True,
)
HELD = Ruleset(
    number=1,
    name="modelsmith",
    rules=BranchRules(
        **RULES.model_dump()
        | {
            "approvals": 0,
            "requires_code_owners": False,
            "dismisses_stale": False,
            "requires_last_push_approval": False,
        }
    ),
    passers=(),
    me="never",
)
REVIEWED = Ruleset(
    number=2,
    name="modelsmith-reviews",
    rules=BranchRules(
        **NOTHING.model_dump()
        | {
            "requires_pull_request": True,
            "approvals": 1,
            "requires_code_owners": True,
            "dismisses_stale": True,
            "requires_last_push_approval": True,
            "keeps_commits": True,
        }
    ),
    passers=(Passer(kind="Integration", number=7, mode="pull_request"),),
    me="never",
)
ENVIRONMENT = Environment(
    name="promotion", reviewers=("mona",), prevents_self_review=True, branches=("main",)
)
RUNNER = Runner(
    name="box-1", labels=("gpu", "linux", "self-hosted"), is_online=True, is_ephemeral=True
)
BOX = Cluster(
    name="gpu-box",
    labels=("self-hosted", "gpu"),
    gpus=1,
    memory_gib=24,
    store="s3://bucket/modelsmith",
)
HERE = Cluster(name="local-cpu", labels=(), memory_gib=8)
TEAMS = {"acme/platform": ("ada", "grace")}
OUTSIDE = Outside(
    me=Person(login="mona", is_bot=False),
    settings=SETTINGS,
    rules=RULES,
    run_branch_rules=RULES,
    rulesets=(HELD, REVIEWED),
    app=7,
    environments=(ENVIRONMENT,),
    runners=(RUNNER,),
    teams=TEAMS,
)
COUNCIL = Boundary(
    name="council",
    grants=tuple(
        Grant(provider=name, splits=("train",), fields=("description",))
        for name in ("anthropic", "google", "openai")
    ),
)
PREMISES = RepositoryState(
    files=(".github/workflows/iterate.yml", "benchmarks/pumps/benchmark.yaml"),
    domains=("pumps",),
    code_owners=CodeOwners(path=".github/CODEOWNERS", text="* @acme/platform\n"),
    workflows={"iterate.yml": "run: modelsmith run step --push && modelsmith run dispatch"},
    wanted_workflows=("iterate.yml",),
    clusters=Clusters(clusters=(HERE, BOX)),
    boundaries=Boundaries(boundaries=(Boundary(name="sealed"), COUNCIL)),
    git=GitIdentity(name="Mona", email="mona@example.com", signing_key="k.pub", signs=True),
)


def amiss(observations: Iterable[Observation]) -> list[tuple[str, str, str]]:
    """Return state, rule and finding of what is not in order, but for what GitHub never tells."""
    return [
        (seen.state.value, seen.rule, seen.found)
        for seen in observations
        if seen.state is not ObservationState.OK and seen.rule != "app-key"
    ]


def the_only(observations: Iterable[Observation]) -> Observation:
    """Return the one observation that is not in order, but for what GitHub never tells."""
    (seen,) = (
        seen
        for seen in observations
        if seen.state is not ObservationState.OK and seen.rule != "app-key"
    )
    return seen
