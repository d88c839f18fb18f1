"""Five judges over three wires, of which the exam shows the panel better than any: one picks
what is learnt, the others decide.

What each judge says is planted: right, and wrong or silent as often as it is told to, apart from
the others. Every figure that the run prints of its panels is counted anew here, from what came over
the wire.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from statistics import correlation, fmean

import pytest
from scipy.stats import binomtest

from modelsmith.exam.answers import Answered
from modelsmith.exam.benchmark import by_id
from modelsmith.exam.checks.answer_form import FREE_TEXT
from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.verdict import graded
from modelsmith.judges.certification.panel_agreement import PhaseJudging, SystemJudging
from modelsmith.judges.panel import JudgeVote
from modelsmith.judges.prompt import presentable
from modelsmith.promotion.record import PromotionRecord
from modelsmith.record import records_in, sha256
from modelsmith.run.entry_facts import PromotedFacts, facts_of
from tests.support.frontier import asked_of
from tests.support.frontier_runs import BASELINES, an_exam_for_judges
from tests.support.providers import ProviderServer
from tests.support.runs import Workshop, learning
from tests.support.wired_runs import (
    APART,
    WiredFrontier,
    a_wired_run,
    asked_in,
    inquiry_in,
    wired_providers,
)

pytestmark = pytest.mark.slow

PROMOTE = "005-promote"
JUDGES = tuple(APART)
PICKER = "claude-j"
"""Who accepts training targets, the second best in the exam, and decides no comparison."""
DECIDING = tuple(judge for judge in JUDGES if judge != PICKER)
PANELS = {
    "claude-1": ("deepseek-j", "gemini-j", "gpt-j", "mistral-j"),
    "gemini-1": ("deepseek-j", "gpt-j", "mistral-j"),
    "gpt-1": ("deepseek-j", "gemini-j", "mistral-j"),
}
WORDS = {"met": Outcome.MET, "not_met": Outcome.NOT_MET, "abstain": Outcome.UNSCORED}
RARE = 0.001
"""A tally that independent draws at the planted rate give less often than this is not planted."""

Place = tuple[str, str]
"""An answer as a judge reads it, and a criterion's id."""


@dataclass(frozen=True)
class Stage:
    """A run that its judges decided, and what each of them said over the wire, by its place."""

    server: ProviderServer
    workshop: Workshop
    said: Mapping[str, Mapping[Place, Outcome]]

    def file(self, name: str) -> bytes:
        """Return an evidence file of the promotion, which is the one that the ledger names."""
        content = (self.workshop.folder / PROMOTE / name).read_bytes()
        assert self.workshop.entries()[-1].evidence[f"{PROMOTE}/{name}"] == sha256(content)
        return content

    def record(self) -> PromotionRecord:
        return PromotionRecord.model_validate_json(self.file("record.json"))

    def answers(self, system: str) -> tuple[Answered, ...]:
        return records_in(self.file(f"answers-sealed-{system}.jsonl"), Answered)


@pytest.fixture(scope="module")
def stage(tmp_path_factory) -> Iterator[Stage]:
    root = tmp_path_factory.mktemp("panel")
    with wired_providers(WiredFrontier(APART)) as server:
        workshop = a_wired_run(root, server.port, judges=JUDGES, skill=learning(0.05, 1.0))
        workshop.go()
        yield Stage(server, workshop, said_to(server))


def said_to(server: ProviderServer) -> dict[str, dict[Place, Outcome]]:
    """Return what each judge said of answers, in the exam and in the run; asked twice, the same."""
    said: dict[str, dict[Place, Outcome]] = {name: {} for name in JUDGES}
    for call in server.calls:
        if call.schema is None:
            continue
        _, shown, criterion = asked_of(inquiry_in(call))
        if "FINDING:" in shown:  # else a probe, which answers no question
            outcome = WORDS[json.loads(server.script(call))["verdict"]]
            assert said[asked_in(call)].setdefault((shown, criterion), outcome) is outcome
    return said


def majority(votes: Collection[Outcome], worse: Outcome) -> Outcome:
    """Return what more than half say; a tie is against, and a single vote is no panel."""
    counts = Counter(votes)
    if len(votes) - counts[Outcome.UNSCORED] < min(2, len(votes)):
        return Outcome.UNSCORED
    if counts[Outcome.MET] == counts[Outcome.NOT_MET]:
        return worse
    return max((Outcome.MET, Outcome.NOT_MET), key=counts.__getitem__)


