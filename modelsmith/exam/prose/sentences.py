"""A paragraph as its sentences, in any language.

They are found by `sentencex` (Wikimedia's segmenter: abbreviations, figures and full stops of 244
languages, without data to fetch). What it cuts off behind an abbreviation, or as a remark in
brackets, is joined again; what it leaves joined behind one that ends a sentence is cut.
"""

import re
from collections.abc import Iterable, Iterator

INITIALS = re.compile(r"(?:\w\.)+")
"""An abbreviation of single letters: "e.g.", "z.B.", in any script."""

ABBREVIATIONS = frozenset(
    {
        "approx", "avg", "ca", "cf", "ch", "dept", "eq", "est", "excl", "fig", "incl", "max", "min",
        "no", "nos", "nr", "p", "pp", "resp", "sec", "vol", "vs", "tot", "env", "chap", "aprox",
        "máx", "mín", "núm", "pág", "pag", "n", "ok", "str", "tab", "tys", "напр", "см", "стр",
        "рис", "табл", "ок", "тыс", "млн", "п",
    }
)  # fmt: skip
"""Words that a full stop shortens: behind one, a figure or a small letter goes on."""

WORDS = frozenset({"no", "ok", "n"})
"""Those of them that are words too: behind one, a small letter may begin a sentence."""

TITLES = frozenset({"mr", "mrs", "ms", "dr", "prof", "hr", "sr", "sra", "mme"})
"""What a name follows."""

MONTH = re.compile(
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|M\u00e4r|Mai|Okt|Dez)[a-z]*\b"
)
"""What a day's ordinal is followed by: "3. October"."""

OPENERS = (
    "Also", "And", "Asks", "Assumes", "Avoids", "Blames", "But", "Calls", "Cites", "Claims",
    "Compares", "Concludes", "Distinguishes", "Does", "Explains", "Flags", "Gives", "Has",
    "Identifies", "Ignores", "Invents", "Is", "It", "Mentions", "Must", "Names", "Never",
    "Notes", "Omits", "Only", "Proposes", "Quotes", "Reads", "Recommends", "Rejects", "Reports",
    "Requests", "Says", "Should", "Shows", "Specifies", "States", "Stops", "Suggests", "That",
    "The", "Then", "This", "Treats", "Uses", "Warns", "When",
)  # fmt: skip
"""What an English criterion begins with, and no name: an abbreviation before it ends a sentence."""

OPENING = rf"(?:{'|'.join(OPENERS)})\b"

ENDED = re.compile(
    r"(?:(?<=\betc\.)|(?<=\busw\.)|(?<=\bit[dp]\.)|(?<=\b[ap]\.m\.)|(?<=\u0442\.[\u0434\u043f]\.)"
    r"|(?<=\w\u2026)|(?<=[.!?][)\]]))\s+(?=[^\W\d_])"
    rf"|(?:(?<=\w[.!?])|(?<=\w[.!?][\"')\u201d]))\s+(?={OPENING})"
)
"""Where a sentence may end that the segmenter lets go on; a capital must follow."""

GERMAN_QUOTES = ("\u201e", "\u201c")

REMARK = re.compile(r"[(\[][^()\[\]]*[)\]]")


def sentences_of(line: str, language: str) -> list[str]:
    """Return the sentences of a paragraph that stands on one line."""
    import sentencex

    parts = sentencex.segment(language, line)
    return list(_rejoined(one for part in parts for one in _parted(part.strip())))


def _parted(part: str) -> Iterator[str]:
    begins = 0
    for gap in ENDED.finditer(part):
        if part[gap.end()].isupper() and not _is_within(part[begins : gap.start()]):
            yield part[begins : gap.start()]
            begins = gap.end()
    yield part[begins:]


def _is_within(text: str) -> bool:
    """Return whether a quotation or a bracket is still open at the end of a text."""
    pairs = [("(", ")"), ("[", "]"), GERMAN_QUOTES if "\u201e" in text else ("\u201c", "\u201d")]
    opened = any(text.count(left) > text.count(right) for left, right in pairs)
    return opened or text.count('"') % 2 == 1


def _rejoined(parts: Iterable[str]) -> Iterator[str]:
    """Yield the sentences, those joined again that no full stop ended."""
    held = ""
    for part in filter(None, parts):
        if held and not _is_cut_short(held, part):
            yield held
            held = part
        else:
            space = "" if held.endswith(("\u300d", "\u300f")) else " "
            held = f"{held}{space}{part}".strip()
    if held:
        yield held


def _is_cut_short(part: str, after: str) -> bool:
    """Return whether a sentence goes on with what was cut off behind it."""
    last = part.rsplit(maxsplit=1)[-1].lstrip("([\"'")
    word, begins = last.rstrip(".").lower(), after[0]
    if REMARK.fullmatch(after) or word in TITLES:
        return True
    if part.endswith(("\u300d", "\u300f")):
        return begins in "\u3068\u3063"
    if begins.isdigit():
        return word in ABBREVIATIONS
    if begins.islower():
        return INITIALS.fullmatch(last) is not None or word in ABBREVIATIONS - WORDS
    return re.fullmatch(r"[0-9]{1,2}\.", last) is not None and MONTH.match(after) is not None
