"""A promotion as a pull request submits it: what it must be before approvals mean anything.

Each rule reads what is known and yields what is wrong; nothing wrong means that it holds. A branch,
a record or a policy that the pull request chose is never believed: it is held against the run's
evidence, against history, and against what the base branch says.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from modelsmith.domain.append_only import CHANNELS, PROMOTIONS, RUNS
from modelsmith.domain.approval import Approvals, Finding, approval_findings
from modelsmith.domain.forge import CommitSha, PullRequest
from modelsmith.domain.loop import Event
from modelsmith.domain.policy import POLICY
from modelsmith.domain.promotion import PromotionRecord
from modelsmith.domain.record import Record, Sha256

BRANCH = re.compile(r"modelsmith/([a-z0-9][a-z0-9-]{0,39})/promote")
"""Branch on which a run's promotion waits (domain/run_refs.py, promotion_branch)."""

PLACE = re.compile(rf"{PROMOTIONS}/([^/]+)/([^/]+)/([^/]+)")
"""A file of a promotion: specialist, version, name."""

RECORD = "record.json"
RECHECK = "recheck.yaml"
"""The sheet of a blind recheck, beside the record; people add it, so no entry names it."""

MOST_TOLD = 5
"""Faults of one rule that are told one by one; the rest is counted."""


class Submission(Record):
    """Everything that is known of a promotion's pull request."""

    pull: PullRequest
    """The pull request."""
    default_branch: str
    """The branch of record."""
    merge_base: CommitSha
    """The commit of the base branch that it stands on."""
    changed: tuple[str, ...]
    """Files that differ between the two, links and modes included."""
    proposed: Mapping[str, Sha256]
    """Digest of each file under the promotion's folder, by path from the top."""
    event: Event | None
    """What the run's last entry records; none where it has none that can be read."""
    evidence: Mapping[str, Sha256]
    """Digest of each evidence file of that entry, by path in the run."""
    decision: str
    """What the gate said, as that entry tells; empty where it tells nothing."""
    record: PromotionRecord | None
    """The record that is proposed; none where there is none that can be read."""
    broken: tuple[str, ...]
    """What an audit says of the run and of the promotion."""
    policy_faults: tuple[str, ...]
    """Why the policy at the merge base cannot judge it."""
    unknown_writers: tuple[str, ...]
    """Addresses of authors whom the forge does not know."""
    providers: tuple[str, ...] = ()
    """Whose frontier models production asks for, by the policy that it stands on."""
    recheck: Finding | None = None
    """What a blind recheck says; none where no judge decided anything."""
    approvals: Approvals
    """Who must approve, and who has."""

    @property
    def run(self) -> str:
        """The run that it promotes; empty where the branch names none."""
        found = BRANCH.fullmatch(self.pull.head)
        return found[1] if found else ""

    @property
    def places(self) -> tuple[str, ...]:
        """`SPECIALIST/VERSION` of each promotion that it touches, sorted."""
        found = (PLACE.fullmatch(path) for path in self.changed)
        return tuple(sorted({f"{m[1]}/{m[2]}" for m in found if m and m[1] != CHANNELS}))


class Rule(NamedTuple):
    """One thing that a promotion's pull request must be."""

    name: str
    """Its name."""
    meaning: str
    """What must be so."""
    remedy: str
    """What to do where it is not."""
    faults: Callable[[Submission], Iterator[str]]
    """What is wrong."""


def _branch(one: Submission) -> Iterator[str]:
    if one.pull.is_from_fork:
        yield "it comes from another repository"
    if not one.run:
        yield f"its branch is {one.pull.head}, expected modelsmith/RUN/promote"
    if one.pull.base != one.default_branch:
        yield f"it goes into {one.pull.base}, expected {one.default_branch}"


def _files(one: Submission) -> Iterator[str]:
    for path in one.changed:
        found = PLACE.fullmatch(path)
        is_run = bool(one.run) and path.startswith(f"{RUNS}/{one.run}/")
        if not is_run and not (found and found[1] != CHANNELS):
            yield f"it changes {path}"
    if len(one.places) != 1:
        yield f"it adds {len(one.places)} promotions, expected 1: {', '.join(one.places) or 'none'}"


