"""Scenarios and templates in a lineage: which version was read, who wrote and reviewed it."""

from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from typing import NamedTuple

from modelsmith.audit.lineage.graph import Graph, Kind
from modelsmith.exam.authoring.scenario_file import scenario_as_read
from modelsmith.exam.benchmark import ExamSnapshot
from modelsmith.exam.criteria_text import SPLITTERS
from modelsmith.exam.scenario import Scenario, Split
from modelsmith.git.commits import (
    CO_AUTHOR,
    FACTORY,
    FORGE_COMMITTERS,
    MEMBER,
    REVIEWER,
    RUN,
    Commit,
    Identity,
    ancestors,
    people_in,
)
from modelsmith.layout import BENCHMARKS, RUNS
from modelsmith.record import short
from modelsmith.run.entry_facts import StartedFacts
from modelsmith.run.history import History, file_at

SOURCES = (BENCHMARKS, RUNS)
"""Top-level folders of files that people write and runs read."""


class ScenarioVersion(NamedTuple):
    """A version of a file."""

    commit: Commit
    """The commit that made it."""
    name: str
    """Name of its content."""


class ScenarioSources:
    """Adds scenarios and templates to a graph, each with the people behind it."""

    def __init__(
        self,
        graph: Graph,
        history: History,
        commits: Mapping[str, Commit],
        tip: str,
    ) -> None:
        """Look at who wrote what.

        Args:
            graph: What is added to.
            history: The repository.
            commits: Every commit, each after its parents.
            tip: The commit whose files are the present ones.
        """
        self._graph, self._history, self._commits = graph, history, commits
        self._tree = commits[tip].tree
        self._versions: dict[str, list[ScenarioVersion]] = {}
        self._merges = _merges(commits, tip)
        for sha, changes in history.written(list(commits), *SOURCES).items():
            for change in changes:
                if change.after is not None and change.path.endswith(".yaml"):
                    version = ScenarioVersion(commits[sha], change.after)
                    self._versions.setdefault(change.path, []).append(version)
        self._read = lru_cache(None)(scenario_as_read)
        self._before = lru_cache(None)(partial(ancestors, commits))
        self._told: set[str] = set()

    def add_scenario(
        self,
        snapshot: ExamSnapshot,
        scenario: Scenario,
        split: Split,
        began: StartedFacts,
        *,
        is_proposal: bool = False,
    ) -> str:
        """Add one version of a scenario, and who wrote it; return its key.

        Args:
            snapshot: The exam that it is of.
            scenario: The scenario, as it was read.
            split: Where it lies.
            began: What the run began with: its commit, and what cut prose into criteria.
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
        cut = None if began.splitter == SPLITTERS[-1] else scenario
        version = self._version(path, folder, digest, began.commit, cut)
        where = "a proposal" if is_proposal else "this version was never committed"
        facts = {
            "split": split.value,
            "family": scenario.family,
            "sha256": digest,
            "file": path if version else f"{path}: {where}",
            "in the revision": self._present_words(path, folder, digest, cut),
        }
        facts |= {"commit": version.commit.sha} if version else {}
        self._graph.add(Kind.SCENARIO, name, f"{scenario.id} {short(digest)}", facts)
        if version:
            self.add_people(path, key, version.name)
        return key

    def add_template(self, snapshot: ExamSnapshot, family: str, began: str) -> str | None:
        """Add a family's template as it was when a run began; return its key, if there is one."""
        path = f"benchmarks/{snapshot.benchmark.domain}/families/{family}.yaml"
        commit = self._commits.get(began)
        name = self._history.object_at(commit.tree, path) if commit else None
        if name is None:
            return None
        key = self._graph.add(
            Kind.TEMPLATE, f"{path}@{name}", f"template of {family}", {"file": path, "name": path}
        )
        self.add_people(path, key, name)
        return key

    def _version(
        self, path: str, folder: str, digest: str, began: str, cut: Scenario | None
    ) -> ScenarioVersion | None:
        """Return the version of a file that holds the scenario with this digest.

        The latest that the run can have read; where it read none, the latest there is. What an
        older splitter `cut` stands for the prose of a file.
        """
        before = self._before(began)
        versions = reversed(self._versions.get(path, ()))
        for version in sorted(versions, key=lambda one: one.commit.sha not in before):
            if self._digest(path, folder, version.name, version.commit.tree, cut) == digest:
                return version
        return None

    def _digest(
        self, path: str, folder: str, name: str, tree: str, cut: Scenario | None = None
    ) -> str | None:
        benchmark = file_at(self._history, tree, f"{folder}/benchmark.yaml")
        if benchmark is None:
            return None
        content = self._history.content(name)
        found = (
            scenario_as_read(path, benchmark, content, cut)
            if cut
            else self._read(path, benchmark, content)
        )
        return found.digest() if found else None

    def _present_words(self, path: str, folder: str, digest: str, cut: Scenario | None) -> str:
        name = self._history.object_at(self._tree, path)
        if name is None:
            return "no such file"
        found = self._digest(path, folder, name, self._tree, cut)
        return "this version" if found == digest else f"another version, {short(str(found))}"

    def add_people(self, path: str, key: str, name: str | None) -> None:
        """Join who wrote and reviewed the version of a file with this content."""
        versions = self._versions.get(path, ())
        version = next((one for one in reversed(versions) if one.name == name), None)
        if version is None:
            return
        for who, how, commit in self._authors(path, version):
            person = self._graph.add(Kind.PERSON, who.email.lower(), str(who), {"name": who.name})
            self._graph.join(person, key, how, commit)
        for member in version.commit.trailers(MEMBER):
            run = ", ".join(version.commit.trailers(RUN))
            proposer = self._graph.add(Kind.MEMBER, member, f"council member {member}")
            self._graph.join(proposer, key, f"proposed in run {run}", version.commit.sha)

    def _authors(self, path: str, version: ScenarioVersion) -> Iterator[tuple[Identity, str, str]]:
        """Yield who wrote and who reviewed one version of a file, earlier versions included.

        Each with what they did, as a verb, and the commit that says so.
        """
        before = ancestors(self._commits, version.commit.sha)
        for earlier in self._versions.get(path, ()):
            commit = earlier.commit
            if commit.sha not in before:
                continue
            if commit.author != FACTORY:
                yield commit.author, "wrote", commit.sha
            for trailer, how in ((CO_AUTHOR, "wrote"), (REVIEWER, "reviewed")):
                for who in people_in(commit.trailers(trailer)):
                    yield who, how, commit.sha
            merge = self._merges.get(commit.sha)
            if merge is not None:
                by_forge = merge.committer.email in FORGE_COMMITTERS
                yield merge.author if by_forge else merge.committer, "merged", merge.sha
                for who in people_in(merge.trailers(REVIEWER)):
                    yield who, "reviewed", merge.sha

    def add_present(self, asked: str) -> None:
        """Add the scenario that the revision holds under the id `asked`, used or not."""
        for domain in self._history.folders(self._tree, BENCHMARKS):
            folder = f"benchmarks/{domain}"
            for split in Split:
                path = f"{folder}/{split.value}/{asked}.yaml"
                name = self._history.object_at(self._tree, path)
                if name is None:
                    continue
                digest = self._digest(path, folder, name, self._tree)
                key = self._graph.add(
                    Kind.SCENARIO,
                    f"{asked}@{digest}",
                    f"{asked} {short(str(digest))}",
                    {"split": split.value, "file": path, "in the revision": "this version"},
                )
                self.add_people(path, key, name)


def _merges(commits: Mapping[str, Commit], tip: str) -> dict[str, Commit]:
    """Return the merge that brought each commit into the line of first parents up to `tip`."""
    line = [tip]
    while commits[line[-1]].parents:
        line.append(commits[line[-1]].parents[0])
    seen: set[str] = set()
    brought: dict[str, Commit] = {}
    for sha in reversed(line):
        waiting = list(commits[sha].parents[1:])
        seen.add(sha)
        while waiting:
            other = waiting.pop()
            if other not in seen:
                seen.add(other)
                brought[other] = commits[sha]
                waiting += commits[other].parents
    return brought
