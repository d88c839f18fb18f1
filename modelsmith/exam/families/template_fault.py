"""How a template fails: what happened, and at which of its lines."""

from pathlib import Path
from typing import Final

from jinja2 import TemplateError, TemplateSyntaxError

from modelsmith.documents.diagnostic import one_line

FAULTS: Final = (
    TemplateError, SyntaxError, TypeError, ValueError, ArithmeticError, LookupError,
    AttributeError, RecursionError, MemoryError,
)  # fmt: skip
"""How a template can fail: jinja2's errors, and what its expressions raise."""

LONGEST_MESSAGE = 200
"""Characters of a failure that are repeated."""


class TemplateFaultError(Exception):
    """A template failed.

    Attributes:
        what: What happened.
        line: Line of the template, counted from 1, where it is known.
    """

    def __init__(self, what: str, line: int | None) -> None:
        """Keep what happened, and where."""
        super().__init__(what)
        self.what = what
        self.line = line


def fault_of(failure: BaseException, path: str) -> TemplateFaultError:
    """Return what happened at which line of the template, and of the partial that it imports."""
    places: list[tuple[str, int]] = []
    trace = failure.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file == path or file.endswith(".j2"):
            places.append((file, trace.tb_lineno))
        trace = trace.tb_next
    if isinstance(failure, TemplateSyntaxError):
        places.append((failure.filename or path, failure.lineno))
    said = failure.msg if isinstance(failure, SyntaxError) else str(failure)
    what = one_line(said)[:LONGEST_MESSAGE] or type(failure).__name__
    if isinstance(failure, RecursionError | MemoryError):
        what = "it is nested too deep, or calls itself without end"
    own = [line for file, line in places if file == path]
    if places and places[-1][0] != path:
        file, line = places[-1]
        what = f"{Path(file).name}:{line}: {what}"
    return TemplateFaultError(what, own[-1] if own else None)
