"""vLLM's OpenAI-compatible server as a process of ours, on a port of this machine alone.

One process holds one base model; adapters are put in and taken out while it runs, so that a swap
needs no memory for a second base model. vLLM calls that unsafe for a server others can reach
(docs.vllm.ai, features/lora), so it listens on the loopback address, with a key that only we have.
"""

import atexit
import json
import os
import secrets
import signal
import socket
import subprocess
from collections.abc import Mapping
from contextlib import closing, suppress
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, NamedTuple

from modelsmith.errors import EngineError, InputError
from modelsmith.models.source import Quantisation

SETTINGS = {
    "HF_HUB_OFFLINE": "1",  # nothing is fetched: weights are named by digest
    "TOKENIZERS_PARALLELISM": "false",
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1",
}
NUMBER_FORMATS = {
    Quantisation.FP32: ("--dtype", "float32"),
    Quantisation.BF16: ("--dtype", "bfloat16"),
    Quantisation.NF4: ("--quantization", "bitsandbytes"),
}
"""What vLLM is told of how weights are held."""
RANKS = (8, 16, 32, 64, 128, 256, 320, 512)
"""What `--max-lora-rank` may be (vllm/config/lora.py, 0.32)."""
LEAST_RANK = 64
"""Rank that room is made for at least, so that the next version may have a larger one."""
BESIDE = 2
"""Adapters in memory at once: the one that answers, and the one that is proven beside it."""
START_S = 1800
"""Seconds to start: a large model may come over a network. One that ends is noticed at once."""
ASK_S = 300
"""Seconds that a question of ours may take; the first may compile kernels."""
STOP_S = 30
"""Seconds to end by itself."""
TOLD = 1500
"""Characters of its log that an error repeats."""


def rank_for(adapter: Path) -> int:
    """Return for what rank room must be made to serve an adapter.

    Raises:
        EngineError: it does not say its rank, or vLLM has no room for it.
    """
    try:
        rank = int(json.loads((adapter / "adapter_config.json").read_bytes())["r"])
        return next(room for room in RANKS if room >= max(rank, LEAST_RANK))
    except (OSError, ValueError, KeyError, TypeError, StopIteration) as error:
        raise EngineError(
            f"adapter {adapter} states no rank that vLLM serves (at most {RANKS[-1]})",
            remedy="Fetch it again, or serve it with `--engine transformers`.",
        ) from error


class Launch(NamedTuple):
    """How vLLM is started."""

    python: Path
    """A Python that has it."""
    log: Path
    """Where its output goes."""
    options: tuple[str, ...] = ()
    """More words for its command line."""
    settings: Mapping[str, str] = os.environ
    """The environment that it is given, without our own keys."""


class VllmProcess:
    """A running vLLM with one base model."""

    def __init__(self, launch: Launch, model: Path, quantisation: Quantisation, rank: int) -> None:
        """Start it, and return when it answers.

        Args:
            launch: How.
            model: Folder of the base model.
            quantisation: How its weights are held.
            rank: Largest rank of an adapter.

        Raises:
            EngineError: it does not start, with the end of its log.
        """
        self._log = launch.log
        self._key = secrets.token_urlsafe(32)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}/v1"
        """Where it answers."""
        self.headers = {
            "Authorization": f"Bearer {self._key}",
            "Content-Type": "application/json",
        }
        """What it wants to be shown."""
        launch.log.parent.mkdir(parents=True, exist_ok=True)
        ours = {n: v for n, v in launch.settings.items() if not n.startswith("MODELSMITH_")}
        # Not `vllm serve`: that command does not find itself in the build for CPUs (0.32.0).
        command = [
            *(str(launch.python), "-m", "vllm.entrypoints.openai.api_server"),
            *("--host", "127.0.0.1", "--port", str(self._port)),
            *("--model", str(model), "--served-model-name", "base"),
            *("--generation-config", "vllm", "--disable-uvicorn-access-log"),
            *("--enable-lora", "--max-lora-rank", str(rank), "--max-loras", str(BESIDE)),
            *NUMBER_FORMATS[quantisation],
            *launch.options,
        ]
        with launch.log.open("wb") as output:
            try:
                self._process = subprocess.Popen(  # noqa: S603 - the operator's own Python
                    command,
                    env=ours | SETTINGS | {"VLLM_API_KEY": self._key},
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            except OSError as error:
                raise EngineError(
                    f"could not start {launch.python}: {error.strerror}",
                    remedy="Name a Python that has vLLM by --vllm-python.",
                ) from error
        atexit.register(self.stop)  # for whoever ends while it starts
        self._wait()

    @property
    def is_well(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def ask(self, path: str, body: Mapping[str, Any]) -> bytes:
        """Return what it answers to a question of ours.

        Raises:
            InputError: it refuses, with its words.
            EngineError: it does not answer, or has a fault.
        """
        try:
            status, told = self._request("POST", path, json.dumps(body).encode(), ASK_S)
        except (OSError, HTTPException) as error:
            raise self._fault(f"does not answer ({error})") from error
        if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise InputError(f"vLLM refuses: {words_of(told)}", remedy="Ask what it can answer.")
        if status != HTTPStatus.OK:
            raise self._fault(f"answers {status}: {words_of(told)}")
        return told

    def stop(self) -> None:
        """End it and all that it started; what does not end is killed."""
        atexit.unregister(self.stop)
        with suppress(ProcessLookupError, subprocess.TimeoutExpired):
            os.killpg(self._process.pid, signal.SIGTERM)
            self._process.wait(STOP_S)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)  # whoever of the group is left
        self._process.wait()

    def _wait(self) -> None:
        from tenacity import (
            RetryError,
            Retrying,
            retry_if_exception_type,
            retry_if_result,
            wait_fixed,
        )

        tries = Retrying(
            retry=retry_if_exception_type((OSError, HTTPException))
            | retry_if_result(lambda said: said[0] != HTTPStatus.OK),
            stop=lambda state: not self.is_well or (state.seconds_since_start or 0) > START_S,
            wait=wait_fixed(0.2),
        )
        try:
            tries(self._request, "GET", "/health", None, 10)
        except RetryError:
            error = self._fault("did not start")
            self.stop()
            raise error from None

    def _request(
        self, method: str, path: str, body: bytes | None, timeout_s: float
    ) -> tuple[int, bytes]:
        with closing(HTTPConnection("127.0.0.1", self._port, timeout=timeout_s)) as link:
            link.request(method, path, body, self.headers)
            reply = link.getresponse()
            return reply.status, reply.read()

    def _fault(self, what: str) -> EngineError:
        with suppress(OSError):
            what = f"{what}; its log {self._log} ends: ...{self._tail()}"
        return EngineError(
            f"vLLM {what}", remedy="Look at its log; --vllm-option adds words to its command line."
        )

    def _tail(self) -> str:
        text = self._log.read_text(encoding="utf-8", errors="replace").replace(self._key, "KEY")
        return " ".join(text.split())[-TOLD:]


def words_of(told: bytes) -> str:
    """Return the message of an error in OpenAI's form, or what else was told."""
    with suppress(ValueError, KeyError, TypeError):
        return str(json.loads(told)["error"]["message"])
    return told.decode(errors="replace")[:TOLD]
