"""What left, as text: to whom, what of the exam, at what cost, and what holds the rest in."""

from collections.abc import Iterator, Sequence

from modelsmith.boundary.call import Held
from modelsmith.boundary.egress_report import Crossing, Exposure, SealedExposure, SplitExposure
from modelsmith.exam.scenario import Split
from modelsmith.record import short

NAMESPACE = (
    "an audit hook and a network namespace: local models answer and train in a thread without a "
    "network, libraries in C and started programs included"
)

HOOK = (
    "an audit hook alone: this kernel permits no network namespace. Python libraries are refused; "
    "code in C that opens a connection by itself is not. Permit user namespaces, or run as root "
    "in a container with CAP_SYS_ADMIN"
)


def boundary_page(found: Exposure) -> str:
    """Return the report of one run."""
    lines = [f"run {found.run}, boundary {found.boundary}: {_total(found)}"]
    lines += [f"  {line}" for crossing in found.crossings for line in _crossing(crossing)]
    lines += [
        f"  {one.model} as {one.purpose}, on the run's own machine: "
        f"{_counted(one.asks, 'question')}, {one.read_tokens} tokens read and "
        f"{one.written_tokens} written; nothing left"
        for one in found.local
    ]
    lines += [f"  {_seen(seen)}" for seen in found.seen]
    if found.leaving and not any(seen.split is Split.SEALED for seen in found.seen):
        lines.append("  nobody was sent anything of the sealed split")
    lines += [f"  lost: {reason}" for reason in found.losses]
    if found.unpaid:
        lines.append("  a question was not asked: the budget left did not pay for its worst case")
    lines += [
        f"  refused at {r.at:%Y-%m-%d %H:%M:%S}: {r.what} to {r.target}: {r.why}"
        for r in found.refusals
    ]
    lines += [f"  {held_words(held)}" for held in found.held]
    if found.is_under_way:
        lines.append("  its last phase is under way: no ledger entry vouches for that part yet")
    return "\n".join(lines)


def sealed_page(found: Sequence[SealedExposure]) -> str:
    """Return how much of each sealed version providers have seen, over all runs."""
    if not found:
        return "sealed: no provider has seen any of it"
    return "\n".join(
        f"sealed version {short(one.sealed_version)}: {one.provider} has seen {one.scenarios} of "
        f"{one.of} scenarios, in {', '.join(one.runs)}"
        for one in found
    )


def _total(found: Exposure) -> str:
    leaving = found.leaving
    if not leaving:
        return "nothing left"
    calls, sent = sum(c.calls for c in leaving), sum(c.size_bytes for c in leaving)
    tokens = sum(c.read_tokens + c.written_tokens for c in leaving)
    cost = sum(c.cost_usd for c in leaving)
    return f"{_counted(calls, 'call')}, {sent} bytes, {tokens} tokens, {cost:.6g} USD"


def _crossing(one: Crossing) -> Iterator[str]:
    where = "inside, which does not leave" if one.inside else one.host
    yield (
        f"to {one.provider} ({where}), {one.model} as {one.purpose}: "
        f"{_counted(one.calls, 'call')} in {_counted(one.attempts, 'attempt')}, "
        f"{one.size_bytes} bytes, {one.read_tokens} tokens read and {one.written_tokens} written, "
        f"{one.cost_usd:.6g} USD"
    )
    if one.lost:
        yield f"  {_counted(one.lost, 'call')} lost"
    if one.unended:
        yield f"  {_counted(one.unended, 'call')} of unknown end and cost: the process broke off"


def _seen(seen: SplitExposure) -> str:
    answers = ", and answers to them" if seen.answers else ""
    return (
        f"{seen.provider} has seen {len(seen.scenarios)} of {seen.of} {seen.split} scenarios: "
        f"{', '.join(seen.fields) or 'no field'}{answers}"
    )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def held_words(held: Held) -> str:
    """Return what holds local work in, in one line."""
    return f"local work is held in by {NAMESPACE if 'namespace' in held.by else HOOK}"


def held_briefly(held: Held) -> str:
    """Return the same in a few words, for a page that is about other things."""
    if "namespace" in held.by:
        return "held in by an audit hook and a network namespace"
    return "held in by an audit hook alone, code in C is not (modelsmith boundary probe)"
