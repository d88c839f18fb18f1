"""How much one rendering may do: every character, item, call and loop turn counts.

Counting, not the clock, so that a template renders or is refused the same on every machine. A
failure says what happened, and at which of the template's lines.
"""

from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from pathlib import Path
from typing import Any, Final

from jinja2 import TemplateError, TemplateRuntimeError, TemplateSyntaxError, Undefined, nodes
from jinja2.visitor import NodeTransformer

from modelsmith.documents.diagnostic import one_line

MOST_WORK = 300_000
"""Units that one rendering may spend: eight times what the costliest of the 60 adtech families
spends (37,000, measured), and reached within a second."""

LARGEST_FIGURE = 2**53
"""Largest figure that arithmetic may give: what JSON keeps exact."""

WEIGH: Final = "weighed"
"""The filter around what a template builds: lists, mappings and joined text."""

COUNT: Final = "counted"
"""The filter around what a loop walks through."""

FAULTS: Final = (
    TemplateError, SyntaxError, TypeError, ValueError, ArithmeticError, LookupError,
    AttributeError, RecursionError, MemoryError,
)  # fmt: skip
"""How a template can fail: jinja2's errors, and what its expressions raise."""

LONGEST_MESSAGE = 200
"""Characters of a failure that are repeated."""


class Meter:
    """The work of one rendering, counted while it is done."""

    def __init__(self) -> None:
        """Begin at zero."""
        self.spent = 0

    def spend(self, units: int) -> None:
        """Count work that is about to be done.

        Raises:
            TemplateRuntimeError: it is more than a rendering may do.
        """
        self.spent += units
        if self.spent > MOST_WORK:
            raise TemplateRuntimeError(
                f"it takes more than {MOST_WORK:,} steps: a loop too many, or text that grows"
            )

    def weigh(self, value: object) -> None:
        """Count a value by its characters and items; it must be what YAML can hold.

        Raises:
            TemplateRuntimeError: it is too large, undefined, or neither text nor figures.
        """
        if isinstance(value, str):
            self.spend(1 + len(value))
        elif isinstance(value, Mapping):
            self.weigh(value.keys())
            self.weigh(value.values())
        elif isinstance(value, list | tuple | KeysView | ValuesView | ItemsView):
            self.spend(1)
            for part in value:
                self.weigh(part)
        elif value is None or isinstance(value, int | float):
            self.spend(1)
        elif isinstance(value, Undefined):
            str(value)  # says what is undefined
        else:
            raise TemplateRuntimeError(f"{type(value).__name__} is neither text nor figures")

    def each(self, values: Iterable[Any]) -> Iterator[Any]:
        """Yield `values`, counting each before it is used."""
        for value in values:
            self.weigh(value)
            yield value


def metered(tree: nodes.Template) -> nodes.Template:
    """Return a parsed template in which everything that can grow or repeat is counted."""
    changed: nodes.Template = _Metering().visit(tree)
    return changed


class _Metering(NodeTransformer):
    """Puts a counting filter around loops, built values and joined text."""

    def visit_For(self, node: nodes.For) -> nodes.For:  # noqa: N802 - jinja2's name for it
        """Count each turn of a loop."""
        if node.recursive:
            raise TemplateSyntaxError("a recursive loop cannot be counted", node.lineno)
        self.generic_visit(node)
        node.iter = nodes.Filter(node.iter, COUNT, [], [], None, None, lineno=node.lineno)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Concat:  # noqa: N802
        """Count what is joined with `~`."""
        self.generic_visit(node)
        node.nodes = [_weighed(part) for part in node.nodes]
        return node

    def visit_TemplateData(self, node: nodes.TemplateData) -> nodes.Const:  # noqa: N802
        """Count the text between the expressions, which a loop may repeat."""
        return nodes.Const(node.data, lineno=node.lineno)

    def visit_List(self, node: nodes.List) -> nodes.Expr:  # noqa: N802
        """Count a list that holds more than constants."""
        return self._built(node)

    def visit_Dict(self, node: nodes.Dict) -> nodes.Expr:  # noqa: N802
        """Count a mapping that holds more than constants."""
        return self._built(node)

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Expr:  # noqa: N802
        """Count a tuple that holds more than constants, unless it is assigned to."""
        return node if node.ctx != "load" else self._built(node)

    def _built(self, node: nodes.Expr) -> nodes.Expr:
        if _is_constant(node):
            return node  # as large as it is written, however often it is used
        self.generic_visit(node)
        return _weighed(node)


def _is_constant(node: nodes.Node) -> bool:
    if isinstance(node, nodes.List | nodes.Tuple | nodes.Dict | nodes.Pair | nodes.Neg):
        return all(map(_is_constant, node.iter_child_nodes()))
    return isinstance(node, nodes.Const)


def _weighed(node: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(node, WEIGH, [], [], None, None, lineno=node.lineno)


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
