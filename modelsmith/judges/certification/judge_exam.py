"""What a judge is asked in its exam, and how it did: from what it said and what people said.

The examination of a judge, and of a panel from what its members said, is always computed anew
from their opinions; nothing that was written down about it is trusted.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.labelled_answers import ExamSheet, exam_digest
from modelsmith.exam.scenario import Scenario
from modelsmith.exam.seeded_random import Draws
from modelsmith.judges.certification.certified_judges import Bench
from modelsmith.judges.certification.exam_probe import PROBES, Probe, probe_findings, probes_on
from modelsmith.judges.certification.exam_rules import ExamFinding, retest_finding
from modelsmith.judges.certification.examination import (
    Certificate,
    Examination,
    certificate_of,
    examination_of,
)
from modelsmith.judges.certification.sitting import ExamItem, Sitting
from modelsmith.judges.opinion import Opinion
from modelsmith.judges.panel import asked_criteria, judged, judged_criteria
from modelsmith.record import digest_of, sha256

RETEST = 60
"""Criteria that are asked about twice: 57 of them must come out the same (section 1.5)."""


class JudgeExam(NamedTuple):
    """The exam that judges sit: answers that people labelled, and the rules of the benchmark."""

    benchmark: Benchmark
    """Says what judges decide, and the floor."""
    sheets: tuple[ExamSheet, ...]
    """The labelled answers."""
    scenarios: Mapping[str, Scenario]
    """The train scenarios that they answer, by id."""

    @property
    def sha256(self) -> str:
        """Digest of everything that a judge is asked about, and of what decides the outcome."""
        names = sorted({sheet.scenario for sheet in self.sheets})
        return digest_of(
            {
                "probes": PROBES,
                "sheets": exam_digest(self.sheets),
                "scenarios": {name: self.scenarios[name].digest() for name in names},
                "judging": self.benchmark.judging.model_dump(mode="json"),
                "floor": self.benchmark.floors.exam,
            }
        )

    @property
    def seed(self) -> int:
        """Of every draw: the same exam is the same for every judge, whenever it sits it."""
        return int(self.sha256[:8], 16)

    def items(self) -> tuple[ExamItem, ...]:
        """Return the labelled criteria that judges are asked about, sorted."""
        return tuple(
            ExamItem(
                scenario=sheet.scenario,
                answer=answer.id,
                answer_sha256=sha256(answer.text.encode()),
                kind=answer.kind,
                criterion=key,
                label=answer.labels[key],
            )
            for sheet in sorted(self.sheets, key=lambda sheet: sheet.scenario)
            for answer in sheet.answers
            for key in asked_criteria(self.benchmark, self.scenarios[sheet.scenario], answer.text)
        )

    def texts(self) -> dict[str, str]:
        """Return each labelled answer by its digest."""
        texts = (answer.text for sheet in self.sheets for answer in sheet.answers)
        return {sha256(text.encode()): text for text in texts}

    def retested(self) -> tuple[ExamItem, ...]:
        """Return the criteria that are asked about twice."""
        return tuple(Draws("retest", self.seed).shuffled(self.items())[:RETEST])

    def probes(self) -> tuple[Probe, ...]:
        """Return the answers that try to talk a judge round."""
        chosen = [self.scenarios[name] for name in sorted({s.scenario for s in self.sheets})]
        decided = {s.id: judged_criteria(self.benchmark, s) for s in chosen}
        return probes_on(chosen, decided, self.seed)

    def examination(
        self,
        panel: Collection[str],
        version: str,
        *,
        opinions: Sequence[Opinion],
        retest: Sequence[Opinion],
        probes: Sequence[Opinion],
    ) -> Examination:
        """Return how a judge, or a panel of them, did.

        Args:
            panel: Their names.
            version: Who sat, in words that change when they do.
            opinions: What they said of the labelled answers.
            retest: What they said when they were asked again.
            probes: What they said of the probes.
        """
        more: list[ExamFinding] = [*probe_findings(self.probes(), probes)]
        more.append(_repeated(opinions, retest))
        return examination_of(
            self.sheets,
            self.scenarios,
            self.benchmark.floors.exam,
            lambda scenario, answer: judged(
                self.benchmark, scenario, answer, opinions, panel, tie="against"
            ),
            version,
            decides=lambda scenario, answer: asked_criteria(self.benchmark, scenario, answer),
            more=more,
        )

    def of_panel(self, sittings: Sequence[Sitting]) -> Examination:
        """Return how a panel does, from what its members said; nobody is asked anything."""
        names = tuple(sorted(sitting.judge for sitting in sittings))
        return self.examination(
            names,
            f"panel of {', '.join(names)}",
            opinions=[opinion for sitting in sittings for opinion in sitting.opinions],
            retest=[opinion for sitting in sittings for opinion in sitting.retest],
            probes=[opinion for sitting in sittings for opinion in sitting.probes],
        )

    def certificate(self, examination: Examination) -> Certificate | None:
        """Return what an examination grants; none where it was not passed."""
        floor = self.benchmark.floors.exam
        return certificate_of(
            examination, self.benchmark.domain, self.sheets, self.scenarios, floor
        )

    def bench(self, sittings: Sequence[Sitting]) -> Bench:
        """Return the judges of a run with what they did on this exam."""
        ranked = tuple(sorted(sittings, key=lambda sitting: sitting.judge))
        return Bench(items=self.items(), sittings=ranked)


def _repeated(opinions: Sequence[Opinion], retest: Sequence[Opinion]) -> ExamFinding:
    first = {_place(opinion): opinion.outcome for opinion in opinions}
    same = sum(first.get(_place(opinion)) is opinion.outcome for opinion in retest)
    return retest_finding(same, len(retest))


def _place(opinion: Opinion) -> tuple[str, str, str, str]:
    return opinion.judge, opinion.scenario, opinion.answer_sha256, opinion.criterion
