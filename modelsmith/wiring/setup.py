"""A repository's policy and generated files, and a folder made one."""

import os
import uuid
from pathlib import Path

from modelsmith.disk.generated_files import GeneratedFolder
from modelsmith.exam.files.benchmark_folder import ExamFolder, domains_in
from modelsmith.setup.files.templates import carried_files, own_files, workflow_names
from modelsmith.setup.observation import DoctorReport
from modelsmith.wiring.forge import forge

SCHEMAS, FORMS = "schemas", ".github/ISSUE_TEMPLATE"
"""Folders of generated files."""


def app_id(given: int | None = None) -> int | None:
    """Return the number of the factory's App: as it is given, else as the environment has it."""
    from modelsmith.wiring.forge import APP_ID

    named = os.environ.get(APP_ID, "")
    return given or (int(named) if named.isdecimal() else None)


def checkup(repository: Path, app: int | None = None) -> DoctorReport:
    """Return how the repository's settings and files compare with its policy.

    Args:
        repository: Its folder.
        app: Number of the factory's App, where somebody says it.

    Raises:
        InputError: the policy's fault, with every problem located.
        ForgeError: the forge cannot be reached.
    """
    from modelsmith.setup import doctor
    from modelsmith.setup.files.repository_state import policy_of, repository_state_of

    policy, is_laptop = policy_of(repository), "GITHUB_ACTIONS" not in os.environ
    state = repository_state_of(repository, workflow_names(), is_laptop=is_laptop)
    return doctor.checkup(forge(repository), policy, state, app_id(app))


def generated_folders(repository: Path) -> list[GeneratedFolder]:
    """Return `schemas/` and the issue forms, and what belongs there.

    Raises:
        InputError: a benchmark.yaml's fault.
    """
    schemas, forms = _generated(repository)
    return [
        GeneratedFolder(repository, SCHEMAS, "*.schema.json", schemas),
        GeneratedFolder(repository, FORMS, "scenario-*.yml", forms),
    ]


def begin_factory(
    folder: Path, domain: str, forge: str, owner: str | None
) -> tuple[list[str], bool]:
    """Write into `folder` what a factory has and it lacks.

    Returns the files that were not there, and whether they are the first commit.

    Raises:
        UsageError: something else lies there, or the words do not fit together.
        InputError: git knows nobody, or a benchmark that is there cannot be read.
    """
    from modelsmith.setup.files.new_repository import FactoryFolder, package_source
    from modelsmith.setup.new_repository_text import factory_words

    place = FactoryFolder(folder)
    email = place.email()
    words = factory_words(
        domain, forge, owner or email, canary=str(uuid.uuid4()), source=package_source()
    )
    files = {**carried_files(), **own_files(words, with_exam=not place.has_benchmark())}
    written = place.write(files)
    for name, texts in zip((SCHEMAS, FORMS), _generated(folder), strict=True):
        written += place.write({f"{name}/{file}": text.encode() for file, text in texts.items()})
    return written, place.begin(forge)


def local_source() -> str:
    """Return the place on this machine that the package comes from; empty where others reach it."""
    from modelsmith.setup.files import new_repository

    return new_repository.local_source()


def _generated(repository: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Return the schemas and the issue forms that belong to the benchmarks, by file name."""
    from modelsmith.setup.schemas import schema_files
    from modelsmith.workbench.issue_form_template import issue_forms

    benchmarks = [ExamFolder(repository, name).benchmark() for name in domains_in(repository)]
    return schema_files(benchmarks), issue_forms(benchmarks)
