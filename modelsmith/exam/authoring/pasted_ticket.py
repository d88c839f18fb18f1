"""A pasted ticket cut into what it says of the situation, of a good answer and of a bad one.

Cues are words that people begin such sentences with. What stands behind no cue is the situation;
what could be read as two kinds is no part of either, and is asked back. Every text is the ticket's.

| a sentence or line                         | becomes                                     |
|--------------------------------------------|---------------------------------------------|
| begins with a cue of a good answer         | a pass criterion, and so do those after it  |
| begins with a cue of a bad one             | fail criteria, a mistake each               |
| follows a bad one without a cue of its own | a question                                  |
| says that something may pass, or half      | a question; a bonus also a criterion        |
| talks of the exam                          | the objective, or left out, told            |
| any other                                  | part of the situation                       |
"""

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum, unique
from itertools import pairwise
from typing import NamedTuple

from modelsmith.exam.criteria_text import DEFAULT_LANGUAGE
from modelsmith.exam.prose.list_marks import marks_in
from modelsmith.exam.prose.sentences import sentences_of
from modelsmith.exam.scenario import CRITERION_LENGTH


@unique
class PartKind(StrEnum):
    """What a part of a ticket is about."""

    SITUATION = "situation"
    GOOD = "good"
    BONUS = "bonus"
    BAD = "bad"
    EITHER = "either"
    """Something that may pass or not, in so many words."""
    UNCLEAR = "unclear"
    """It stands among the mistakes, and nothing says that it is one."""
    EXAM = "exam"
    """Talk about the exam itself."""


class Part(NamedTuple):
    """A part of a ticket."""

    kind: PartKind
    """What it is about."""
    text: str
    """Its words, as the ticket has them."""
    paragraph: int
    """The paragraph that it stands in, from 0."""
    is_trap: bool = False
    """Whether it names what people fall for."""
    line: int = 0
    """The line of its paragraph, from 0."""


def _any(*patterns: str) -> re.Pattern[str]:
    """Return what finds one of these patterns; none ends within a word."""
    return re.compile(rf"(?:{'|'.join(patterns)})(?:(?<=\W)|\b)", re.IGNORECASE)


WHO = r"(?:(?:the|a|any) )?(?:(?:right|good|correct) )?(?:model|answers?|it|they|response)"

GOOD = _any(
    rf"(?:{WHO}) (?:should|must|has to|have to|needs? to|ought to)(?! not\b)"
    r"(?: (?:see|say|mention|note))?(?:\s*:)?",
    r"what (?:(?:i|we)(?:'m| am)? (?:look(?:ing)? for|want|expect)|it (?:must|should) \w+)\s*:",
    r"(?:must|should) (?:see|say|mention)(?:\s*:)?",
    r"(?:i|we) (?:want|expect|would want|'d want) (?:the |a )?(?:model|answer|it|them) to",
    r"(?:the |a )?(?:right|good|correct) (?:answer|model)s?(?:\s*[:=])?(?=\s|$)",
    r"(?:expected|reasoning (?:i|we) want|good|right|pass(?:es)?(?: if)?)\s*:",
    r"has to (?=come|say|name|see|end|show)",
    r"(?=(?:the )?(?:correct|right) (?:verdict|cause|diagnosis|reading|call) (?:is|was)\b)",
    r"(?:the )?(?:solution|resolution)\s*:",
    r"full (?:marks|points|credit) (?:only )?(?:if|for)",
    r"passes if",
    r"ce que j'attends(?: d'une bonne r\u00e9ponse)?\s*:",
    r"(?:une |la )?bonne r\u00e9ponse\s*:?",
    r"(?:la r\u00e9ponse|le mod\u00e8le|il) (?:doit|devrait)",
    r"attendu\s*:",
    r"(?:das modell|die antwort|sie) (?:soll|muss)(?:te)?",
    r"(?:eine )?(?:gute|richtige) antwort\s*:?",
    r"erwartet\s*:",
)
"""How sentences begin that say what a good answer does."""

