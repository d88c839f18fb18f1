"""The figures of an answer: which metric each belongs to, where it ended, and where it went.

| written                                          | read as                             |
|--------------------------------------------------|-------------------------------------|
| "win rate fell from 18 % to 11 %"                | 11, down                            |
| "**Win-rate** - 11 % (-7 pp; was 18 % on May 3)" | 11, down where it is said           |
| "metric: win rate", "value: 11", a line each     | 11                                  |
| "11 % win rate and 900 bids"                     | each beside its own metric          |
| "about 11", "at least 11", "over 11", "~11"      | 11: a hedge is about the figure     |
| "11, below the 18 that we aim at"                | 11: a bound beside a figure is none |
| "10-12", "10 to 12", "10, 12"                    | two values: nothing is read         |
| "11? No, 18", "11. Actually 18"                  | two values                          |
| "not 18", "fell by 7", "down 7", "versus 18"     | not the reading                     |
| "18 yesterday", "18 is the limit", "may be 18"   | not the reading                     |
| "if ... 18", "18 if ...", "18 (wrong)"           | not the reading                     |

Names and figures are put into one character each, so that rules speak of words around a figure and
no full stop or blank inside one ends a clause.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from modelsmith.exam.checks.answer_form import Direction, Metric
from modelsmith.exam.checks.quantities import ENGLISH, Quantity, quantity_of, words_of
from modelsmith.exam.checks.text import CONDITION, DENIED_CLAUSE, NO, clauses, normalised

NEAR = 40
"""Characters before a figure that are looked at, so that cost stays linear."""

FIRST_NAME, FIRST_FIGURE, MOST_FIGURES = 0xE000, 0xF0000, 0xFFFD
NAME = "[\ue000-\uf8ff]"
FIG = "[\U000f0000-\U000ffffd]"
"""Names and figures of a text, each as one character that Unicode leaves to private use."""

MAY = r"may(?= (?:be|have|well|rise|fall|reach|go)\b)"
"""What is no month."""

SPANS = r"(?:days|weeks|months|years|hours|quarters|rows|steps)"
SPAN = r"(?<!per )(?:day|week|month|year|hour|quarter|row|step|phase|round|line|item|table|n|q)"


@cache
def _no_figure(language: str) -> re.Pattern[str]:
    """Return what finds what looks like a figure and is a day, a time, a span, an item's number."""
    month = rf"(?:{'|'.join(sorted(words_of(language).months, key=len, reverse=True))})\b\.?"
    day, year = r"\d{1,2}(?:\.|st|nd|rd|th)?", r"(?:19|20)\d{2}\b(?![.,]\d)"
    return re.compile(
        r"(?:\b(?:since|until|till|after|before|between|from|by) )?(?:"
        r"(?<!\d)\d{4}-\d{2}(?:-\d{2})?(?:t\d{2}(?::\d{2})*)?(?!\d)"  # 2026-03-01
        r"|(?<!\d)\d{1,2}([/.-])\d{1,2}\1(?:\d{4}|\d{2})(?![\d,.]\d)"  # 1/3/26
        r"|\bon \d{1,2}(?:/\d{1,2}\b(?!/)|\.\d{1,2}\.(?!\d))"  # on 3/12
        rf"|\b{month} \d{{1,2}}(?:st|nd|rd|th)?\b(?![.,]\d)(?:,? {year})?"  # may 3
        rf"|\b(?!{MAY})(?:(?:{day} ?(?:and|to|-) ?)?{day}(?: of)? )?"
        rf"{month}(?:,? {year})?(?!\w)"  # 3 may
        rf"|\b(?:in|of|by) {year}"  # in 2026
        r"|\b\d{1,2}:\d{2}(?::\d{2})?\b|\b\d{1,2}\s?(?:[ap]\.?m\b|o'clock|uhr\b))"  # 11 am
        r"|\b24/7\b|\btop[ -]\d+\b"
        rf"|\b{SPANS} \d+\s*(?:to|of|and|-)\s*\d+\b"  # days 1 to 14
        rf"|\b{SPAN}\s*=?\s*\d+(?:\s*(?:to|of|-)\s*\d+)?\b(?![.,]\d|\s?%)"  # day 1 of 14, n=5
        r"|\b(?:over|within|in|for|after|last|past|first|next|these|all) (?:the )?(?:\w+ )?\d+ "
        rf"(?:{SPANS}|{SPAN})\b"
        r"|\b\d+(?:st|nd|rd|th)\b|\[\d{1,3}\]|\(\d{1,2}\)(?=\s*[a-z])"  # 3rd, [1], (1) win rate
        r"|(?:^|(?<=\n))\s*(?:-\s*)?\d{1,2}[.)](?=\s)"  # 1. at the beginning of a line
    )


