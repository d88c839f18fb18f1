"""An exam from the content of its files, as they lay in git at some commit."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from modelsmith.documents.strict_yaml import parsed
from modelsmith.documents.validation import validated
from modelsmith.exam.authoring.scenario_file import scenario_as_read
from modelsmith.exam.benchmark import Benchmark

if TYPE_CHECKING:
    from modelsmith.exam.scenario import Scenario

BENCHMARK = "benchmark.yaml"


def reviewed_exam(
    files: Mapping[str, bytes],
) -> "tuple[Benchmark | None, dict[str, frozenset[str]]]":
    """Return the benchmark, none where it cannot be read, and scenario digests by split.

    Args:
        files: Content by path in the benchmark's folder.
    """
    content = files.get(BENCHMARK, b"")
    document, _ = parsed(BENCHMARK, content)
    benchmark = validated(document, Benchmark)[0] if document is not None else None
    splits: dict[str, set[str]] = {}
    for path, file in files.items():
        split, _, name = path.partition("/")
        if split in {"train", "steer", "sealed"} and name.endswith(".yaml"):
            scenario: Scenario | None = scenario_as_read(path, content, file)
            if scenario is not None:
                splits.setdefault(split, set()).add(scenario.digest())
    return benchmark, {split: frozenset(found) for split, found in splits.items()}
