"""Which workflows an event starts: the part of `on:` that act leaves out.

From GitHub's reference of workflow syntax and of events; a filter that our workflows do not use is
refused, so that nobody believes it was looked at.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

KNOWN = {
    "push": {"branches", "paths"},
    "pull_request": {"types", "branches"},
    "pull_request_review": {"types"},
    "issues": {"types"},
    "workflow_run": {"workflows", "types"},
    "workflow_dispatch": {"inputs"},
    "merge_group": set(),
    "schedule": set(),
}
"""Events and their filters that are decided here."""

DEFAULT_TYPES = {"pull_request": ["opened", "synchronize", "reopened"]}


def is_started(
    workflow: Mapping[str, Any], event: str, payload: Mapping[str, Any], changed: Sequence[str]
) -> bool:
    """Return whether an event starts a workflow.

    Args:
        workflow: The parsed file.
        event: Name of the event.
        payload: Its webhook payload.
        changed: Files that the push or pull request changes.
    """
    on = workflow["on"]
    events = {on: None} if isinstance(on, str) else on
    if event not in events:
        return False
    asked = events[event] or {}
    if event == "schedule":
        return True
    unknown = set(asked) - KNOWN[event]
    assert not unknown, f"{event} is filtered by {unknown}, which the tests do not know"
    types = asked.get("types", DEFAULT_TYPES.get(event))
    if types and payload["action"] not in types:
        return False
    if event == "workflow_run" and payload["workflow_run"]["name"] not in asked["workflows"]:
        return False
    branch = _branch(event, payload)
    if "branches" in asked and not any(_matches(p, branch) for p in asked["branches"]):
        return False
    return "paths" not in asked or any(_matches(p, f) for p in asked["paths"] for f in changed)


def faults_of_dispatch(workflow: Mapping[str, Any], inputs: Mapping[str, str]) -> Iterator[str]:
    """Yield why GitHub would refuse a dispatch with these inputs."""
    asked = (workflow["on"].get("workflow_dispatch") or {}).get("inputs") or {}
    for name in sorted(inputs.keys() - asked.keys()):
        yield f"Unexpected inputs provided: {name}"
    for name, spec in asked.items():
        if spec.get("required") and not inputs.get(name):
            yield f"Required input '{name}' not provided"
        assert spec["type"] == "string", "only texts are looked at"


def _branch(event: str, payload: Mapping[str, Any]) -> str:
    if event == "pull_request":
        return str(payload["pull_request"]["base"]["ref"])
    return str(payload.get("ref", "")).removeprefix("refs/heads/")


def _matches(pattern: str, text: str) -> bool:
    parts = re.findall(r"\*\*|\*|[^*]+", pattern)
    words = {"**": ".*", "*": "[^/]*"}
    return re.fullmatch("".join(words.get(p, re.escape(p)) for p in parts), text) is not None