WORDS: Mapping[str, Mapping[str, str]] = {
    "de": {
        "von": "from", "auf": "to", "um": "by", "war": "was", "ist": "is", "bei": "at", "am": "on",
        "im": "in", "vorher|zuvor|davor|ehemals|bisher": "before", "nicht|kein|keine": "not",
        "sondern|aber": "but", "statt": "instead of", "oder": "or", "und": "and",
        "jetzt|nun": "now", "bis": "to", "gegenüber|verglichen mit": "versus",
        "seit": "since", "als": "than",
        "etwa|rund|ungefähr|knapp|gut|mindestens|höchstens|nur|fast": "about", "unter": "under",
        "über|mehr als": "over", "zwischen": "between", "grenzwert|zielwert|ziel": "limit",
        "stieg|stiegen|steigt|gestiegen|gewachsen|höher": "rose",
        "fiel|fielen|fällt|sank|sanken|sinkt|gefallen|gesunken|niedriger": "fell",
        "steigend\\w*|zunehmend\\w*": "rising", "gleichbleibend|konstant": "flat",
        "sinkend\\w*|fallend\\w*|abnehmend\\w*|rückläufig|runter": "falling",
        "unverändert|stabil|gleich geblieben": "flat", "die|der|das": "the",
    },
    "fr": {
        "(?:est|sont|reste) (?:de|à)|est|sont": "is", "étai(?:t|ent)(?: de| à)?": "was",
        "(?:baiss|chut|diminu|recul|tomb)\\w* de(?! \\S+(?: %)? à\\b)": "fell by",
        "(?:augment|mont|grimp|progress)\\w* de(?! \\S+(?: %)? à\\b)": "rose by",
        "(?:baiss|chut|diminu|recul|tomb)\\w*": "fell", "stable|inchangée?s?": "flat",
        "(?:augment|mont|grimp|progress)\\w*|hausse": "rose",
        "de(?= \\S+(?: %)? à\\b)": "from", "passée?s?": "went", "environ|près de": "about",
        "à": "to", "n'est pas|pas|non": "not", "mais": "but", "ou": "or", "et": "and",
        "au lieu de|plutôt que": "instead of", "contre|par rapport à": "versus",
        "avant|auparavant|précédemment": "before", "maintenant|désormais": "now",
        "depuis": "since", "entre": "between", "objectif|cible|seuil|limite": "limit",
        "au moins|au plus": "about", "sous": "under", "plus de": "over", "les?|la": "the",
    },
}  # fmt: skip
"""The words of the rules below in other languages; an answer in any other is read by its fields,
figures and units alone."""

SOFT = re.compile(
    r"\b(?:about|around|approximately|approx|roughly|nearly|almost|circa|ca|just|only|merely|some"
    r"|exactly|precisely|more or less|at least|at most|a (?:little|bit)|slightly|well|(?:as )?"
    r"(?:low|high|much|many|little|few) as|not (?:only|just|merely))\b\.?|[~\u2248\u2243]"
)
"""What hedges a figure and leaves it what it is."""

NO_MORE = re.compile(
    r"\b(?:no|not) (?:(?:more|less|fewer|higher|lower) than|over|under|above|below)"
    rf"(?=\s*{FIG})"
)
"""What denies a bound, and not the figure."""

OPEN_END = re.compile(
    r"(\b(?:to|at|from|is|was|were|of|by|and|the|a|than|over|under|or|not|but|around|about|on|in"
    r"|since|between|for|with|has|had|now)|,(?!\n\d{1,2}[.)]\s))\n"
)
"""How a line ends that goes on with the next."""

