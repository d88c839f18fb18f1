"""What a command says, on the page that CI shows beside its job too."""

LONGEST = 200_000
"""Characters of one text: at four bytes each less than the 1 MiB that a step may show (GitHub,
workflow commands, step isolation and limits)."""


def summarise(title: str, text: str, *links: str) -> None:
    """Add a section to the job's page; nothing happens outside CI.

    Args:
        title: Its heading.
        text: What the command says; shown as it is, whoever wrote it.
        links: Where to go from there.
    """
    from modelsmith.documents.markdown import fenced
    from modelsmith.wiring import add_to_summary

    add_to_summary("\n\n".join([f"## {title}", fenced(text, LONGEST), *links]) + "\n")
