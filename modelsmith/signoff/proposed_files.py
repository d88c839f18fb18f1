"""What a promotion's branch holds: its files, its run's entries, an override, a seal; as data."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from pydantic import ValidationError

from modelsmith.audit.findings import Audit
from modelsmith.documents.diagnostic import Severity
from modelsmith.errors import BrokenRecordError
from modelsmith.git.commits import Commit
from modelsmith.layout import CHANNELS, RUNS, in_run
from modelsmith.policy import CHANNEL_NAMES, ChannelName, Policy
from modelsmith.promotion.approval.override import override_in
from modelsmith.promotion.approval.signatures import override_in_folder
from modelsmith.promotion.bundle import OVERRIDE, OVERRIDE_SIGNATURE, SEAL
from modelsmith.promotion.channel import ChannelMove, Pointer, Release, moves_path, pointer_path
from modelsmith.promotion.signing.port import SshSigner
from modelsmith.promotion.signing.ssh_statement import Signed
from modelsmith.promotion.verification.seal import says_sealed
from modelsmith.record import Record, records_in
from modelsmith.run.history import History, file_at
from modelsmith.run.ledger import Entry
from modelsmith.signoff.submission import PLACE

R = TypeVar("R", bound=Record)

LATEST_S = 253_402_300_799
"""The last second that a date can hold: the end of the year 9999."""


def approved_head(history: History, commits: Mapping[str, Commit], head: str) -> str:
    """Return the commit that people approve: the head, or the one before where it is a seal.

    A seal says that it is one, stands on one commit, and adds nothing but what a seal adds. Whether
    it holds is for the signatures in it.
    """
    commit = commits[head]
    if not says_sealed(commit) or len(commit.parents) != 1:
        return head
    before = commits[commit.parents[0]]
    changes = history.changes(before.tree, commit.tree)
    is_seal = bool(changes) and all(_is_sealing(one.path, one.before) for one in changes)
    return before.sha if is_seal else head


def _is_sealing(path: str, before: str | None) -> bool:
    found = PLACE.fullmatch(path)
    if found and found[1] != CHANNELS:
        return before is None and found[3] in SEAL
    return path in {of(name) for name in CHANNEL_NAMES for of in (pointer_path, moves_path)}


def contents_of(history: History, tree: str, paths: Sequence[str]) -> dict[str, bytes]:
    """Return what files of a tree hold, by path; what is no file is left out."""
    contents = {path: file_at(history, tree, path) for path in paths}
    return {path: content for path, content in contents.items() if content is not None}


def entries_of_run(history: History, tree: str, run: str) -> tuple[Entry, ...]:
    """Return a run's ledger in a tree; nothing where it is not there or cannot be read."""
    folder = history.folders(tree, RUNS).get(run)
    if folder is None:
        return ()
    try:
        return tuple(history.run(run, folder).entries())
    except BrokenRecordError:
        return ()  # the audit says what is wrong


def proposed_as(proposed: Mapping[str, bytes], name: str, kind: type[R]) -> R | None:
    """Return the one proposed file of a name as a record; none where it cannot be read."""
    found = [content for path, content in proposed.items() if path.endswith(f"/{name}")]
    try:
        return kind.model_validate_json(found[0]) if len(found) == 1 else None
    except ValidationError:
        return None


def override_of(
    ssh: SshSigner, proposed: Mapping[str, bytes], policy: Policy | None
) -> Signed | None:
    """Return an operator's word over the gate's, verified; none where nothing of it is there."""
    files = {path.rpartition("/")[2]: content for path, content in proposed.items()}
    is_there = OVERRIDE in files or OVERRIDE_SIGNATURE in files
    return override_in_folder(ssh, files, policy) if is_there else None


def overrider(override: Signed | None) -> dict[str, str]:
    """Return who overrode the gate: whoever did approves nothing of it."""
    try:
        operator = override_in(override.statement).says.operator if override else ""
    except ValueError:
        operator = ""
    names = {operator, override.signatory if override else ""} - {""}
    return {name.lower(): "overrode the gate" for name in names}


def live_in(
    history: History, tip: Commit, channel: ChannelName | None
) -> tuple[Release | None, tuple[ChannelMove, ...]]:
    """Return what is live in a channel of the default branch, and how it moved there."""
    if channel is None:
        return None, ()
    pointer = file_at(history, tip.tree, pointer_path(channel))
    moves = file_at(history, tip.tree, moves_path(channel)) or b""
    try:
        found = None if pointer is None else Pointer.model_validate_json(pointer)
        told = records_in(moves, ChannelMove)
    except ValueError as error:
        raise BrokenRecordError(
            f"channel {channel} cannot be read: {str(error).partition(chr(10))[0]}",
            remedy="Restore it from history; the factory alone moves it.",
        ) from error
    return found.live if found else None, told


def broken_by(audit: Audit, run: str, proposed: Collection[str]) -> tuple[str, ...]:
    """Return the errors of an audit that concern this run or promotion, or no single file.

    An audit looks at every run's branch; what somebody pushed to another one is not held against
    this one.
    """
    mine = (in_run(run, ""), *(f"{path.rpartition('/')[0]}/" for path in proposed))
    return tuple(
        f"{found.rule}: {found.path or 'history'}: {found.what}"
        for found in audit.findings
        if found.severity is Severity.ERROR and (found.path is None or found.path.startswith(mine))
    )


def committed_at(commit: Commit) -> datetime:
    """Return when a commit was made, as it says, within what a date can hold."""
    return datetime.fromtimestamp(min(max(commit.committed_at, 0), LATEST_S), UTC)
