"""Templates from pull requests, rendered with nothing in reach and their work counted.

What is offered is listed here; everything else is refused. A template reads the variables it is
given, calls the functions it is given, and imports `_<name>.j2` files beside it.
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from pathlib import Path
from types import CodeType
from typing import Any, Final

from jinja2 import (
    BaseLoader,
    Environment,
    StrictUndefined,
    Template,
    TemplateNotFound,
    TemplateRuntimeError,
    Undefined,
    nodes,
    pass_context,
)
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS
from jinja2.runtime import BlockReference, Context, LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace

from modelsmith.disk.repository_files import read_file
from modelsmith.documents.decoding import decoded
from modelsmith.exam.families.template_meter import (
    COUNT,
    FAULTS,
    LARGEST_FIGURE,
    WEIGH,
    Meter,
    fault_of,
    metered,
)

MOST_RENDERED = 64_000
"""Longest rendering, in characters: a domain input of 60,000 and the other fields."""

PARTIAL = re.compile(r"_[a-z0-9_-]+\.j2")
"""Name of a file that templates may import."""

GLOBALS: Final = ("range", "namespace")
"""What every template may call, beside the functions that it is given."""

FILTERS_OFFERED: Final = (
    "abs", "capitalize", "count", "d", "default", "dictsort", "first", "float", "int", "items",
    "last", "length", "list", "lower", "map", "max", "min", "reject", "rejectattr", "reverse",
    "select", "selectattr", "sort", "title", "tojson", "trim", "unique", "upper",
)  # fmt: skip
"""jinja2's filters that draw no dice and whose result is no larger than what they are given."""

METHODS_OFFERED: Final[Mapping[type, frozenset[str]]] = {
    str: frozenset(
        {"capitalize", "endswith", "lower", "split", "startswith", "strip", "title", "upper"}
    ),
    dict: frozenset({"get", "items", "keys", "values"}),
    LoopContext: frozenset({"changed", "cycle"}),
}
"""Methods that a template may call, by the type of their object."""

ARITHMETIC: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
}
"""Operators on figures; `+` also joins two texts or two lists."""

MOST_DIGITS = 15
"""Decimals that `round` may be asked for: what a float holds."""


class Offered:
    """A function that a template may call; what is behind it stays out of its reach."""

    def __init__(self, function: Callable[..., object]) -> None:
        """Offer `function`."""
        self._function = function

    def __call__(self, *values: object, **named: object) -> object:
        """Call it."""
        return self._function(*values, **named)


