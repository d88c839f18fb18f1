"""A server of one channel, with every port connected."""

import asyncio
import importlib.util
import os
import signal
import sys
import threading
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple, TextIO

from modelsmith.disk.clock import SystemClock
from modelsmith.errors import BlockedError, UsageError
from modelsmith.layout import STATE
from modelsmith.live.serving.channel_follower import ChannelFollower
from modelsmith.live.serving.health import Health, Notice
from modelsmith.live.serving.ports import ServingEngines
from modelsmith.policy import ChannelName
from modelsmith.promotion.verification.live_release import VerifiedReleases
from modelsmith.wiring.signing import releases as live_releases

EngineName = Literal["auto", "transformers", "vllm"]
"""What answers; `auto` takes vLLM where it and a GPU are."""
GPU = Path("/dev/nvidiactl")
"""Where a GPU's driver is."""


class ServerSettings(NamedTuple):
    """What an operator chooses."""

    channel: ChannelName
    """The channel."""
    host: str = "127.0.0.1"
    """Where to listen."""
    port: int = 8000
    """Where to listen; 0 takes a free one."""
    every_s: float = 30.0
    """Seconds between two looks at the channel."""
    drain_s: float = 30.0
    """Seconds that what was begun may take when the server stops: Kubernetes' own grace."""
    engine: EngineName = "auto"
    """What answers."""
    vllm_python: Path | None = None
    """A Python that has vLLM; this one where none."""
    vllm_options: tuple[str, ...] = ()
    """More words for vLLM's command line."""
    as_json: bool = False
    """Whether the log is JSON."""


def channel_follower(
    repository: Path,
    settings: ServerSettings,
    releases: VerifiedReleases | None = None,
    engines: ServingEngines | None = None,
) -> ChannelFollower:
    """Return what follows a channel and hands requests to what is live; nothing is loaded yet.

    Raises:
        UsageError: vLLM is asked for and is not there, or the engine's packages are not.
    """
    return ChannelFollower(
        settings.channel,
        releases or live_releases(repository),
        engines or serving_engines(repository, settings),
        SystemClock(),
        partial(print_notice, as_json=settings.as_json),
    )


def print_notice(notice: Notice, *, as_json: bool, stream: TextIO | None = None) -> None:
    """Say one line of the server's log, as words or as JSON; on standard error by default."""
    took = f" ({notice.took_s:.1f} s)" if notice.took_s is not None else ""
    words = " ".join(notice.words.split())
    line = f"{notice.at:%Y-%m-%dT%H:%M:%SZ} {notice.channel} {notice.event}: {words}{took}"
    said = notice.canonical().decode() if as_json else line
    print(said, file=stream or sys.stderr, flush=True)


def check_once(follower: ChannelFollower) -> Health:
    """Load and prove what is live once, and return the health; nothing is served.

    Raises:
        SignatureError: it is not signed by whom the policy accepts, or for this channel.
        BrokenRecordError: it is not what was signed.
        ModelsmithError: it could not be read or loaded on this machine.
    """
    try:
        follower.check()
        if follower.fault is not None:
            raise follower.fault
        return follower.health()
    finally:
        follower.close()


def serve(follower: ChannelFollower, settings: ServerSettings) -> None:
    """Serve until SIGTERM or SIGINT, then finish what was begun.

    Raises:
        BlockedError: nothing can listen there.
        UsageError: the package that serves is not installed.
    """
    _require("aiohttp", "serve")
    thread = threading.Thread(
        target=follower.follow_until_stopped, args=(settings.every_s,), daemon=True
    )
    try:
        asyncio.run(_listen(follower, settings, thread))
    except OSError as error:
        raise BlockedError(
            f"cannot listen at {settings.host}:{settings.port}: {error.strerror}",
            remedy="Take another --port, or stop what listens there.",
        ) from error
    thread.join(settings.drain_s)
    if not thread.is_alive():
        follower.close()  # else it is still loading, and goes with the process


async def _listen(
    follower: "ChannelFollower", settings: ServerSettings, thread: threading.Thread
) -> None:
    from modelsmith.live.http.server import HttpServer

    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    server = HttpServer(follower, SystemClock())
    async with server.run(settings.host, settings.port, settings.drain_s) as port:
        follower.listens(f"http://{settings.host}:{port}")
        thread.start()
        await stop.wait()
        follower.drain()


def serving_engines(repository: Path, settings: ServerSettings) -> ServingEngines:
    """Return what loads releases on this machine.

    Raises:
        UsageError: vLLM is asked for and is not there, or the engine's packages are not.
    """
    from modelsmith.models.transformers.local_models import LocalModels

    models = LocalModels(repository)
    if _engine(settings) == "vllm":
        from modelsmith.live.engines.vllm import VllmServingEngines
        from modelsmith.live.engines.vllm_process import Launch

        launch = Launch(
            settings.vllm_python or Path(sys.executable),
            repository / STATE / "log" / f"vllm-{settings.channel}-{os.getpid()}.log",
            settings.vllm_options,
        )
        return VllmServingEngines(models, launch)
    _require("transformers", "local")
    from modelsmith.live.engines.transformers import TransformersServingEngines
    from modelsmith.models.transformers.engine import TransformersEngines

    clock = SystemClock()
    return TransformersServingEngines(lambda held: TransformersEngines(models, held, clock))


def _engine(settings: ServerSettings) -> Literal["transformers", "vllm"]:
    is_there = settings.vllm_python is not None or importlib.util.find_spec("vllm") is not None
    if settings.engine == "auto":
        return "vllm" if is_there and GPU.exists() else "transformers"
    if settings.engine == "vllm" and not is_there:
        raise UsageError(
            "vLLM is not installed here",
            remedy="Install it, name a Python that has it by --vllm-python, or serve with "
            "`--engine transformers`.",
        )
    return settings.engine


def _require(package: str, extra: str) -> None:
    if importlib.util.find_spec(package) is None:
        raise UsageError(
            f"{package} is not installed",
            remedy=f"Install modelsmith with its extra `{extra}`.",
        )
