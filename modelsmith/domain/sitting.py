"""One judge's exam: what it said of the labelled answers, and whether its verdicts count."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AwareDatetime, Field

from modelsmith.domain.boundary import Sendable
from modelsmith.domain.finding import Outcome
from modelsmith.domain.hosted import ModelFamily, ModelName
from modelsmith.domain.judge_exam import Certificate, Examination
from modelsmith.domain.labelled import AnswerKind, CriterionId, Label
from modelsmith.domain.opinion import Opinion
from modelsmith.domain.record import Record, Sha256
from modelsmith.domain.vote import worse_of


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
    seed: Annotated[int, Field(ge=0)]
    """Of the order and of the fences."""
    opinions: tuple[Opinion, ...]
    """What it said of the labelled answers."""
    retest: tuple[Opinion, ...] = ()
    """What it said of some of them when it was asked again."""
    probes: tuple[Opinion, ...] = ()
    """What it said of answers that try to talk it round."""
    cost_usd: Annotated[float, Field(ge=0)] = 0.0
    """What it cost."""
    sat_at: AwareDatetime
    """When, UTC."""
    examination: Examination
    """How it did."""
    certificate: Certificate | None = None
    """What its verdicts rest on; none where it did not pass."""
    expires_at: AwareDatetime
    """Until when it counts, UTC."""
