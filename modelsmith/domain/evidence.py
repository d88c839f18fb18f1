"""What evidence a phase leaves: each file with its name and what it holds, and no name elsewhere.

A phase hands on `Evidence`, which is found by file and never by a name: one that is misspelt is an
error of mypy, and a file is renamed here alone. `File.of` makes it, `File.read` reads it back.

| phase   | raw evidence                                | concluded from it                     |
|---------|---------------------------------------------|---------------------------------------|
| intake  | settings, exam, fit, machine, hosted, bench |                                       |
| eval    | answers, opinions, joined                   | scorecards, invariance, judging       |
| train   | rows, samples, training                     |                                       |
| expand  | proposals, branch, what members said        | reconciliation                        |
| assess  | answers, opinions                           | round, scorecard, assessment, judging |
| promote | answers, opinions, look, parts of a bundle  | gate, judging, the bundle             |
| any     | outbound                                    | report                                |
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar

from modelsmith.domain import bundle
from modelsmith.domain.answering import Answered, Invariance
from modelsmith.domain.assessment import Assessment
from modelsmith.domain.attempt import Look
from modelsmith.domain.call import Departure, departures_of
from modelsmith.domain.channel import Pointer
from modelsmith.domain.curriculum import Row, TrainedAdapter
from modelsmith.domain.exam import ExamSnapshot
from modelsmith.domain.fingerprint import Fingerprint
from modelsmith.domain.gate import GateVerdict
from modelsmith.domain.hardware import Fit, Hardware
from modelsmith.domain.hearing import Hearings
from modelsmith.domain.hosted import Hosted
from modelsmith.domain.ledger import Entry
from modelsmith.domain.loop import State
from modelsmith.domain.opinion import Opinion
from modelsmith.domain.panel import Bench
from modelsmith.domain.plateau import Round
from modelsmith.domain.promotion import PromotionRecord
from modelsmith.domain.proposal import Branch, Joined, Proposal, Reconciliation
from modelsmith.domain.record import Record, lines_of, records_in
from modelsmith.domain.rollback import Contract
from modelsmith.domain.run import RunConfig
from modelsmith.domain.scenario import Split
from modelsmith.domain.scorecard import Scorecard
from modelsmith.domain.statement import Statement

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
        self._paths = {_content(path.partition("/")[2]): path for path in entry.evidence}

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


def _content(name: str) -> File[bytes]:
    return File(name, bytes, bytes)


def _one(name: str, kind: type[R]) -> File[R]:
    return File(name, Record.canonical, kind.model_validate_json)


def _lines(name: str, kind: type[R]) -> File[tuple[R, ...]]:
    return File(name, lines_of, partial(records_in, kind=kind))


INTAKE = place_of(0, State.INTAKE)
"""Where the evidence of a run's first entry lies."""
CONFIG = _one("run.json", RunConfig)
"""The run's settings."""
EXAM = _one("exam.json", ExamSnapshot)
"""The exam with its variants."""
FIT = _one("fit.json", Fit)
"""Why the machine can do the work."""
MACHINE = _one("machine.json", Hardware)
"""The machine."""
HOSTED = _one("hosted.json", Hosted)
"""What the run may ask beyond its own machine."""
BENCH = _one("judges.json", Bench)
"""The run's judges, where it has any."""

OUTBOUND: File[tuple[Departure, ...]] = File("outbound.jsonl", lines_of, departures_of)
"""Everything that left while a phase was under way, and what was refused."""
REPORT = _content(bundle.REPORT)
"""What a phase tells people."""

AnswersFile = File[tuple[Answered, ...]]
"""One that holds answers."""


def answers(split: Split, system: str = "") -> AnswersFile:
    """Return the file with a system's answers; with the specialist's where none is named."""
    return _lines(f"answers-{_on(split, system)}.jsonl", Answered)


def answers_alone(split: Split) -> AnswersFile:
    """Return the file with the answers to questions that were asked one by one."""
    return _lines(f"alone-{split}.jsonl", Answered)


def opinions(split: Split, system: str) -> File[tuple[Opinion, ...]]:
    """Return the file with what judges said of a system's answers."""
    return _lines(f"opinions-{_on(split, system)}.jsonl", Opinion)


def scorecard(split: Split) -> File[Scorecard]:
    """Return the file with the specialist's scorecard."""
    return _one(f"scorecard-{split}.json", Scorecard)


def _on(split: Split, system: str) -> str:
    return f"{split}-{system.removeprefix('stand-in:')}" if system else split


JUDGING = _one("judging.json", Hearings)
"""How judges agreed on the phase's answers."""
INVARIANCE = _one("invariance.json", Invariance)
"""Whether answers depend on the batch they ride in."""
JOINED = _lines("joined.jsonl", Joined)
"""The proposals of models that people merged before an evaluation."""

ROWS = _lines("rows.jsonl", Row)
"""What a training learnt from."""
SAMPLES = _lines("samples.jsonl", Answered)
"""What the model answered where its own answers are learnt, right or wrong."""
TRAINING = _one("training.json", TrainedAdapter)
"""What a training left."""

PROPOSALS = _lines("proposals.jsonl", Proposal)
"""What the mutator proposes."""
BRANCH = _one("branch.json", Branch)
"""Where the accepted proposals lie."""
DRAFTS = _lines("drafts.jsonl", Statement)
"""Scenarios as models wrote them."""
MEMBER_ANSWERS = _lines("answers.jsonl", Statement)
"""What members answer to drafts, rightly and wrongly."""
BALLOTS = _lines("ballots.jsonl", Statement)
"""How members vote on drafts."""
DRAFT_ANSWERS = _lines("answers-specialist.jsonl", Answered)
"""What the specialist answers to drafts."""
DRAFT_OPINIONS = _lines("opinions.jsonl", Opinion)
"""What judges say of every answer to a draft."""
RECONCILIATION = _one("reconciliation.json", Reconciliation)
"""How each proposal ended."""

ROUND = _one("round.json", Round)
"""The figures of a round that later rounds are held against."""
ASSESSMENT = _one("assessment.json", Assessment)
"""What follows a round, with every number that it rests on."""

LOOK = _one("look.json", Look)
"""Which look at the sealed version an attempt is."""
GATE = _one("gate.json", GateVerdict)
"""What the gate found."""
RECORD = _one(bundle.RECORD, PromotionRecord)
"""The promotion's record."""
FINGERPRINT = _one(bundle.FINGERPRINT, Fingerprint)
"""What specialist and base model say next."""
PARTS = _one(bundle.PARTS, bundle.Served)
"""Every file that the engine read, by digest."""
LIVE = _one(bundle.LIVE, Pointer)
"""What the channel's pointer says on the branch of record."""
LINEAGE = _content(bundle.LINEAGE)
"""What the candidate was made from."""
EVALUATION = _content(bundle.EVALUATION)
"""How it did on the exam."""
CONTRACT = _one(bundle.CONTRACT, Contract)
"""What takes the promotion back."""
CARD = _content(bundle.CARD)
"""The model card, as text."""
PAGE = _content(bundle.PAGE)
"""The model card, as a page."""
REQUEST = _one(bundle.REQUEST, bundle.Request)
"""What people approve, by digest."""
OF_A_BUNDLE: tuple[File[Any], ...] = (
    RECORD,
    REPORT,
    LINEAGE,
    EVALUATION,
    FINGERPRINT,
    CONTRACT,
    CARD,
    PAGE,
    REQUEST,
)
"""What is promoted: what the request names, and the request."""
