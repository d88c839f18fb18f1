"""One judge's exam: what it said of the labelled answers, and whether its verdicts count."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from pydantic import AwareDatetime

from modelsmith.boundary.grants import Sendable
from modelsmith.boundary.hosted_model import ModelName
from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.labelled_answers import AnswerKind, CriterionId, Label
from modelsmith.judges.certification.examination import Certificate, Examination
from modelsmith.judges.opinion import Opinion
from modelsmith.judges.vote import worse_of
from modelsmith.models.source import ModelFamily
from modelsmith.record import Amount, Record, Sha256, digest_of


class ExamItem(Record):
    """One labelled criterion that judges were asked about."""

    scenario: str
    """Id of the scenario."""
    answer: str
    """Name of the answer in its sheet."""
    answer_sha256: Sha256
    """Digest of the answer's text."""
    kind: AnswerKind
    """What the answer is there to try."""
    criterion: CriterionId
    """The criterion's id."""
    label: Label
    """What people decided."""

    @property
    def worse(self) -> Outcome:
        """What is worse for the answer."""
        return worse_of(self.criterion)


class Sitting(Record):
    """One judge's exam, as it lies in git."""

    judge: ModelName
    """The judge's name in runners/models.yaml."""
    family: ModelFamily
    """Its descent."""
    identity: Mapping[str, str]
    """What can change its replies: protocol, version, address."""
    template: str
    """Version of the words it was asked with."""
    fields: tuple[Sendable, ...]
    """The fields of a question that it was shown."""
    exam_sha256: Sha256
    """Digest of everything it was asked about."""
    opinions: tuple[Opinion, ...]
    """What it said of the labelled answers."""
    retest: tuple[Opinion, ...] = ()
    """What it said of some of them when it was asked again."""
    probes: tuple[Opinion, ...] = ()
    """What it said of answers that try to talk it round."""
    cost_usd: Amount = 0.0
    """What it cost."""
    sat_at: AwareDatetime
    """When, UTC."""
    examination: Examination
    """How it did."""
    certificate: Certificate | None = None
    """What its verdicts rest on; none where it did not pass."""
    expires_at: AwareDatetime
    """Until when it counts, UTC."""

    @property
    def key(self) -> str:
        """What the result counts for, and nothing else."""
        return sitting_key(self.identity, self.template, self.fields, self.exam_sha256)

    def counts(self, now: datetime) -> bool:
        """Return whether its verdicts count at `now`: it passed, and not too long ago."""
        return self.certificate is not None and now < self.expires_at


LIFE = timedelta(days=30)
"""How long a certificate counts: providers change models under their names (section 1.5)."""


def sitting_key(
    identity: Mapping[str, str], template: str, fields: Collection[str], exam_sha256: str
) -> str:
    """Return what a judge's exam is kept under: another judge, words or exam is another exam."""
    return digest_of(
        {
            "judge": dict(identity),
            "template": template,
            "fields": sorted(fields),
            "exam": exam_sha256,
        }
    )
