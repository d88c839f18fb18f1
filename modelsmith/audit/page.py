"""An audit as text: what was looked at, every finding with its remedy, and what it says in all."""

import textwrap
from collections import Counter
from collections.abc import Mapping

from modelsmith.audit.findings import RULES, Audit, AuditFinding
from modelsmith.documents.diagnostic import Severity, one_line
from modelsmith.record import short

WIDTH = 100
"""Columns of an explanation."""


def audit_page(audit: Audit) -> str:
    """Return an audit as text."""
    if audit.commit is None:
        return "there is no commit yet, so there is nothing to audit"
    lines = [*_looked_at(audit), *(_line(found) for found in audit.findings)]
    rules = dict.fromkeys(found.rule for found in audit.findings if is_fault(found))
    lines += [f"fix {rule}: {RULES[rule].remedy}" for rule in rules]
    counted = Counter(found.severity.value for found in audit.findings)
    said = ", ".join(_counted(number, severity) for severity, number in counted.items())
    recorded = audit.checked.runs or audit.checked.promotions
    nothing = "nothing is recorded here yet: no run has started, nothing was promoted"
    clean = "clean: the records are what they say" if recorded else nothing
    faulty = any(map(is_fault, audit.findings))
    lines.append(said if faulty else "; ".join([clean, *([said] if said else [])]))
    lines.append(f"next time, see that nothing is lost: modelsmith audit --against {audit.commit}")
    return "\n".join(lines)


def is_fault(found: AuditFinding) -> bool:
    """Return whether there is something to do about a finding; a note is told and no more."""
    return found.severity is not Severity.NOTE


def audit_json(audit: Audit) -> Mapping[str, object]:
    """Return an audit as JSON, each finding with its remedy."""
    found = audit.model_dump(mode="json")
    for stated, one in zip(found["findings"], audit.findings, strict=True):
        stated["remedy"] = one.remedy
    return {"clean": audit.is_clean, **found}


def explained(name: str) -> str:
    """Return what a rule means, why it is there and what to do."""
    rule = RULES[name]
    parts = (("means", rule.meaning), ("why", rule.why), ("fix", rule.remedy))
    lines = [
        textwrap.fill(f"{word:<6}{text}", WIDTH, initial_indent="  ", subsequent_indent=" " * 8)
        for word, text in parts
    ]
    return "\n".join([name, *lines])


def _looked_at(audit: Audit) -> list[str]:
    checked = audit.checked
    counts = {
        "commit": checked.commits,
        "run": checked.runs,
        "ledger entry": checked.entries,
        "evidence file": checked.evidence,
        "decision": checked.decisions,
        "promotion": checked.promotions,
    }
    looked = ", ".join(_counted(number, noun) for noun, number in counts.items())
    waiting = f" ({checked.not_started} not started)" if checked.not_started else ""
    lines = [f"audited {one_line(audit.revision)} at {short(str(audit.commit))}: {looked}{waiting}"]
    lines += [
        f"  and {one_line(name.removeprefix('refs/'))} at {short(sha)}"
        for name, sha in sorted(audit.branches.items())
    ]
    base = f"compared with {short(audit.base)}" if audit.base else "compared with nothing before"
    lines.append(f"  {base}, and each commit with its parents")
    lines += [
        f"  {_counted(number, 'entry commit')} {one_line(signer)}"
        for signer, number in audit.signers.items()
    ]
    return lines


def _line(found: AuditFinding) -> str:
    where = [
        short(found.commit) if found.commit else None,
        found.path,
        None if found.entry is None else f"entry {found.entry}",
        found.field,
    ]
    place = " ".join(part for part in where if part)
    return one_line(f"{found.severity.value}: {found.rule}: {place}: {found.what}")


def _counted(number: int, noun: str) -> str:
    if number == 1:
        return f"{number:,} {noun}"
    return f"{number:,} {noun[:-1]}ies" if noun.endswith("ry") else f"{number:,} {noun}s"
