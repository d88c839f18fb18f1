"""Whether a question may go to a hosted model: by what it says is in it, then by its text."""

from modelsmith.boundary.call import Ask, Subject
from modelsmith.boundary.egress_filter import Screen, text_of
from modelsmith.boundary.grants import Boundary, Grant, Purpose
from modelsmith.boundary.hosted_model import HostedModel
from modelsmith.exam.scenario import FAMILY_MARK, Split
from modelsmith.exam.snapshot import ExamSnapshot
from modelsmith.record import canonical


class Border:
    """One boundary around one exam."""

    def __init__(self, boundary: Boundary, exam: ExamSnapshot) -> None:
        """Take both; the exam is read when the first question comes."""
        self._boundary = boundary
        self._exam = exam
        self._splits = {s.id: split for split in Split for s in getattr(exam, split.value)}
        self._screens: dict[tuple[str, Purpose], Screen] = {}

    def why_not(self, model: HostedModel, ask: Ask) -> str | None:
        """Return why a question may not go to a model; None where it may.

        What goes to a model inside does not leave, and needs no grant.
        """
        if model.inside:
            return None
        name, purpose = self._boundary.name, ask.purpose
        grant = self._boundary.grant(model.provider, purpose)
        if grant is None:
            return f"boundary {name} grants {model.provider} nothing as {purpose}"
        for subject in ask.subjects:
            if (kept_in := self._beyond(grant, subject)) is not None:
                return f"boundary {name} keeps {kept_in} from {model.provider} as {purpose}"
        if (model.provider, purpose) not in self._screens:
            self._screens[model.provider, purpose] = Screen(self._exam, grant)
        found = self._screens[model.provider, purpose].found(_text(ask))
        if found is None:
            return None
        return (
            f"a question to {model.provider} as {purpose} carries {found}, "
            f"which boundary {name} keeps in"
        )

    def _beyond(self, grant: Grant, subject: Subject) -> str | None:
        """Return what of a subject is not granted; the exam says its split, whatever it says."""
        family = subject.scenario.split(FAMILY_MARK, maxsplit=1)[0]
        said = self._splits.get(family, subject.split)
        split = self._splits.get(subject.scenario, said)
        if split.value not in grant.splits:
            return f"{subject.scenario}, which is {split},"
        if beyond := [field for field in subject.fields if field not in grant.fields]:
            return f"{', '.join(beyond)} of {subject.scenario}"
        if subject.with_answer and not grant.answers:
            return f"an answer to {subject.scenario}"
        return None


def _text(ask: Ask) -> str:
    """Return all of a question that leaves, as one text."""
    shape = [canonical(ask.shape.model_dump(mode="json")).decode()] if ask.shape else []
    return text_of([*(message.content for message in ask.prompt), *shape])
