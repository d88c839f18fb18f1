"""One file of `families/`: the family it holds, and where its template's lines stand."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from modelsmith.documents.diagnostic import Diagnostic, Place, Remark, error, located
from modelsmith.documents.strict_yaml import Document, parsed
from modelsmith.documents.validation import validated
from modelsmith.exam.family import Family

FAMILIES = "families"
"""Folder of the templates, beside the splits."""

TEMPLATE = ("template",)
"""Where the template stands in a family's file."""


@dataclass(frozen=True)
class FamilyFile:
    """A family, and its file."""

    family: Family
    """What the file says."""
    document: Document
    """Where it says it."""

    @property
    def path(self) -> str:
        """The file, relative to the repository."""
        return self.document.path

    def diagnostic(self, remark: Remark, line: int | None = None) -> Diagnostic:
        """Return `remark` as a located problem of this file.

        Args:
            remark: What is wrong.
            line: Line of the template that it is about, counted from 1, if known.
        """
        if line is None:
            return self.document.diagnostic(remark)
        return located(remark, self.path, self.place_of(line))

    def place_of(self, line: int) -> Place:
        """Return where a line of the template stands in the file; its beginning if it is folded."""
        begins = self.document.place(TEMPLATE)
        lines = self.document.text.splitlines()
        is_block = lines[begins.line - 1][begins.column - 1 :].startswith("|")
        at = begins.line + line
        if not is_block or at > len(lines):
            return begins
        text = lines[at - 1]
        return Place(at, len(text) - len(text.lstrip()) + 1)


def family_in(path: str, content: bytes) -> tuple[FamilyFile | None, list[Diagnostic]]:
    """Return the family in a file and its problems; none if it cannot be used.

    Args:
        path: The file, relative to the repository; it has the name of the parent.
        content: Its bytes.
    """
    document, problems = parsed(path, content)
    if document is None:
        return None, problems
    family, more = validated(document, Family)
    problems += more
    if family is None:
        return None, problems
    name = PurePosixPath(path)
    if family.parent != name.stem:
        what, expected = f"variants of {family.parent} in {name.name}", f"{family.parent}.yaml"
        remark = error(
            "id-file-name", what, expected, "name the file after the parent", ("parent",)
        )
        return None, [*problems, document.diagnostic(remark)]
    return FamilyFile(family, document), problems
