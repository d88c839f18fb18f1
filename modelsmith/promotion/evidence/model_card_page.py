"""A model card's two forms: Markdown, and a page that needs nothing else."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from modelsmith.documents.html import page_templates
from modelsmith.documents.markdown import visible
from modelsmith.promotion.evidence.model_card_figures import CardFacts, CardSection, CardTable
from modelsmith.promotion.evidence.model_card_text import sections_of

TEMPLATES = Path(__file__).parent / "templates"
TEMPLATE = "card.html.j2"

SPECIAL = str.maketrans({character: f"\\{character}" for character in "\\`*_[]<>|#!@~$&"})
"""What Markdown would obey; a backslash before it shows it as it is."""


class Card(NamedTuple):
    """A model card in the forms that people read."""

    markdown: str
    """`card.md`."""
    page: str
    """`index.html`: a whole page that needs nothing else."""


def card_of(facts: CardFacts) -> Card:
    """Return a model card; the same facts give the same bytes."""
    lineage = facts.record.lineage
    title, sections = f"{lineage.specialist} {lineage.version}", sections_of(facts)
    return Card(_markdown(title, sections), _page(title, sections))


def _markdown(title: str, sections: tuple[CardSection, ...]) -> str:
    lines = [f"# {_plain(title)}"]
    for section in sections:
        lines += ["", f"## {section.title}"]
        for words in section.words:
            lines += ["", _plain(words)]
        for table in section.tables:
            lines += ["", *_rows(table)]
        if section.commands:
            lines += ["", "```sh", *section.commands, "```"]
    return "\n".join(lines) + "\n"


def _rows(table: CardTable) -> Iterator[str]:
    yield f"**{_plain(table.caption)}**"
    yield ""
    yield f"| {' | '.join(map(_plain, table.head))} |"
    yield "|---" * len(table.head) + "|"
    for row in table.rows:
        yield f"| {' | '.join(map(_plain, row))} |"


def _plain(text: str) -> str:
    return " ".join(visible(text).split()).translate(SPECIAL)


def _page(title: str, sections: tuple[CardSection, ...]) -> str:
    text = page_templates(TEMPLATES).get_template(TEMPLATE).render(title=title, sections=sections)
    return text.rstrip("\n") + "\n"
