"""Writes new scenario files."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from modelsmith.disk.repository_files import write_new
from modelsmith.documents.diagnostic import Diagnostic, is_error, nearest
from modelsmith.errors import UsageError
from modelsmith.exam.authoring.scenario_file import CANARY, report_on, schema_line
from modelsmith.exam.authoring.scenario_template import scaffold
from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.scenario import SCENARIO_ID, OutcomeType, Split


@dataclass(frozen=True)
class ScenarioAuthor:
    """Writes scaffolds into one benchmark's folder."""

    repository: Path
    """Its top folder."""
    benchmark: Benchmark
    """Its vocabularies."""

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
        _require("--category", category, self.benchmark.categories)
        _require("--lens", lens, self.benchmark.lenses)
        comments = [schema_line(self.benchmark.domain)]
        if split is Split.SEALED:
            comments.append(CANARY.format(guid=self.benchmark.canary))
        path = f"benchmarks/{self.benchmark.domain}/{split}/{scenario_id}.yaml"
        text = scaffold(
            self.benchmark,
            tuple(comments),
            scenario_id=scenario_id,
            outcome=outcome,
            lens=lens,
            category=category,
        )
        write_new(self.repository, path, text, "id")
        report, _ = report_on(self.benchmark, path, text.encode(), rubric=False)
        return path, [problem for problem in report.diagnostics if is_error(problem)]


def _require(option: str, word: str, words: Collection[str]) -> None:
    if word not in words:
        near = nearest(word, words)
        raise UsageError(
            f"{option} is {word!r}, expected one of {', '.join(words)}",
            remedy=f"Write {near}." if near else "Choose one, or add it to benchmark.yaml.",
        )
