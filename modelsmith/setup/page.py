"""The doctor's report: text for a terminal, Markdown for the summary of a job; worst first."""

from collections.abc import Iterator

from modelsmith.documents.diagnostic import one_line
from modelsmith.setup.observation import DoctorReport, Observation, ObservationState

WORDS = {
    ObservationState.GAP: ("gap", "gaps"),
    ObservationState.UNKNOWN: ("unknown", "unknown"),
    ObservationState.NOTE: ("note", "notes"),
    ObservationState.OK: ("in order", "in order"),
}
"""How a number of observations of each state is said."""


def as_text(checkup: DoctorReport) -> str:
    """Return a line an observation, and below what is not in order how to put it so."""
    lines = [f"doctor: the {checkup.forge} forge, asked as {one_line(checkup.acted_as)}"]
    for seen in _sorted(checkup):
        lines.append(f"{seen.state.value.upper():<8}{one_line(seen.found)}")
        lines += [f"{'':8}{name}: {one_line(said)}" for name, said in _rest(seen)]
    return "\n".join([*lines, summary(checkup)])


def as_markdown(checkup: DoctorReport) -> str:
    """Return the same for a page; commands stand in code blocks, ready to copy."""
    lines = [f"## Doctor: {summary(checkup)}", ""]
    for seen in _sorted(checkup):
        lines.append(f"- **{seen.state.value.upper()}** `{seen.rule}`: {_escaped(seen.found)}")
        for name, said in _rest(seen):
            if name == "fix":
                lines += ["", "  ```text", f"  {one_line(said)}", "  ```", ""]
            else:
                lines.append(f"  {name}: {_escaped(said)}  ")
    return "\n".join(lines).rstrip() + "\n"


def summary(checkup: DoctorReport) -> str:
    """Return how many there are of each state."""
    counted = ((checkup.count(state), WORDS[state]) for state in ObservationState)
    return ", ".join(f"{number} {one if number == 1 else more}" for number, (one, more) in counted)


def _sorted(checkup: DoctorReport) -> list[Observation]:
    return [
        seen for state in ObservationState for seen in checkup.observations if seen.state is state
    ]


def _rest(seen: Observation) -> Iterator[tuple[str, str]]:
    for name, said in (("must be", seen.needed), ("why", seen.why), ("fix", seen.remedy)):
        if said:
            yield name, said


def _escaped(text: str) -> str:
    """Return text that Markdown shows as it is: names on a forge are anybody's to choose."""
    plain = one_line(text).replace("&", "&amp;").replace("<", "&lt;")
    return "".join(f"\\{c}" if c in "\\`*_[]|@#!" else c for c in plain)
