"""What the model that is there makes of scenarios, for a terminal and for a job's page."""

from collections.abc import Iterator

from modelsmith.documents.markdown import code, fenced, visible
from modelsmith.exam.verdict import Errored, Judged
from modelsmith.record import short
from modelsmith.statistics.formatting import flaws
from modelsmith.workbench.precheck import Precheck, Prechecked

LONGEST_ANSWER = 2_000
"""Characters of an answer that the page shows; an eval's answers are at most about as long."""


def as_text(found: Precheck) -> str:
    """Return a line for each scenario, and what they say together."""
    lines = [visible(f"{_word(one)}  {one.path}{_why(one)}") for one in found.asked]
    lines += [visible(f"not asked: {path} {why}") for path, why in _left_out(found)]
    return "\n".join([*lines, _together(found)])


def as_markdown(found: Precheck) -> str:
    """Return the same with each answer."""
    parts = [f"## Precheck\n\n{_together(found)}\n"]
    for one in found.asked:
        why = _why(one).removeprefix(": ")
        parts.append(f"- {_word(one).strip()}: {code(one.path)}{f' {code(why)}' if why else ''}")
        if one.answer:
            shown = fenced(one.answer, LONGEST_ANSWER)
            parts.append(f"\n<details><summary>Its answer</summary>\n\n{shown}\n\n</details>\n")
    parts += [f"- not asked: {code(path)} {why}" for path, why in _left_out(found)]
    return "\n".join(parts)


def _left_out(found: Precheck) -> Iterator[tuple[str, str]]:
    for path in found.sealed:
        yield path, "is sealed, only a promotion looks"
    for path in found.broken:
        yield path, "cannot be read, `modelsmith scenario check` says why"


def _together(found: Precheck) -> str:
    who = f"the newest adapter of run {found.run} ({short(found.adapter)})" if found.adapter else ""
    who = who or f"the untouched base model of run {found.run}"
    passes = sum(_word(one) == "passes" for one in found.asked)
    if not found.asked:
        return f"{who} was asked nothing"
    unreadable = sum(
        isinstance(v := one.verdict, Judged) and v.unreadable != "" for one in found.asked
    )
    flawed = flaws(sum(one.is_cut for one in found.asked), unreadable)
    said = f"{who} passes {passes} of {len(found.asked)} scenarios"
    said += f" ({flawed})" if flawed else ""
    return f"{said}; what it passes already teaches it nothing" if passes else said


def _word(one: Prechecked) -> str:
    if isinstance(one.verdict, Judged):
        return "passes" if one.verdict.passed else "fails "
    return "error " if isinstance(one.verdict, Errored) else "open  "


def _why(one: Prechecked) -> str:
    if one.failing:
        return f": first at {one.failing.kind} ({one.failing.text})"
    return "" if isinstance(one.verdict, Judged) else f": {one.verdict.reason}"
