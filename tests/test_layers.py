"""The rooms of the package: who may import whom, and what each may touch (CONTRIBUTING)."""

import ast
import json
import re
import subprocess
import sys
from collections import Counter, defaultdict
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.support.exam_files import exam_repository

TOP = Path(__file__).parent.parent
PACKAGE = TOP / "modelsmith"

ROOMS = (
    "errors", "record", "layout", "runtime", "documents", "disk", "git", "store", "models", "exam",
    "statistics", "boundary", "policy", "forge", "judges", "training", "run", "council",
    "decisions", "promotion", "loop", "audit", "signoff", "live", "workbench", "site", "setup",
    "wiring", "cli", "__main__",
)  # fmt: skip
"""The rooms, lowest first: a room imports itself and what stands before it."""

EDGES = (
    "disk", "git/cli", "store/files", "models/transformers", "exam/files", "exam/families",
    "boundary/litellm", "boundary/isolation", "forge/local", "forge/github", "judges/files",
    "training/trl", "run/files", "run/git", "promotion/signing/keys", "live/http", "live/engines",
    "workbench/files", "site/files", "setup/files", "wiring", "cli", "__main__",
)  # fmt: skip
"""What touches the world, each folder named for what it touches; only edges import it."""

PURE = {
    "base64", "bisect", "collections", "contextlib", "dataclasses", "datetime", "decimal",
    "difflib", "enum", "functools", "hashlib", "itertools", "json", "math", "operator",
    "pathlib", "re", "statistics", "string", "textwrap", "typing", "typing_extensions",
    "unicodedata", "jsonschema", "modelsmith", "numpy", "pydantic", "pydantic_core", "re2",
    "rfc8785", "scipy",
}  # fmt: skip
"""What a module that is no edge may import: no IO, no clock, no dice (decision 0001)."""

ALSO = {
    "exam/authoring/pasted_table": {"csv"},
    "exam/prose/sentences": {"sentencex"},
    "exam/checks/quantities": {"babel"},
    "documents/strict_yaml": {"yaml"},
    "documents/written_yaml": {"yaml"},
    "workbench/issue_form_template": {"yaml"},
    "documents/diagnostic_formats": {"urllib"},
    "setup/new_repository_text": {"shlex"},
    "documents/html": {"jinja2", "markupsafe"},
    "live/serving/channel_follower": {"threading"},
    "loop/shared_run": {"tenacity"},
    "statistics/shortcuts/plain_learners": {"sklearn", "warnings"},
}
"""What single modules may import beside it: parsers, renderers of a folder's templates, one lock,
one way to try again, plain learners."""

HEAVY = {
    "torch", "transformers", "trl", "peft", "accelerate", "datasets", "safetensors", "vllm",
    "litellm", "sigstore", "cryptography", "github", "scipy", "sklearn", "numpy", "rich", "ruamel",
    "fsspec", "s3fs", "aiohttp", "aiolimiter", "httpx", "openai", "tenacity",
}  # fmt: skip
"""What the commands that authors use all day must not wait for."""

LARGEST = 20
"""Modules of one folder; a reader finds one of so many at a glance."""

DRAWERS = {"utils", "helpers", "common", "base", "manager", "misc"}
"""Names that say nothing of what is inside."""

PARTICIPLE = re.compile(r"(?<!ne)(?<!fe)(?<!se)(?<!be)(?<!ce)ed$|(wn|tten|lt|ught|rn|ven|ken|sen)$")
"""How a participle ends; `need`, `feed`, `seed`, `embed` and `exceed` are none."""


def named(tree):
    """Yield every dotted name that a module imports, at any depth, but for types alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        else:
            yield from named(node)


def place(module):
    return module.relative_to(PACKAGE).as_posix().removesuffix(".py").removesuffix("/__init__")


TREES = {
    place(module): ast.parse(module.read_text(encoding="utf-8"))
    for module in sorted(PACKAGE.rglob("*.py"))
    if module != PACKAGE / "__init__.py"
}
"""Each module's place to its tree; a folder stands for its `__init__`."""

FOLDERS = {place(module) for module in PACKAGE.rglob("*/__init__.py")}


def home(name):
    """Return the place of the module that a dotted name is in; empty for the package itself."""
    path = name.removeprefix("modelsmith").removeprefix(".").replace(".", "/")
    while path and path not in TREES:
        path = path.rpartition("/")[0]
    return path


IMPORTS = {path: set(named(tree)) for path, tree in TREES.items()}
INNER = {
    path: {home(name) for name in names if name.split(".")[0] == "modelsmith"} - {"", path}
    for path, names in IMPORTS.items()
}
"""Each module's place to those of the modules that it imports."""


def is_edge(path):
    return any(path == edge or path.startswith(f"{edge}/") for edge in EDGES)


def folder_of(path):
    return path if path in FOLDERS else path.rpartition("/")[0]


