"""The figures of an answer: which metric each belongs to, where it ended, and where it went.

| written                                          | read as                         |
|--------------------------------------------------|---------------------------------|
| "win rate fell from 18 % to 11 %"                | 11, down                        |
| "**Win-rate** - 11 % (-7 pp; was 18 % on May 3)" | 11, down where it is said       |
| "metric: win rate", "value: 11", a line each     | 11                              |
| "11 % win rate and 900 bids"                     | each beside its own metric      |
| "180-240", "180, 240"                            | two values: nothing is read     |
| "not 18", "close to 180", "compared to 240"      | not the reading                 |
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from modelsmith.exam.checks.answer_form import Direction, Metric
from modelsmith.exam.checks.text import DENIED_CLAUSE, FIGURE, UNITS, Figure, clauses, figures

NEAR = 40
"""Characters before a figure that are looked at, so that cost stays linear."""

MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
SPAN = r"(?:days?|weeks?|months?|hours?|quarters?|rows?|n|q)"
NO_FIGURE = re.compile(
    r"(?<!\d)\d{4}-\d{2}(?:-\d{2})?(?:t\d{2}(?::\d{2})*)?(?!\d)"  # 2026-03-01
    r"|(?<!\d)\d{1,2}[/.]\d{1,2}[/.]\d{2,4}(?!\d)|\b\d{1,2}:\d{2}(?::\d{2})?\b"  # 1/3/26, 14:30
    rf"|\b{MONTH} \d{{1,2}}(?:,? \d{{4}})?\b|\b\d{{1,2}}\.? {MONTH}(?: \d{{4}})?"  # may 3, 3 may
    r"|\b(?:in|of|since|by|until) (?:19|20)\d{2}\b"  # in 2026
    rf"|\b{SPAN}\s*=?\s*\d+(?:\s*(?:to|of|-)\s*\d+)?\b"  # day 1 to 14, n=5
    rf"|\b(?:over|within|in|for|after|last|past|first|next|these) (?:the )?\d+ {SPAN}\b"
    r"|\[\d{1,3}\]|\(\d{1,2}\)(?=\s*[a-z])|^\s*\d{1,2}[.)](?=\s)"  # [1], (1) win rate
)
"""What looks like a figure and is a day, a time, a span, or the number of an item."""

NEAR_TO = re.compile(r"\b(compared|relative|due|close|next|thanks|owing|according|equal) to\b")
"""A "to" that leads to no reading."""

BEFORE = re.compile(
    r"\b(?:from|was|were|used to be|previous\w*|before|earlier|initially|baseline|versus|vs|than"
    r"|against|by|up|down|over|under|below|above|within|for|after|since|last|past|first"
    r"|start\w*(?: at)?|slo|target|limit|threshold|goal|exceeds?|compared_to|compared with"
    r"|relative_to|close_to|due_to|next_to|thanks_to|owing_to|according_to)"
    r"[\s:(=]*(?:about|around|only|at|of)?\s*$"
)
"""What stands before a figure that is not the reading: where it began, the change, a limit."""

BEHIND = re.compile(
    r"\s*(?:%|pct|percent)?\s*(?:pp\b|p\.p\.|percentage points?|points?\b|earlier\b|ago\b|before\b"
    r"|at (?:the )?start|initially|previously|decline\b|drop\b|rise\b|increase\b|decrease\b)"
)
"""What stands behind one."""

ENDS = re.compile(r"\bto\s+(?:about |around |only |just |nearly |roughly )?(?=[-+$.]?\d)")
DENIED = re.compile(r"(?:\bnot|\bnever|n't)(?: [a-z]+){0,2} [-+$]?\.?\d[\d.,]*\s?%?")
"""A figure that is denied: "is not 58"."""

WAYS: Mapping[Direction, re.Pattern[str]] = {
    "up": re.compile(
        r"\b(?:up(?:wards?)?|ris(?:es?|en|ing)|rose|increas\w+|higher|grew|grow(?:s|n|ing)?|climb\w*"
        r"|gain\w*|jump\w*|doubl\w+|surg\w+|spik\w+|soar\w*|recover\w*|more)\b|[\u2191\u25b2\u2197]"
    ),
    "down": re.compile(
        r"\b(?:down(?:wards?)?|fell|fall(?:s|en|ing)?|drop(?:s|ped|ping)?|decreas\w+|lower|declin\w+"
        r"|shr[aiu]nk\w*|los(?:e|es|t|s|ing)|halv\w+|collaps\w+|sank|sinks?|slid(?:es?)?|reduc\w+"
        r"|plung\w+|slip\w*|dip(?:s|ped)?|less|fewer)\b|[\u2193\u25bc\u2198]"
    ),
    "flat": re.compile(
        r"\b(?:flat|steady|stable|unchanged|constant|stagnant|plateau\w*|held|stayed the same"
        r"|no(?: \w+)? change|level (?:with|at)|did not (?:change|move)"
        r"|has not (?:changed|moved))\b"
    ),
}
"""Words and signs for where a figure went."""

NEGATED = re.compile(
    r"(?:\bnot|\bno|\bnever|n't|\bneither|\bnor|\bwithout|\bno longer)(?:\s+\w+){0,2}\s*$"
)

FILLERS = frozenset(
    {
        "value", "unit", "units", "direction", "trend", "change", "way", "now", "latest", "current",
        "is", "it", "and", "the", "a", "at", "to", "from", "was", "then", "per", "cent", *UNITS,
    }
)  # fmt: skip
"""Words of a clause that only goes on with the metric before it."""


class FigureReading(NamedTuple):
    """One figure with its metric."""

    metric: str
    """The column."""
    figure: Figure
    """Value and unit."""
    direction: Direction | None
    """Where it went; None where nothing says it."""
    said: str
    """The part of the answer that it was read from."""


class MetricReadings(NamedTuple):
    """What a text says of metrics."""

    readings: tuple[FigureReading, ...]
    """One a metric, in the text's order."""
    faults: tuple[str, ...]
    """Metrics with several values."""
    names_any: bool
    """Whether it names a metric at all."""


