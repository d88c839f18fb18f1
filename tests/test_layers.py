"""The direction of imports is a rule of the project, so it is a test."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.support.exam_files import exam_repository

PACKAGE = Path(__file__).parent.parent / "modelsmith"
MODULES = sorted(PACKAGE.rglob("*.py"))

MAY_NAME = {
    "errors": set(),
    "domain": {"domain", "errors"},
    "ports": {"ports", "domain", "errors"},
    "steps": {"steps", "surfaces", "ports", "domain", "errors"},
    "surfaces": {"surfaces", "ports", "domain", "errors"},
    "adapters": {"adapters", "ports", "domain", "errors"},
    "wiring": {"wiring", "adapters", "steps", "surfaces", "ports", "domain", "errors"},
    "__main__": {"cli"},
    "cli": {"cli", "wiring", "steps", "surfaces", "domain", "errors"},
}
"""Layer to the layers that it may import (DESIGN, section 4)."""

PURE = {
    "base64", "collections", "dataclasses", "datetime", "difflib", "decimal", "enum", "functools",
    "hashlib", "itertools", "json", "math", "re", "statistics", "string", "typing", "unicodedata",
    "jsonschema", "modelsmith", "numpy", "pydantic", "pydantic_core", "re2", "rfc8785", "scipy",
}  # fmt: skip
"""What the domain may import: no IO, no clock, no dice (decision 0001)."""

HEAVY = {
    "torch", "transformers", "trl", "peft", "accelerate", "datasets", "safetensors", "vllm",
    "litellm", "sigstore", "cryptography", "github", "scipy", "numpy", "rich", "ruamel", "fsspec",
    "s3fs", "aiohttp", "aiolimiter", "httpx", "openai", "tenacity",
}  # fmt: skip
"""What the commands that authors use all day must not wait for."""


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


def layer(module):
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(module):
    return set(named(ast.parse(module.read_text(encoding="utf-8"))))


@pytest.mark.parametrize(
    "module",
    [module for module in MODULES if module != PACKAGE / "__init__.py"],
    ids=lambda module: str(module.relative_to(PACKAGE)),
)
def test_imports_point_down(module):
    own = {name.split(".")[1] for name in imports(module) if name.startswith("modelsmith.")}
    assert own - {"__version__"} <= MAY_NAME[layer(module)]


@pytest.mark.parametrize("module", sorted((PACKAGE / "domain").glob("*.py")), ids=lambda m: m.name)
def test_the_domain_touches_nothing(module):
    assert {name.split(".")[0] for name in imports(module)} <= PURE


def test_what_every_installation_brings_is_imported_by_the_package():
    named_in = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text(encoding="utf-8"))
    brought = {re.match(r"[\w.-]+", one)[0].lower() for one in named_in["project"]["dependencies"]}
    imported = {name.split(".")[0] for module in MODULES for name in imports(module)}
    brings = packages_distributions()
    assert brought <= {one.lower() for name in imported for one in brings.get(name, ())}


def test_no_module_is_a_drawer_for_everything():
    assert not {module.stem for module in MODULES} & {
        "utils", "helpers", "common", "base", "manager", "misc",
    }  # fmt: skip


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


def test_checking_scenarios_loads_nothing_heavy(tmp_path):
    exam_repository(tmp_path)
    assert not loaded_by("--repo", str(tmp_path), "scenario", "check") & HEAVY


def test_writing_and_showing_scenarios_loads_nothing_heavy(tmp_path):
    exam_repository(tmp_path)
    assert not loaded_by("--repo", str(tmp_path), "scenario", "show", "PUMP_SEAL_LEAKS") & HEAVY


def test_listing_pull_requests_of_plain_git_loads_nothing_heavy(tmp_path, monkeypatch):
    monkeypatch.setenv("MODELSMITH_FORGE", "local")
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    assert not loaded_by("--repo", str(tmp_path), "pull", "list") & HEAVY
