"""A repository with promotions that were approved, sealed and merged, written into real git."""

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

from modelsmith.git.commits import FACTORY, SEAL
from modelsmith.layout import LEDGER, RUNS
from modelsmith.policy import POLICY
from modelsmith.promotion.approval.record import ApprovalsFile
from modelsmith.promotion.channel import ChannelMove, Release, moves_path
from modelsmith.promotion.verification.seal import Sign, seal_of
from modelsmith.record import records_in, sha256
from modelsmith.run.ledger import line_of
from tests.support.promoted import AT, APromotion

PERSON = "owner <owner@example.com>"
BOT = f"{FACTORY.name} <{FACTORY.email}>"

Approve = Callable[[APromotion, str, str], ApprovalsFile]
"""(promotion, approved head, merge base) -> who approved."""


class PromotionHistory:
    """A repository under construction, through one `git fast-import`.

    Args:
        root: Folder of the repository.
        policy: Content of promotions/policy.yaml.
        sign: Signs for the factory.
        approve: Says who approved.
    """

    def __init__(self, root: Path, policy: bytes, sign: Sign, approve: Approve) -> None:
        self.root, self._policy, self._sign, self._approve = root, policy, sign, approve
        subprocess.run(
            ["git", "init", "--quiet", "--bare", "--initial-branch=main", str(root)], check=True
        )
        self._git = subprocess.Popen(
            ["git", "-C", str(root), "fast-import", "--quiet", "--done"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._marks, self._known = 0, dict[str, int]()
        self._clock = int(AT.timestamp())
        self.moves: tuple[ChannelMove, ...] = ()
        self.main = self.commit("main", {POLICY: policy}, "Write the policy", by=PERSON)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._say(b"done\n")
        with self._git:  # closes its pipes and waits
            pass
        assert self._git.returncode == 0

    def commit(  # noqa: PLR0913 - what a commit says
        self,
        branch: str,
        files: Mapping[str, bytes | None],
        message: str,
        *,
        by: str = BOT,
        onto: str | None = None,
        merges: str | None = None,
    ) -> str:
        """Write a commit and return its name; a file of None is taken away."""
        self._marks += 1
        self._clock += 60
        lines = [f"commit refs/heads/{branch}\nmark :{self._marks}\n"]
        lines += [f"{role} {by} {self._clock} +0000\n" for role in ("author", "committer")]
        lines.append(f"data {len(message.encode())}\n{message}\n")
        lines += [f"from :{self._known[onto]}\n"] if onto else []
        lines += [f"merge :{self._known[merges]}\n"] if merges else []
        self._say("".join(lines).encode())
        for path, content in files.items():
            if content is None:
                self._say(f"D {path}\n".encode())
            else:
                self._say(
                    f"M 100644 inline {path}\ndata {len(content)}\n".encode() + content + b"\n"
                )
        self._say(f"\nget-mark :{self._marks}\n".encode())
        assert self._git.stdin is not None
        assert self._git.stdout is not None
        self._git.stdin.flush()
        name = self._git.stdout.readline().decode().strip()
        self._known[name] = self._marks
        return name

    def _say(self, words: bytes) -> None:
        assert self._git.stdin is not None
        self._git.stdin.write(words)

    def promotes(
        self,
        version: str,
        *,
        target: Release | None = None,
        spoil: Callable[[dict[str, bytes]], Mapping[str, bytes | None]] = dict,
        **changes: object,
    ) -> APromotion:
        """Approve, seal and merge one promotion.

        Args:
            version: Its version; the run is what stands before the last hyphen.
            target: What its contract returns to.
            spoil: Changes what the seal adds, by path.
            changes: What else `APromotion` takes.
        """
        one = APromotion(version, target=target, **changes)
        place, run = one.release.place, one.request.run
        branch = f"modelsmith/{run}/promote"
        held = {f"{place}/{name}": content for name, content in one.approved.items()}
        ledger = {f"{RUNS}/{run}/{LEDGER}": b"".join(map(line_of, one.entries))}
        base = self.main
        head = self.commit(branch, ledger | held, f"Stage {version}", onto=base)
        approvals = self._approve(one, head, base)
        live = self.moves[-1].after if self.moves else None
        added = seal_of(
            one.request, one.approved, approvals, self._sign, live=live, moves=self.moves, at=AT
        )
        message = f"Seal {version}\n\n{SEAL}: {one.request.digest()}\n"
        seal = self.commit(branch, spoil(added), message, onto=head)
        whole = ledger | held | dict(spoil(added))
        self.main = self.commit(
            "main", whole, f"Promote {version}", by=PERSON, onto=base, merges=seal
        )
        self.moves = records_in(added[moves_path("sandbox")], ChannelMove)
        return one

    def merges(self, files: Mapping[str, bytes | None], message: str = "Change it") -> str:
        """Put files onto the default branch, whoever approves of it."""
        self.main = self.commit("main", files, message, by=PERSON, onto=self.main)
        return self.main

    @property
    def policy_sha256(self) -> str:
        return sha256(self._policy)
