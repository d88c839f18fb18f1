"""One run in a lineage: its entries, the rows it trained on, the adapters it made."""

from collections import Counter
from collections.abc import Sequence

from modelsmith.audit.lineage.graph import Graph, Kind, RowSource
from modelsmith.audit.lineage.scenarios import ScenarioSources
from modelsmith.exam.scenario import Split
from modelsmith.exam.snapshot import ExamSnapshot
from modelsmith.loop.evidence.files import RECONCILIATION, ROWS
from modelsmith.record import short
from modelsmith.run.config import RunConfig
from modelsmith.run.entry_facts import AssessedFacts, PromotedFacts, TrainedFacts, told_by
from modelsmith.run.evidence import Read
from modelsmith.run.ledger import Entry
from modelsmith.run.state_machine import Event
from modelsmith.training.curriculum import TrainingRow


class RunLineage:
    """One run's entries, taken in their order."""

    def __init__(  # noqa: PLR0913, PLR0917 - what an entry is read with
        self,
        graph: Graph,
        sources: ScenarioSources,
        run: str,
        key: str,
        model: str,
        config: RunConfig,
        snapshot: ExamSnapshot,
        read: Read,
    ) -> None:
        """Stand before the first entry.

        Args:
            graph: What is added to.
            sources: Adds scenarios and templates.
            run: The run's name.
            key: Its node.
            model: The node of its base model.
            config: Its settings.
            snapshot: Its exam.
            read: Returns evidence, checked against the ledger.
        """
        self._graph, self._sources = graph, sources
        self._run, self._model = run, model
        self._config, self._snapshot, self._read = config, snapshot, read
        self._adapter: str | None = None
        self._proposals: dict[str, str] = {}
        self._train = {scenario.digest(): scenario for scenario in snapshot.train}
        self._by_id = {scenario.id: scenario for scenario in snapshot.train}
        self._began = str(graph.nodes[key].facts["began with commit"])
        self._ready: str | None = None

    def take(self, entry: Entry, at: str) -> None:
        """Add what one entry did."""
        facts = told_by(entry)
        if isinstance(facts, TrainedFacts):
            self._trained(entry, at, facts)
        elif entry.event is Event.EXPANDED:
            self._expanded(entry, at)
        elif isinstance(facts, AssessedFacts):
            self._examined(at, Split.STEER, "steered")
            self._adapter = self._kept(facts.adapter, at, "was assessed in")
            self._ready = at if entry.event is Event.CONVERGED else None
        elif isinstance(facts, PromotedFacts):
            self._examined(at, Split.SEALED, "examined")
            self._kept(facts.adapter, at, "was the candidate in")
            if self._ready:
                self._graph.join(self._ready, at, "found it ready for")
            if entry.event is Event.STAGED:
                place = f"{self._config.specialist}/{self._run}-{entry.iteration}"
                node = self._graph.nodes[at]
                self._graph.add(Kind.ENTRY, at.partition(":")[2], node.title, {"staged": place})

    def _kept(self, digest: str, at: str, how: str) -> str:
        key = f"{Kind.ADAPTER.value}:{digest}"
        if key in self._graph.nodes:
            self._graph.join(key, at, how)
        return key

    def _trained(self, entry: Entry, at: str, facts: TrainedFacts) -> None:
        adapter = self._graph.add(
            Kind.ADAPTER,
            facts.adapter,
            f"adapter {short(facts.adapter)} of run {self._run}, round {entry.iteration}",
            {"sha256": facts.adapter},
        )
        self._graph.join(at, adapter, "made")
        self._graph.join(self._model, at, "is the base of")
        if self._adapter:
            self._graph.join(self._adapter, at, "was trained on in")
        self._adapter = adapter
        families: dict[str, list[TrainingRow]] = {}
        for row in next(ROWS.held_by(entry, self._read)):
            families.setdefault(row.scenario.split("__", 1)[0], []).append(row)
        for family, rows in sorted(families.items()):
            self._rows(entry, at, family, rows)

    def _rows(self, entry: Entry, at: str, family: str, rows: Sequence[TrainingRow]) -> None:
        counted = Counter(row.origin for row in rows)
        origins = ", ".join(f"{number} {origin}" for origin, number in sorted(counted.items()))
        key = self._graph.add(
            Kind.ROWS,
            f"{self._run}#{entry.index}/{family}",
            f"{len(rows)} rows of {family} ({origins})",
            {"family": family},
            rows=[
                RowSource(
                    sha256=row.digest(),
                    scenario=row.scenario,
                    scenario_sha256=row.scenario_sha256,
                    origin=row.origin,
                )
                for row in rows
            ],
        )
        self._graph.join(key, at, "were trained on in")
        for row in rows:
            if row.scenario_sha256 in self._train:
                scenario = self._train[row.scenario_sha256]
                source = self._sources.scenario(self._snapshot, scenario, Split.TRAIN, self._began)
                self._graph.join(source, key, "was made into")
            elif row.scenario_sha256 in self._proposals:
                self._graph.join(self._proposals[row.scenario_sha256], key, "was made into")
            else:
                self._varied(family, key)

    def _varied(self, family: str, key: str) -> None:
        """Join what the variants of a family were made from."""
        if family in self._by_id:
            parent = self._sources.scenario(
                self._snapshot, self._by_id[family], Split.TRAIN, self._began
            )
            self._graph.join(parent, key, "was varied into")
        template = self._sources.template(self._snapshot, family, self._began)
        if template:
            self._graph.join(template, key, "varied")

    def _expanded(self, entry: Entry, at: str) -> None:
        found = next(RECONCILIATION.held_by(entry, self._read))
        for proposal in found.chosen():
            key = self._sources.scenario(
                self._snapshot, proposal.scenario, Split.TRAIN, self._began, is_proposal=True
            )
            self._proposals[proposal.scenario.digest()] = key
            member = self._graph.add(
                Kind.MEMBER, proposal.author, f"council member {proposal.author}"
            )
            self._graph.join(member, key, f"proposed in run {self._run}, round {entry.iteration}")
            self._graph.join(at, key, "accepted")
            if proposal.parent in self._by_id:
                parent = self._sources.scenario(
                    self._snapshot, self._by_id[proposal.parent], Split.TRAIN, self._began
                )
                self._graph.join(parent, key, "was varied into")

    def _examined(self, at: str, split: Split, how: str) -> None:
        scenarios = self._snapshot.steer if split is Split.STEER else self._snapshot.sealed
        for scenario in scenarios:
            if not scenario.is_variant:
                key = self._sources.scenario(self._snapshot, scenario, split, self._began)
                self._graph.join(key, at, how)
