"""The lineage of everything that the runs of a repository made, from their own evidence.

1. Each run's intake says base model, exam and the commit it began with.
2. Each training's rows name the scenarios they were made from by digest; the version of the file
   with that digest is looked up in history, and its commits say who wrote and reviewed it.
3. Expansions say which council member proposed what, promotions which adapter went where.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial

from modelsmith.domain.append_only import RUNS, SETTINGS
from modelsmith.domain.council import Reconciliation
from modelsmith.domain.curriculum import Row
from modelsmith.domain.exam import ExamSnapshot
from modelsmith.domain.history import Commit, ancestors
from modelsmith.domain.ledger import Entry, position_after
from modelsmith.domain.lineage import Graph, Kind, Lineage, RowSource, begins, named
from modelsmith.domain.loop import Event
from modelsmith.domain.promotion import PromotionRecord
from modelsmith.domain.record import records_in
from modelsmith.domain.run import RunConfig
from modelsmith.domain.scenario import Scenario, Split
from modelsmith.domain.walk import (
    AssessedFacts,
    PromotedFacts,
    StartedFacts,
    TrainedFacts,
    facts_of,
    told_by,
)
from modelsmith.errors import BrokenRecordError, TransitionError, UsageError
from modelsmith.ports.history import History
from modelsmith.steps.audit import tips_of
from modelsmith.steps.audit_history import Recorded
from modelsmith.steps.audit_promotions import promotions
from modelsmith.steps.audit_runs import Standing, furthest, standings
from modelsmith.steps.authorship import MEMBER, PROPOSED_IN, Authorship, Version
from modelsmith.steps.history import intake_in, verified

SHORT = 12
"""Digits of a digest that people read."""

ScenarioIn = Callable[[str, bytes, bytes], Scenario | None]
"""Reads the scenario in a file: its path, the benchmark's file, the file; none if it is wrong."""


def lineage_of(history: History, scenario_in: ScenarioIn, asked: str, revision: str) -> Lineage:
    """Return where `asked` comes from and what it went into.

    Args:
        history: The repository.
        scenario_in: Reads a scenario file.
        asked: An adapter's or another digest, a promotion, a run, a scenario's id, the path of
            evidence, a person's address, a council member.
        revision: The branch, tag or commit to look at, beside the run branches.

    Raises:
        UsageError: nothing is called so.
        InputError: the clone lacks a part of its history.
        BrokenRecordError: an object of the clone was altered.
    """
    tips = tips_of(history, revision)
    if not tips:
        raise UsageError("there is no commit yet", remedy="Commit something first.")
    made = _Made(history, scenario_in, history.walk(list(tips.values())), tips, revision)
    made.everything(asked)
    starts = named(made.graph, asked)
    if not starts:
        raise UsageError(
            f"nothing here is called {asked}",
            remedy="Name an adapter's digest (7 digits or more), SPECIALIST/VERSION, a run, a "
            "scenario's id, runs/RUN/PATH, or a person's address. `modelsmith run status` and "
            "the ledgers under runs/ tell digests.",
        )
    return made.graph.around(asked, starts, made.left_out)


