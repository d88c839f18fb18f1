r"""What a text chooses of a list: what it affirms, and nothing that it denies, asks or takes back.

| written                                              | read as                             |
|------------------------------------------------------|-------------------------------------|
| "A", "**a**.", "It's A", "A (high confidence)"       | A                                   |
| "not B but A", "B? No: A", "~~B~~ A", "[ ] B, [x] A" | A                                   |
| "I first thought B, but it is A", "A (was B)"        | A                                   |
| "A, because B ...", "A. B would show", "A\nNote: B"   | A: what explains a choice is none   |
| "not A", "far from A", "un-A", "A: no", "A?"         | nothing                             |
| "A or B", "A -> B", "A (or B)", "A. Actually B"      | two                                 |
| "A and not A"                                        | nothing                             |
| "A if ...", "it may be A", "A is fine", "A was ..."  | doubt: nothing; with B unreadable   |

Denials are known in English and the languages of `DENIALS`; in any other language a value counts
where it stands alone.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from modelsmith.exam.checks.quantities import ENGLISH
from modelsmith.exam.checks.text import (
    CONDITION,
    DENIED_CLAUSE,
    NEGATION_WINDOW,
    NO,
    REJECTED,
    WINDOW_CHARACTERS,
)

MARK = "\0"
"""What stands in a clause for each choice that it mentions."""

ACCENT = "[\u0300-\u036f]"
"""What Unicode writes over a letter, once it is taken apart."""

IN_JSON = {"true": "yes", "false": "no"}
"""How JSON says yes and no."""


class Denial(NamedTuple):
    """How a language denies a choice; words without accents."""

    before: str
    """What stands among the words before it."""
    after: str
    """What follows it."""


DENIALS = {
    ENGLISH: Denial(
        r"not(?! (?:only|just|merely)\b)|no(?=\s[\w\0])(?! (?:doubt|question|wait)\b)|never|cannot"
        r"|neither|nor|nobody|nothing(?! but\b)|without(?! doubt\b)|against"
        r"|(?:un|less |least )likely|\w+n't|non"
        r"|(?:do|does|did|is|are|was|were|would|should|could|ca|wo)nt"
        r"|(?:anything|everything|all) but|far from|nowhere near|no longer|hardly|barely|scarcely"
        r"|(?:rather than|instead of|other than|except|apart from|opposed to|contrary to|unlike)"
        r"(?!.*,)|almost|nearly|rul\w+ out|exclud\w+"
        r"|reject\w*|dismiss\w*|discard\w*|(?<!no )(?<!without )doubt\w*|whether|unclear|unsure"
        r"|(?<!second )thought|(?:i|we) (?:suspect|expect|assum)ed|(?<!\w )wrong(?=:)"
        r"|at first(?!.*,)|initially|originally|formerly|previously|used to"
        r"|if (?:it|this|that) (?:were|had)|(?:lack|absence|opposite) of|ignor\w+|disregard\w*"
        r"|discount(?:s|ed|ing)?|mistake to",
        r"(?:,? (?:which|that|this))?(?: (?!(?:and|but|or|so|as|because|since|given)\b)\w+){0,2}"
        r" (?:(?:is|are|was|were|be|been|being|seems|looks|does|do|did|has|can|could|should)"
        r"(?:n't| not| never| hardly)|cannot|(?:is|was|are|were|can be|has been|seems|looks)"
        r" (?:excluded|unlikely|improbable|ruled out|out\b|off the table|dismissed|rejected|wrong"
        r"|false|incorrect|less likely|impossible|my first|the first|the initial))"
        r"|,? (?:excluded|unlikely|improbable|ruled out)\b"
        r"|,? (?:no longer|no more|not any ?more|any ?more|aside)\b"
        r"|,? (?:at first|initially|originally)\b|,? (?:before|earlier)(?=\s*(?:$|[,.;:)]))"
        r"|(?: \w+)? (?:would|might have|could have|should have)\b"
        r"|[\s,:=(-]*(?:no|not|false|wrong|rejected|incorrect|unlikely|excluded|dismissed|discarded"
        r"|withdrawn|ruled out)(?=\s*(?:$|[,.;:)]))"
        r"|(?:,? which)? (?:is|was) (?:refuted|disproved|implausible|a red herring)\b",
    ),
    "de": Denial(
        r"nicht(?! nur\b)|kein\w*|niemals|nie|weder|ohne|statt|anstatt|kaum|unwahrscheinlich"
        r"|ausgeschlossen|ausschlie\w+|zunachst|anfangs|ursprunglich|zuerst|ob|bezweif\w+|fast",
        r"(?: \w+){0,3} (?:nicht|ausgeschlossen|unwahrscheinlich|falsch)\b"
        r"|(?: \w+)? (?:ware|wurde)\b"
        r"|[\s,:=(-]*nein(?=\s*(?:$|[,.;:)]))",
    ),
    "fr": Denial(
        r"pas(?! seulement\b)|ni|aucun\w*|jamais|sans|plutot que|au lieu d\w*|improbable|exclu\w*"
        r"|ecart\w*|d'abord|initialement|si|presque",
        r"(?: \w+){0,3} (?:pas|exclue?|improbable|faux|ecartee?)\b|(?: \w+)? (?:serait|aurait)\b"
        r"|[\s,:=(-]*non(?=\s*(?:$|[,.;:)]))",
    ),
}
"""Denials by language; English ones are read in every language."""

BUT = (
    r"(?<!\banything)(?<!\bnothing)(?<!\beverything)(?<!\ball)"
    r",?\s(?:but|however|sondern|aber|mais)\s"
)
"""What sets a value against the one before."""

CLAUSE_END = re.compile(rf"(?<=[.!?;])\s+|;|\s--?\s|{BUT}")
"""Where a clause ends that may name a choice."""

REASON = re.compile(
    r"\b(?:because|since|as(?! well)|given|due to|considering|weil|denn|da|wegen|aufgrund|car"
    r"|parce|puisque)\b"
)
"""What a reason begins with, behind what it is given for."""

TURN = re.compile(
    r"\0[^\0,:]{0,40}"
    r"(?::|,(?= (?:and |then )?(?:so|it|this|that|thus|hence|therefore|the|my|i|now)\b))"
    r"|,(?= (?:so|thus|hence|therefore) (?:it|this|that|the|my|i|we)\b)"
)
"""Where what is said of a choice before ends: "no A, so B", "ruling out A: B"."""

DEPENDS = re.compile(rf"(?<!\band )(?<!\bbut ){CONDITION}")
"""A condition of what a clause says; "and if" begins another."""

COMES = re.compile(rf"{TURN.pattern}|\0[^\0]*,(?= \0+[^\w\0]*$)")
"""Where what is conceded ends: also before a choice alone."""

CONCEDED = re.compile(
    r"^[^\w\0]*(?:(?:even )?though|although|while|whereas|despite|in spite of|since|because|as"
    r"|given|obwohl|zwar|da|weil|bien que|comme)\b"
)
"""What a clause begins with that says something before it comes to its choice."""

MAYBE = re.compile(
    r"\b(?:(?<!\bi )would|may|might|could|can be|supposedly|seemingly|konnte|durfte"
    r"|pourrait)\b[^,]*$"
)
"""What leaves open what is said of a choice behind it."""

SUBJECT = re.compile(
    r" (?:(?:which|that) )?(?:is|was|are|were|seem\w*|look\w*|appear\w*|remains?|stays?|has|had"
    r"|have|can|could|may|might|would|will|should|used to)\b"
    r"(?! (?:[a-z]+ly |most |very |been )*(?:right|correct|true|it\b|likely|best|clear|certain"
    r"|evident|found|detected|visible|seen|confirmed|present|active|responsible|to blame|at fault"
    r"|caus\w+|driving|happening"
    r"|(?:the|my|our)\b(?!(?: \w+)? (?:first|guess|suspicion|assumption|wrong))))"
)
"""A choice of which something else is said than that it is the answer: it may be in order."""

LEAD = (
    r"(?:(?:it|this|that|(?:the|my|our)(?: \w+)? (?:answer|verdict|choice|conclusion|value))"
    r"(?:'s| is| was)|probably|likely|clearly)\s+"
)
ALONE = re.compile(rf"(?:[^\w\0]|\d)*+(?:{LEAD})*[^\w\0]*+\0\W*+")
"""A clause that says a choice and nothing more."""

EXPLAINED = re.compile(
    rf"(?:[^\w\0]|\d)*+(?:{LEAD})*[^\w\0]*+\0[\0\s.\"']*(?::|\s-)\s"
    rf"(?!{NO}(?:\s*[,.;]|\W*$))"
)
"""A choice alone, and what is told of it behind a colon or a dash."""

TAKES_BACK = (
    r"\b(?:actually|wait|correction|edit|update|rather(?! than)|sorry|reflection|reconsider\w*"
    r"|scratch|revised?|instead(?! of)|in fact|really|after all|real|actual|changed?|mean|meant"
    r"|final|finally|second thought|withdraw|retract|take (?:that|it) back)\b"
)
"""What takes a value back, wherever it stands in a clause."""
DOUBTS = (
    r"\b(?:or|also|too|alternatively|possibl[ey]|maybe|perhaps|no|likel\w+|better|equally|plausible"
    r"|might|may|could|either|both|oder|auch|vielleicht|vermutlich|doch|ou|aussi|peut-etre)\b"
)
"""What doubts a value, beside another; it may be said of anything else."""
REVISES = re.compile(rf"{TAKES_BACK}|{DOUBTS}[^\0]{{0,25}}\0|\0[^\0]{{0,25}}?{DOUBTS}")
"""What makes of an aside a second choice."""

STRUCK = re.compile(r"~~(?=\S)[^~\n]{1,200}~~|<(s|del|strike)>[^<\n]{0,200}</\1>", re.IGNORECASE)
"""What is struck out, in Markdown and HTML, before normalisation."""

CROSS = "[\u2610\u274c\u274e\u2716\u2717\u2718\u2b1c\U0001f6ab]"
"""Empty boxes and crosses."""

UNTICKED = re.compile(r"\W{0,4}?(?:\[ ?\]|[\u2610\u2b1c])")
"""How a line begins whose box is left empty."""

ANSWERED = re.compile(r"\?\s*(?=(?:yes|ja|oui)\b)")
"""A question that is answered with yes."""

POSSIBLE = re.compile(
    r"\b(?:cannot|can not|can't|could not|couldn't|not|isn't|never)(?: \w+)?? (?:be )?"
    r"(?:rul(?:e|ed|ing) out|exclud\w+|unlikely|impossible)\b"
)
"""What denies a denial."""

LATE_NO = re.compile(
    r"(?<!\bno)(?:\s--?|[,;.]+|,? (?:but|aber|mais))\s+"
    rf"(?:(?:(?:it|this|that)(?:'s| is| was)|\w+ly) )?(?={NO}\W*$)"
)
"""What leads from a choice to its denial at the end."""

CONFIDENCE = re.compile(
    r"\b(?:very )?(?:high|low|medium|moderate) (?:confiden\w+|certain\w*|likelihood)\b"
    r"|\bconfidence\s?[:=]?\s?(?:is )?(?:very )?(?:high|low|medium|moderate)\b"
    r"|\bno (?:doubt|question)\b"
)
"""How sure somebody is: no value of a choice."""

ASIDE = re.compile(rf"\((?!{NO}\)|{CONDITION})[^()]*\)")
"""What stands in brackets, and neither denies nor depends."""

OR_BETWEEN = re.compile(r"\0[^\0\n;]{0,20}\b(?:or|oder|ou)\b[^\0\n;]{0,20}\0|\beither\s\0")
"""Values of which one is left open."""


class _Clause(NamedTuple):
    """A clause with what it says of choices."""

    masked: str
    """Its text, with `MARK` for each letter of a choice."""
    affirmed: tuple[str, ...]
    """What it affirms."""
    denied: tuple[str, ...]
    """What it denies, or takes back."""
    doubted: tuple[str, ...]
    """What it says something of, or leaves open."""

    @property
    def is_alone(self) -> bool:
        """Whether it says a choice and nothing more."""
        return ALONE.fullmatch(self.masked) is not None

    @property
    def is_further(self) -> bool:
        """Whether it is a second choice where an aside is expected."""
        return self.is_alone or REVISES.search(_plain(self.masked)) is not None


def chosen_in(choices: Sequence[str], text: str, language: str = ENGLISH) -> tuple[str, ...]:
    """Return the values that a normalised text gives a choice, in order; one where it chooses.

    What stands in brackets, behind a reason, or in lines below a value that stands alone explains
    it: it counts where it is a value alone, or takes the first back.
    """
    found, doubted, denied = dict[str, None](), dict[str, None](), set[str]()
    is_told = False
    for line in _lines(text):
        asides = [hit[0][1:-1] for hit in ASIDE.finditer(line)]
        is_alone, named = False, _naming(choices, ASIDE.sub(" ", line))
        for part in named:
            main, reason = _cut(choices, part)
            asides += [reason] if reason else []
            clause = _clause(choices, main, language)
            is_alone |= bool(clause.affirmed) and not found and clause.is_alone
            if not is_told or clause.is_further:
                found |= dict.fromkeys(clause.affirmed)
                denied |= {*clause.denied}
            if not (is_told or is_alone) or clause.is_further:
                doubted |= dict.fromkeys(clause.doubted)
        for part in (one for aside in asides for one in _naming(choices, aside)):
            clause = _clause(choices, part.rstrip(" ?"), language)
            if not (found or named) or clause.is_further:
                found |= dict.fromkeys(clause.affirmed)
                doubted |= dict.fromkeys(clause.doubted)
        is_told |= is_alone
    return tuple(found | doubted) if found and not denied & {*found} else ()


def members_in(choices: Sequence[str], piece: str, language: str = ENGLISH) -> tuple[str, ...]:
    """Return the choices that a piece of a set affirms, in order."""
    found = (_clause(choices, part, language).affirmed for part in _naming(choices, piece))
    return tuple(dict.fromkeys(one for several in found for one in several))


def is_open(choices: Sequence[str], text: str) -> bool:
    """Return whether a set leaves open which of its values it holds."""
    return OR_BETWEEN.search(_masked(choices, _apart(text))) is not None


def is_value(choices: Sequence[str], line: str) -> bool:
    """Return whether a normalised line is one of the choices and nothing more."""
    return _pattern(tuple(choices)).fullmatch(_apart(line.strip(" .!\"'"))) is not None


def ticked(text: str) -> str:
    """Return a text without the lines whose box is left empty or crossed out."""
    return "\n".join(_lines(text))


def _lines(text: str) -> Iterator[str]:
    return (line for line in text.splitlines() if not UNTICKED.match(line))


def _naming(choices: Sequence[str], line: str) -> list[str]:
    """Return the clauses of a line that name a choice; none is asked that is answered with yes."""
    names = _pattern(tuple(choices))
    line = LATE_NO.sub(": ", line)
    line = ANSWERED.sub(": ", POSSIBLE.sub("possibly", CONFIDENCE.sub(" ", line)))
    return [part for part in CLAUSE_END.split(line) if names.search(_apart(part))]


def _cut(choices: Sequence[str], part: str) -> tuple[str, str]:
    """Return what gives a value, and the reason that it gives."""
    part = _apart(part)
    masked = _masked(choices, part)
    first = masked.find(MARK)
    explained = EXPLAINED.match(masked) if first >= 0 else None
    reason = REASON.search(masked, first) if first >= 0 else None
    at = explained.end() if explained else reason.start() if reason else len(part)
    return part[:at], part[at:]


def _clause(choices: Sequence[str], text: str, language: str) -> _Clause:
    """Return what a clause says of choices."""
    text = _apart(text)
    masked = _masked(choices, text)
    is_known = _root(language) in DENIALS
    may_affirm = (is_known or ALONE.fullmatch(masked)) and not masked.rstrip().endswith("?")
    comes = 0
    if CONCEDED.match(masked):
        comes = max((turn.end() for turn in COMES.finditer(masked)), default=0)
    denial, is_open = DENIED_CLAUSE.search(masked), DEPENDS.search(masked)
    affirmed, denied, doubted = list[str](), list[str](), list[str]()
    for hit in _pattern(tuple(choices)).finditer(text):
        choice = _spelled(tuple(choices))[(hit.lastindex or 1) - 1]
        before = _plain(
            masked[
                max(comes * (comes < hit.start()), hit.start() - WINDOW_CHARACTERS) : hit.start()
            ]
        )
        after = _plain(masked[hit.end() : hit.end() + WINDOW_CHARACTERS])
        before = TURN.split(before)[-1]
        words = " ".join(before.split()[-NEGATION_WINDOW:])
        if (denial and denial.end() <= hit.start()) or _is_denied(before, words, after, language):
            denied.append(choice)
        elif hit.end() <= comes:
            continue
        elif is_open or MAYBE.search(words) or SUBJECT.match(after):
            doubted.append(choice)
        elif may_affirm:
            affirmed.append(choice)
    return _Clause(masked, *(tuple(dict.fromkeys(one)) for one in (affirmed, denied, doubted)))


def _is_denied(before: str, words: str, after: str, language: str) -> bool:
    known = {ENGLISH, _root(language)} & DENIALS.keys()
    return (
        REJECTED.match(after) is not None
        or re.match(rf"\s?{CROSS}", after) is not None
        or re.search(rf"(?:{CROSS}|[!\u00ac\u2260]=?)\s*$", before) is not None
        or any(re.search(rf"\b(?:{DENIALS[one].before})(?!\w)", f"{words} _") for one in known)
        or any(re.match(DENIALS[one].after, after) for one in known)
    )


def _root(language: str) -> str:
    """Return a language without its region."""
    return re.split("[-_]", language)[0]


def _plain(text: str) -> str:
    return re.sub(ACCENT, "", text)


def _apart(text: str) -> str:
    """Return a text with accents apart from their letters."""
    return unicodedata.normalize("NFD", text)


def _masked(choices: Sequence[str], text: str) -> str:
    return _pattern(tuple(choices)).sub(lambda hit: MARK * len(hit[0]), text)


@lru_cache(maxsize=256)
def _spelled(choices: tuple[str, ...]) -> tuple[str, ...]:
    """Return what each group of the choices' pattern stands for, longer ones first."""
    logical = (name for name in IN_JSON.values() if name in choices)
    return (*sorted(choices, key=len, reverse=True), *logical)