BAD = _any(
    r"(?:also )?not ok(?:ay)?\s*:",
    r"(?:also )?(?:bad|wrong|fails?|harmful|not|never|don'ts?|avoid|no-?gos?)\s*:",
    r"(?:the )?mistakes?(?: (?:i|we) see)?\s*:",
    r"(?:i |we |(?:i|we)'d )?(?:would )?fail (?:it|them|an answer|answers)? ?(?:for|if|when)",
    r"(?:it is )?(?:wrong|fails?|harmful|bad) (?:if|when)(?:\s*:)?",
    rf"(?:{WHO}) (?:must|should|may|can) ?(?:not|never)\b",
    r"(?:an? |the )?(?:wrong|bad|false|incorrect|poor|weak) (?:answer|response)s?(?:\s*[:=])?"
    r"(?=\s|$)",
    r"not expected\s*:",
    r"unacceptable\s*:?",
    r"points are (?:deducted|taken off) (?:if|for|when)",
    r"(?:we|i) (?:don't|do not) want to see\s*:?",
    r"(?:une |les |de )?(?:mauvaises?|fausses?) r\u00e9ponses?\s*:?",
    r"r\u00e9ponses? (?:fausses?|mauvaises?)\s*:?",
    r"(?:eine )?(?:falsche|schlechte) antwort(?:en)?\s*:?",
    r"nor(?= )",
    r"\u00e0 ne pas faire\s*:",
    r"(?:faux|mauvais(?:e r\u00e9ponse)?|erreurs?|interdit|pas ok)(?:\s*:| si\b)",
    r"(?:falsch|schlecht|fehler|nicht ok|verboten)(?: w\u00e4re)?(?:\s*:| wenn\b)",
)
"""How sentences begin that say what a bad answer does."""

INSIDE = _any(
    r"\b(?:it|they|he|answers?|model) (?:should|must) (?:say|ask|name|note|mention)",
    r"^should (?:say|ask|name|note|mention)",
    r"^(?:the )?root cause\s*[=:]",
)
"""Words within a sentence that say what a good answer does."""

BONUS = _any(r"bonus(?: points?)?(?: if| for|\s*:)?", r"nice to have\s*:?", r"bonus si")

EITHER = _any(
    r"\beither (?:is|way is|would be) (?:fine|ok)", r"\bhalf right\b", r"\bmention it or not\b",
    r"\b(?:is|are) arguable\b", r"\bnot punish\b", r"\bi don't know which\b", r"\boptional\b",
    r"^(?:i )?can(?:'t|not) tell\b",
    r"\b(?:in the end )?it turned out (?:that|to)\b",
    r"\bpeu importe\b", r"\bau choix\b", r"\bbeides (?:ist )?(?:ok|gut)\b",
)  # fmt: skip
"""Words that let something pass, or half, or leave it open."""

TRAP = _any(
    r"\btraps?\b", r"\bdecoys?\b", r"\beverybody (?:gets|falls)", r"\bpi\u00e8ge\b", r"\bfalle\b",
    r"\bred herring\b",
)  # fmt: skip

EXAM = _any(
    r"\b(?:for|in|into) the exam\b", r"\bexam (?:set|material|question)\b",
    r"\bmake a (?:test )?question\b", r"\b(?:training|exam|test) question\b",
    r"\bdas examen\b", r"\bpour l'examen\b",
)  # fmt: skip

THANKS = re.compile(r"^(?:merci|thanks|thank you|thx|cheers|danke)\W*$", re.IGNORECASE)

AIM = _any(r"\b(?:i|we) want the model (?!to\b)", r"\btests? (?:whether|if)\b", r"\bthe point is\b")
"""Words that say what a scenario is for."""

CONTRADICTED = _any(
    r"(?<!some )(?<!others )\b(?:says?|acc(?:ording|\.) to)\b.*\b(?:says?|acc(?:ording|\.) to)\b",
    r"\bone \w+ says\b", r"\bwhatever\b",
)  # fmt: skip
"""Words of two sources that say different things."""

TWO_WAYS = re.compile(r"(?<![\d/~\u2248.,])(\d{1,2})/(\d{1,2})(?:/(\d{2,4}))?(?![\d/]|\s?%|\.\d)")
"""What may be a date, the day or the month first."""

VAGUE = _any(
    r"\brough(?:ly)?\b", r"\ba bit\b", r"\bapprox(?:imately)?\b", r"\bproperly\b", r"\benough\b",
    r"\bor two off\b", r"\betc\b", r"\benviron\b", r"\bungef\u00e4hr\b",
)  # fmt: skip
"""Words of degree that two people read differently."""

SEVERAL = re.compile(r"\s\+\s|;|,? and say\b|\band (?:why|both)\b|, \w+ (?:or|and) ")
"""What joins things that might be a criterion each."""