class _Made:
    """The graph while it is made."""

    def __init__(
        self,
        history: History,
        scenario_in: ScenarioIn,
        commits: Mapping[str, Commit],
        tips: Mapping[str, str],
        revision: str,
    ) -> None:
        self.graph = Graph()
        self.left_out: list[str] = []
        self._history, self._commits, self._tips = history, commits, tips
        self._tree = commits[tips[revision]].tree
        self._authorship = Authorship(history, commits, tips[revision])
        self._recorded = Recorded(history, commits).entry_commits
        self._read = lru_cache(None)(scenario_in)
        self._before = lru_cache(None)(partial(ancestors, commits))
        self._told: set[str] = set()

    def everything(self, asked: str) -> None:
        """Add every run, every promotion, and what stands in the revision under `asked`."""
        for run, states in standings(self._history, self._commits, self._tips).items():
            best = furthest(states)
            if not best.has_started:
                continue
            try:
                self._run(best, asked)
            except (BrokenRecordError, TransitionError) as error:
                self.left_out.append(f"run {run}: {error.what}")
            except ValueError as error:
                self.left_out.append(f"run {run}: its evidence cannot be read: {error}")
        for promoted in promotions(self._history, self._commits, self._tips):
            self._promoted(promoted.place, promoted.content, promoted.commit)
        self._present(asked)

    def _run(self, standing: Standing, asked: str) -> None:
        run, entries = standing.record.name, standing.record.entries()
        position_after(entries)
        read = verified(standing.record.read, entries)
        config, snapshot = intake_in(read)
        began = facts_of(entries[0], StartedFacts)
        facts = {"began with commit": began.commit, "specialist": config.specialist}
        key = self.graph.add(Kind.RUN, run, f"run {run}", facts)
        self._people(f"{RUNS}/{run}/{SETTINGS}", key, standing.files.get(SETTINGS))
        model = self.graph.add(
            Kind.MODEL,
            began.model_sha256,
            f"base model {config.model.name} {began.model_sha256[:SHORT]}",
            {"name": config.model.name, "sha256": began.model_sha256},
        )
        self.graph.join(model, key, "is the base of")
        walk = _Walk(self, run, key, model, config, snapshot, read)
        for entry in entries:
            at = self._entry(run, key, entry)
            walk.take(entry, at)
            for path, digest in entry.evidence.items():
                if asked.removeprefix(f"{RUNS}/") == f"{run}/{path}" or begins(digest, asked):
                    name, facts = f"{run}/{path}", {"sha256": digest}
                    file = self.graph.add(Kind.EVIDENCE, name, f"{RUNS}/{name}", facts)
                    self.graph.join(at, file, "recorded")

    def _entry(self, run: str, key: str, entry: Entry) -> str:
        commits = self._recorded.get((run, entry.digest()), [])
        commit = commits[0].sha if commits else None
        facts = {"sha256": entry.digest(), "commit": commit or "none"}
        title = f"entry {entry.index} of {run}: {entry.event}, round {entry.iteration}"
        at = self.graph.add(Kind.ENTRY, f"{run}#{entry.index}", title, facts)
        self.graph.join(key, at, "recorded", commit)
        return at

    def scenario(
        self,
        snapshot: ExamSnapshot,
        scenario: Scenario,
        split: Split,
        began: str,
        *,
        is_proposal: bool = False,
    ) -> str:
        """Add one version of a scenario, and who wrote it; return its key.

        Args:
            snapshot: The exam that it is of.
            scenario: The scenario, as it was read.
            split: Where it lies.
            began: The commit that the run began with.
            is_proposal: Whether the council offered it in that run.
        """
        digest = scenario.digest()
        name = f"{scenario.id}@{digest}"
        key = f"{Kind.SCENARIO.value}:{name}"
        if key in self._told:
            return key
        self._told.add(key)
        folder = f"benchmarks/{snapshot.benchmark.domain}"
        path = f"{folder}/{split.value}/{scenario.id}.yaml"
        version = self._version(path, folder, digest, began)
        where = "a proposal" if is_proposal else "this version was never committed"
        facts = {
            "split": split.value,
            "family": scenario.family,
            "sha256": digest,
            "file": path if version else f"{path}: {where}",
            "in the revision": self._present_words(path, folder, digest),
        }
        facts |= {"commit": version.commit.sha} if version else {}
        self.graph.add(Kind.SCENARIO, name, f"{scenario.id} {digest[:SHORT]}", facts)
        if version:
            self._people(path, key, version.name)
        return key

    def template(self, snapshot: ExamSnapshot, family: str, began: str) -> str | None:
        """Add a family's template as it was when a run began; return its key, if there is one."""
        path = f"benchmarks/{snapshot.benchmark.domain}/families/{family}.yaml"
        commit = self._commits.get(began)
        name = self._history.object_at(commit.tree, path) if commit else None
        if name is None:
            return None
        key = self.graph.add(
            Kind.TEMPLATE, f"{path}@{name}", f"template of {family}", {"file": path, "name": path}
        )
        self._people(path, key, name)
        return key

    def _version(self, path: str, folder: str, digest: str, began: str) -> Version | None:
        """Return the version of a file that holds the scenario with this digest.

        The latest that the run can have read; where it read none, the latest there is.
        """
        before = self._before(began)
        versions = self._authorship.versions(path)
        for version in sorted(versions, key=lambda one: one.commit.sha not in before):
            if self._digest(path, folder, version.name, version.commit.tree) == digest:
                return version
        return None

    def _digest(self, path: str, folder: str, name: str, tree: str) -> str | None:
        benchmark = self._history.object_at(tree, f"{folder}/benchmark.yaml")
        if benchmark is None:
            return None
        contents = self._history.content(benchmark), self._history.content(name)
        found = self._read(path, *contents)
        return found.digest() if found else None

    def _present_words(self, path: str, folder: str, digest: str) -> str:
        name = self._history.object_at(self._tree, path)
        if name is None:
            return "no such file"
        found = self._digest(path, folder, name, self._tree)
        return "this version" if found == digest else f"another version, {str(found)[:SHORT]}"

    def _people(self, path: str, key: str, name: str | None) -> None:
        """Join who wrote and reviewed the version of a file with this content."""
        version = next((v for v in self._authorship.versions(path) if v.name == name), None)
        if version is None:
            return
        for act in self._authorship.acts(path, version):
            email = act.who.email.lower()
            person = self.graph.add(Kind.PERSON, email, str(act.who), {"name": act.who.name})
            self.graph.join(person, key, act.how, act.commit)
        for member in version.commit.trailers(MEMBER):
            run = ", ".join(version.commit.trailers(PROPOSED_IN))
            proposer = self.graph.add(Kind.MEMBER, member, f"council member {member}")
            self.graph.join(proposer, key, f"proposed in run {run}", version.commit.sha)

    def _promoted(self, place: str, content: bytes | None, commit: str) -> None:
        try:
            record = PromotionRecord.model_validate_json(content or b"")
        except ValueError:
            return  # the audit says so
        version = place.partition("/")[2]
        key = self.graph.add(
            Kind.PROMOTION, place, f"{place} for {record.channel}", {"version": version}
        )
        adapter = f"{Kind.ADAPTER.value}:{record.lineage.adapter_sha256}"
        if adapter in self.graph.nodes:
            self.graph.join(adapter, key, "was promoted as", commit)
        for node in list(self.graph.nodes.values()):
            if node.facts.get("staged") == place:
                self.graph.join(node.key, key, "staged")

    def _present(self, asked: str) -> None:
        """Add the scenario that the revision holds under the id `asked`, used or not."""
        for domain in self._history.folders(self._tree, "benchmarks"):
            folder = f"benchmarks/{domain}"
            for split in Split:
                path = f"{folder}/{split.value}/{asked}.yaml"
                name = self._history.object_at(self._tree, path)
                if name is None:
                    continue
                digest = self._digest(path, folder, name, self._tree)
                title = f"{asked} {str(digest)[:SHORT]}"
                facts = {"split": split.value, "file": path, "in the revision": "this version"}
                key = self.graph.add(Kind.SCENARIO, f"{asked}@{digest}", title, facts)
                self._people(path, key, name)