SHORT_WORD = re.compile(r"\b(vs|max|approx|ca|incl|avg|est|resp|bzw|e\.g|i\.e|prev)\.(?=\s)")
"""What a full stop does not end a clause behind."""

TWO_UNITS = re.compile(
    r"(?<![\w.,])(\d{1,5})\s?(h(?:ou)?rs?|hour|h|min(?:ute)?s?|m)\s(?:and )?(\d{1,2})\s?"
    r"(min(?:ute)?s?|m|sec(?:ond)?s?|s)\b"
)
"""A duration in hours and minutes, or in minutes and seconds."""

SPACED = re.compile(r"(?<![\w.,'])(?<!\d )[1-9]\d{0,2}(?: \d{3})+(?![\d']| \d)")
"""A number whose thousands a blank parts, where it can be nothing else."""

UP = (
    r"up(?:wards?)?|ris(?:es?|en|ing)|rose|increas\w+|higher|grew|grow(?:s|n|ing)?|climb\w*|gain\w*"
    r"|jump\w*|doubl\w+|tripl\w+|quadrupl\w+|surg\w+|spik\w+|soar\w*|recover\w*|rebound\w*"
)
DOWN = (
    r"down(?:wards?)?|fell|fall(?:s|en|ing)?|drop(?:s|ped|ping)?|decreas\w+|lower|declin\w+"
    r"|shr[aiu]nk\w*|los(?:e|es|t|s|ing)|halv\w+|collaps\w+|sank|sinks?|slid(?:es?)?|reduc\w+"
    r"|plung\w+|plummet\w*|slip\w*|dip(?:s|ped)?"
)
MOVES = rf"{UP}|{DOWN}|worsen\w*|improv\w*"
"""Words that a change follows ("fell 7"), or "to" and where it ended."""

WENT = r"went|moved|changed?|came|got|shift(?:s|ed)|compress(?:es|ed)|widen(?:s|ed)|then"
"""Further words that "to" follows."""

ENDS = re.compile(
    rf"(?:\bfrom\b[^\n]{{0,{NEAR}}}?|{FIG}[\s,]*(?:or\s+)?|\b(?:{MOVES}|{WENT})(?:\s+\w+ly)?\s+)"
    rf"\bto\s+(?={FIG})"
)
"""What stands before the figure that another moved to."""

RANGE = re.compile(rf"({FIG})\s*(?:to|-)\s*({FIG})")

PART_OF = re.compile(rf"\b(?:in|on|for|during) {FIG} (?:out )?of (?:the )?(?:\w+ )?{FIG}")
"""How often something was so: "in 3 of 14 regions"."""

COUNTED = re.compile(
    rf"\b(?:across|on|in|at|among|with|over|for) (?:all |the |only )*({FIG})"
    r"(?= (?!(?:or|and|to)\b)[a-z])"
)
"""How many there were: "on 3 exchanges", beside a reading in its unit."""

NEAR_TO = re.compile(r"\b(compared|relative|due|next|thanks|owing|according|related|linked) to\b")
"""A "to" that leads to no reading."""

AIM = (
    r"(?:sl[ao]|target|limit|threshold|goal|aim|baseline|max(?:imum)?|minimum|budget|cap|ceiling"
    r"|alert|expect\w*|project(?:ed|ion)|forecast\w*|predict\w*|plan(?:ned)?|allow(?:ed|ance)|permitted"
    r"|norm\w*|usual\w*|typical\w*|nominal)"
)
"""What a figure is that is to be, or mostly is."""

PAST = (
    r"(?:yesterday|(?<!the )last (?:week|month|quarter|year|night|time|\w+day)"
    r"|(?:an?|the|one|two) \w+ (?:ago|before|earlier))"
)
"""When a figure was that is no more."""

NEVER_BEHIND = re.compile(
    rf"\s*(?:{PAST}\b|(?:of |from )?(?:earlier|ago|before|at (?:the )?start|initially|previously"
    r"|lower|higher|less|more|fewer|better|worse|decline|drop|rise|increase|decrease|reduction"
    r"|gain|loss)\b"
    rf"|(?:(?:is|was|as|the|an?|our|its) )*{AIM}\b(?![\s:=]*(?:of |is )?{FIG})|\({AIM}\))"
)
"""What stands behind a figure where it began, or a change."""