def _record(one: Submission) -> Iterator[str]:
    staged = {path.rpartition("/")[2]: digest for path, digest in one.evidence.items()}
    names = {path.rpartition("/")[2] for path in one.proposed}
    if RECORD not in names:
        yield f"no {RECORD} is proposed"
    for path, digest in one.proposed.items():
        name = path.rpartition("/")[2]
        if name == RECHECK and one.recheck is not None:
            continue
        if name not in staged:
            yield f"{path} is not in the evidence of the run's last entry"
        elif staged[name] != digest:
            yield f"{path} differs from the run's evidence: {digest[:12]}, not {staged[name][:12]}"
    if one.record is None:
        yield f"{RECORD} cannot be read"
        return
    lineage = one.record.lineage
    if lineage.run != one.run:
        yield f"it is the record of run {lineage.run}, expected {one.run}"
    if (f"{lineage.specialist}/{lineage.version}",) != one.places:
        yield f"it is the record of {lineage.specialist}/{lineage.version}"


def _gate(one: Submission) -> Iterator[str]:
    if one.event is not Event.STAGED:
        last = "cannot be read" if one.event is None else f"is {one.event.value}"
        yield f"the run's last entry {last}, expected staged"
    elif one.decision != "promote":
        yield f"the run's gate said {one.decision or 'nothing'}, expected promote"
    if one.record is not None:
        failed = [found.rule for found in one.record.gate.failed()]
        if one.record.decision != "staged" or failed:
            failing = ", ".join(failed) or "no finding"
            yield f"the record says {one.record.decision}; not holding: {failing}"
        absent = sorted({*one.providers} - {compared.provider for compared in one.record.baselines})
        if one.record.channel == "production" and absent:
            yield f"{POLICY} asks for a baseline of {', '.join(absent)}, the record has none"


def _ledger(one: Submission) -> Iterator[str]:
    yield from one.broken


def _policy(one: Submission) -> Iterator[str]:
    yield from one.policy_faults
    if POLICY in one.changed:
        yield f"it changes {POLICY}, by which it is judged"


def _writers(one: Submission) -> Iterator[str]:
    for address in one.unknown_writers:
        yield f"the forge knows nobody by {address}, who may be one of the approvers"


RULES = (
    Rule(
        "branch",
        "it is a run's promotion, into the default branch",
        "Open it from the branch that the run pushed: modelsmith run offer RUN.",
        _branch,
    ),
    Rule(
        "files",
        "it adds the run's record and one promotion, and nothing else",
        "Take everything else out of the branch, and review it on its own.",
        _files,
    ),
    Rule(
        "record",
        "what is promoted is the run's evidence, byte for byte",
        "Restore the branch that the run pushed; a record is never edited.",
        _record,
    ),
    Rule(
        "gate",
        "the run's gate said promote",
        "Only a run that the gate let through is promoted.",
        _gate,
    ),
    Rule(
        "ledger",
        "the run replays from its evidence, and history holds all of it",
        "`modelsmith audit --revision COMMIT` says where, and `--explain RULE` what to do.",
        _ledger,
    ),
    Rule(
        "policy",
        "the policy that it stands on is the one in force",
        "Merge the base branch into it; whoever does so does not approve. Then ask again.",
        _policy,
    ),
    Rule(
        "writers",
        "everybody who wrote a part of it is known",
        "Let them add the address to their account on the forge.",
        _writers,
    ),
)
"""What must be so before approvals mean anything, in the order in which it is told."""


class Judgement(Record):
    """What is said of a promotion's pull request."""

    forge: str
    """`local` or `github`."""
    pull: PullRequest
    """The pull request."""
    merge_base: CommitSha
    """Commit whose policy judged it."""
    record: PromotionRecord | None
    """What it promotes; none where that cannot be read."""
    findings: tuple[Finding, ...]
    """What each rule says, all of them."""
    notes: tuple[str, ...] = ()
    """What was not judged, and why."""

    @property
    def holds(self) -> bool:
        """Whether all rules hold; where there is none, nothing does."""
        return bool(self.findings) and all(found.state == "holds" for found in self.findings)

    @property
    def is_broken(self) -> bool:
        """Whether what was recorded is not what it says."""
        return any((one.rule, one.state) == ("ledger", "fails") for one in self.findings)


def findings_of(one: Submission) -> tuple[Finding, ...]:
    """Return what each rule says of a promotion's pull request."""
    rechecked = () if one.recheck is None else (one.recheck,)
    said = (_said(rule, one) for rule in RULES)
    return (*said, *rechecked, *approval_findings(one.approvals))


def _said(rule: Rule, one: Submission) -> Finding:
    faults = rule.faults(one)
    told = list(islice(faults, MOST_TOLD))
    more = sum(1 for _ in faults)
    if not told:
        return Finding(rule=rule.name, state="holds", what=rule.meaning)
    what = "; ".join([*told, *([f"and {more} more"] if more else [])])
    return Finding(rule=rule.name, state="fails", what=what, remedy=rule.remedy)
