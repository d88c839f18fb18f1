"""A lineage as text, as JSON, and as a Mermaid flowchart."""

from collections.abc import Callable, Mapping, Sequence

from modelsmith.audit.lineage.graph import Edge, Kind, LineageGraph, Node
from modelsmith.documents.diagnostic import one_line
from modelsmith.record import short

LONGEST_LABEL = 80
"""Characters of a label in a flowchart."""

MOST_EDGES = 500
"""Arrows that Mermaid draws unless its page is configured otherwise (maxEdges)."""

UNTOLD = frozenset({"name", "version", "staged", "sha256", "family"})
"""Facts by which things are found, and which their titles tell."""

ENTITIES = {
    "#": "#35;",
    "&": "#amp;",
    '"': "#quot;",
    "<": "#lt;",
    ">": "#gt;",
    "`": "#96;",
    "\\": "#92;",
    "|": "#124;",
    ";": "#59;",
}
"""What means something in a Mermaid label, as Mermaid's entities; `#` first stands for all."""


def as_text(lineage: LineageGraph) -> str:
    """Return a lineage as text: what it is, what it comes from, what it went into."""
    nodes = {node.key: node for node in lineage.nodes}
    lines = []
    for key in lineage.starts:
        lines += [_named(nodes[key]), *_facts(nodes[key]), *_causes(lineage, nodes, key)]
    for title, keys in (("comes from", lineage.origins), ("went into", lineage.influence)):
        lines += ["", title if keys else f"{title}: nothing"]
        for key in keys:
            lines.append(f"  {_named(nodes[key])}")
            if nodes[key].kind in {Kind.SCENARIO, Kind.RUN}:
                lines += [f"  {line}" for line in _facts(nodes[key])]
            if nodes[key].kind is not Kind.PERSON:
                lines += [f"  {line}" for line in _causes(lineage, nodes, key)]
    lines += [f"LEFT OUT: {one_line(words)}" for words in lineage.left_out]
    return "\n".join(lines)


def as_json(lineage: LineageGraph) -> str:
    """Return a lineage as one JSON record, every row included."""
    return lineage.model_dump_json(indent=2)


def as_mermaid(lineage: LineageGraph) -> str:
    """Return a lineage as a Mermaid flowchart, causes on the left."""
    names = {node.key: f"n{number}" for number, node in enumerate(lineage.nodes)}
    lines = ["flowchart LR"]
    if len(lineage.edges) > MOST_EDGES:
        lines.append(f"  %% {len(lineage.edges)} arrows: raise maxEdges of Mermaid, 500 by default")
    lines += [f'  {names[node.key]}["{_label(_named(node))}"]' for node in lineage.nodes]
    arrows = {
        (names[edge.source], names[edge.target], _label(edge.how)): None for edge in lineage.edges
    }
    lines += [f'  {source} -->|"{how}"| {target}' for source, target, how in arrows]
    lines.append("  classDef asked stroke-width:3px")
    lines.append(f"  class {','.join(names[key] for key in lineage.starts)} asked")
    return "\n".join(lines)


FORMATS: Mapping[str, Callable[[LineageGraph], str]] = {
    "text": as_text,
    "json": as_json,
    "mermaid": as_mermaid,
}
"""How a lineage can be shown, by the name that the command takes."""


def _named(node: Node) -> str:
    return one_line(f"{node.kind.value}: {node.title}")


def _facts(node: Node) -> list[str]:
    """Return what is known of a thing in one line, and each of its rows in one."""
    shown = {**node.facts}
    commit = shown.pop("commit", None)
    if "file" in shown and commit:
        shown["file"] += f" at {short(commit)}"
    parts = [f"{name} {value}" for name, value in shown.items() if name not in UNTOLD]
    rows = [
        f"row {short(row.sha256)}: {row.origin}, from {row.scenario} {short(row.scenario_sha256)}"
        for row in node.rows
    ]
    return [f"    {one_line(line)}" for line in (", ".join(parts), *rows) if line]


def _causes(lineage: LineageGraph, nodes: Mapping[str, Node], key: str) -> list[str]:
    """Return what went into one thing directly, the same act by several commits in one line."""
    grouped: dict[tuple[str, str], list[Edge]] = {}
    for edge in lineage.edges:
        if edge.target == key:
            grouped.setdefault((edge.source, edge.how), []).append(edge)
    return [
        "    " + one_line(f"<- {nodes[source].title} {how}{_commits(edges)}")
        for (source, how), edges in grouped.items()
    ]


def _commits(edges: Sequence[Edge]) -> str:
    found = [short(edge.commit) for edge in edges if edge.commit]
    return f" ({', '.join(found)})" if found else ""


def _label(text: str) -> str:
    short = text if len(text) <= LONGEST_LABEL else f"{text[: LONGEST_LABEL - 3]}..."
    return "".join(ENTITIES.get(character, character) for character in short)
