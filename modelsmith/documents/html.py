"""Whole pages of HTML, from a folder of templates.

What a page shows passes through one function, and then through Jinja's escaping; so no template can
forget either.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from modelsmith.documents.markdown import visible

if TYPE_CHECKING:
    from jinja2 import Environment


def page_templates(folder: Path, shown: Callable[[str], str] = visible) -> "Environment":
    """Return the templates of a folder; a name that nothing gives is an error.

    Args:
        folder: Where they lie.
        shown: Returns what stands in a page for a text; it is escaped after that.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    def finalize(value: object) -> object:
        """Return what stands in a page for a value; what a macro made was shown before."""
        return value if isinstance(value, Markup) else shown(str(value))

    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        finalize=finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
