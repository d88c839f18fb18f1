"""Channels: which release is live, what a move of the pointer says, and where it lies.

`promotions/channels/CHANNEL.yaml` is the pointer, written by machine; `CHANNEL.jsonl` beside it has
one line a move. A promotion's pointer follows from its release alone, so that its digest stands in
what was signed: a channel that returns to a release returns to the very bytes that were signed.
"""

from collections.abc import Iterable, Sequence
from typing import Annotated, Literal

from pydantic import AwareDatetime, ConfigDict, Field

from modelsmith.layout import CHANNELS, PROMOTIONS, promotion_folder
from modelsmith.policy import ChannelName
from modelsmith.record import CamelRecord, Record, Sha256, Slug, lines_of


class Release(CamelRecord):
    """One version of a specialist, by the bundle that people approved."""

    specialist: Slug
    """Its name."""
    version: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=60)]
    """Its version."""
    bundle_sha256: Sha256
    """Digest of its `request.json`, which names everything else by digest."""

    @property
    def place(self) -> str:
        """Folder of its promotion, from the top of the repository."""
        return promotion_folder(self.specialist, self.version)

    @property
    def words(self) -> str:
        """It as people read it."""
        return f"{self.specialist} {self.version}"


class Pointer(CamelRecord):
    """`promotions/channels/CHANNEL.yaml`: what is live."""

    channel: ChannelName
    """The channel."""
    live: Release | None
    """What is served; none where the channel was taken down."""


class ChannelMove(Record):
    """One line of `promotions/channels/CHANNEL.jsonl`: how the pointer moved."""

    model_config = ConfigDict(title="Move")

    kind: Literal["promoted", "overridden", "reverted"]
    """Approved as the gate said; approved over its no, in writing; or taken back."""
    before: Release | None
    """What was live."""
    after: Release | None
    """What is live since; none where the channel was taken down."""
    at: AwareDatetime
    """When, UTC."""
    why: str
    """In one line."""
    attestation_sha256: Sha256
    """Digest of the signed statement that moves it."""


def validated(moves: Iterable[ChannelMove]) -> tuple[Release, ...]:
    """Return what was live in a channel and was not taken back since, oldest first."""
    found: dict[Release, None] = {}
    for move in moves:
        if move.kind == "reverted" and move.before is not None:
            found.pop(move.before, None)
        if move.after is not None:
            found[move.after] = None
    return tuple(found)


def pointer_path(channel: ChannelName) -> str:
    """Return where a channel's pointer lies."""
    return f"{PROMOTIONS}/{CHANNELS}/{channel}.yaml"


def moves_path(channel: ChannelName) -> str:
    """Return where a channel's moves lie."""
    return f"{PROMOTIONS}/{CHANNELS}/{channel}.jsonl"


def pointer_content(pointer: Pointer) -> bytes:
    """Return the pointer's file: YAML that is canonical JSON, so that its digest is one."""
    return pointer.canonical() + b"\n"


def channel_files(channel: ChannelName, moves: Sequence[ChannelMove]) -> dict[str, bytes]:
    """Return a channel's pointer and moves, by path, as they lie in git after its last move."""
    pointer = Pointer(channel=channel, live=moves[-1].after)
    return {pointer_path(channel): pointer_content(pointer), moves_path(channel): lines_of(moves)}


def pointer_in(content: bytes) -> Pointer | None:
    """Return the pointer that a file holds; none where it holds none, or not as it is written."""
    try:
        found = Pointer.model_validate_json(content)
    except ValueError:
        return None
    return found if pointer_content(found) == content else None
