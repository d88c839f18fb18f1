"""Audit: one command over the whole repository, offline, from a clone that may be bare.

1. Every commit under the revision and the run branches (audit/history).
2. What the base had recorded is still there: the merge base with a branch, or a commit seen before.
3. The branches tell one story of each run, it replays, its exam is the one that people had
   reviewed, and each attempt at a sealed version was counted (audit/runs).
4. Each promotion is one that its run staged (audit/promotions), and what went live was approved and
   signed (audit/releases).
5. Who signed the entries' commits.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from modelsmith.audit.findings import NOTHING, Audit, AuditCounts, AuditFinding, finding, in_order
from modelsmith.audit.history import Recorded
from modelsmith.audit.promotions import promotions, unstaged
from modelsmith.audit.releases import release_findings
from modelsmith.audit.runs import (
    RunAtTip,
    attempt_findings,
    exam_findings,
    forks,
    furthest,
    replay_of,
    rules_findings,
    runs_at_tips,
)
from modelsmith.documents.diagnostic import Severity
from modelsmith.errors import UsageError
from modelsmith.git.commits import BRANCHES
from modelsmith.git.refs import KNOWN
from modelsmith.layout import ledger_path
from modelsmith.loop.replay import Replayed
from modelsmith.promotion.signing.port import Signatures
from modelsmith.promotion.verification.verify import Verification
from modelsmith.record import short
from modelsmith.run.history import History
from modelsmith.run.reference_scores import KnownExams

RUN_BRANCH = re.compile(
    rf"refs/(?:heads|remotes/[^/]+)/modelsmith/[^/]+/(?:walk|promote)|{KNOWN}/[^/]+"
)
"""References that hold entries of a run: its walk, and the promotion that stands on it."""

NEWEST = "HEAD"
"""What is audited where nothing else is asked for."""


class Asked(NamedTuple):
    """What an auditor asks for."""

    revision: str = NEWEST
    """What to audit, beside the run branches."""
    against: str | None = None
    """What must still be there; by default what the revision has from the default branch."""
    require_signatures: bool = False
    """Whether each entry's commit must be signed by a known key."""


def audit(history: History, signatures: Signatures, asked: Asked) -> Audit:
    """Return what auditing a repository finds.

    Args:
        history: The repository.
        signatures: Tells whose each signature is.
        asked: What the auditor asks for.

    Raises:
        UsageError: the revision, or what to compare it with, is not there.
        InputError: the clone lacks a part of its history.
        BrokenRecordError: an object of the clone was altered.
    """
    tips = tips_of(history, asked.revision)
    if not tips:
        return Audit(
            revision=asked.revision,
            commit=None,
            branches={},
            base=None,
            checked=NOTHING,
            signers={},
            findings=(),
        )
    base, findings = _base(history, asked, tips[asked.revision])
    commits = history.walk(list(dict.fromkeys(tips.values())))
    recorded = Recorded(history, commits)
    findings += [*recorded.findings, *recorded.story(tips)]
    if base is not None:
        told = {found.path for found in findings if found.severity is Severity.ERROR}
        since = recorded.since(
            history.walk([base])[base],
            commits[tips[asked.revision]],
            f"{asked.against or 'the default branch'} ({short(base)})",
        )
        findings += [found for found in since if found.path not in told]
    runs = runs_at_tips(history, commits, tips)
    replays, differences = _replays(history, runs.values())
    best = [furthest(states) for states in runs.values()]
    promoted = promotions(history, commits, tips)
    signers, unsigned = _signatures(history, recorded, required=asked.require_signatures)
    findings += [
        *differences,
        *unstaged(promoted, best),
        *attempt_findings(history, best),
        *unsigned,
    ]
    findings += exam_findings(history, commits, best)
    revision = tips[asked.revision]
    default = history.commit_of(history.default_branch() or asked.revision)
    main = default if default in commits else revision
    findings += rules_findings(history, commits, best, str(main))
    findings += release_findings(Verification(history, revision, signatures), revision)
    return Audit(
        revision=asked.revision,
        commit=revision,
        branches={name: sha for name, sha in tips.items() if name != asked.revision},
        base=base,
        checked=AuditCounts(
            commits=len(commits),
            entry_commits=len({c.sha for found in recorded.entry_commits.values() for c in found}),
            runs=sum(one.has_started for one in best),
            not_started=sum(not one.has_started for one in best),
            entries=sum(one.entries for one in replays),
            evidence=sum(one.files for one in replays),
            decisions=sum(one.decisions for one in replays),
            promotions=len(promoted),
        ),
        signers=signers,
        findings=in_order(findings),
    )


