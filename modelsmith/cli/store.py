"""`modelsmith store`: weights by digest, here and in the remote store behind it."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from modelsmith.cli.options import QUIET, RECORD
from modelsmith.errors import BrokenRecordError, UsageError
from modelsmith.store.retention import GRACE_DAYS
from modelsmith.wiring.runs import Runs
from modelsmith.wiring.store import collection, content_store

if TYPE_CHECKING:
    from modelsmith.store.files.content_store import ContentStore

DIGITS = re.compile(r"[0-9a-f]{64}")


def _whole(_: click.Context, __: click.Parameter, digest: str | None) -> str | None:
    """Return a digest that is one.

    Raises:
        UsageError: it is not: part of one, or something else.
    """
    if digest is not None and not DIGITS.fullmatch(digest):
        raise UsageError(
            f"{digest!r} is no digest: a sha256 has 64 digits of 0-9 and a-f",
            remedy="`modelsmith store gc --dry-run` lists what is stored here; the ledgers under "
            "runs/ name what was trained elsewhere.",
        )
    return digest


DIGEST = click.argument("digest", required=False, callback=_whole)
RUN = click.option("--run", "run", metavar="RUN", help="Every adapter that this run trained.")
REMOTE = click.option("--remote", "is_remote", is_flag=True, help="The remote store, not this one.")


@click.group()
def store() -> None:
    """Weights and other large files by digest: here, and in the store that is configured.

    It is named by MODELSMITH_STORE, git's setting modelsmith.store, or `store` of a cluster in
    runners/clusters.yaml: file:///folder, s3://bucket/prefix or gs://bucket/prefix.
    """


@store.command()
@DIGEST
@RUN
@RECORD
@QUIET
@click.pass_obj
def push(
    repository: Path, digest: str | None, run: str | None, *, as_json: bool, quiet: bool
) -> None:
    """Bring a stored folder, a run's adapters, or all that is here to the remote store.

    What is there already is not sent again.
    """
    held, digests = _chosen(repository, digest, run, quiet=quiet)
    sent = {one: held.push(one) for one in (held.folders() if digests is None else digests)}
    _say(
        {"pushed": sent},
        "\n".join(f"pushed {one}: {count} files sent" for one, count in sent.items())
        or "nothing is stored here",
        as_json=as_json,
    )


@store.command()
@DIGEST
@RUN
@RECORD
@QUIET
@click.pass_obj
def fetch(
    repository: Path, digest: str | None, run: str | None, *, as_json: bool, quiet: bool
) -> None:
    """Bring a stored folder or a run's adapters here, each file verified.

    A fetch that was cut off goes on where it was.
    """
    held, digests = _chosen(repository, digest, run, quiet=quiet)
    if digests is None:
        raise UsageError(
            "neither a digest nor a run was named",
            remedy="modelsmith store fetch <digest>, or modelsmith store fetch --run <run>",
        )
    folders = {one: str(held.get(one)) for one in digests}
    _say(
        {"fetched": folders},
        "\n".join(f"fetched {one}: {folder}" for one, folder in folders.items())
        or f"run {run} has trained no adapter yet",
        as_json=as_json,
    )


@store.command()
@REMOTE
@RECORD
@click.pass_obj
def verify(repository: Path, *, is_remote: bool, as_json: bool) -> None:
    """Read every byte that is stored and compare it with its digest.

    Exit code 0: all is what its name says. 4: something is not, or a folder lacks a file.
    """
    held = content_store(repository, quiet=True)
    found = held.faults("remote" if is_remote else "local")
    said = "\n".join(found.faults) or f"{found.objects} objects, all intact"
    _say({"objects": found.objects, "faults": list(found.faults)}, said, as_json=as_json)
    if found.faults:
        raise click.exceptions.Exit(BrokenRecordError.exit_code)


@store.command()
@REMOTE
@click.option("--dry-run", is_flag=True, help="Say what would go, and remove nothing.")
@click.option(
    "--grace-days",
    type=click.FloatRange(min=0),
    default=GRACE_DAYS,
    show_default=True,
    help="Keep whatever was stored in the last so many days: a run may be about to name it.",
)
@RECORD
@click.pass_obj
def gc(
    repository: Path, *, is_remote: bool, dry_run: bool, grace_days: float, as_json: bool
) -> None:
    """Remove what no channel, rollback target, promotion or unfinished run of any branch needs.

    Each object is listed with the reason why it stays or goes. The remote store is collected only
    after every branch was fetched.
    """
    place: Literal["local", "remote"] = "remote" if is_remote else "local"
    held = content_store(repository, quiet=True)
    found = collection(repository, held, place, grace_days)
    word = "would remove" if dry_run else "remove"
    removes = found.removes()
    lines = [
        f"{'keep' if ruling.is_kept else word} {ruling.stored.sha256} "
        f"({ruling.stored.size_bytes:,} bytes): {ruling.reason}"
        for ruling in found.rulings
    ]
    total = sum(stored.size_bytes for stored in removes)
    lines.append(
        f"{word} {len(removes)} of {len(found.rulings)} objects, {total:,} bytes ({place})"
    )
    _say(found.model_dump(mode="json") | {"is_dry_run": dry_run}, "\n".join(lines), as_json=as_json)
    if not dry_run:
        for stored in removes:
            held.remove(stored)


def _chosen(
    repository: Path, digest: str | None, run: str | None, *, quiet: bool
) -> "tuple[ContentStore, list[str] | None]":
    if digest is not None and run is not None:
        raise UsageError("both a digest and a run were named", remedy="Name one of them.")
    if run is None:
        store = content_store(repository, quiet=quiet)
        return store, None if digest is None else [digest]
    from modelsmith.run.entry_facts import adapters_of

    factory = Runs(repository, quiet=quiet)
    store = content_store(repository, factory.config(run).cluster, quiet=quiet)
    return store, list(dict.fromkeys(adapters_of(factory.folder(run).entries())))


def _say(record: Mapping[str, object], text: str, *, as_json: bool) -> None:
    click.echo(json.dumps(record, indent=2) if as_json else text)
