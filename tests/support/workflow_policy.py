"""What a workflow of ours may say; each rule by its name, so that a bad workflow can prove it.

No tool evaluates these: zizmor does not know which runner is dear to us, actionlint not what we
call logic.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML

UNTRUSTED = frozenset(
    {
        "discussion",
        "discussion_comment",
        "fork",
        "issue_comment",
        "issues",
        "pull_request",
        "pull_request_review",
        "pull_request_review_comment",
        "pull_request_target",
        "watch",
        "workflow_run",
    }
)
"""Events that anybody can cause who can read the repository. `workflow_run` passes the event of
another workflow on, so it is as untrusted as the least trusted one."""

OF_THE_PULL_REQUEST = frozenset(
    {"pull_request", "pull_request_review", "pull_request_review_comment"}
)
"""Events whose workflow file and code are the pull request's."""

HOSTED = re.compile(r"(ubuntu|windows|macos)-(latest|\d+(\.\d+)?)")
PINNED = re.compile(r"actions/[a-z-]+@[0-9a-f]{40}")
COMMAND = re.compile(
    r"(modelsmith (--repo walk )?[a-z]+( [a-z-]+)?|make [a-z-]+)( [^|&;<>`\n]*)?|exit 1|true"
)
DEFAULT_BRANCH = "${{ github.event.repository.default_branch }}"


class Breach(NamedTuple):
    """One rule that a workflow breaks."""

    rule: str
    """The rule's name."""
    where: str
    """Job or key, and what stands there."""


def breaches(text: str) -> list[Breach]:
    """Return what a workflow breaks."""
    workflow = YAML(typ="safe", pure=True).load(text)
    found = [*_top(workflow, text)]
    for name, job in workflow["jobs"].items():
        found += [Breach(rule, f"{name}: {what}") for rule, what in _job(job, _events(workflow))]
    found += _lines(text)
    return found


def _events(workflow: dict[str, Any]) -> frozenset[str]:
    on = workflow["on"]
    return frozenset([on] if isinstance(on, str) else on)


def _top(workflow: dict[str, Any], text: str) -> Iterator[Breach]:
    if workflow.get("permissions") != {}:
        yield Breach("no-permission-by-default", f"permissions: {workflow.get('permissions')}")
    if "concurrency" not in workflow:
        yield Breach("concurrency", "no concurrency")
    for event in _events(workflow) & {"pull_request_target"}:
        yield Breach("no-rights-for-their-code", event)
    if not text.startswith("# "):
        yield Breach("says-what-it-does", "the first line is no comment")


def _job(job: dict[str, Any], events: frozenset[str]) -> Iterator[tuple[str, str]]:
    granted = job.get("permissions")
    if not isinstance(granted, dict):
        yield "permissions-by-job", f"permissions: {granted}"
        granted = {}
    if "timeout-minutes" not in job:
        yield "timeout", "no timeout-minutes"
    writes = sorted(name for name, right in granted.items() if right == "write")
    if events & OF_THE_PULL_REQUEST and (writes or "secrets." in str(job)):
        yield "no-rights-for-their-code", f"{writes or 'a secret'} for {sorted(events)}"
    if events & UNTRUSTED:
        if not HOSTED.fullmatch(str(job.get("runs-on"))):
            yield "no-cluster-for-strangers", f"runs-on {job.get('runs-on')} for {sorted(events)}"
        if "actions" in writes:
            yield "no-cluster-for-strangers", f"actions: write for {sorted(events)}"
    if "secrets." in str(job) and "environment" not in job:
        yield "secrets-in-environments", "a secret of the repository"
    for step in job.get("steps", ()):
        yield from _step(step, events)


def _step(step: dict[str, Any], events: frozenset[str]) -> Iterator[tuple[str, str]]:
    uses, run, options = step.get("uses", ""), step.get("run", ""), step.get("with", {})
    if "${{" in run:
        yield "values-through-env", run
    if run and not COMMAND.fullmatch(run.strip()):
        yield "no-logic", run
    if uses and not uses.startswith("./") and not PINNED.fullmatch(uses):
        yield "pinned-actions", uses
    if uses.startswith("actions/checkout"):
        if "persist-credentials" not in options:
            yield "credentials-said", "checkout does not say whether it keeps credentials"
        if events & (UNTRUSTED - OF_THE_PULL_REQUEST) and options.get("ref") != DEFAULT_BRANCH:
            yield "no-rights-for-their-code", f"checkout of {options.get('ref')}"
        if events & UNTRUSTED and options.get("persist-credentials"):
            yield "credentials-said", "checkout keeps credentials where strangers' data is"


def _lines(text: str) -> Iterator[Breach]:
    """Yield what only the comments tell."""
    for line in text.splitlines():
        if re.search(r"uses: actions/", line) and not re.search(r"# v\d+\.\d+\.\d+$", line):
            yield Breach("pinned-actions", f"no version beside it: {line.strip()}")
        if re.match(r"\s+[a-z-]+: (write|read)\b", line) and "#" not in line:
            yield Breach("rights-have-reasons", line.strip())
        if "persist-credentials: true" in line and "#" not in line:
            yield Breach("credentials-said", f"no reason: {line.strip()}")
        if "zizmor: ignore" in line and not re.search(r"ignore\[[a-z-]+\] \S+ \S+", line):
            yield Breach("ignores-have-reasons", line.strip())


def files_of(folder: Path) -> list[Path]:
    """Return the workflows of a folder."""
    return sorted(folder.glob("*.yml"))
