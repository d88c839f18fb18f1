"""Files of a benchmark that nobody reads: in the wrong place, or under the wrong name."""

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from modelsmith.documents.diagnostic import START, Diagnostic, located, nearest, warning
from modelsmith.exam.family import FAMILIES
from modelsmith.exam.files.benchmark_folder import EXAM, SAT, paths_in
from modelsmith.exam.scenario import Split
from modelsmith.layout import BENCHMARK, BENCHMARKS, IMPORTS, TO_LABEL

KINDS = {FAMILIES: "a family file", EXAM: "a sheet of labelled answers"}
"""What the folders beside the splits hold."""

FOLDERS = (*(split.value for split in Split), FAMILIES, EXAM)
"""The folders of a benchmark."""

WRITTEN_LIKE = (".yaml", ".yml")
"""How the names of files end that somebody meant to be read."""

LEFT_BEHIND = ("~", ".bak", ".orig", ".rej", ".swp", ".tmp")
"""How the names of copies end that editors and git leave."""

MOST_FOLDERS = 1_000
"""Folders that are looked into for files of that kind."""


def is_partial(path: str) -> bool:
    """Return whether a file is one that templates of families import."""
    name = PurePosixPath(path).name
    return name.startswith("_") and name.endswith(".j2")


def strays(repository: Path, domain: str) -> Iterator[Diagnostic]:
    """Yield what lies in a benchmark's folder and is read by nobody."""
    top = f"{BENCHMARKS}/{domain}"
    for path in paths_in(repository, top):
        name = PurePosixPath(path).name
        if name in {BENCHMARK, *FOLDERS, IMPORTS, TO_LABEL} or name.startswith("."):
            continue
        is_folder = (repository / path).is_dir()
        if (_holds_exam_files if is_folder else _is_meant)(repository / path):
            yield _misplaced(path, name, is_folder=is_folder)
    for folder in FOLDERS:
        for path in paths_in(repository, f"{top}/{folder}"):
            name = PurePosixPath(path).name
            if name.startswith(".") or (folder == EXAM and name == SAT):
                continue
            is_read = name.endswith(".yaml") or (folder == FAMILIES and is_partial(path))
            if not is_read:
                yield _unread(path, folder, is_folder=(repository / path).is_dir())


def loose_files(repository: Path) -> Iterator[Diagnostic]:
    """Yield what looks like a part of an exam and lies in no benchmark's folder."""
    for path in paths_in(repository, BENCHMARKS):
        if not (repository / path).is_dir() and _is_meant(repository / path):
            yield _misplaced(path, PurePosixPath(path).name, is_folder=False)
    for name in sorted(os.listdir(repository)):  # noqa: PTH208 - names
        is_like = name != BENCHMARKS and nearest(name.lower(), (BENCHMARKS, "scenarios", *FOLDERS))
        folder = repository / name
        if is_like and name not in KNOWN and folder.is_dir() and _holds_exam_files(folder):
            what = f"the folder {name} is none of the repository's, so nobody reads its files"
            expected = f"{BENCHMARKS}/<domain>/ with a {BENCHMARK}"
            remedy = f"move its files to {BENCHMARKS}/<domain>/<split>/"
            yield located(warning("stray-file", what, expected, remedy), name, START)


KNOWN = frozenset({"tests", "docs", "schemas", "runs", "promotions", "runners"})
"""Folders of a repository that are no slip for one of an exam's."""


def _is_meant(file: Path) -> bool:
    return file.name.lower().removesuffix(".txt").endswith(WRITTEN_LIKE)


def _holds_exam_files(folder: Path) -> bool:
    """Return whether a file that is meant to be read lies somewhere below a folder."""
    for seen, (_, folders, names) in enumerate(os.walk(folder)):
        folders[:] = [name for name in folders if name[0] != "."]
        if any(_is_meant(Path(name)) for name in names):
            return True
        if seen >= MOST_FOLDERS:
            return False
    return False


def _misplaced(path: str, name: str, *, is_folder: bool) -> Diagnostic:
    """Return that a file or folder lies where no benchmark has one."""
    expected = f"{BENCHMARK} and the folders {', '.join(FOLDERS)} of a benchmark"
    near = nearest(name.lower(), FOLDERS) if is_folder else ""
    stem = name.lower().removesuffix(".txt").rpartition(".")[0]
    if near:
        remedy = f"move its files to {PurePosixPath(path).with_name(near)}/"
    elif not is_folder and f"{stem}.yaml" == BENCHMARK:
        remedy = f"rename it to {BENCHMARK}"
    elif is_folder:
        remedy = f"move its files into one of the folders {', '.join(FOLDERS)}"
    else:
        remedy = "move it into the folder of its split: train, steer or sealed"
    what = f"{'the folder' if is_folder else 'the file'} {name} lies where nobody reads it"
    return located(warning("stray-file", what, expected, remedy), path, START)


def _unread(path: str, folder: str, *, is_folder: bool) -> Diagnostic:
    """Return that something in a folder of a benchmark is not what that folder holds."""
    kind, name = KINDS.get(folder, "a scenario file"), PurePosixPath(path).name
    what = f"not {kind}, so nobody reads it"
    remedy = "rename it, or move it out of this folder"
    if is_folder:
        what = f"a folder, not {kind}, so nobody reads what is in it"
        remedy = f"move its files up into {folder}/, which has no folders below it"
    elif name.endswith(LEFT_BEHIND):
        remedy = "delete it; it is a copy that a program left"
    elif _is_meant(Path(name)) or name.lower().endswith((".json", ".txt")):
        stem = name
        while PurePosixPath(stem).suffix.lower() in {".yaml", ".yml", ".txt", ".json"}:
            stem = stem[: -len(PurePosixPath(stem).suffix)]
        is_id = stem == stem.upper() and "_" in stem
        remedy = f"rename it to {stem}.yaml" if is_id else remedy
    return located(warning("stray-file", what, "files named <ID>.yaml", remedy), path, START)