def _replays(
    history: History, runs: Iterable[Sequence[RunAtTip]]
) -> tuple[list[Replayed], list[AuditFinding]]:
    """Return what replaying each run finds: its furthest state, and what that does not hold."""
    replays: list[Replayed] = []
    findings: list[AuditFinding] = []
    exams = KnownExams()
    for states in runs:
        findings += forks(states)
        whole = furthest(states)
        for state in [whole, *(one for one in states if not one.is_part_of(whole))]:
            if state.has_started:
                found, differences = replay_of(history, state, exams)
                replays += [found] if found else []
                findings += differences
    return replays, findings


def tips_of(history: History, revision: str) -> dict[str, str]:
    """Return the commits of the revision and of the run branches, by name.

    None of them in a repository without a commit.

    Raises:
        UsageError: the revision is not there.
    """
    branches = history.references(*BRANCHES, KNOWN)
    tip = history.commit_of(revision)
    if tip is None and revision == NEWEST and not branches:
        return {}
    if tip is None:
        raise UsageError(
            f"{revision} names no commit of this repository",
            remedy="Name a branch, a tag or a commit with --revision.",
        )
    runs = {name: sha for name, sha in branches.items() if RUN_BRANCH.fullmatch(name)}
    return {revision: tip, **runs}


def _base(history: History, asked: Asked, tip: str) -> tuple[str | None, list[AuditFinding]]:
    """Return the commit to compare with, and whether one that was seen is lost.

    A branch moves on, so what counts is where the revision left it. A commit or a tag is something
    that somebody saw: it must still be in the history.
    """
    if asked.against is None:
        default = history.default_branch()
        other = history.commit_of(default) if default else None
        return (history.merge_base(other, tip) if other and other != tip else None), []
    other = history.commit_of(asked.against)
    if other is None:
        raise UsageError(
            f"{asked.against} names no commit of this repository",
            remedy="Name a branch, a tag or a commit with --against. A commit that a forced push "
            "dropped is not in a new clone: fetch it from where it was kept.",
        )
    base = history.merge_base(other, tip)
    places = ("", "refs/", "refs/heads/", "refs/remotes/")
    is_branch = any(f"{place}{asked.against}" in history.references(*BRANCHES) for place in places)
    if base == other or is_branch:
        return base, []
    return other, [
        finding(
            "rewritten",
            f"{asked.against} ({short(other)}) is no longer in the history of {asked.revision}",
            commit=tip,
        )
    ]


def _signatures(
    history: History, recorded: Recorded, *, required: bool
) -> tuple[Mapping[str, int], list[AuditFinding]]:
    """Return how many entry commits each signer signed, and which signatures do not hold."""
    commits = {
        commit.sha: (run, commit)
        for (run, _), recording in recorded.entry_commits.items()
        for commit in recording
    }
    signed = [sha for sha, (_, commit) in commits.items() if commit.is_signed]
    said = history.signatures(signed)
    counted: Counter[str] = Counter()
    findings = []
    for sha, (run, _) in commits.items():
        signature = said.get(sha)
        words = "not signed" if signature is None else str(signature)
        counted[words] += 1
        is_wrong = signature is not None and signature.is_wrong
        if is_wrong or (required and not (signature and signature.is_good)):
            findings.append(
                finding("signature", f"the commit is {words}", commit=sha, path=ledger_path(run))
            )
    return dict(sorted(counted.items())), findings
