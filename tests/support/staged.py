"""A staged promotion on a forge: a reviewed run, walked by the factory, and its pull request."""

import shutil
from collections.abc import Callable
from pathlib import Path

from modelsmith.domain.forge import PullRequest
from modelsmith.domain.history import FACTORY as BOT
from modelsmith.domain.policy import POLICY
from tests.support.exam_files import write
from tests.support.forges import APPROVER, BASE, EXPERT, FACTORY, Site, git
from tests.support.killed_run import SKILL
from tests.support.runs import Workshop, a_workshop, an_exam

RUN, HEAD = "tiny", "modelsmith/tiny/promote"

EXAM = an_exam({"train": 2, "steer": 2, "sealed": 12})
"""Sealed families enough for the gate; one round is enough for the rest."""

WRITER = "writer@users.noreply.github.com"
"""Who wrote the run's settings: `writer` on GitHub, the address itself on plain git."""

GIVEN = f"""\
bots: ["github-actions[bot]", "modelsmith[bot]", {BOT.email}]
roles:
  domain-owner:
    logins: [{EXPERT}, writer]
    signers: [{{email: {EXPERT}@example.org}}, {{email: {WRITER}}}]
  legal:
    logins: [lex]
    teams: [acme/legal]
    signers: [{{email: {APPROVER}@example.org}}]
channels:
  sandbox: {{roles: [domain-owner, legal], overrides: false}}
  production: {{roles: [domain-owner], providers: [anthropic, google, openai]}}
branch: {{name: main, approvals: 1, checks: []}}
"""
"""The policy."""


def staged_clone(base: Path, begun: Callable[[Path], Workshop] | None = None) -> Path:
    """Return a new repository whose run `tiny` is staged (see `staged_in`)."""
    root = base / "staged"
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch", BASE)
    return staged_in(root, begun=begun or plain)


def plain(root: Path) -> Workshop:
    """Return a run that nothing but its own baselines and checks decide."""
    return a_workshop(root, run=RUN, exam=EXAM, skill=SKILL)


def staged_in(root: Path, policy: str = GIVEN, begun: Callable[[Path], Workshop] = plain) -> Path:
    """Walk a reviewed run on top of `main` until it is staged: `main`, and what it offers."""
    write(root, ".gitignore", ".venv/\n.modelsmith/\nruns/*/.lock\nruns/*/.holder\n")
    write(root, POLICY, policy)
    workshop = begun(root)
    who = ("-c", "user.name=writer", "-c", f"user.email={WRITER}")
    git(root, "add", "--all")
    git(root, *who, "commit", "--quiet", "-m", "Review run tiny")
    for name, value in (("user.name", BOT.name), ("user.email", BOT.email)):
        git(root, "config", name, value)
    git(root, "checkout", "--quiet", "-b", "modelsmith/tiny/walk")
    workshop.go()
    shutil.rmtree(root / ".modelsmith")
    return root


def submitted(site: Site, staged: Path, *, is_draft: bool = True) -> PullRequest:
    """Put it on a forge, and return the pull request that the factory opens."""
    words = (f"+{BASE}:refs/heads/{BASE}", "modelsmith/tiny/walk", HEAD)
    git(staged, "push", "--quiet", str(site.bare), *words)
    return site.forge(FACTORY).offer(
        HEAD, base=BASE, title="Promote it", body="", is_draft=is_draft, labels=("promotion",)
    )
