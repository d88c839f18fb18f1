"""A process of its own that asks hosted models: `python -m tests.support.asking_process FOLDER`.

On stdin JSON: `models`, a list of [HostedModel, question] pairs, each asked through a phase's
outbound in FOLDER with everything logged at its finest, to stderr and to FOLDER/debug.log. The last
line on stdout is JSON: what became of each, what the wall refused, and who was reached.
"""

import json
import logging
import sys
import traceback
from pathlib import Path

from modelsmith.boundary.call import Refused
from modelsmith.boundary.grants import ASKED, Boundary, Grant
from modelsmith.boundary.guarded_client import BoundedOutbound
from modelsmith.boundary.hosted_model import Hosted, HostedModel
from modelsmith.boundary.isolation.egress_log import FileJournal
from modelsmith.boundary.isolation.process_firewall import ProcessWall
from modelsmith.boundary.litellm.client import LitellmModels
from modelsmith.boundary.litellm.library import price_of
from modelsmith.disk.console import NoProgress
from modelsmith.errors import HostedError
from modelsmith.record import lines_of
from modelsmith.run.files.answer_cache import FileCache
from tests.support.clock import FixedClock
from tests.support.hosted_worlds import question
from tests.support.runs import a_snapshot

REACHED: list[str] = []


def _heard(event: str, arguments: tuple[object, ...]) -> None:
    """Remember each address and name, whoever asks for it and whether it is let out or not."""
    if event == "socket.connect":
        REACHED.append(str(arguments[1]))
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        REACHED.append(f"lookup {arguments[0]!s}")


def _debugging(folder: Path) -> None:
    root = logging.getLogger()
    root.setLevel(logging.DEBUG)
    root.addHandler(logging.StreamHandler())
    root.addHandler(logging.FileHandler(folder / "debug.log"))
    logging.getLogger("asyncio").setLevel(logging.DEBUG)


def main() -> None:
    sys.addaudithook(_heard)
    folder = Path(sys.argv[1])
    _debugging(folder)
    given = json.load(sys.stdin)
    models = [HostedModel.model_validate_json(json.dumps(one)) for one, _ in given["models"]]
    grants = tuple(
        Grant(provider=provider, purpose="judge", splits=("train",), fields=ASKED, answers=True)
        for provider in sorted({model.provider for model in models})
    )
    refused = list[Refused]()
    wall = ProcessWall(FixedClock())
    outbound = BoundedOutbound(
        hosted=Hosted(boundary=Boundary(name="frontier", grants=grants), models=tuple(models)),
        exam=a_snapshot(),
        models=LitellmModels(waits=0.001),
        cache=FileCache(folder / "cache"),
        journal=FileJournal(folder / "outbound.jsonl"),
        wall=wall,
        clock=FixedClock(),
        progress=NoProgress(),
    )
    told = {}
    with wall.standing(refused.append):
        for model, (_, text) in zip(models, given["models"], strict=True):
            price_of(model.model_copy(update={"price_usd_per_million": None}))  # litellm's list
            try:
                (outcome,) = outbound.ask(model.name, [question(text)], "judge")
            except HostedError as error:
                told[model.name] = f"HostedError: {error}"
                traceback.print_exc()
            else:
                told[model.name] = outcome.kind
                with (folder / "evidence.jsonl").open("ab") as file:
                    file.write(lines_of([outcome]))
    words = [f"{one.what}: {one.target}" for one in refused]
    print(json.dumps({"told": told, "refused": words, "reached": sorted(set(REACHED))}))


if __name__ == "__main__":
    main()
