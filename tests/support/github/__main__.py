"""Serve a GitHub until it is stopped; the first line says where, and with which tokens.

    python -m tests.support.github --root DIR --port 0 --person expert=write

One line of JSON: `url`, and `tokens` by login: each person's, `github-actions[bot]`'s with every
permission. Each event is appended to `DIR/events.jsonl`, what broke GitHub's description to
`DIR/violations.txt`.
"""

import argparse
import json
import threading
from pathlib import Path

from tests.support.github.http import served
from tests.support.github.rights import EVERYTHING
from tests.support.github.site import seeded
from tests.support.github.state import ACTIONS_BOT, Event


def main() -> None:
    words = argparse.ArgumentParser(prog="python -m tests.support.github")
    words.add_argument("--root", type=Path, required=True)
    words.add_argument("--port", type=int, default=0)
    words.add_argument("--repository", default="acme/factory")
    words.add_argument("--person", action="append", default=["expert=write"])
    asked = words.parse_args()
    asked.root.mkdir(parents=True, exist_ok=True)

    with served(asked.root, port=asked.port) as hub:
        repository = seeded(hub, asked.repository)
        repository.roles |= dict(one.split("=", 1) for one in asked.person)
        tokens = {login: hub.token(login) for login in repository.roles}
        tokens[ACTIONS_BOT] = hub.actions_token(EVERYTHING)

        def keep(event: Event) -> None:
            said = {"event": event.name, "starts": event.starts, "payload": event.payload}
            with (asked.root / "events.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(said) + "\n")
            faults = "\n".join(hub.violations)
            (asked.root / "violations.txt").write_text(faults, encoding="utf-8")

        hub.listeners.append(keep)
        print(json.dumps({"url": hub.url, "tokens": tokens}), flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


main()
