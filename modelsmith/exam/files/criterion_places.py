"""Where the criteria of scenarios stand in their files."""

from collections.abc import Iterable
from pathlib import Path

from modelsmith.disk.repository_files import read
from modelsmith.documents.strict_yaml import parsed
from modelsmith.exam.files.benchmark_folder import ExamFolder


def places_of(
    repository: Path, exam: ExamFolder, criteria: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], str]:
    """Return `file:line:column` of each criterion, by scenario and id.

    A criterion of a paragraph is at the paragraph; what cannot be read is left out.

    Args:
        repository: The repository's top folder.
        exam: The benchmark's folder.
        criteria: Scenario and id of each criterion.
    """
    places = {}
    for scenario, key in criteria:
        path = exam.path_of(scenario)
        if path is None:
            continue
        document, _ = parsed(path, read(repository, path)[0])
        if document is None:
            continue
        field = "failCriteria" if key.startswith("F") else "passCriteria"
        place = document.place((field, int(key[1:]) - 1, "text"))
        places[scenario, key] = f"{path}:{place.line}:{place.column}"
    return places
