"""Answers of several models drawn for people to label, and read back."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from modelsmith.boundary.call import Lost
from modelsmith.boundary.grants import Boundary
from modelsmith.boundary.hosted_model import HostedModel, JudgeModel, LocalModel
from modelsmith.boundary.ports import Outbound
from modelsmith.documents.diagnostic import Diagnostic
from modelsmith.errors import HostedError, InputError, UsageError
from modelsmith.exam.benchmark import Exam
from modelsmith.exam.files.benchmark_folder import ExamFolder
from modelsmith.exam.labelled_answers import Source
from modelsmith.exam.scenario import Scenario
from modelsmith.judges.certification.label_sample import (
    LabelledSample,
    is_usable,
    label_sheet,
    planned_answers,
)
from modelsmith.judges.files.label_files import LabelFiles
from modelsmith.judges.panel import asked_criteria
from modelsmith.layout import STATE
from modelsmith.models.source import EMBEDDED
from modelsmith.run.files.config_file import boundaries_of, models_of
from modelsmith.wiring.hosted import exam_client, judge_of

Asking = Callable[[JudgeModel, Boundary, Path], Outbound]
"""Returns what asks a model within a boundary, and writes down what leaves in a file."""

BASE = "base"
"""What the untouched base model is called beside those of models.yaml."""


class Sample(NamedTuple):
    """What was drawn."""

    path: str
    """The sheet."""
    answers: int
    """Answers in it."""
    criteria: int
    """Criteria that judges would decide of them."""
    lost: int
    """Calls without a reply."""
    unusable: int
    """Answers that judges would not be asked about: empty, too long, or not of the form."""
    cost_usd: float
    """What was paid."""


def sample(  # noqa: PLR0913, PLR0917 - who is asked, within what, for how many
    repository: Path,
    domain: str,
    names: Sequence[str],
    boundary: str,
    criteria: int,
    asking: Asking | None = None,
) -> Sample:
    """Draw answers and write the sheet for people to label.

    Args:
        repository: Its top folder.
        domain: The benchmark.
        names: Models of runners/models.yaml; `base` is the untouched embedded one.
        boundary: What may leave.
        criteria: How many criteria are to be labelled.
        asking: What asks them.

    Raises:
        UsageError: a name is not known, or a sheet is there already.
        InputError: a file's fault, or judges decide nothing of this benchmark.
        BoundaryError: the boundary keeps the questions in; nothing was sent.
        HostedError: nobody can be asked.
    """
    exam = ExamFolder(repository, domain).exam()
    files = LabelFiles(repository, exam)
    if files.is_there:
        raise UsageError(
            f"{files.path} is already there",
            remedy="Label it and run `modelsmith judge sample --read`, then delete it.",
        )
    within = boundary_named(repository, boundary)
    models = {name: model_named(repository, name) for name in names}
    plan = planned_answers(exam.benchmark, exam.train, list(models), criteria)
    if not plan:
        raise InputError(
            f"judges decide no criterion of a train scenario of {domain}",
            remedy="Write a criterion without a check, or name kinds of check under `judging: "
            "wording` of its benchmark.yaml.",
        )
    ask = asking or partial(exam_client, repository, domain)
    drawn: dict[int, tuple[Scenario, str, Source]] = {}
    lost, unusable, cost, reason = 0, 0, 0.0, ""
    for name, model in models.items():
        places = [at for at, one in enumerate(plan) if one.model == name]
        asks = [plan[at].ask(exam.benchmark) for at in places]
        source: Source = "frontier" if isinstance(model, HostedModel) else "specialist"
        journal = repository / STATE / "sample" / f"{domain}-{name}.outbound.jsonl"
        replies = ask(model, within, journal).ask(model.name, asks, f"answers to label, {name}")
        for at, reply in zip(places, replies, strict=True):
            cost += reply.cost_usd
            if isinstance(reply, Lost):
                lost, reason = lost + 1, reply.reason
            elif is_usable(exam.benchmark, plan[at].scenario, reply.text):
                drawn[at] = (plan[at].scenario, reply.text, source)
            else:
                unusable += 1
    if not drawn:
        raise HostedError(
            f"no answer can be labelled: {lost} calls were lost, {unusable} answers are empty or "
            f"not of the form{f': {reason}' if reason else ''}",
            remedy="Name other models with --model, or label answers of people in exam/.",
        )
    chosen = _once([drawn[at] for at in sorted(drawn)])
    files.write(label_sheet(domain, exam.benchmark, chosen))
    decided = sum(len(asked_criteria(exam.benchmark, s, text)) for s, text, _ in chosen)
    return Sample(files.path, len(chosen), decided, lost, unusable, round(cost, 9))


def read_sample(
    repository: Path, domain: str
) -> tuple[Exam, LabelledSample, list[Diagnostic], list[str]]:
    """Add what people labelled to `exam/`.

    Raises:
        InputError: a file's fault, with every problem located.
    """
    exam = ExamFolder(repository, domain).exam()
    return exam, *LabelFiles(repository, exam).read()


def boundary_named(repository: Path, name: str) -> Boundary:
    """Return a boundary of runners/boundaries.yaml.

    Raises:
        UsageError: none is called that.
    """
    boundaries = boundaries_of(repository)
    found = boundaries.named(name)
    if found is None:
        known = ", ".join(one.name for one in boundaries.boundaries)
        raise UsageError(
            f"no boundary is called {name}, those here are: {known}",
            remedy="Name one of them with --boundary, or add it to runners/boundaries.yaml.",
        )
    return found


def model_named(repository: Path, name: str) -> JudgeModel:
    """Return a model of runners/models.yaml, a local one with what it is made of.

    Raises:
        UsageError: none is called that.
    """
    if name == BASE:
        return judge_of(repository, LocalModel(name=EMBEDDED))
    model = models_of(repository, served=(name,)).named(name)
    if model is None:
        known = ", ".join(one.name for one in models_of(repository).models)
        raise UsageError(
            f"no model is called {name}, those here are: {known or 'none'}",
            remedy="Name one of them, or describe it in runners/models.yaml; --base is the "
            "untouched base model.",
        )
    return judge_of(repository, model)


def _once(
    answers: Sequence[tuple[Scenario, str, Source]],
) -> list[tuple[Scenario, str, Source]]:
    """Return the answers; what two models said alike is labelled once."""
    seen = {(scenario.id, text.strip()): at for at, (scenario, text, _) in enumerate(answers)}
    return [answers[at] for at in sorted(seen.values())]
