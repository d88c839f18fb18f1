"""Text of strangers inside Markdown: shown as it is, obeyed by nobody.

Inside code nothing is a heading, a mention, a link, an image or HTML; so what came from a file, an
issue or a pull request is shown as code, in a fence that it cannot close.
"""

import re

BACKTICKS = re.compile("`+")
CUT = "... (cut)"


def fenced(text: str, longest: int | None = None) -> str:
    """Return `text` as a block of code, cut at the end of a line where it is too long.

    Args:
        text: Anything.
        longest: Most characters of it, or no limit.
    """
    shown = visible(text)
    if longest is not None and len(shown) > longest:
        shown = shown[:longest].rpartition("\n")[0] + f"\n{CUT}"
    fence = "`" * max(3, _longest_run(shown) + 1)
    return f"{fence}text\n{shown.rstrip()}\n{fence}"


def code(text: str) -> str:
    """Return `text` as code within a line."""
    shown = " ".join(visible(text).split()) or " "
    fence = "`" * (_longest_run(shown) + 1)
    return f"{fence} {shown} {fence}" if "`" in shown else f"{fence}{shown}{fence}"


def visible(text: str) -> str:
    """Return `text` with every character written out that is not seen or turns text round."""
    return "".join(c if c.isprintable() or c in "\n\t" else f"\\u{ord(c):04x}" for c in text)


def _longest_run(text: str) -> int:
    return max((len(run) for run in BACKTICKS.findall(text)), default=0)
