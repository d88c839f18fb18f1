"""A server of scripted releases over real HTTP, in threads of this process."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from modelsmith.disk.clock import SystemClock
from modelsmith.live.http.server import HttpServer
from modelsmith.live.serving.channel_follower import ChannelFollower
from modelsmith.live.serving.ports import ServingEngines
from tests.support.releases import FolderReleases
from tests.support.serving_engines import ListLog, ScriptedServingEngines


@contextmanager
def listening(follower: ChannelFollower, drain_s: float = 10.0) -> Iterator[int]:
    """Give the port at which a follower's server answers; on exit it drains."""
    ready, ports = threading.Event(), []

    async def run() -> None:
        async with HttpServer(follower, SystemClock()).run("127.0.0.1", 0, drain_s) as port:
            ports.append((port, asyncio.get_running_loop(), asyncio.Event()))
            ready.set()
            await ports[0][2].wait()

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    ready.wait(10)
    port, loop, stop = ports[0]
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()


class ServedWorld:
    """A channel in a folder, what follows it, and a server."""

    def __init__(
        self, root: Path, port: int, follower: ChannelFollower, releases: FolderReleases
    ) -> None:
        self.root, self.port, self.follower, self.releases = root, port, follower, releases

    def live(self, version: str, **promoted: object) -> None:
        self.releases.moved(self.releases.promoted(version, **promoted))
        self.follower.check()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def ask(self, path: str, body: bytes | None = None) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body of one request."""
        link = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            link.request("GET" if body is None else "POST", path, body)
            reply = link.getresponse()
            return reply.status, dict(reply.getheaders()), reply.read()
        finally:
            link.close()


@contextmanager
def served_world(
    root: Path,
    serving_engines: ServingEngines | None = None,
    releases: FolderReleases | None = None,
) -> Iterator[ServedWorld]:
    """Give a world whose server listens and in which nothing is live yet."""
    releases = releases or FolderReleases(root)
    follower = ChannelFollower(
        "sandbox",
        releases,
        serving_engines or ScriptedServingEngines(),
        SystemClock(),
        ListLog().tell,
    )
    try:
        with listening(follower) as port:
            yield ServedWorld(root, port, follower, releases)
    finally:
        follower.close()