def worse_in(criterion: str) -> Outcome:
    return Outcome.MET if criterion.startswith("F") else Outcome.NOT_MET


def labels_of(stage: Stage) -> dict[Place, Outcome]:
    """Return what people say in the exam."""
    exam = an_exam_for_judges(stage.workshop.snapshot)
    texts = exam.texts()
    return {(presentable(texts[i.answer_sha256]), i.criterion): i.label for i in exam.items()}


def balanced(stage: Stage, judges: Collection[str]) -> float:
    """Return the mean of sensitivity and specificity in the exam."""
    right: dict[Outcome, list[bool]] = {Outcome.MET: [], Outcome.NOT_MET: []}
    for place, label in labels_of(stage).items():
        votes = [stage.said[judge][place] for judge in judges]
        right[label].append(majority(votes, worse_in(place[1])) is label)
    return fmean(fmean(found) for found in right.values())


def test_the_exam_shows_the_panel_better_than_its_best_judge(stage):
    alone = {judge: balanced(stage, (judge,)) for judge in JUDGES}
    assert 0.85 < min(alone.values()) < max(alone.values()) < balanced(stage, JUDGES)
    for panel in PANELS.values():
        assert max(alone[judge] for judge in panel) < balanced(stage, panel)


def test_each_comparison_is_decided_by_the_panel_that_is_matched_to_it(stage):
    entry = stage.workshop.entries()[-1]
    assert (entry.event, facts_of(entry, PromotedFacts).decision) == ("staged", "promote")
    compared = {one.system: one for one in stage.record().baselines}
    assert {name: one.panel.judges for name, one in compared.items()} == PANELS
    for name, one in compared.items():
        family = name.partition("-")[0]
        why = f"of the baseline's family {family}"
        picked = {PICKER: "its family claude accepted training targets"}
        assert (one.panel.left_out, one.panel.is_enough) == (picked | {f"{family}-j": why}, True)
        finding = next(f for f in stage.record().gate.findings if f.rule == f"judges:{name}")
        assert (finding.holds, finding.message.partition(";")[0]) == (
            True,
            f"judged by {', '.join(PANELS[name])}",
        )
    told = {name: opinions_on(stage, name) for name in ("candidate", *BASELINES)}
    assert {name: {o.judge for o in found} for name, found in told.items()} == {
        "candidate": set(DECIDING)
    } | {name: set(panel) for name, panel in PANELS.items()}


def test_a_criterion_is_what_most_of_the_panel_said_over_the_wire(stage):
    overruled = 0
    for compared in stage.record().baselines:
        panel = PANELS[compared.system]
        for card, system in ((compared.candidate, "candidate"), (compared.card, compared.system)):
            together = passes(stage, system, panel)
            assert sum(one.passes for one in card.categories) == together
            overruled += sum(passes(stage, system, (judge,)) != together for judge in panel)
    assert overruled > 0, "no judge alone would have said otherwise"


def passes(stage: Stage, system: str, panel: Collection[str]) -> int:
    """Return how many canonical sealed answers pass: by checks what is in no judge's hands."""
    known, passed = by_id(stage.workshop.snapshot.sealed), 0
    for given in stage.answers(system):
        scenario = known[given.scenario]
        if scenario.is_variant:
            continue
        shown = presentable(given.answer.text)
        good = []
        for verdict in graded(scenario, given.answer.text, FREE_TEXT).criteria:
            place = (shown, verdict.criterion)
            worse, outcome = worse_in(verdict.criterion), verdict.outcome
            if all(place in stage.said[judge] for judge in panel):
                outcome = majority([stage.said[judge][place] for judge in panel], worse)
            good.append(outcome not in (worse, Outcome.UNSCORED))
        passed += all(good)
    return passed


def opinions_on(stage: Stage, system: str) -> tuple[JudgeVote, ...]:
    return records_in(stage.file(f"opinions-sealed-{system}.jsonl"), JudgeVote)


