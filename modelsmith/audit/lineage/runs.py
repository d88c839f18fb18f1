"""One run in a lineage: its entries, the rows it trained on, the adapters it made."""

from collections import Counter
from collections.abc import Sequence

from modelsmith.audit.lineage.graph import Graph, Kind, RowSource
from modelsmith.audit.lineage.scenarios import ScenarioSources
from modelsmith.audit.runs import RunAtTip
from modelsmith.exam.scenario import Scenario, Split
from modelsmith.layout import SETTINGS, settings_path
from modelsmith.loop.evidence.files import RECONCILIATION, ROWS
from modelsmith.loop.phases.context_history import intake_in
from modelsmith.record import short
from modelsmith.run.entry_facts import (
    AssessedFacts,
    PromotedFacts,
    StartedFacts,
    TrainedFacts,
    event_facts_of,
    facts_of,
)
from modelsmith.run.evidence import verified
from modelsmith.run.ledger import Entry, position_after
from modelsmith.run.state_machine import Event
from modelsmith.training.curriculum import TrainingRow


class RunLineage:
    """One run's entries, taken in their order."""

    def __init__(self, graph: Graph, sources: ScenarioSources, at_tip: RunAtTip) -> None:
        """Add the run and its base model, and stand before its first entry.

        Args:
            graph: What is added to.
            sources: Adds scenarios and templates.
            at_tip: The run, at one commit.

        Raises:
            BrokenRecordError: its ledger or its intake cannot be read.
            TransitionError: its entries lead nowhere.
        """
        self._graph, self._sources, self._run = graph, sources, at_tip.record.name
        self.entries = at_tip.record.entries()
        """What its ledger holds, oldest first."""
        position_after(self.entries)
        self._read = verified(at_tip.record.read, self.entries)
        self._config, self._snapshot = intake_in(self._read)
        began, name = facts_of(self.entries[0], StartedFacts), self._config.model.name
        facts = {"began with commit": began.commit, "specialist": self._config.specialist}
        self.key = graph.add(Kind.RUN, self._run, f"run {self._run}", facts)
        """Its node."""
        sources.add_people(settings_path(self._run), self.key, at_tip.files.get(SETTINGS))
        self._model = graph.add(
            Kind.MODEL,
            began.model_sha256,
            f"base model {name} {short(began.model_sha256)}",
            {"name": name, "sha256": began.model_sha256},
        )
        graph.join(self._model, self.key, "is the base of")
        self._adapter: str | None = None
        self._proposals: dict[str, str] = {}
        self._train = {scenario.digest(): scenario for scenario in self._snapshot.train}
        self._by_id = {scenario.id: scenario for scenario in self._snapshot.train}
        self._began = began
        self._ready: str | None = None

    def take(self, entry: Entry, at: str) -> None:
        """Add what one entry did."""
        facts = event_facts_of(entry)
        if isinstance(facts, TrainedFacts):
            self._add_training(entry, at, facts)
        elif entry.event is Event.EXPANDED:
            self._add_proposals(entry, at)
        elif isinstance(facts, AssessedFacts):
            self._add_exams(at, Split.STEER, "steered")
            self._adapter = self._kept(facts.adapter, at, "was assessed in")
            self._ready = at if entry.event is Event.CONVERGED else None
        elif isinstance(facts, PromotedFacts):
            self._add_exams(at, Split.SEALED, "examined")
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

    def _add_training(self, entry: Entry, at: str, facts: TrainedFacts) -> None:
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
            self._add_rows(entry, at, family, rows)

    def _add_rows(self, entry: Entry, at: str, family: str, rows: Sequence[TrainingRow]) -> None:
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
                self._graph.join(
                    self._scenario(self._train[row.scenario_sha256]), key, "was made into"
                )
            elif row.scenario_sha256 in self._proposals:
                self._graph.join(self._proposals[row.scenario_sha256], key, "was made into")
            else:
                self._add_variants(family, key)

    def _add_variants(self, family: str, key: str) -> None:
        """Join what the variants of a family were made from."""
        if family in self._by_id:
            self._graph.join(self._scenario(self._by_id[family]), key, "was varied into")
        template = self._sources.add_template(self._snapshot, family, self._began.commit)
        if template:
            self._graph.join(template, key, "varied")

    def _add_proposals(self, entry: Entry, at: str) -> None:
        found = next(RECONCILIATION.held_by(entry, self._read))
        for proposal in found.chosen():
            key = self._scenario(proposal.scenario, is_proposal=True)
            self._proposals[proposal.scenario.digest()] = key
            member = self._graph.add(
                Kind.MEMBER, proposal.author, f"council member {proposal.author}"
            )
            self._graph.join(member, key, f"proposed in run {self._run}, round {entry.iteration}")
            self._graph.join(at, key, "accepted")
            if proposal.parent in self._by_id:
                self._graph.join(
                    self._scenario(self._by_id[proposal.parent]), key, "was varied into"
                )

    def _add_exams(self, at: str, split: Split, how: str) -> None:
        scenarios = self._snapshot.steer if split is Split.STEER else self._snapshot.sealed
        for scenario in scenarios:
            if not scenario.is_variant:
                self._graph.join(self._scenario(scenario, split), at, how)

    def _scenario(
        self, scenario: Scenario, split: Split = Split.TRAIN, *, is_proposal: bool = False
    ) -> str:
        return self._sources.add_scenario(
            self._snapshot, scenario, split, self._began, is_proposal=is_proposal
        )
