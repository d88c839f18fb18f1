"""vLLM on CPU with the embedded model: a real server of the OpenAI protocol on this machine."""

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.support.models import ROOT

MODEL = "smollm2-135m-instruct"
CONTEXT = 4096
"""Tokens of a prompt and its reply together; a judge's prompt and reply take up to 2000."""
ENVIRONMENT = ROOT / ".venv-vllm"
NO_SERVER = "there is no vLLM, run: make model-server"
PATIENCE_S = 300
"""Starting takes 20 s on two idle cores."""
SETTINGS = {
    "HF_HUB_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_CPU_KVCACHE_SPACE": "1",  # GiB
    "TOKENIZERS_PARALLELISM": "false",
}


def interpreter(environment: Path = ENVIRONMENT, settings: Mapping[str, str] = os.environ) -> Path:
    """Return the Python that has vLLM; without one a test is skipped, and fails in CI."""
    if not any(environment.glob(".installed-*")):
        if settings.get("CI"):
            pytest.fail(NO_SERVER)
        pytest.skip(NO_SERVER)
    return environment / "bin" / "python"


class ModelServer:
    """A server in a process group of its own; one that was killed is started again."""

    def __init__(
        self, python: Path, model: Path, folder: Path, settings: Mapping[str, str] = os.environ
    ) -> None:
        """Start nothing yet.

        Args:
            python: One that has vLLM.
            model: Folder with safetensors, config and tokenizer.
            folder: Where its log goes, and what it keeps.
            settings: The environment, of which it is shown PATH and HOME.
        """
        self._python, self._model, self._folder = python, model, folder
        self._shown = {name: settings[name] for name in ("PATH", "HOME") if name in settings}
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def log(self) -> str:
        return (self._folder / "server.log").read_text(errors="replace")

    def run(self) -> None:
        """Start it unless it runs, and return when it answers."""
        if self._process is not None and self._process.poll() is None:
            return
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command(),
                cwd=self._folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + PATIENCE_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                pytest.fail(f"the model server does not answer:\n{self.log[-4000:]}")
            time.sleep(0.2)

    def measured(self, name: str) -> float:
        """Return what the server says of itself, summed over labels: `vllm:<name>`."""
        lines = self._said("/metrics").decode()
        return sum(map(float, re.findall(rf"^vllm:{name}{{.*}} (\S+)$", lines, re.MULTILINE)))

    def stop(self, sign: signal.Signals = signal.SIGTERM) -> None:
        """End it and all that it started; what does not end is killed."""
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError, subprocess.TimeoutExpired):
            os.killpg(process.pid, sign)
            process.wait(30)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # whoever of the group is left
        process.wait(30)

    def _answers(self) -> bool:
        try:
            self._said("/health")
        except OSError:
            return False
        return True

    def _said(self, path: str) -> bytes:
        link = HTTPConnection("127.0.0.1", self._port, timeout=10)
        with closing(link):
            link.request("GET", path)
            reply = link.getresponse()
            if reply.status != HTTPStatus.OK:
                raise OSError(f"{path}: {reply.status}")
            return reply.read()

    def _command(self) -> list[str]:
        # Not `vllm serve`: that command does not find itself in the build for CPUs (0.32.0).
        return [
            *(str(self._python), "-m", "vllm.entrypoints.openai.api_server"),
            *("--model", str(self._model), "--served-model-name", MODEL),
            *("--host", "127.0.0.1", "--port", str(self._port)),
            *("--max-model-len", str(CONTEXT), "--max-num-seqs", "8", "--enforce-eager"),
            *("--structured-outputs-config.backend", "xgrammar"),
            "--structured-outputs-config.disable_any_whitespace=true",
            "--enable-prompt-tokens-details",
            # Else a model this small writes one sentence until the limit cuts it.
            "--override-generation-config.repetition_penalty=1.2",
        ]

    def _environment(self) -> dict[str, str]:
        return self._shown | SETTINGS | {"VLLM_CACHE_ROOT": str(self._folder / "cache")}


@contextmanager
def serving(model: Path, folder: Path) -> Iterator[ModelServer]:
    """Give a server that answers, and end it afterwards."""
    server = ModelServer(interpreter(), model, folder)
    try:
        server.run()
        yield server
    finally:
        server.stop()
