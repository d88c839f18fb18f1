"""What evidence a phase leaves: each file with its name and what it holds, and no name elsewhere.

A phase hands on `Evidence`, which is found by file and never by a name: one that is misspelt is an
error of mypy, and a file is renamed here alone. `File.of` makes it, `File.read` reads it back.

| phase   | raw evidence                                | concluded from it                     |
|---------|---------------------------------------------|---------------------------------------|
| intake  | settings, exam, fit, machine, hosted, judges |                                      |
| eval    | answers, opinions, joined                   | scorecards, invariance, judging       |
| train   | rows, samples, opinions, training           |                                       |
| expand  | proposals, branch, what members said        | reconciliation                        |
| assess  | answers, opinions                           | round, scorecard, assessment, judging |
| promote | answers, opinions, look, parts of a bundle  | gate, judging, the bundle             |
| any     | outbound                                    | report                                |
"""

from typing import Any

from modelsmith.council.proposal import Branch, Joined, Proposal, Reconciliation, Statement
from modelsmith.decisions.assessment import Assessment
from modelsmith.decisions.attempt import SealedAttempt
from modelsmith.decisions.gate import GateVerdict
from modelsmith.decisions.plateau import Round
from modelsmith.exam.answers import Answered, Invariance
from modelsmith.exam.scenario import Split
from modelsmith.judges.certification.panel_agreement import PhaseJudging
from modelsmith.judges.panel import JudgeVote
from modelsmith.models.fingerprint import Fingerprint
from modelsmith.promotion import bundle
from modelsmith.promotion.channel import Pointer
from modelsmith.promotion.record import PromotionRecord
from modelsmith.promotion.rollback.contract import Contract
from modelsmith.promotion.rollback.grader import GraderChoice
from modelsmith.run.evidence import File, content_file, lines_file, record_file
from modelsmith.statistics.scorecard import Scorecard
from modelsmith.training.curriculum import TrainedAdapter, TrainingRow

REPORT = content_file(bundle.REPORT)
"""What a phase tells people."""

AnswersFile = File[tuple[Answered, ...]]
"""One that holds answers."""


def answers(split: Split, system: str = "") -> AnswersFile:
    """Return the file with a system's answers; with the specialist's where none is named."""
    return lines_file(f"answers-{_on(split, system)}.jsonl", Answered)


def answers_alone(split: Split) -> AnswersFile:
    """Return the file with the answers to questions that were asked one by one."""
    return lines_file(f"alone-{split}.jsonl", Answered)


def opinions(split: Split, system: str) -> File[tuple[JudgeVote, ...]]:
    """Return the file with what judges said of a system's answers."""
    return lines_file(f"opinions-{_on(split, system)}.jsonl", JudgeVote)


def scorecard(split: Split) -> File[Scorecard]:
    """Return the file with the specialist's scorecard."""
    return record_file(f"scorecard-{split}.json", Scorecard)


def _on(split: Split, system: str) -> str:
    return f"{split}-{system.removeprefix('stand-in:')}" if system else split


JUDGING = record_file("judging.json", PhaseJudging)
"""How judges agreed on the phase's answers."""
INVARIANCE = record_file("invariance.json", Invariance)
"""Whether answers depend on the batch they ride in."""
JOINED = lines_file("joined.jsonl", Joined)
"""The proposals of models that people merged before an evaluation."""

ROWS = lines_file("rows.jsonl", TrainingRow)
"""What a training learnt from."""
SAMPLES = lines_file("samples.jsonl", Answered)
"""What the model answered where its own answers are learnt, right or wrong."""
TARGET_OPINIONS = lines_file("opinions-targets.jsonl", JudgeVote)
"""What judges say of the targets that could be learnt."""
TRAINING = record_file("training.json", TrainedAdapter)
"""What a training left."""

PROPOSALS = lines_file("proposals.jsonl", Proposal)
"""What the mutator proposes."""
BRANCH = record_file("branch.json", Branch)
"""Where the accepted proposals lie."""
DRAFTS = lines_file("drafts.jsonl", Statement)
"""Scenarios as models wrote them."""
MEMBER_ANSWERS = lines_file("answers.jsonl", Statement)
"""What members answer to drafts, rightly and wrongly."""
BALLOTS = lines_file("ballots.jsonl", Statement)
"""How members vote on drafts."""
DRAFT_ANSWERS = lines_file("answers-specialist.jsonl", Answered)
"""What the specialist answers to drafts."""
DRAFT_OPINIONS = lines_file("opinions.jsonl", JudgeVote)
"""What judges say of every answer to a draft."""
RECONCILIATION = record_file("reconciliation.json", Reconciliation)
"""How each proposal ended."""

ROUND = record_file("round.json", Round)
"""The figures of a round that later rounds are held against."""
ASSESSMENT = record_file("assessment.json", Assessment)
"""What follows a round, with every number that it rests on."""

SEALED_ATTEMPT = record_file("look.json", SealedAttempt)
"""Which attempt at the sealed version an attempt is."""
GATE = record_file("gate.json", GateVerdict)
"""What the gate found."""
RECORD = record_file(bundle.RECORD, PromotionRecord)
"""The promotion's record."""
FINGERPRINT = record_file(bundle.FINGERPRINT, Fingerprint)
"""What specialist and base model say next."""
PARTS = record_file(bundle.PARTS, bundle.ServedParts)
"""Every file that the engine read, by digest."""
LIVE = record_file(bundle.LIVE, Pointer)
"""What the channel's pointer says on the default branch."""
GRADER = record_file("grader.json", GraderChoice)
"""Which judge may decide while the promotion is live, and why the others may not."""
LINEAGE = content_file(bundle.LINEAGE)
"""What the candidate was made from."""
EVALUATION = content_file(bundle.EVALUATION)
"""How it did on the exam."""
CONTRACT = record_file(bundle.CONTRACT, Contract)
"""What takes the promotion back."""
CARD = content_file(bundle.CARD)
"""The model card, as text."""
PAGE = content_file(bundle.PAGE)
"""The model card, as a page."""
REQUEST = record_file(bundle.REQUEST, bundle.Request)
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