class TemplateSandbox(ImmutableSandboxedEnvironment):
    """Renders the templates of one folder; one rendering at a time."""

    intercepted_binops = frozenset({*ARITHMETIC, "**"})

    def __init__(self, repository: Path, folder: str) -> None:
        """Look for `_<name>.j2` files in `folder` of a repository; nothing is read yet."""
        super().__init__(
            loader=_Partials(repository, folder), undefined=StrictUndefined, finalize=_printed
        )
        self.meter = Meter()
        self._codes: dict[tuple[str, str], CodeType] = {}
        self.globals = dict(zip(GLOBALS, (Offered(self._numbers), Namespace), strict=True))
        own: dict[str, Callable[..., Any]] = {
            COUNT: self._counted,
            WEIGH: self._weighed,
            "join": self._joined,
            "replace": self._replaced,
            "round": self._rounded,
        }
        self.filters = own | {name: self._metered(FILTERS[name]) for name in FILTERS_OFFERED}

    def rendered(
        self,
        path: str,
        source: str,
        functions: Mapping[str, Callable[..., object]],
        variables: Mapping[str, object],
    ) -> str:
        """Return what a template prints.

        Args:
            path: Name of its file, for messages.
            source: The template; never trusted.
            functions: What it may call, by name; imported files may too.
            variables: What it may read.

        Raises:
            TemplateFaultError: the template's fault.
        """
        self.meter = Meter()
        offered = self.make_globals({name: Offered(f) for name, f in functions.items()})
        parts: list[str] = []
        length = 0
        try:
            template = Template.from_code(self, self._code(path, source), offered)
            for part in template.generate(variables):
                parts.append(part)
                length += len(part)
                if length > MOST_RENDERED:
                    raise TemplateRuntimeError(f"it renders more than {MOST_RENDERED:,} characters")
        except FAULTS as failure:
            raise fault_of(failure, path) from None
        return "".join(parts)

    def tree(self, path: str, source: str) -> nodes.Template:
        """Return a template, parsed and compiled once for what only the compiler finds.

        Raises:
            TemplateFaultError: its syntax, or a filter or test that is not offered.
        """
        try:
            self.compiled(source, path)
            return self.parse(source, path, path)
        except FAULTS as failure:
            raise fault_of(failure, path) from None

    def compiled(self, source: str, path: str) -> CodeType:
        """Return the code of a template in which all work is counted.

        What jinja2 computes while it compiles counts apart: a template's first rendering costs
        what its second does.
        """
        rendering, self.meter = self.meter, Meter()
        try:
            return self.compile(metered(self.parse(source, path, path)), path, path)
        finally:
            self.meter = rendering

    def get_template(self, *args: Any, **kwargs: Any) -> Template:  # noqa: ANN401 - jinja2's
        """Return a partial, counting that it is asked for."""
        self.meter.spend(1)
        return super().get_template(*args, **kwargs)

    def is_safe_callable(self, obj: object) -> bool:
        """Return whether a template may call `obj`."""
        if isinstance(obj, Offered | Macro | BlockReference) or obj is Namespace:
            return True
        owner, name = getattr(obj, "__self__", None), getattr(obj, "__name__", "")
        return any(isinstance(owner, kind) and name in of for kind, of in METHODS_OFFERED.items())

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - jinja2's
        """Call `obj` for a template, having counted what it is given."""
        if isinstance(obj, Undefined):
            str(obj)  # says what is undefined
        if not self.is_safe_callable(obj):
            name = getattr(obj, "__qualname__", f"a {type(obj).__name__}")
            raise SecurityError(f"a template may not call {name}")
        self.meter.spend(1)
        for value in (*args, *kwargs.values()):
            if not isinstance(value, Macro | Undefined):
                self.meter.weigh(value)
        return context.call(obj, *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401, ARG002 - jinja2's
        """Return the result of an operator, counting what it joins."""
        for side in (left, right):
            self.meter.weigh(side)
        if isinstance(left, int | float) and isinstance(right, int | float) and operator != "**":
            found = ARITHMETIC[operator](left, right)
            if not abs(found) <= LARGEST_FIGURE:
                raise ArithmeticError(f"{operator} gives a figure beyond {LARGEST_FIGURE:,}")
            return found
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            return left + right
        if operator == "+" and isinstance(left, list) and isinstance(right, list):
            return left + right
        raise SecurityError(
            f"a template may not use {operator} on {type(left).__name__} and {type(right).__name__}"
        )

    def _code(self, path: str, source: str) -> CodeType:
        if (path, source) not in self._codes:
            self._codes[path, source] = self.compiled(source, path)
        return self._codes[path, source]

    def _metered(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return one of jinja2's filters, counting what goes in and what comes out."""
        hidden = 1 if hasattr(function, "jinja_pass_arg") else 0

        @wraps(function)
        def counted(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - any filter
            for value in (*args[hidden:], *kwargs.values()):
                if not isinstance(value, Iterator | Undefined):
                    self.meter.weigh(value)
            found = function(*args, **kwargs)
            return self.meter.each(found) if isinstance(found, Iterator) else self._weighed(found)

        return counted

    def _counted(self, values: Any) -> Iterator[Any]:  # noqa: ANN401 - anything iterable
        return self.meter.each(values)

    def _weighed(self, value: Any) -> Any:  # noqa: ANN401 - any value
        self.meter.weigh(value)
        return value

    def _numbers(self, *bounds: int) -> list[int]:
        numbers = range(*bounds)
        self.meter.spend(len(numbers))
        return list(numbers)

    def _joined(self, values: Any, separator: str = "") -> str:  # noqa: ANN401 - anything iterable
        texts = [str(value) for value in self.meter.each(values)]
        self.meter.spend(len(separator) * len(texts))
        return separator.join(texts)

    def _replaced(self, text: str, old: str, new: str) -> str:
        self.meter.spend(len(text) + text.count(old) * len(new))
        return text.replace(old, new)

    def _rounded(self, value: float, precision: int = 0) -> float:
        if abs(precision) > MOST_DIGITS:
            raise ValueError(f"round to {precision} digits; at most {MOST_DIGITS}")
        return round(value, precision)


class _Partials(BaseLoader):
    """The `_<name>.j2` files of one folder."""

    def __init__(self, repository: Path, folder: str) -> None:
        self._repository = repository
        self._folder = folder

    def load(self, environment: Environment, name: str, globals: Any = None) -> Template:  # noqa: A002, ANN401 - jinja2's
        """Return a partial.

        Raises:
            TemplateNotFound: it is no partial, or cannot be read.
        """
        if not isinstance(environment, TemplateSandbox) or not PARTIAL.fullmatch(name):
            raise TemplateNotFound(name, f"{name!r} is no file like `_rubric.j2` beside it")
        path = f"{self._folder}/{name}"
        content, problems = read_file(self._repository, path)
        text, problems = (None, problems) if problems else decoded(path, content)
        if text is None:
            raise TemplateNotFound(name, f"{name}: {problems[0].what}")
        code = environment.compiled(text, path)
        return Template.from_code(environment, code, globals if globals is not None else {})


@pass_context
def _printed(context: Context, value: object) -> object:
    """Return a value that is about to be printed, counted.

    It wants the context so that jinja2 prints nothing while it compiles.
    """
    sandbox = context.environment
    if isinstance(sandbox, TemplateSandbox):
        sandbox.meter.weigh(value)
    return value