class _Walk:
    """One run's entries, taken in their order."""

    def __init__(  # noqa: PLR0913, PLR0917 - what an entry is read with
        self,
        made: _Made,
        run: str,
        key: str,
        model: str,
        config: RunConfig,
        snapshot: ExamSnapshot,
        read: Callable[[str], bytes],
    ) -> None:
        self._made, self._graph = made, made.graph
        self._run, self._key, self._model = run, key, model
        self._config, self._snapshot, self._read = config, snapshot, read
        self._adapter: str | None = None
        self._proposals: dict[str, str] = {}
        self._train = {scenario.digest(): scenario for scenario in snapshot.train}
        self._by_id = {scenario.id: scenario for scenario in snapshot.train}
        self._began = str(made.graph.nodes[key].facts["began with commit"])
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
        words = f"adapter {facts.adapter[:SHORT]} of run {self._run}, round {entry.iteration}"
        adapter = self._graph.add(Kind.ADAPTER, facts.adapter, words, {"sha256": facts.adapter})
        self._graph.join(at, adapter, "made")
        self._graph.join(self._model, at, "is the base of")
        if self._adapter:
            self._graph.join(self._adapter, at, "was trained on in")
        self._adapter = adapter
        path = next(path for path in entry.evidence if path.endswith("/rows.jsonl"))
        families: dict[str, list[Row]] = {}
        for row in records_in(self._read(path), Row):
            families.setdefault(row.scenario.split("__", 1)[0], []).append(row)
        for family, rows in sorted(families.items()):
            self._rows(entry, at, family, rows)

    def _rows(self, entry: Entry, at: str, family: str, rows: Sequence[Row]) -> None:
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
                source = self._made.scenario(self._snapshot, scenario, Split.TRAIN, self._began)
                self._graph.join(source, key, "was made into")
            elif row.scenario_sha256 in self._proposals:
                self._graph.join(self._proposals[row.scenario_sha256], key, "was made into")
            else:
                self._varied(family, key)

    def _varied(self, family: str, key: str) -> None:
        """Join what the variants of a family were made from."""
        if family in self._by_id:
            parent = self._made.scenario(
                self._snapshot, self._by_id[family], Split.TRAIN, self._began
            )
            self._graph.join(parent, key, "was varied into")
        template = self._made.template(self._snapshot, family, self._began)
        if template:
            self._graph.join(template, key, "varied")

    def _expanded(self, entry: Entry, at: str) -> None:
        path = next(path for path in entry.evidence if path.endswith("/reconciliation.json"))
        found = Reconciliation.model_validate_json(self._read(path))
        for one in found.reconciled:
            if one.ruling != "accepted":
                continue
            proposal = one.proposal
            key = self._made.scenario(
                self._snapshot, proposal.scenario, Split.TRAIN, self._began, is_proposal=True
            )
            self._proposals[proposal.scenario.digest()] = key
            member = self._graph.add(
                Kind.MEMBER, proposal.author, f"council member {proposal.author}"
            )
            self._graph.join(member, key, f"proposed in run {self._run}, round {entry.iteration}")
            self._graph.join(at, key, "accepted")
            if proposal.parent in self._by_id:
                parent = self._made.scenario(
                    self._snapshot, self._by_id[proposal.parent], Split.TRAIN, self._began
                )
                self._graph.join(parent, key, "was varied into")

    def _examined(self, at: str, split: Split, how: str) -> None:
        scenarios = self._snapshot.steer if split is Split.STEER else self._snapshot.sealed
        for scenario in scenarios:
            if not scenario.is_variant:
                key = self._made.scenario(self._snapshot, scenario, split, self._began)
                self._graph.join(key, at, how)