WHOLE = {PartKind.EXAM: (EXAM, AIM, THANKS), PartKind.EITHER: (EITHER,)}
"""Words that say of a whole sentence what it is about, wherever they stand in it."""

RUBRIC = _any(
    r"(?:^|\b(?:an?|any|the|no|such|each|every|all|most|those|these|good|bad|right) (?:[\w-]+ )?)"
    r"answers?\b.*\b(?:wrong|bad|poor|weak|passe?s?|fails?|good|right|that|when|accept\w*)\b",
    r"\b(?:wrong|bad|poor|weak) (?:one|answer)s?\b",
    r"\bnot accept\b",
    r"\bbe a mistake\b",
    r"\b(?:mauvaises?|fausses?) r\u00e9ponses?\b",
    r"\b(?:falsche|schlechte) antwort(?:en)?\b",
)
"""Words within a sentence that speak of answers, and do not say on which side they stand."""

CUES = {PartKind.BONUS: BONUS, PartKind.BAD: BAD, PartKind.GOOD: GOOD}
"""How sentences of each kind begin; the first that fits counts."""

SHORT = 8
"""Characters below which a sentence goes with the next one: it says nothing alone."""

ABBREVIATED = re.compile(r"\b(?:acc|esp|incl|re|ref|resp|wrt)\.$", re.IGNORECASE)
"""Abbreviations that end no sentence."""

FEW_WORDS = 9
"""Words of a piece of a list within a sentence; longer ones are clauses."""

GOES_ON = re.compile(
    r"(?:so|because|which|since|but|then|else|while|not|nothing|if|when|until|whose|without|\()\b|\(",
    re.IGNORECASE,
)
"""How a piece begins that is no item of its own."""


def parts_of(ticket: str, language: str = DEFAULT_LANGUAGE) -> tuple[Part, ...]:
    """Return the parts of a ticket in its order.

    Args:
        ticket: What was pasted.
        language: ISO 639-1 code of the language whose sentences it is cut by.
    """
    found: list[Part] = []
    mode, is_heading = PartKind.SITUATION, False
    for number, lines in enumerate(_paragraphs(ticket)):
        if not is_heading:
            mode = PartKind.SITUATION
        for at, (line, is_item) in enumerate(lines):
            mode = mode if is_item or not is_heading else PartKind.SITUATION
            for sentence in [line.strip()] if is_item else _sentences(line, language):
                parts, mode, is_heading = _read(sentence, mode, is_item=is_item, is_open=is_heading)
                found += [part._replace(paragraph=number, line=at) for part in parts]
    return tuple(found)


class _Line(NamedTuple):
    text: str
    is_item: bool


def _paragraphs(ticket: str) -> Iterator[list[_Line]]:
    """Yield the lines of each paragraph, without marks of lists; those joined that were wrapped."""
    every = [*ticket.splitlines(), ""]
    lines: list[_Line] = []
    for line, end in zip(every, marks_in(every), strict=True):
        if not line.strip():
            if lines:
                yield lines
            lines = []
        elif lines and not end and _is_wrapped(lines[-1], line):
            lines[-1] = lines[-1]._replace(text=f"{lines[-1].text} {line.strip()}")
        else:
            lines.append(_Line(line[end:].rstrip(), end > 0))


WRAPPED = 60
"""Characters of a line that may have been wrapped."""


def _is_wrapped(before: _Line, line: str) -> bool:
    """Return whether a line goes on with the one before."""
    if before.text.endswith((".", "!", "?", ":", ";")):
        return False
    is_under = before.is_item and line[:1].isspace()
    return is_under or (len(before.text) >= WRAPPED and line.strip()[:1].islower())


def _sentences(line: str, language: str) -> list[str]:
    """Return the sentences of a line; one that says nothing alone goes with the next."""
    if line[:1] in " \t`>" or line.count('"') % 2:
        return [line.strip()]
    found: list[str] = []
    for said in sentences_of(line, language):
        is_cut = found and ABBREVIATED.search(found[-1]) and said[:1].islower()
        if is_cut or (found and len(found[-1]) < SHORT and not found[-1].endswith(":")):
            found[-1] = f"{found[-1]} {said}"
        else:
            found.append(said)
    return found


