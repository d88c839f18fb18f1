"""A process of its own that stands behind a wall and tries to get out; prints what became of it.

    python -m tests.support.behind_wall [--within | --by WHOM] [--towards HOST] ATTACK [ARGUMENT]

The last line is JSON: what the attack returned or raised, what was refused, what held it in. With
--by, a model that is opened or asked, or a training, does it, as a run would have them behind the
wall; with --journal, what is refused is a line of a file as it is in a run.
"""

import argparse
import json
import signal
import sys
from contextlib import nullcontext
from pathlib import Path

from modelsmith.boundary.call import Refused
from modelsmith.boundary.isolation.egress_log import FileJournal
from modelsmith.boundary.isolation.network_namespace import prepare
from modelsmith.boundary.isolation.process_firewall import ProcessWall
from tests.support import program_attacks  # noqa: F401 - they are known once imported
from tests.support.attacking_models import by_a_model
from tests.support.attacks import ATTACKS
from tests.support.clock import FixedClock

EACH = "each"
"""Stands for every attack of a JSON list of `[attack, argument]` on stdin, a line for each."""

Told = dict[str, object]


def tried(chosen: argparse.Namespace, wall: ProcessWall, name: str, argument: str) -> Told:
    """Return what an attack returned or raised."""

    def act() -> object:
        return ATTACKS[name](argument)

    try:
        if chosen.by:
            return {"outcome": by_a_model(wall, act, chosen.by)}
        return {"outcome": wall.within(act) if chosen.within else act()}
    except Exception as error:  # noqa: BLE001 - it is told
        return {"raised": type(error).__name__, "words": str(error)}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--within", action="store_true")
    parser.add_argument("--by", choices=("opened", "asked", "trainer"))
    parser.add_argument("--journal", type=Path)
    parser.add_argument("--towards")
    parser.add_argument("--infrastructure", default="")
    parser.add_argument("attack", choices=[*sorted(ATTACKS), EACH])
    parser.add_argument("argument", nargs="?", default="")
    chosen = parser.parse_args()
    one = (chosen.attack, chosen.argument)
    attacks = [one] if chosen.attack != EACH else json.load(sys.stdin)
    prepare()
    refused = list[Refused]()
    wall = ProcessWall(FixedClock(), chosen.infrastructure.split(","))
    journal = FileJournal(chosen.journal) if chosen.journal else None
    with wall.standing(journal.write if journal else refused.append):
        held = wall.held_by
        with wall.towards([chosen.towards]) if chosen.towards else nullcontext():
            for name, argument in attacks:
                refused.clear()
                result = tried(chosen, wall, name, argument)
                result["refused"] = [f"{one.what}: {one.target}: {one.why}" for one in refused]
                print(json.dumps(result | {"held": list(held.by)}, default=str), flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background ignores it
    sys.path.insert(0, str(Path.cwd()))
    main()
