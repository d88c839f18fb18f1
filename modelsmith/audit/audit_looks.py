"""Looks at sealed versions: each one spends error rate, so none may be taken twice or hidden."""

from collections.abc import Iterator, Sequence

from modelsmith.audit.findings import Finding, finding
from modelsmith.audit.runs import Standing
from modelsmith.documents.diagnostic import Severity
from modelsmith.git.refs import LOOKS
from modelsmith.git.trailers import CLAIMED_BY, RUN
from modelsmith.layout import in_run
from modelsmith.loop.evidence.files import LOOK
from modelsmith.record import short
from modelsmith.run.history import History


def look_findings(history: History, runs: Sequence[Standing]) -> Iterator[Finding]:
    """Yield attempts that say they are the same look, and claims that no attempt followed."""
    yield from _same(runs)
    attempted = {
        (one.record.name, entries[0].digest(), str(entry.facts.get("sealed_version")))
        for one in runs
        if (entries := one.entries())
        for entry in entries
        if "candidate" in entry.facts
    }
    for name, sha in sorted(history.references(LOOKS).items()):
        version, _, number = name.removeprefix(f"{LOOKS}/").partition("/")
        claim = history.walk([sha])[sha]
        run = ", ".join(claim.trailers(RUN))
        intake = ", ".join(claim.trailers(CLAIMED_BY)).removeprefix("sha256:")
        if (run, intake, version) not in attempted:
            yield finding(
                "sealed-looks",
                f"run {run} claimed look {number} at sealed version {short(version)}, and no "
                "branch records an attempt: it may have read the split and kept what it saw",
                commit=sha,
                severity=Severity.WARNING,
            )


def _same(runs: Sequence[Standing]) -> Iterator[Finding]:
    first: dict[tuple[object, bytes], str] = {}
    for one in runs:
        for entry in one.entries():
            path = next(LOOK.paths_in(entry), None)
            if path is None or path not in one.files:
                continue
            look = (entry.facts.get("sealed_version"), one.record.read(path))
            if look in first:
                yield finding(
                    "sealed-looks",
                    f"run {first[look]} and run {one.record.name} say that they are the same look "
                    f"at sealed version {short(str(look[0]))}",
                    commit=one.commit,
                    path=in_run(one.record.name, path),
                    entry=entry.index,
                    severity=Severity.WARNING,
                )
            first.setdefault(look, one.record.name)