def _read(
    sentence: str, mode: PartKind, *, is_item: bool, is_open: bool
) -> tuple[list[Part], PartKind, bool]:
    """Return a sentence's parts, the mode after it, and whether it is a heading of what follows."""
    start = re.match(r"[\s^>-]*", sentence)
    at = 0 if start is None else start.end()
    for kind, patterns in WHOLE.items():
        if any(pattern.search(sentence) for pattern in patterns):
            return _parts(kind, [sentence]), mode, False
    for kind, cues in CUES.items():
        if cue := cues.match(sentence, at):
            rest = sentence[cue.end() :].strip(" :=")
            pieces = _mistakes(rest, cue[0]) if kind is PartKind.BAD else _expectations(rest)
            said = cue[0].strip()
            pieces = [one if len(one) >= CRITERION_LENGTH[0] else f"{said} {one}" for one in pieces]
            after = mode if kind is PartKind.BONUS else kind
            return _parts(kind, pieces) if rest else [], after, not rest
    is_trap = TRAP.search(sentence) is not None
    if INSIDE.search(sentence) or (is_trap and mode is not PartKind.BAD):
        mode = PartKind.GOOD
    goes_on = is_item and is_open
    is_asked = mode is PartKind.GOOD and not is_item and sentence.endswith("?")
    if not is_trap and (RUBRIC.search(sentence) or is_asked):
        return _parts(PartKind.UNCLEAR, [sentence]), mode, goes_on
    if mode is PartKind.GOOD:
        return _parts(mode, [sentence] if is_item else _expectations(sentence)), mode, goes_on
    kind = PartKind.UNCLEAR if mode is PartKind.BAD and not is_item else mode
    return _parts(kind, [sentence]), mode, goes_on


def _parts(kind: PartKind, texts: Sequence[str]) -> list[Part]:
    marks = " \t\n" if kind is PartKind.SITUATION else " \t\n^>"
    said = [one.strip().lstrip(marks) for one in texts]
    return [Part(kind, one, 0, TRAP.search(one) is not None) for one in said]


def _mistakes(said: str, cue: str) -> list[str]:
    """Return the mistakes of a list; a clause that goes on stays with the one before."""
    joint = re.search(r"\b(for|if|when)\s*:?$", cue, re.IGNORECASE)
    also = ("or", "ou", "oder", "and", "et", "und", "also", "aussi", "auch")
    pieces = _split(said.rstrip("."), also=also)
    if joint:
        pieces = [re.sub(rf"^{joint[1]}\s+", "", one, flags=re.IGNORECASE) for one in pieces]
    if cue.strip().lower() == "nor" or any(map(GOES_ON.match, pieces[1:])):
        return [said]
    return pieces


def _expectations(said: str) -> list[str]:
    """Return what a sentence expects: parts at semicolons, and items of a list in it."""
    found: list[str] = []
    for clause in _split(said, marks=";"):
        pieces = _split(clause)
        thats = re.split(r",\s+(?=that\s)", clause)
        is_list = (
            len(pieces) > 2  # noqa: PLR2004 - three make a list
            and all(1 < len(one.split()) <= FEW_WORDS for one in pieces)
            and not any(map(GOES_ON.match, pieces[1:]))
        )
        found += pieces if is_list else thats if len(thats) > 1 else [clause]
    found = [re.sub(r"^(?:and|et|und)\s+", "", one) for one in found]
    least = CRITERION_LENGTH[0]
    return found if all(len(one) >= least for one in found) else [said]


def _split(said: str, *, marks: str = ",;", also: Sequence[str] = ()) -> list[str]:
    """Return a text cut at marks that stand in no bracket, quotation or figure."""
    cuts, depth, is_quoted = [0], 0, False
    for at, sign in enumerate(said):
        is_quoted ^= sign == '"'
        depth += (sign in "(\u00ab") - (sign in ")\u00bb")
        if sign in marks and not is_quoted and depth <= 0 and said[at + 1 : at + 2].isspace():
            cuts.append(at + 1)
    cuts.append(len(said))
    pieces = [said[start:end].strip(" ,;") for start, end in pairwise(cuts)]
    if also:
        joined = "|".join(also)
        pieces = [re.sub(rf"^(?:{joined})\s+", "", one, flags=re.IGNORECASE) for one in pieces]
    return [one for one in pieces if one]


def open_dates(text: str) -> list[str]:
    """Return what may be a date and can be read in two ways."""
    return list(
        dict.fromkeys(
            hit[0]
            for hit in TWO_WAYS.finditer(text)
            if hit[1] != hit[2]
            and 1 <= int(hit[1]) <= 12  # noqa: PLR2004 - months of a year
            and 1 <= int(hit[2]) <= 12  # noqa: PLR2004 - months of a year
        )
    )
