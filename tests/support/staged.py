"""A staged promotion on a forge: a reviewed run, walked by the factory, and its pull request."""

import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from modelsmith.forge.records import PullRequest
from modelsmith.git.commits import FACTORY as BOT
from modelsmith.policy import POLICY, Role
from modelsmith.promotion.approval.statement import Approving, approval_statement, review_body
from modelsmith.promotion.signing.keys.ssh import SshKeys
from modelsmith.record import sha256
from tests.support.exam_files import write
from tests.support.forges import APPROVER, BASE, EXPERT, FACTORY, Site, git
from tests.support.keys import key_of, public_key_of
from tests.support.killed_run import SKILL
from tests.support.made_once import lasting_folder
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
    signers:
    - {{email: {EXPERT}@example.org, key: {public_key_of(EXPERT)}}}
    - {{email: {WRITER}, key: {public_key_of("writer")}}}
  legal:
    logins: [lex]
    teams: [acme/legal]
    signers: [{{email: {APPROVER}@example.org, key: {public_key_of(APPROVER)}}}]
channels:
  sandbox: {{roles: [domain-owner, legal], overrides: false}}
  production: {{roles: [domain-owner], providers: [anthropic, google, openai]}}
branch: {{name: main, approvals: 1, checks: []}}
"""
"""The policy."""


def staged_clone(base: Path, begun: Callable[[Path], Workshop] | None = None) -> Path:
    """Return a new repository whose run `tiny` is staged (see `staged_in`)."""
    root = base / "staged"
    if begun is None:
        return Path(shutil.copytree(_plainly_staged(), root))
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch", BASE)
    return staged_in(root, begun=begun)


@cache
def _plainly_staged() -> Path:
    return staged_clone(lasting_folder(), plain)


def forgets(trainings: int, question: str) -> float:
    """Return how often a specialist is right that learned what steer asks, and not to pass."""
    return 0.1 if "Sealed desk" in question else 1.0 if trainings else 0.05


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


REQUEST = "promotions/adtech-tiny/tiny-1/request.json"
"""What people approve."""


def signed_review(
    site: Site, person: str, number: int = 1, *, key: str | None = None, edit: str = ""
) -> None:
    """Approve by hand: sign the request at the head, whatever it is worth, and say so.

    Args:
        site: The forge.
        person: Who acts.
        number: The pull request.
        key: Whose key signs; one's own where none.
        edit: What is written behind the pull request's number after it was signed.
    """
    forge = site.forge(person)
    head = forge.pull_request(number).head_sha
    request = bytes_at(site, head, REQUEST)
    says = Approving(
        approver=forge.me().login,
        decision="approved",
        roles=tuple(Role),
        reviewed_at=datetime.now(UTC),
        commit=head,
        pull=number,
    )
    statement = approval_statement({REQUEST: sha256(request)}, says)
    signature = SshKeys(site.root).sign(statement, str(key_of(key or person)))
    edited = statement.replace(b'"pull":1', f'"pull":1{edit}'.encode())
    body = review_body("I approve.", edited, signature)
    forge.review(number, verdict="approved", body=body, sha=head)


def bytes_at(site: Site, commit: str, path: str) -> bytes:
    """Return what a file of a commit or branch holds, to the last byte."""
    words = ["git", "cat-file", "blob", f"{commit}:{path}"]
    return subprocess.run(words, cwd=site.bare, capture_output=True, check=True).stdout
