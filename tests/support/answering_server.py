"""An OpenAI-compatible server that answers as told, and says at `/healthz` what it serves."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from modelsmith.promotion.channel import Release

Reply = tuple[int, bytes]
"""Status and body."""


class Server:
    """What it serves, and what it was asked."""

    def __init__(self, says: Callable[[str], str]) -> None:
        self.says = says
        """What it answers to a question."""
        self.release: Release | None = None
        """What `/healthz` names."""
        self.after: Release | str | None = "the same"
        """What `/healthz` names once it was asked something."""
        self.replies: dict[str, Reply] = {}
        """Reply to a question that holds a word, or to a path, in place of the usual one."""
        self.finish = "stop"
        self.asked: list[Mapping[str, Any]] = []
        self.url = ""

    def health(self) -> dict[str, Any]:
        serves = self.after if self.asked and self.after != "the same" else self.release
        told = serves.model_dump(by_alias=True) if isinstance(serves, Release) else None
        engine = {"engine": "scripted/1"}
        return {"channel": "sandbox", "state": "serving", "release": told, "engine": engine}

    def reply(self, path: str, body: bytes) -> Reply:
        if path in self.replies:
            return self.replies[path]
        if path == "/healthz":
            return 200, json.dumps(self.health()).encode()
        if path == "/v1/models":
            return 200, json.dumps({"object": "list", "data": [{"id": "desk"}]}).encode()
        said = json.loads(body)
        self.asked.append(said)
        question = said["messages"][-1]["content"]
        for word, reply in self.replies.items():
            if word in question:
                return reply
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": self.says(question)},
            "finish_reason": self.finish,
        }
        usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
        return 200, json.dumps({"id": "x", "choices": [choice], "usage": usage}).encode()


@contextmanager
def served(says: Callable[[str], str]) -> Iterator[Server]:
    """Yield a server that runs until the end of the block."""
    server = Server(says)

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, content = server.reply(self.path, body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _answer  # noqa: N815 - the library's names

        def log_message(self, *_words: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        server.url = f"http://127.0.0.1:{listening.server_address[1]}"
        thread = Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown()
            thread.join()
