"""The lineage of everything that the runs of a repository made, from their own evidence.

1. Each run's intake says base model, exam and the commit it began with.
2. Each training's rows name the scenarios they were made from by digest; the version of the file
   with that digest is looked up in history, and its commits say who wrote and reviewed it.
3. Expansions say which council member proposed what, promotions which adapter went where.
"""

from collections.abc import Mapping, Sequence

from modelsmith.audit.audit import tips_of
from modelsmith.audit.history import Recorded
from modelsmith.audit.lineage.graph import Graph, Kind, LineageGraph, begins, named
from modelsmith.audit.lineage.runs import RunLineage
from modelsmith.audit.lineage.scenarios import ScenarioSources
from modelsmith.audit.promotions import promotions
from modelsmith.audit.runs import RunAtTip, furthest, runs_at_tips
from modelsmith.errors import BrokenRecordError, TransitionError, UsageError
from modelsmith.git.commits import Commit
from modelsmith.layout import RUNS, in_run
from modelsmith.promotion.record import PromotionRecord
from modelsmith.run.history import History
from modelsmith.run.ledger import Entry


def lineage_of(history: History, asked: str, revision: str) -> LineageGraph:
    """Return where `asked` comes from and what it went into.

    Args:
        history: The repository.
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
    commits = history.walk(list(tips.values()))
    graph = Graph()
    sources = ScenarioSources(graph, history, commits, tips[revision])
    made = _Made(graph, sources, Recorded(history, commits).entry_commits)
    for run, states in runs_at_tips(history, commits, tips).items():
        best = furthest(states)
        if best.has_started:
            made.add_run(run, best, asked)
    for promoted in promotions(history, commits, tips):
        made.add_promotion(promoted.place, promoted.content, promoted.commit)
    sources.add_present(asked)
    starts = named(graph, asked)
    if not starts:
        raise UsageError(
            f"nothing here is called {asked}",
            remedy="Name an adapter's digest (7 digits or more), SPECIALIST/VERSION, a run, a "
            "scenario's id, runs/RUN/PATH, or a person's address. `modelsmith run status` and "
            "the ledgers under runs/ tell digests.",
        )
    return graph.around(asked, starts, made.left_out)


class _Made:
    """The graph while it is made."""

    def __init__(
        self,
        graph: Graph,
        sources: ScenarioSources,
        recorded: Mapping[tuple[str, str], Sequence[Commit]],
    ) -> None:
        self.left_out: list[str] = []
        self._graph, self._sources, self._recorded = graph, sources, recorded

    def add_run(self, run: str, at_tip: RunAtTip, asked: str) -> None:
        """Add what a run made; one that cannot be read is left out and told."""
        try:
            self._run(at_tip, asked)
        except (BrokenRecordError, TransitionError) as error:
            self.left_out.append(f"run {run}: {error.what}")
        except (ValueError, LookupError, StopIteration) as error:
            words = f"{type(error).__name__} {error}".strip()
            self.left_out.append(f"run {run}: its evidence cannot be read: {words}")

    def _run(self, at_tip: RunAtTip, asked: str) -> None:
        run, lineage = at_tip.record.name, RunLineage(self._graph, self._sources, at_tip)
        for entry in lineage.entries:
            at = self._entry(run, lineage.key, entry)
            lineage.take(entry, at)
            for path, digest in entry.evidence.items():
                if asked.removeprefix(f"{RUNS}/") == f"{run}/{path}" or begins(digest, asked):
                    name, facts = f"{run}/{path}", {"sha256": digest}
                    file = self._graph.add(Kind.EVIDENCE, name, in_run(run, path), facts)
                    self._graph.join(at, file, "recorded")

    def _entry(self, run: str, key: str, entry: Entry) -> str:
        commits = self._recorded.get((run, entry.digest()), [])
        commit = commits[0].sha if commits else None
        facts = {"sha256": entry.digest(), "commit": commit or "none"}
        at = self._graph.add(
            Kind.ENTRY,
            f"{run}#{entry.index}",
            f"entry {entry.index} of {run}: {entry.event}, round {entry.iteration}",
            facts,
        )
        self._graph.join(key, at, "recorded", commit)
        return at

    def add_promotion(self, place: str, content: bytes | None, commit: str) -> None:
        """Add a promotion, and the adapter and the entry it came from."""
        try:
            record = PromotionRecord.model_validate_json(content or b"")
        except ValueError:
            return  # the audit says so
        version = place.partition("/")[2]
        key = self._graph.add(
            Kind.PROMOTION, place, f"{place} for {record.channel}", {"version": version}
        )
        adapter = f"{Kind.ADAPTER.value}:{record.lineage.adapter_sha256}"
        if adapter in self._graph.nodes:
            self._graph.join(adapter, key, "was promoted as", commit)
        for node in list(self._graph.nodes.values()):
            if node.facts.get("staged") == place:
                self._graph.join(node.key, key, "staged")