NEVER_BEFORE = re.compile(
    r"(?:\b(?:from|by|(?:prev(?:ious)?\w*|formerly|initial\w*)(?: at)?|before|earlier|versus|vs"
    r"|against|times|half|twice|used to be|had been"
    r"|since|last|past|first|(?:after|from) an? \w+ (?:of|at)|after|start\w*(?: at)?"
    rf"|{PAST}|{AIM}(?:\s+(?:is|was|of|at|for|to (?:be|reach|hit)))*|compared_to"
    r"|compared (?:with|against)|relative_to|due_to|next_to|thanks_to|owing_to|according_to"
    rf"|related_to|linked_to|far from|short of|fail\w* to reach|{MOVES}"
    r"|(?:change|rise|increase|drop|decrease|decline|fall|gain|loss|reduction|swing) of)"
    rf"(?:\s+by|\s+of)?(?:\s+the)?(?:\s+(?:more|less|over|under))?(?:\s+than)?[\s:(=<\u2264]*"
    rf"|{FIG}\s+(?:of|the)\s+"
    r"|(?:\u00b1|\+/-)\s?)$"
)
"""What stands before a figure that is no reading: where it began, a change, a target, a whole."""

WEAK_BEFORE = re.compile(
    r"(?:\b(?:was|were|than|over|under|below|above|exceed\w*|within|for|close to|near|up to"
    r"|[<\u2264\u2265])|[<\u2264\u2265\u2191\u2193\u25b2\u25bc+])[\s:(=]*$"
)
"""What stands before a bound: the reading where there is no other figure."""

ONE_OF = rf"{FIG}(?:\s*(?:or|nor|to)\s*{FIG})*"
DENIED = re.compile(
    r"(?:\b(?:(?:not|nowhere)(?: even)?|never|neither|nor|without|rather than|instead of|no longer"
    rf"|anything but|cannot|should|would|could|might|{MAY}|can"
    rf"|will|must)|n't)(?: [a-z]+){{0,2}} {ONE_OF}|\bno {ONE_OF}"
    rf"|{FIG} (?:can(?:'t| ?not)|would|(?:is|was|were|seems)(?: (?:clearly|simply))?"
    r"(?:n't| not| wrong| false| incorrect))\b"
    rf"|{FIG}[\s,:=?(-]*{NO}(?=\s*(?:$|[.;:)]))"
)
"""A figure that is denied, or only possible: "is not 58", "may be 58", "58 is wrong"."""

DEPENDS = re.compile(rf"(?:{FIG}\s+)?{CONDITION}.*", re.DOTALL)
"""What a condition leaves open: all behind it, and a figure right before it."""

BEGAN = re.compile(
    rf"(?:\bfrom\s+({FIG})(?=[^\n]*?\bto\s+{FIG}|\s*(?:$|[,;)]))"
    rf"|\b(?:was|were|before|earlier|prev(?:ious(?:ly)?)?|used to be)[\s:(=]*({FIG})"
    rf"|({FIG})\s+moved to\b)"
)
"""A figure and where it began."""

CHANGED = re.compile(rf"{FIG}[\s,(]*({FIG})")
"""A figure with the change that led to it: "58 (+7)"."""

WAYS: Mapping[Direction, re.Pattern[str]] = {
    "up": re.compile(rf"\b(?:{UP}|more(?! than {FIG}))\b|[\u2191\u25b2\u2197\u2b06]"),
    "down": re.compile(rf"\b(?:{DOWN}|(?:less|fewer)(?! than {FIG}))\b|[\u2193\u25bc\u2198\u2b07]"),
    "flat": re.compile(
        r"\b(?:flat|steady|stable|unchanged|constant|stagnant|stagnat\w+|plateau\w*|held|sideways"
        r"|stayed the same|(?:stay|remain)(?:s|ed) at|(?:no(?: \w+)?|little|hardly any) change"
        r"|level (?:with|at)|(?:barely|hardly|scarcely) (?:changed|moved)"
        r"|(?:(?:did|does|has) not|(?:did|does|has)n't) (?:change|move)d?)\b|\u27a1"
    ),
}
"""Words and signs for where a figure went."""

