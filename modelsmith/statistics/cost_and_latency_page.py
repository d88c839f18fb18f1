"""Cost per decision and latency, as Markdown and in one line a system."""

from collections.abc import Iterator, Sequence

from modelsmith.statistics.cost_and_latency import EDGES_S, Economy

COLUMNS = ("system", "cost of a decision", "decisions", "p50", "p95", "answers timed")
UNTIMED = "not measured"
MEANING = (
    (
        "- A decision is one answer. A hosted one costs what its provider asked for the call, a "
        "local one its share of the seconds of work, at the cluster's price."
    ),
    "- Latency is of single answers: each hosted call, and local answers asked one at a time.",
)


def economy_page(systems: Sequence[Economy]) -> str:
    """Return two tables: the figures, and how many answers took how long."""
    lines = ["### Cost of a decision and latency", ""]
    lines += [f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|"]
    lines += [f"| {' | '.join(economy_cells(one))} |" for one in systems]
    bins = list(histogram(systems))
    if bins:
        names = [one.system for one in systems]
        lines += [
            "",
            f"| answers that took | {' | '.join(names)} |",
            "|---" * (len(names) + 1) + "|",
        ]
        lines += [f"| {span} | {' | '.join(map(str, counts))} |" for span, counts in bins]
    lines += ["", *MEANING]
    return "\n".join(lines) + "\n"


def economy_line(one: Economy) -> str:
    """Return one system's figures in a line."""
    latency = one.latency
    timed = f"p50 {seconds(latency.p50_s)}, p95 {seconds(latency.p95_s)} of {latency.timed} answers"
    said = timed if latency.timed else "latency not measured"
    return f"{one.cost_words} a decision, {said}"


def histogram(systems: Sequence[Economy]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the bins from the fastest to the slowest that any system fills, with their counts."""
    rows = list(zip(*(one.latency.counts for one in systems), strict=True))
    filled = [at for at, row in enumerate(rows) if any(row)]
    for at in range(filled[0], filled[-1] + 1) if filled else ():
        low = f"over {EDGES_S[at - 1]:g} s" if at else ""
        high = f"up to {EDGES_S[at]:g} s" if at < len(EDGES_S) else ""
        yield ", ".join(part for part in (low, high) if part), rows[at]


def seconds(value: float | None) -> str:
    """Return a latency as people read it."""
    return UNTIMED if value is None else f"{value:.2f} s"


def economy_cells(one: Economy) -> tuple[str, ...]:
    """Return a system's row: its cost, its decisions, its latency at p50 and p95, answers timed."""
    return (
        one.system,
        one.cost_words,
        str(one.decisions),
        seconds(one.latency.p50_s),
        seconds(one.latency.p95_s),
        str(one.latency.timed),
    )
