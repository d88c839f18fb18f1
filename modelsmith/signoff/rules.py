"""What a promotion's pull request must be before approvals mean anything: each rule by name.

Each rule reads what is known and yields what is wrong; nothing wrong means that it holds. A branch,
a record or a policy that the pull request chose is never believed: it is held against the run's
evidence, against history, and against what the base branch says.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from modelsmith.layout import CHANNELS, in_run
from modelsmith.policy import POLICY
from modelsmith.promotion.approval.override import override_faults
from modelsmith.promotion.approval.reviews import RuleResult, approval_findings
from modelsmith.promotion.bundle import (
    BY_PEOPLE,
    CONTRACT,
    EVIDENCE,
    OVERRIDE,
    OVERRIDE_SIGNATURE,
    RECHECK,
    RECORD,
    REQUEST,
    Request,
)
from modelsmith.promotion.rollback.contract import blindness_of
from modelsmith.record import short
from modelsmith.run.state_machine import Event
from modelsmith.signoff.submission import PLACE, Submission

MOST_TOLD = 5
"""Faults of one rule that are told one by one; the rest is counted."""


class SignoffRule(NamedTuple):
    """One thing that a promotion's pull request must be."""

    name: str
    """Its name."""
    meaning: str
    """What must be so."""
    remedy: str
    """What to do where it is not."""
    faults: Callable[[Submission], Iterator[str]]
    """What is wrong."""
    words: Callable[[Submission], str] = lambda _: ""
    """What else is told where it holds."""


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
        is_run = bool(one.run) and path.startswith(in_run(one.run, ""))
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
        if name in {OVERRIDE, OVERRIDE_SIGNATURE} and one.override is not None:
            continue  # the gate's rule judges it
        if name not in staged:
            yield f"{path} is not in the evidence of the run's last entry"
        elif staged[name] != digest:
            yield (
                f"{path} differs from the run's evidence: {short(digest)}, not "
                f"{short(staged[name])}"
            )
    if one.record is None:
        yield f"{RECORD} cannot be read"
        return
    lineage = one.record.lineage
    if lineage.run != one.run:
        yield f"it is the record of run {lineage.run}, expected {one.run}"
    if (f"{lineage.specialist}/{lineage.version}",) != one.places:
        yield f"it is the record of {lineage.specialist}/{lineage.version}"


def _request(one: Submission) -> Iterator[str]:
    if one.request is None:
        yield f"no {REQUEST} that can be read is proposed"
        return
    files = {path.rpartition("/")[2]: digest for path, digest in one.proposed.items()}
    if files.get(REQUEST) != one.request.digest():
        yield f"{REQUEST} is not its canonical form"
    yield from _named(one.request.evidence, files)
    yield from _asked(one, one.request)


def _named(named: Mapping[str, str], files: Mapping[str, str]) -> Iterator[str]:
    """Yield where a request and the files that are proposed differ, by name."""
    for name in sorted({*EVIDENCE} - named.keys()):
        yield f"it does not name {name}"
    for name, digest in sorted(named.items()):
        if name not in files:
            yield f"it names {name}, which is not proposed"
        elif files[name] != digest:
            yield f"it names {name} {short(digest)}, proposed is {short(files[name])}"
    for name in sorted(files.keys() - named.keys() - {REQUEST, *BY_PEOPLE}):
        yield f"it does not name {name}, which is proposed"


def _asked(one: Submission, asked: Request) -> Iterator[str]:
    """Yield where a request asks for something else than the run and the record tell."""
    if (f"{asked.specialist}/{asked.version}",) != one.places or asked.run != one.run:
        yield f"it asks for {asked.specialist}/{asked.version} of run {asked.run}"
    if one.record is not None and asked.channel != one.record.channel:
        yield f"it asks for {asked.channel}, the record is of {one.record.channel}"
    if asked.ledger_sha256 != one.ledger_sha256:
        head = short(one.ledger_sha256) if one.ledger_sha256 else "none"
        yield f"it stands on entry {short(asked.ledger_sha256)}, the run's last before it is {head}"


def _contract(one: Submission) -> Iterator[str]:
    if one.contract is None:
        yield f"no {CONTRACT} that can be read is proposed"
        return
    channel, target = one.contract.channel, one.contract.target
    if one.request is not None and channel != one.request.channel:
        yield f"it is for {channel}, the request asks for {one.request.channel}"
    if target is None:
        if one.live is not None:
            yield f"it names no release to return to, and {one.live.words} is live in {channel}"
    elif target not in one.validated:
        yield f"it would return to {target.words}, which was never live in {channel} to stay"