NEGATED = re.compile(
    r"(?:\bnot|\bno|\bnever|n't|\bneither|\bnor|\bwithout|\bno longer)(?:\s+\w+){0,2}\s*$"
)

REVISES = re.compile(
    r"\W*(?:(?:no|or|wait|sorry|actually|correction|rather|instead|possibly|maybe|perhaps|also|then"
    r"|i mean|make that|in fact|more likely)\b)"
)
"""How a clause begins that takes back or doubts the reading before it."""

STRAY = re.compile(
    rf"\W*(?!(?:in|on|over|after|for|with|by|from|since|of|at|and|day|only|just)\b)"
    rf"(?:[^\W\d_][\w'-]*[\s:=(]+){{1,5}}{FIG}"
)
"""A figure with a name that is none of the metrics'."""

FILLERS = frozenset(
    {
        "value", "unit", "units", "direction", "trend", "change", "way", "now", "latest", "current",
        "is", "it", "and", "the", "a", "at", "to", "from", "was", "then", "per", "cent", "but",
        "rather", "instead", "new", "final", "end", "today", "reading", "of", "not", "so", "s",
        "this", "that", "which", "still", "stands", "stand", "lies", "sits", "currently",
    }
)  # fmt: skip
"""Words of a clause that only goes on with the metric before it."""

RELATIVE = frozenset({"concentr", "points", "ratio", "duration"})
"""What a figure beside the reading is measured in, of a metric whose unit nobody declared."""


class FigureReading(NamedTuple):
    """One figure with its metric."""

    metric: str
    """The column."""
    figure: Quantity
    """Value and unit."""
    direction: Direction | None
    """Where it went; None where nothing says it."""

    @property
    def words(self) -> str:
        """What was read."""
        return ", ".join(filter(None, (f"{self.metric}: {self.figure.text}", self.direction)))


class MetricReadings(NamedTuple):
    """What a text says of metrics."""

    readings: tuple[FigureReading, ...]
    """One a metric, in the text's order."""
    faults: tuple[str, ...]
    """Metrics with several values."""
    names_any: bool
    """Whether it names a metric at all."""
    has_figures: bool
    """Whether it has a figure at all."""
    strays: int
    """Readings of something else than the metrics."""


class _Lexed:
    """A text with its names and figures as one character each."""

    def __init__(self, text: str, metrics: Sequence[Metric], language: str) -> None:
        self.language = language
        self.names: list[Metric] = []
        self.figures: list[str] = []
        plain = re.sub(f"{NAME}|{FIG}", " ", text)
        known = {_bare(name): metric for metric in metrics for name in metric.names}
        if known:
            plain = _names_in(metrics).sub(lambda hit: self._name(known, hit[0]), plain)
        for word, english in WORDS.get(language, {}).items():
            plain = re.sub(rf"(?<!\w)(?:{word})(?!\w)", english, plain)
        plain = SHORT_WORD.sub(r"\1", OPEN_END.sub(r"\1 ", plain))
        plain = _no_figure(language).sub(" ", plain)
        words = words_of(language)
        if words.is_spaced:
            plain = re.sub(r"(?<![\d.,]\d{3})(?<=\d) (?=\d{3}(?!\d))", "'", plain)
        plain = SPACED.sub(lambda hit: hit[0].replace(" ", "'"), plain)
        plain = TWO_UNITS.sub(_in_the_smaller, plain)
        plain = words.figure.sub(self._figure, plain, count=MOST_FIGURES)
        self.text = NO_MORE.sub("under", SOFT.sub(" ", plain))

    def _name(self, known: dict[str, Metric], name: str) -> str:
        if len(self.names) > MOST_FIGURES // 16:
            return " "
        self.names.append(known[_bare(name)])
        return chr(FIRST_NAME + len(self.names) - 1)

    def _figure(self, hit: re.Match[str]) -> str:
        self.figures.append(hit[0])
        return chr(FIRST_FIGURE + len(self.figures) - 1)

    def metric(self, mark: str) -> Metric:
        return self.names[ord(mark) - FIRST_NAME]

    def quantity(self, mark: str, metric: Metric) -> Quantity | None:
        written = self.figures[ord(mark) - FIRST_FIGURE]
        return quantity_of(written, self.language, has_decimals=metric.has_decimals)