def test_agreement_votes_and_abstentions_on_the_scorecard_are_what_was_planted(stage):
    found = PhaseJudging.model_validate_json(stage.file("judging.json")).hearings
    assert [one.system for one in found] == ["candidate", *BASELINES]
    report = stage.file("report.md").decode()
    for hearing in found:
        panel = PANELS.get(hearing.system, DECIDING)
        votes = votes_on(stage, hearing.system, panel)
        raw, kappa = agreed(votes)
        effective = effective_votes(stage, panel)
        silent = {n: list(said.values()).count(Outcome.UNSCORED) for n, said in votes.items()}
        assert hearing.accord.raw == pytest.approx(raw, abs=1e-8)
        assert hearing.accord.kappa == pytest.approx(kappa, abs=1e-8)
        assert hearing.accord.effective_votes == pytest.approx(effective, abs=1e-8)
        assert turnout_of(hearing) == {n: (len(votes[n]), silent[n], 0) for n in panel}
        asked, abstained = sum(map(len, votes.values())), sum(silent.values())
        figures = f"{raw:.2f} | {kappa:.2f} | {effective:.2f} | {asked} | {abstained} | 0"
        assert f"| {hearing.system}, sealed | {', '.join(panel)} | {figures} |" in report


def test_what_was_said_is_what_independent_judges_of_that_temper_say(stage):
    votes = votes_on(stage, "candidate", DECIDING)
    temper = APART[JUDGES[0]]
    same = temper.sensitivity**2 + (1 - temper.sensitivity) ** 2
    for one, other in combinations(DECIDING, 2):
        pairs = both(votes[one], votes[other])
        assert binomtest(sum(a is b for a, b in pairs), len(pairs), same).pvalue > RARE
    spoken = [outcome for said in votes.values() for outcome in said.values()]
    silent = spoken.count(Outcome.UNSCORED)
    assert silent > 0
    assert binomtest(silent, len(spoken), temper.abstains).pvalue > RARE
    assert 0.8 * len(DECIDING) < effective_votes(stage, DECIDING) <= len(DECIDING)


def votes_on(
    stage: Stage, system: str, panel: Collection[str]
) -> dict[str, dict[tuple[str, str], Outcome]]:
    """Return what each judge of a panel said of a system's answers, by scenario and criterion."""
    return {
        judge: {
            (given.scenario, key): outcome
            for given in stage.answers(system)
            for (shown, key), outcome in stage.said[judge].items()
            if shown == presentable(given.answer.text)
        }
        for judge in panel
    }


def both(
    one: Mapping[tuple[str, str], Outcome], other: Mapping[tuple[str, str], Outcome]
) -> list[tuple[Outcome, Outcome]]:
    """Return what two judges said where both said something."""
    pairs = [(one[place], other[place]) for place in one.keys() & other.keys()]
    return [pair for pair in pairs if Outcome.UNSCORED not in pair]


def agreed(votes: Mapping[str, Mapping[tuple[str, str], Outcome]]) -> tuple[float, float]:
    """Return the mean agreement of two judges, raw and corrected for chance (Cohen)."""
    raws, kappas = [], []
    for one, other in combinations(votes, 2):
        pairs = both(votes[one], votes[other])
        raw = fmean(a is b for a, b in pairs)
        met = [fmean(pair[side] is Outcome.MET for pair in pairs) for side in (0, 1)]
        chance = met[0] * met[1] + (1 - met[0]) * (1 - met[1])
        raws.append(raw)
        kappas.append((raw - chance) / (1 - chance))
    return fmean(raws), fmean(kappas)


def effective_votes(stage: Stage, panel: Collection[str]) -> float:
    """Return how many independent votes a panel is worth, by the errors it shares in the exam."""
    labels = labels_of(stage)
    errors = {
        judge: [float(stage.said[judge][place] is not label) for place, label in labels.items()]
        for judge in panel
    }
    shared = fmean(correlation(errors[a], errors[b]) for a, b in combinations(panel, 2))
    return len(panel) / (1 + (len(panel) - 1) * max(0.0, shared))


def turnout_of(hearing: SystemJudging) -> dict[str, tuple[int, int, int]]:
    return {one.judge: (one.asked, one.abstained, one.lost) for one in hearing.accord.turnout}


def test_it_replays_equal_and_asks_nobody(stage):
    before = len(stage.server.calls)
    assert stage.workshop.replay().differences == ()
    assert len(stage.server.calls) == before
