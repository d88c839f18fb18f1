"""Files of ours in each format that is imported, with their maps; ways to import and spoil them."""

from pathlib import Path

from modelsmith.exam.files.imported_benchmark import BenchmarkImport, BenchmarkImporter

FOLDER = Path(__file__).parent / "imports"
FORMATS = {
    "healthbench": "pumps.healthbench.jsonl",
    "biggen": "pumps.biggen.json",
    "openai-evals": "pumps.openai-evals.json",
    "promptfoo": "pumps.promptfoo.yaml",
    "csv": "pumps.csv",
}
"""The file of each format."""

CANARY = "5e1f0c1a-0000-4000-8000-00000000abcd"
INTO = "benchmarks/pumps"


def text_of(form: str, *changes: tuple[str, str]) -> str:
    """Return the text of a format's file, with changes made to it."""
    return _spoiled((FOLDER / FORMATS[form]).read_bytes().decode(), changes)


def map_of(form: str, *changes: tuple[str, str]) -> str:
    """Return the text of a format's map, with changes made to it."""
    return _spoiled((FOLDER / f"pumps.{form}.map.yaml").read_text(encoding="utf-8"), changes)


def imported(
    repository: Path, form: str, text: str | None = None, map_text: str | None = None
) -> BenchmarkImport:
    """Import a format's file, or another text of it, into a new benchmark."""
    return BenchmarkImporter(repository, INTO, CANARY).with_map(
        form,
        FORMATS[form],
        (text_of(form) if text is None else text).encode(),
        "map.yaml",
        (map_of(form) if map_text is None else map_text).encode(),
    )


def _spoiled(text: str, changes: tuple[tuple[str, str], ...]) -> str:
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text