NO_METRIC = Metric("", (), "")
"""What a figure belongs to whose name nobody knows."""


def figures_of(text: str, metrics: Sequence[Metric], language: str = ENGLISH) -> MetricReadings:
    """Return the readings of a normalised text, written in a language beside English."""
    lexed = _Lexed(text, metrics, language)
    found: dict[str, FigureReading] = {}
    faults: dict[str, str] = {}
    strays = 0
    for written in _joined(clauses(lexed.text)):
        clause = DEPENDS.sub(" ", written)
        if DENIED_CLAUSE.search(written) or written.endswith("?"):
            continue
        if STRAY.match(clause) and not re.search(NAME, clause):
            strays += bool(_values(lexed, clause, NO_METRIC))
        for metric, part in _parts(lexed, clause):
            values = _values(lexed, part, metric)
            if len(values) > 1:
                told = ", ".join(figure.text for figure in values)
                faults[metric.name] = f"{metric.name} has {len(values)} values: {told}"
            elif values:
                read = FigureReading(
                    metric.name, values[0], _direction(lexed, part, values[0], metric)
                )
                before = found.setdefault(metric.name, read)
                if before.figure.amount(metric.unit) != read.figure.amount(metric.unit):
                    faults[metric.name] = (
                        f"{metric.name} has 2 values: {before.figure.text}, {read.figure.text}"
                    )
                elif before.direction is None:
                    found[metric.name] = read
                elif read.direction not in {None, before.direction}:
                    faults[metric.name] = (
                        f"{metric.name} goes {before.direction} and {read.direction}"
                    )
    readings = tuple(read for name, read in found.items() if name not in faults)
    return MetricReadings(
        readings, tuple(faults.values()), bool(lexed.names), bool(lexed.figures), strays
    )


def quantities_in(text: str, language: str = ENGLISH) -> tuple[Quantity, ...]:
    """Return the figures of a text, without its days, times, spans and numbers of items."""
    lexed = _Lexed(normalised(text), (), language)
    read = (quantity_of(one, language, has_decimals=True) for one in lexed.figures)
    return tuple(one for one in read if one is not None)


def _in_the_smaller(hit: re.Match[str]) -> str:
    if hit[2][0] + hit[4][0] not in {"hm", "ms"}:
        return hit[0]
    return f"{int(hit[1]) * 60 + int(hit[3])} {hit[4]}"