def _watch(one: Submission) -> Iterator[str]:
    if one.contract is not None and one.contract.channel == "production":
        why = blindness_of(one.contract)
        if why:
            yield f"this release cannot be watched: {why}"


def _watch_words(one: Submission) -> str:
    why = blindness_of(one.contract) if one.contract else ""
    return f"this release cannot be watched, which sandbox allows: {why}" if why else ""


def _gate(one: Submission) -> Iterator[str]:
    last = "cannot be read" if one.event is None else f"is {one.event.value}"
    if one.override is not None:
        if one.event is not Event.REFUSED:
            yield f"there is an override, and the run's last entry {last}, expected refused"
        yield from override_faults(one.override, one.wanted_override())
    elif one.event is not Event.STAGED:
        yield f"the run's last entry {last}, expected staged"
    elif one.decision != "promote":
        yield f"the run's gate said {one.decision or 'nothing'}, expected promote"
    if one.record is None:
        return
    if one.override is None and (one.record.decision != "staged" or one.failing):
        failing = ", ".join(one.failing) or "no finding"
        yield f"the record says {one.record.decision}; not holding: {failing}"
    absent = sorted({*one.providers} - {compared.provider for compared in one.record.baselines})
    if one.record.channel == "production" and absent:
        yield f"{POLICY} asks for a baseline of {', '.join(absent)}, the record has none"


def _gate_words(one: Submission) -> str:
    found = one.overriding()
    return f"the run's gate said {one.decision}; {found.says.words}" if found else ""


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
    SignoffRule(
        "branch",
        "it is a run's promotion, into the default branch",
        "Open it from the branch that the run pushed: modelsmith run offer RUN.",
        _branch,
    ),
    SignoffRule(
        "files",
        "it adds the run's record and one promotion, and nothing else",
        "Take everything else out of the branch, and review it on its own.",
        _files,
    ),
    SignoffRule(
        "record",
        "what is promoted is the run's evidence, byte for byte",
        "Restore the branch that the run pushed; a record is never edited.",
        _record,
    ),
    SignoffRule(
        "request",
        "the request names all of it by digest",
        "Restore the branch that the run pushed, or run the promotion anew.",
        _request,
    ),
    SignoffRule(
        "contract",
        "what would take it back returns to a release that was live, or takes the channel down",
        "Another promotion went live or was taken back since: start a new run on what is live now.",
        _contract,
    ),
    SignoffRule(
        "watch",
        "while it is live, checks or a certified judge of your own can tell that it got worse",
        "Give more steer questions checks, or name a judge of your own that is certified "
        "(`judges` in run.yaml, `inside: true` in runners/models.yaml), and start a new run.",
        _watch,
        _watch_words,
    ),
    SignoffRule(
        "gate",
        "the run's gate said promote",
        "Only a run that the gate let through is promoted, or that an operator overrode where the "
        "policy of its channel says overrides: true: modelsmith promotion override RUN.",
        _gate,
        _gate_words,
    ),
    SignoffRule(
        "ledger",
        "the run replays from its evidence, and history holds all of it",
        "`modelsmith audit --revision COMMIT` says where, and `--explain RULE` what to do.",
        _ledger,
    ),
    SignoffRule(
        "policy",
        "the policy that it stands on is the one in force",
        "Merge the base branch into it; whoever does so does not approve. Then ask again.",
        _policy,
    ),
    SignoffRule(
        "writers",
        "everybody who wrote a part of it is known",
        "Let them add the address to their account on the forge.",
        _writers,
    ),
)
"""What must be so before approvals mean anything, in the order in which it is told."""


SEALED = SignoffRule(
    "seal",
    "the factory sealed what was approved, and the seal verifies",
    "Take the commit off the branch; modelsmith promotion merge seals it.",
    lambda one: iter(one.seal_faults),
)
"""What is asked of a promotion that is sealed already."""


def findings_of(one: Submission) -> tuple[RuleResult, ...]:
    """Return what each rule says of a promotion's pull request."""
    rechecked = () if one.recheck is None else (one.recheck,)
    rules = RULES if one.seal is None else (*RULES, SEALED)
    results = (_rule_result(rule, one) for rule in rules)
    return (*results, *rechecked, *approval_findings(one.approvals))


def _rule_result(rule: SignoffRule, one: Submission) -> RuleResult:
    faults = rule.faults(one)
    listed = list(islice(faults, MOST_TOLD))
    more = sum(1 for _ in faults)
    if not listed:
        return RuleResult(rule=rule.name, state="holds", what=rule.words(one) or rule.meaning)
    return RuleResult(
        rule=rule.name,
        state="fails",
        what="; ".join([*listed, *([f"and {more} more"] if more else [])]),
        remedy=rule.remedy,
    )
