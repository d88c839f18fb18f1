"""What came from what: a graph from people and base models to adapters and promotions.

Every arrow points from a cause to what it went into, so that both questions are one walk: against
the arrows (where does this come from?) and along them (what did this go into?).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum, unique

from modelsmith.record import Record, Sha256
from modelsmith.training.curriculum import Origin


@unique
class Kind(StrEnum):
    """What stands in a lineage, causes first."""

    PERSON = "person"
    """Somebody who wrote, reviewed or merged."""
    MEMBER = "member"
    """A council member, which proposes."""
    MODEL = "model"
    """A base model, by the digest of its files."""
    TEMPLATE = "template"
    """A family's template, which makes variants."""
    SCENARIO = "scenario"
    """One version of a scenario, by its digest."""
    RUN = "run"
    """A run."""
    ROWS = "rows"
    """Training rows of one family in one training."""
    ENTRY = "entry"
    """A ledger entry."""
    ADAPTER = "adapter"
    """A trained adapter, by its manifest's digest."""
    PROMOTION = "promotion"
    """A version of a specialist."""
    EVIDENCE = "evidence"
    """A file of a run."""


class RowSource(Record):
    """One training row and what it was made from."""

    sha256: Sha256
    """Digest of the row."""
    scenario: str
    """Id of the scenario or variant."""
    scenario_sha256: Sha256
    """Its digest, as it was trained on."""
    origin: Origin
    """Where the target comes from."""


class Node(Record):
    """One thing in a lineage."""

    key: str
    """`kind:name`; names one thing in the repository."""
    kind: Kind
    """What it is."""
    title: str
    """It in words."""
    facts: Mapping[str, str] = {}
    """What else is known of it, by name."""
    rows: tuple[RowSource, ...] = ()
    """Every training row, where it is a group of them."""


class Edge(Record):
    """One thing that went into another."""

    source: str
    """Key of the cause."""
    target: str
    """Key of what it went into."""
    how: str
    """What it did there, as a verb."""
    commit: str | None = None
    """The commit that says so."""


class LineageGraph(Record):
    """Where something comes from, and what it went into."""

    asked: str
    """What was asked for."""
    starts: tuple[str, ...]
    """Keys of what that names."""
    nodes: tuple[Node, ...]
    """Everything before and after it, by kind."""
    edges: tuple[Edge, ...]
    """How they hang together."""
    origins: tuple[str, ...]
    """Keys of what it comes from."""
    influence: tuple[str, ...]
    """Keys of what it went into."""
    left_out: tuple[str, ...]
    """Runs that cannot be read, with the reason; what they say is missing here."""


class Graph:
    """All lineage of a repository."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.nodes: dict[str, Node] = {}
        self._edges: dict[tuple[str, str, str, str | None], Edge] = {}

    def add(
        self,
        kind: Kind,
        name: str,
        title: str,
        facts: Mapping[str, str] | None = None,
        *,
        rows: Sequence[RowSource] = (),
    ) -> str:
        """Add one thing, or say more of one that is there; return its key."""
        key = f"{kind.value}:{name}"
        known = self.nodes[key].facts if key in self.nodes else {}
        self.nodes[key] = Node(
            key=key, kind=kind, title=title, facts={**known, **(facts or {})}, rows=tuple(rows)
        )
        return key

    def join(self, source: str, target: str, how: str, commit: str | None = None) -> None:
        """Say that `source` went into `target`."""
        edge = Edge(source=source, target=target, how=how, commit=commit)
        self._edges[source, target, how, commit] = edge

    def around(self, asked: str, starts: Sequence[str], left_out: Sequence[str]) -> LineageGraph:
        """Return everything before and after `starts`."""
        before = _reached(self._edges.values(), starts, lambda edge: (edge.target, edge.source))
        after = _reached(self._edges.values(), starts, lambda edge: (edge.source, edge.target))
        up, down = {*starts, *before}, {*starts, *after}
        order = list(Kind)

        def place(node: Node) -> tuple[int, str]:
            return order.index(node.kind), node.key

        nodes = sorted((self.nodes[key] for key in up | down), key=place)
        return LineageGraph(
            asked=asked,
            starts=tuple(starts),
            nodes=tuple(nodes),
            edges=tuple(
                edge
                for edge in self._edges.values()
                if {edge.source, edge.target} <= up or {edge.source, edge.target} <= down
            ),
            origins=tuple(node.key for node in nodes if node.key in before),
            influence=tuple(node.key for node in nodes if node.key in after),
            left_out=tuple(left_out),
        )


SHORTEST_DIGEST = 7
"""Digits of a digest that name something; git shows as many of a commit."""


def begins(digest: str, words: str) -> bool:
    """Return whether `words` are the beginning of a digest, long enough to name it."""
    folded = words.strip().lower().removeprefix("sha256:")
    return len(folded) >= SHORTEST_DIGEST and digest.startswith(folded)


def named(graph: Graph, words: str) -> list[str]:
    """Return the keys of what `words` name: an id, a name, a path, a version or a digest's start.

    A scenario's id names all its versions, and a variant's id the rows that were made from it. A
    run is meant before a model or a person of the same name; a key names just one thing.
    """
    wanted = words.strip().removeprefix("runs/").rstrip("/")
    if words.strip() in graph.nodes:
        return [words.strip()]
    found = [key for key, node in graph.nodes.items() if _is_called(node, wanted)]
    runs = [key for key in found if graph.nodes[key].kind is Kind.RUN]
    made = [
        key
        for key, node in graph.nodes.items()
        if any(wanted == row.scenario or begins(row.sha256, wanted) for row in node.rows)
    ]
    return runs or found or made


def _is_called(node: Node, wanted: str) -> bool:
    name = node.key.partition(":")[2]
    names = {name, name.partition("@")[0], node.facts.get("name"), node.facts.get("version")}
    digests = (name, name.partition("@")[2], node.facts.get("sha256", ""))
    return (
        wanted in names
        or wanted.lower() == name
        or any(begins(digest, wanted) for digest in digests)
    )


def _reached(
    edges: Iterable[Edge], starts: Sequence[str], ends: Callable[[Edge], tuple[str, str]]
) -> set[str]:
    following: dict[str, list[str]] = {}
    for edge in edges:
        here, there = ends(edge)
        following.setdefault(here, []).append(there)
    seen: set[str] = set()
    waiting = list(starts)
    while waiting:
        for key in following.get(waiting.pop(), ()):
            if key not in seen:
                seen.add(key)
                waiting.append(key)
    return seen - set(starts)
