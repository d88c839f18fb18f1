"""Evidence: files that a phase leaves, each with its name and what it holds."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar

from modelsmith.boundary.call import EgressEvent, egress_events_of
from modelsmith.boundary.hosted_model import Hosted
from modelsmith.errors import BrokenRecordError
from modelsmith.exam.benchmark import ExamSnapshot
from modelsmith.judges.certification.result import CertifiedJudges
from modelsmith.models.memory_plan import Hardware, MemoryPlan
from modelsmith.record import Record, lines_of, records_in, sha256, short
from modelsmith.run.config import RunConfig
from modelsmith.run.ledger import Entry
from modelsmith.run.state_machine import State

T = TypeVar("T")


R = TypeVar("R", bound=Record)


Read = Callable[[str], bytes]
"""Returns an evidence file by its path in the run folder."""


@dataclass(frozen=True, repr=False)
class File(Generic[T]):
    """One evidence file; two of the same name are the same file."""

    name: str
    """What it is called in its phase's folder."""
    encode: Callable[[T], bytes] = field(compare=False)
    """Returns the bytes of what it holds."""
    decode: Callable[[bytes], T] = field(compare=False)
    """Returns what it holds; ValueError where that is something else."""

    def __repr__(self) -> str:
        """Return the name as an error about a file that is not there says it."""
        return repr(self.name)

    def of(self, held: T) -> "Files":
        """Return the evidence that holds `held` in this file."""
        return {self: self.encode(held)}

    def read(self, evidence: "Evidence", absent: T | None = None) -> T:
        """Return what the file holds, or `absent` where it is not there and that is given.

        Raises:
            KeyError: the file is not there.
            ValueError: it holds something else.
        """
        if absent is not None and self not in evidence:
            return absent
        return self.decode(evidence[self])

    def at(self, place: str) -> str:
        """Return its path in the run folder, by the place of its phase."""
        return f"{place}/{self.name}"

    def paths_in(self, entry: Entry) -> Iterator[str]:
        """Yield the paths under which an entry names it: one, or none."""
        return (path for path in entry.evidence if path.endswith(f"/{self.name}"))

    def held_by(self, entry: Entry, read: Read) -> Iterator[T]:
        """Yield what it holds in the evidence of an entry, where that names it."""
        return (self.decode(read(path)) for path in self.paths_in(entry))


Evidence = Mapping[File[Any], bytes]
"""What a phase leaves."""


Files = dict[File[Any], bytes]
"""Evidence in the making: `|` joins it."""


class _Recorded(Mapping[File[Any], bytes]):
    """The evidence of an entry; each file is read when it is asked for."""

    def __init__(self, entry: Entry, read: Read) -> None:
        self._read = read
        self._paths = {content_file(path.partition("/")[2]): path for path in entry.evidence}

    def __getitem__(self, file: File[Any]) -> bytes:
        return self._read(self._paths[file])

    def __contains__(self, file: object) -> bool:
        return file in self._paths

    def __iter__(self) -> Iterator[File[Any]]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


def evidence_of(entry: Entry, read: Read) -> Evidence:
    """Return the evidence of an entry; each file is read when it is asked for."""
    return _Recorded(entry, read)


def place_of(index: int, state: State) -> str:
    """Return where the evidence of a ledger's entry lies, by its index and what it was done in."""
    return f"{index:03d}-{state}"


def content_file(name: str) -> File[bytes]:
    """Return a file that holds bytes as they are."""
    return File(name, bytes, bytes)


def record_file(name: str, kind: type[R]) -> File[R]:
    """Return a file that holds one record."""
    return File(name, Record.canonical, kind.model_validate_json)


def lines_file(name: str, kind: type[R]) -> File[tuple[R, ...]]:
    """Return a file that holds a record a line."""
    return File(name, lines_of, partial(records_in, kind=kind))


INTAKE = place_of(0, State.INTAKE)
"""Where the evidence of a run's first entry lies."""


CONFIG = record_file("run.json", RunConfig)
"""The run's settings."""


EXAM = record_file("exam.json", ExamSnapshot)
"""The exam with its variants."""


FIT = record_file("fit.json", MemoryPlan)
"""Why the machine can do the work."""


MACHINE = record_file("machine.json", Hardware)
"""The machine."""


HOSTED = record_file("hosted.json", Hosted)
"""What the run may ask beyond its own machine."""


CERTIFIED_JUDGES = record_file("judges.json", CertifiedJudges)
"""The run's judges, where it has any."""


OUTBOUND: File[tuple[EgressEvent, ...]] = File("outbound.jsonl", lines_of, egress_events_of)
"""Everything that left while a phase was under way, and what was refused."""


def verified(read: Read, entries: Sequence[Entry]) -> Read:
    """Return what reads evidence and checks each file against the digest in the ledger."""
    digests = {path: digest for entry in entries for path, digest in entry.evidence.items()}

    def checked(path: str) -> bytes:
        content = read(path)
        expected, found = digests.get(path, "(none)"), sha256(content)
        if found != expected:
            raise BrokenRecordError(
                f"{path} has sha256 {short(found)}..., the ledger says {short(expected)}...",
                remedy="Restore it from git; nothing in a run is edited after it was written.",
            )
        return content

    return checked