def _bare(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()


def _names_in(metrics: Sequence[Metric]) -> re.Pattern[str]:
    """Return what finds metrics by any name, with blanks, hyphens, underscores or nothing."""
    names = sorted({name for metric in metrics for name in metric.names}, key=len, reverse=True)
    spelled = ["[ _-]?".join(map(re.escape, re.split(r"[ _-]+", name.lower()))) for name in names]
    return re.compile(rf"(?<!\w)(?:{'|'.join(spelled)})(?!\w)")


def _joined(parts: Sequence[str]) -> list[str]:
    """Return clauses, each with those behind it that only say its value, unit or direction."""
    found: list[str] = []
    for part in parts:
        is_rest = all(
            word in FILLERS or any(way.fullmatch(word) for way in WAYS.values())
            for word in re.findall(r"[^\W\d_]+", part)
        )
        is_revised = REVISES.match(part) and re.search(FIG, part)
        is_denial = re.fullmatch(rf"{NO}\W*", part)
        if found and (is_rest or is_revised or is_denial) and not re.search(NAME, part):
            found[-1] = f"{found[-1]} , {part}"
        else:
            found.append(part)
    return found


def _parts(lexed: _Lexed, clause: str) -> Iterator[tuple[Metric, str]]:
    """Yield each metric that a clause names, with the stretch that speaks of it."""
    named = [lexed.metric(mark) for mark in re.findall(NAME, clause)]
    if len({metric.name for metric in named}) == 1:
        yield named[0], clause
        return
    first, *stretches = re.split(f"(?={NAME})", clause)
    leads = bool(named) and re.search(FIG, first) and not re.search(FIG, stretches[-1])
    if not leads:
        yield from zip(named, stretches, strict=True)
        return
    yield from zip(named, re.findall(f"[^\ue000-\uf8ff]*{NAME}", clause), strict=True)


def _values(lexed: _Lexed, part: str, metric: Metric) -> list[Quantity]:
    """Return the figures that may be a metric's reading; one where it is clear which."""
    text = NEAR_TO.sub(
        r"\1_to", DENIED.sub(" ", PART_OF.sub(" ", re.sub(rf" ?{NAME} ?", " ", part)))
    )
    ends = list(ENDS.finditer(text))
    if ends and not _is_range(lexed, text, metric):
        is_open = any(re.search(r"\bor\b", hit[0]) for hit in ends[1:])
        last = [text[hit.end()] for hit in ends[0 if is_open else -1 :]]
        return _different(lexed, last + re.findall(rf"\bnow\b[^{FIG[1:-1]}]*({FIG})", text), metric)
    kept, weak = list[str](), list[str]()
    for hit in re.finditer(FIG, text):
        figure = lexed.quantity(hit[0], metric)
        before = text[max(0, hit.start() - NEAR) : hit.start()]
        if (
            figure is None
            or not figure.may_be(metric.unit)
            or NEVER_BEFORE.search(before)
            or NEVER_BEHIND.match(text[hit.end() :][:NEAR])
            or (figure.text[0] in "+-" and kept)
        ):
            continue
        is_relative = not metric.unit and not RELATIVE.isdisjoint(figure.amounts)
        is_weak = is_relative or WEAK_BEFORE.search(before) or figure.text[0] == "+"
        (weak if is_weak else kept).append(hit[0])
    measured = [mark for mark in kept if _is_measured(lexed, mark, metric)]
    if measured:
        counts = {*COUNTED.findall(text)}
        kept = [mark for mark in kept if mark in measured or mark not in counts]
    return _different(lexed, kept or weak, metric)


def _is_measured(lexed: _Lexed, mark: str, metric: Metric) -> bool:
    """Return whether a figure says the metric's unit, as a count beside it does not."""
    figure = lexed.quantity(mark, metric)
    return figure is not None and bool(metric.unit) and "" not in figure.amounts


def _different(lexed: _Lexed, marks: Sequence[str], metric: Metric) -> list[Quantity]:
    """Return the figures that differ, also where they are in other units."""
    figures = [figure for mark in marks if (figure := lexed.quantity(mark, metric))]
    return list({round(f.amount(metric.unit), 9): f for f in reversed(figures)}.values())[::-1]


def _is_range(lexed: _Lexed, text: str, metric: Metric) -> bool:
    """Return whether a figure "to" a greater one is a range: nothing says that it moved."""
    for hit in RANGE.finditer(text):
        first, last = (lexed.quantity(mark, metric) for mark in hit.groups())
        if first and last and first.amount(metric.unit) < last.amount(metric.unit):
            before = text[: hit.start()]
            return not re.search(rf"\b(?:from|{WENT}|{MOVES})\b", before) and (
                not {*_said(text)} & {"up", "down"}
            )
    return False


def _said(part: str) -> list[Direction]:
    """Return the directions that words of a part affirm."""
    said: list[Direction] = []
    for way, words in WAYS.items():
        if any(
            way == "flat" or not NEGATED.search(part[max(0, hit.start() - NEAR) : hit.start()])
            for hit in words.finditer(part)
        ):
            said.append(way)
    if "flat" in said and re.search(r"(?:\bnot|n't|no longer) flat\b", part):
        said.remove("flat")
    return said


def _direction(lexed: _Lexed, part: str, reading: Quantity, metric: Metric) -> Direction | None:
    """Return where a figure went by the words of its part, by where it began, or by a sign."""
    said = _said(part)
    if said:
        return said[0] if len(said) == 1 else None
    last = reading.amount(metric.unit)
    for hit in BEGAN.finditer(re.sub(NAME, "", part)):
        first = lexed.quantity(next(filter(None, hit.groups())), metric)
        if first and first.may_be(metric.unit) and first.amount(metric.unit) != last:
            return "up" if first.amount(metric.unit) < last else "down"
    signs = {lexed.figures[ord(mark) - FIRST_FIGURE][0] for mark in CHANGED.findall(part)}
    return "up" if signs == {"+"} else "down" if signs == {"-"} else None