@lru_cache(maxsize=256)
def _pattern(choices: tuple[str, ...]) -> re.Pattern[str]:
    """Return what finds choices with hyphens, blanks, underscores or nothing, accents or none."""
    spelled = _spelled(choices)
    said = {name: word for word, name in IN_JSON.items()}
    forms = [_spelling(one) for one in spelled[: len(choices)]]
    forms += [said[one] for one in spelled[len(choices) :]]
    groups = "|".join(f"({form})" for form in forms) or r"(?!)"
    return re.compile(rf"(?<!\w)(?<!\w-)(?<!\d[.,])(?:{groups})(?!\w|{ACCENT}|-\w|[.,]\d)")


def _spelling(choice: str) -> str:
    first, *others = choice.split("-")
    spelled = "(?<!-)" * first[0].isdigit() + _letters(first)
    for before, part in zip((first, *others), others, strict=False):
        between = "[ _-]+" if before[-1].isdigit() and part[0].isdigit() else "[ _-]*"
        spelled += between + _letters(part)
    return spelled


def _letters(word: str) -> str:
    """Return what finds a word, whether or not its letters have accents."""
    return re.sub(r"ss|[aou]e|[a-z]", lambda hit: _letter(hit[0]), word)


def _letter(written: str) -> str:
    if written == "ss":
        return "(?:ss|\u00df)"
    return f"{written[0]}(?:{written[1:]}|\u0308)" if written[1:] else f"{written}{ACCENT}*"