def figures_of(text: str, metrics: Sequence[Metric]) -> MetricReadings:
    """Return the readings of a normalised text."""
    found: dict[str, FigureReading] = {}
    faults: dict[str, str] = {}
    known = {_bare(name): metric for metric in metrics for name in metric.names}
    if not known:
        return MetricReadings((), (), names_any=False)
    pattern = _names_in(metrics)
    for clause in _joined(clauses(text), pattern):
        if DENIED_CLAUSE.search(clause):
            continue
        for metric, part in _parts(clause, pattern, known):
            values = _values(part, metric)
            if len(values) > 1:
                told = ", ".join(figure.text for figure in values)
                faults[metric.name] = f"{metric.name} has {len(values)} values: {told}"
            elif values:
                read = FigureReading(metric.name, values[0], _direction(part), part.strip())
                before = found.setdefault(metric.name, read)
                if before.figure.value != read.figure.value:
                    faults[metric.name] = (
                        f"{metric.name} has 2 values: {before.figure.text}, {read.figure.text}"
                    )
                elif before.direction is None:
                    found[metric.name] = read
    readings = tuple(read for name, read in found.items() if name not in faults)
    names_any = pattern.search(text) is not None
    return MetricReadings(readings, tuple(faults.values()), names_any=names_any)


def _bare(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()


def _names_in(metrics: Sequence[Metric]) -> re.Pattern[str]:
    """Return what finds metrics by any name, with blanks, hyphens, underscores or nothing."""
    names = sorted({name for metric in metrics for name in metric.names}, key=len, reverse=True)
    spelled = ["[ _-]?".join(map(re.escape, re.split(r"[ _-]+", name.lower()))) for name in names]
    return re.compile(rf"(?<!\w)(?:{'|'.join(spelled)})(?!\w)")


def _joined(parts: Sequence[str], pattern: re.Pattern[str]) -> list[str]:
    """Return clauses, each with those behind it that only say its value, unit or direction."""
    found: list[str] = []
    for part in parts:
        words = re.findall(r"[a-z%$]+", part)
        is_rest = all(
            word in FILLERS or any(way.fullmatch(word) for way in WAYS.values()) for word in words
        )
        if found and is_rest and not pattern.search(part):
            found[-1] = f"{found[-1]} , {part}"
        else:
            found.append(part)
    return found


def _parts(
    clause: str, pattern: re.Pattern[str], known: Mapping[str, Metric]
) -> Iterator[tuple[Metric, str]]:
    """Yield each metric that a clause names, with the stretch that speaks of it."""
    hits = [(*hit.span(), known[_bare(hit[0])]) for hit in pattern.finditer(clause)]
    if len({metric.name for *_, metric in hits}) == 1:
        yield hits[0][2], pattern.sub(" ", clause)
        return
    edges = [0, *(at for start, end, _ in hits for at in (start, end)), len(clause)]
    stretches = [clause[begin:end] for begin, end in zip(edges[::2], edges[1::2], strict=True)]
    leads = bool(hits) and bool(figures(stretches[0])) and not figures(stretches[-1])
    for number, (*_, metric) in enumerate(hits):
        yield metric, stretches[number if leads else number + 1]


def _values(part: str, metric: Metric) -> list[Figure]:
    """Return the figures that may be a metric's reading; one where it is clear which."""
    text = NEAR_TO.sub(r"\1_to", DENIED.sub(" ", NO_FIGURE.sub(" ", part)))
    if moved := ENDS.search(text):
        return list(figures(text[moved.end() :][:NEAR])[:1])
    kept, left = dict[float, Figure](), list[Figure]()
    for hit in FIGURE.finditer(text):
        figure = next(iter(figures(hit[0])), None)
        if figure is None:
            continue
        before = text[max(0, hit.start() - NEAR) : hit.start()]
        is_change = bool(hit["sign"]) and bool(kept)
        is_other = BEFORE.search(before) or BEHIND.match(text[hit.end("digits") :][:NEAR])
        if is_change or is_other or not _may_be(figure, metric):
            left.append(figure)
        else:
            kept.setdefault(figure.value, figure)
    if len(kept) > 1 and UNITS[metric.unit][0] != "percent":  # a change beside the reading
        bare = {value: one for value, one in kept.items() if UNITS[one.unit][0] != "percent"}
        kept = bare or kept
    if not kept and len(left) == 1 and _may_be(left[0], metric):
        return left
    return list(kept.values())


def _may_be(figure: Figure, metric: Metric) -> bool:
    """Return whether a figure's unit is of the metric's kind; a span of time is no reading."""
    if not figure.unit:
        return True
    dimension = UNITS[figure.unit][0]
    if metric.unit:
        return dimension in {UNITS[metric.unit][0], "count"}
    return dimension != "duration" or figure.unit in {"ms", "s"}


def _direction(part: str) -> Direction | None:
    """Return where a figure went by the words of its part, or by its two ends."""
    said: list[Direction] = []
    for way, words in WAYS.items():
        if any(
            way == "flat" or not NEGATED.search(part[max(0, hit.start() - NEAR) : hit.start()])
            for hit in words.finditer(part)
        ):
            said.append(way)
    if "flat" in said and re.search(r"(?:\bnot|n't|no longer) flat\b", part):
        said.remove("flat")
    if len(said) == 1:
        return said[0]
    ends = re.search(r"\bfrom\s+(?P<first>[-+$]?[\d.,]+).*?\bto\s+(?P<last>[-+$]?[\d.,]+)", part)
    if said or ends is None:
        return None
    first, last = figures(ends["first"]), figures(ends["last"])
    if not first or not last or first[0].value == last[0].value:
        return None
    return "up" if last[0].value > first[0].value else "down"
