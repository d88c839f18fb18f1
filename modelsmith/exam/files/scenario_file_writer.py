"""Writes new scenario files."""

import difflib
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from modelsmith.disk.repository_files import write_new
from modelsmith.documents.diagnostic import Diagnostic, is_error
from modelsmith.errors import UsageError
from modelsmith.exam.authoring.scenario_file import CANARY, report_on, schema_line
from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.scenario import SCENARIO_ID, OutcomeType, Split

Scaffold = Callable[..., str]


class ScenarioAuthor:
    """Writes scaffolds into one benchmark's folder."""

    def __init__(self, repository: Path, benchmark: Benchmark, scaffold: Scaffold) -> None:
        """Write below `repository`, with `scaffold` making the text."""
        self._repository = repository
        self._benchmark = benchmark
        self._scaffold = scaffold

    def write(
        self, scenario_id: str, split: Split, *, category: str, lens: str, outcome: OutcomeType
    ) -> tuple[str, list[Diagnostic]]:
        """Write a new file; return its path and what is wrong with it, which is seldom anything.

        Raises:
            UsageError: a word is not of the benchmark's vocabulary, or the file is there.
        """
        if not re.fullmatch(SCENARIO_ID, scenario_id):
            raise UsageError(
                f"{scenario_id!r} is no scenario id",
                remedy="Write capitals, digits and at least one underscore: ADTECH_FLOOR_RAISED.",
            )
        _require("--category", category, self._benchmark.categories)
        _require("--lens", lens, self._benchmark.lenses)
        comments = [schema_line(self._benchmark.domain)]
        if split is Split.SEALED:
            comments.append(CANARY.format(guid=self._benchmark.canary))
        path = f"benchmarks/{self._benchmark.domain}/{split}/{scenario_id}.yaml"
        text = self._scaffold(
            self._benchmark,
            tuple(comments),
            scenario_id=scenario_id,
            outcome=outcome,
            lens=lens,
            category=category,
        )
        write_new(self._repository, path, text, "id")
        report, _ = report_on(self._benchmark, path, text.encode(), rubric=False)
        return path, [problem for problem in report.diagnostics if is_error(problem)]


def _require(option: str, word: str, words: Iterable[str]) -> None:
    known = list(words)
    if word not in known:
        near = difflib.get_close_matches(word, known, n=1)
        raise UsageError(
            f"{option} is {word!r}, expected one of {', '.join(known)}",
            remedy=f"Write {near[0]}." if near else "Choose one, or add it to benchmark.yaml.",
        )