def room(path):
    return ROOMS.index(path.split("/")[0])


def circle_in(graph):
    """Return a circle of a graph, or nothing."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return None


def public_classes():
    return [
        (node.name, path)
        for path, tree in TREES.items()
        for node in tree.body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]


def test_each_room_is_in_the_order():
    assert {path.split("/")[0] for path in TREES} == set(ROOMS)
    assert [edge for edge in EDGES if edge not in TREES] == []


def test_imports_go_down():
    upwards = {(path, to) for path, inner in INNER.items() for to in inner if room(to) > room(path)}
    assert upwards == set()


def test_no_modules_and_no_folders_stand_in_a_circle():
    folders = defaultdict(set)
    for path, inner in INNER.items():
        folders[folder_of(path)] |= {folder_of(to) for to in inner} - {folder_of(path)}
    folders.pop("", None)
    assert (circle_in(INNER), circle_in(folders)) == (None, None)


def test_what_is_no_edge_touches_nothing():
    touched = {}
    for path in TREES:
        if not is_edge(path):
            libraries = (
                {name.split(".")[0] for name in IMPORTS[path]} - PURE - ALSO.get(path, set())
            )
            if found := libraries | {to for to in INNER[path] if is_edge(to)}:
                touched[path] = found
    assert touched == {}


def test_what_is_no_edge_opens_no_file():
    calls = {
        f"{path}:{node.lineno}"
        for path, tree in TREES.items()
        if not is_edge(path)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (getattr(node.func, "id", "") in {"open", "print", "input"})
    }
    assert calls == set()


def test_each_exception_is_needed():
    idle = {
        path: libraries - {n.split(".")[0] for n in IMPORTS[path]}
        for path, libraries in ALSO.items()
    }
    assert {path: libraries for path, libraries in idle.items() if libraries} == {}


def test_no_folder_is_a_hall():
    sizes = Counter(folder_of(path) for path in TREES if path not in FOLDERS)
    assert {folder: size for folder, size in sizes.items() if size > LARGEST} == {}


def test_no_module_is_a_drawer_for_everything():
    assert {path for path in TREES if path.rpartition("/")[2] in DRAWERS} == set()


def test_each_folder_says_in_one_line_what_it_is_for():
    said = {path: (ast.get_docstring(TREES[path]) or "").strip() for path in FOLDERS}
    assert {path for path, line in said.items() if not line or "\n" in line} == set()


def test_the_table_of_rooms_lists_the_folders_that_are_there():
    text = (TOP / "CONTRIBUTING.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `modelsmith/(\S*?)/?` \|", text, re.MULTILINE)
    assert sorted(listed) == sorted(FOLDERS | {""})


def test_no_public_class_has_a_name_twice():
    counts = Counter(name for name, _ in public_classes())
    assert {(name, path) for name, path in public_classes() if counts[name] > 1} == set()


def acts(function):
    """Return whether a function does something: it returns nothing, or its first word is a verb."""
    decorators = " ".join(map(ast.unparse, function.decorator_list))
    if re.search("property|validator|override", decorators):  # an override has its port's name
        return False
    first = (ast.get_docstring(function) or "Return").split()[0].strip(",")
    is_silent = function.returns is not None and ast.unparse(function.returns) == "None"
    return is_silent or first not in {"Return", "Yield"}


def test_what_acts_has_a_verb_for_a_name():
    participles = {
        f"{path}.{node.name}"
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and acts(node)
        and PARTICIPLE.search(node.name.strip("_").split("_")[0])
    }
    assert participles == set()


def loaded_by(*words):
    """Return the top-level modules that a command has loaded when it ends."""
    code = (
        "import json, sys\n"
        "from modelsmith.cli import main\n"
        "code = main(json.loads(sys.argv[1]))\n"
        "print(json.dumps([code, sorted({name.split('.')[0] for name in sys.modules})]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(words)], capture_output=True, text=True, check=True
    )
    code, modules = json.loads(done.stdout.splitlines()[-1])
    assert code == 0
    return set(modules)


def test_help_loads_nothing_heavy_and_no_record():
    loaded = loaded_by("--help")
    assert not loaded & (HEAVY | {"pydantic", "yaml", "jsonschema"})


@pytest.mark.parametrize("words", [("check",), ("show", "PUMP_SEAL_LEAKS")])
def test_writing_checking_and_showing_scenarios_loads_nothing_heavy(tmp_path, words):
    exam_repository(tmp_path)
    assert not loaded_by("--repo", str(tmp_path), "scenario", *words) & HEAVY


def test_listing_pull_requests_of_plain_git_loads_nothing_heavy(tmp_path, monkeypatch):
    monkeypatch.setenv("MODELSMITH_FORGE", "local")
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    assert not loaded_by("--repo", str(tmp_path), "pull", "list") & HEAVY
