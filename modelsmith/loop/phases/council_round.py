"""One round of a council: who fails again and again, what models propose, what others make of it.

`heard` asks and returns raw evidence; `ended` concludes from it, and replay concludes it again.
"""

from collections.abc import Sequence
from typing import get_args

from modelsmith.boundary.egress_filter import ContentScanner, text_of
from modelsmith.boundary.grants import Grant, Sendable
from modelsmith.boundary.hosted_model import HostedModel
from modelsmith.council.draft import DraftedScenario, drafted
from modelsmith.council.failure import Failure, failure_of, repeated
from modelsmith.council.prompts import WRONG, answer_ask, ballot_ask, drafts_ask
from modelsmith.council.proposal import Proposal, Reason, Reconciled, Statement, ballot_of
from modelsmith.council.reconciliation import Terms, Tested, open_in, reconciled, screened
from modelsmith.exam.checks.figures import Number
from modelsmith.exam.composed_answer import wrong_answers
from modelsmith.exam.prompt import form_for
from modelsmith.exam.scenario import Scenario, Split
from modelsmith.exam.verdict import Judged, graded
from modelsmith.judges.ask_judges import opinions_on, wanted_of
from modelsmith.judges.certification.result import deciders
from modelsmith.judges.panel import JudgeVote, judged, judged_criteria
from modelsmith.loop.answers.grading import steered, trials_on, what_is_open
from modelsmith.loop.answers.local_model import SPECIALIST, TRAIN, ask, open_engine
from modelsmith.loop.evidence.files import (
    BALLOTS,
    DRAFT_ANSWERS,
    DRAFT_OPINIONS,
    DRAFTS,
    MEMBER_ANSWERS,
)
from modelsmith.loop.phases.council_members import (
    Members,
    Question,
    families_of,
    fields_for,
    models_of,
    voters_of,
)
from modelsmith.record import canonical
from modelsmith.run.context import PhaseContext, RunPorts
from modelsmith.run.entry_facts import latest, rules_of
from modelsmith.run.evidence import Evidence, Files, evidence_of
from modelsmith.run.state_machine import Event

OF_TRAIN = Grant(provider="council", splits=("train",), fields=get_args(Sendable))
"""Everything of train and nothing held out: what a proposal may be like."""


def failures_of(context: PhaseContext) -> tuple[Failure, ...]:
    """Return how the categories fail that failed in each of the last evaluations asked for."""
    categories = {scenario.id: scenario.category for scenario in context.train}
    names = repeated(context.entries, categories, context.config.council.after)
    entry = latest(context.entries, Event.EVALUATED)
    if not names or entry is None:
        return ()
    evidence = evidence_of(entry, context.read)
    given = TRAIN.read(evidence)
    if rules_of(context.entries) > 1:
        trials = steered(context, evidence, Split.TRAIN, SPECIALIST, given)
    else:  # in runs of before, as checks alone saw it
        trials = trials_on(context, context.train, given)
    return tuple(failure_of(name, trials) for name in names)


def ask_council(ports: RunPorts, context: PhaseContext, more: Sequence[Scenario]) -> Files:
    """Return what the models among the members said; nothing where none is asked.

    Args:
        ports: The ports.
        context: What the phase knew when it began.
        more: What the mutator adds to train in this round.
    """
    failures = failures_of(context) if models_of(context) else ()
    if not failures:
        return {}
    members, benchmark = Members(ports, context), context.snapshot.benchmark
    known = {scenario.id: scenario for scenario in context.train}
    drafts = members.ask(
        [
            Question(
                name,
                "drafts",
                failure.category,
                drafts_ask(
                    benchmark,
                    failure,
                    [known[one] for one in failure.failed],
                    fields_for(context, name),
                    context.config.council.proposals,
                ),
            )
            for failure in failures
            for name in models_of(context)
        ],
        "proposals",
    )
    raw = DRAFTS.of(tuple(drafts))
    proposals = open_in(*_screened(context, raw, more))
    questions = [
        question
        for proposal in proposals
        for name in voters_of(context, proposal.author)
        for question in _about(context, name, proposal)
    ]
    said = members.ask(questions, "answers and votes")
    raw |= MEMBER_ANSWERS.of(tuple(one for one in said if one.kind != "ballot"))
    raw |= BALLOTS.of(tuple(one for one in said if one.kind == "ballot"))
    if not proposals:
        return raw
    with open_engine(ports, context, context.progress.adapter) as engine:
        scenarios = [proposal.scenario for proposal in proposals]
        raw |= DRAFT_ANSWERS.of(ask(ports, context, engine, "answers on proposals", scenarios))
    return raw | _opinions(ports, context, raw, proposals)


def ended(context: PhaseContext, raw: Evidence, more: Sequence[Scenario]) -> tuple[Reconciled, ...]:
    """Return how each proposal of a model ends, from the raw evidence alone."""
    drafts, before = _screened(context, raw, more)
    tested = {
        proposal.scenario.id: _tested(context, raw, proposal)
        for proposal in open_in(drafts, before)
    }
    council = context.config.council
    terms = Terms(quorum=council.quorum, at_most=council.at_most, families=families_of(context))
    return reconciled(drafts, before, tested, (*context.train, *more), terms)


def statements_in(raw: Evidence) -> tuple[Statement, ...]:
    """Return everything that members said in a round."""
    files = (DRAFTS, MEMBER_ANSWERS, BALLOTS)
    return tuple(one for file in files for one in file.read(raw, ()))


def _about(context: PhaseContext, member: str, proposal: Proposal) -> tuple[Question, ...]:
    benchmark, scenario = context.snapshot.benchmark, proposal.scenario
    return (
        Question(member, "answer", scenario.id, answer_ask(benchmark, scenario)),
        Question(member, "wrong", scenario.id, answer_ask(benchmark, scenario, WRONG)),
        Question(member, "ballot", scenario.id, ballot_ask(benchmark, proposal)),
    )


def _screened(
    context: PhaseContext, raw: Evidence, more: Sequence[Scenario]
) -> tuple[tuple[DraftedScenario, ...], dict[str, tuple[Reason, ...]]]:
    benchmark = context.snapshot.benchmark
    said = DRAFTS.read(raw, ())
    drafts = tuple(one for statement in said for one in drafted(benchmark, statement))
    if not drafts:
        return (), {}
    screen = ContentScanner(context.snapshot, OF_TRAIN)
    answers = {one.name: one.proposal.answer for one in drafts if one.proposal}

    def copied(scenario: Scenario) -> str | None:
        return screen.found(text_of([*_texts(scenario), answers[scenario.id]]))

    train = (*context.train, *more)
    return drafts, screened(drafts, benchmark, train, context.reference.guard, copied)


def _texts(scenario: Scenario) -> list[str]:
    texts = [scenario.description, scenario.test_objective, scenario.input_text()]
    for criterion in scenario.criteria().values():
        texts.append(criterion.text)
        if criterion.check is not None and not isinstance(criterion.check, Number):
            texts.append(canonical(criterion.check.model_dump(mode="json")).decode())
    return texts


def _panel(context: PhaseContext, author: str) -> tuple[str, ...]:
    """Return the judges that decide on an author's proposal: never one of its own family."""
    own, families = families_of(context)[author], context.hosted.families(context.config.judges)
    usable = []
    for name, family in families.items():
        judge, grant = context.hosted.judge(name), None
        if isinstance(judge, HostedModel):
            grant = context.hosted.boundary.grant(judge.provider, "judge")
        if family != own and (judge.inside or (grant is not None and "train" in grant.splits)):
            usable.append(name)
    return deciders(context.certified_judges, usable)


def _answers(context: PhaseContext, raw: Evidence, proposal: Proposal) -> dict[str, dict[str, str]]:
    """Return every answer to a proposal by its kind and by whose it is."""
    scenario = proposal.scenario
    found: dict[str, dict[str, str]] = {
        "right": {proposal.author: proposal.answer},
        "plain": wrong_answers(context.snapshot.benchmark, scenario, proposal.answer),
        "answer": {},
        "wrong": {},
        "specialist": {},
    }
    for said in MEMBER_ANSWERS.read(raw, ()):
        if said.about == scenario.id and said.text and not said.error:
            found[said.kind][said.member] = said.text
    for given in DRAFT_ANSWERS.read(raw, ()):
        if given.scenario == scenario.id and given.answer is not None:
            found["specialist"]["specialist"] = given.answer.text
    return found


def _opinions(
    ports: RunPorts, context: PhaseContext, raw: Evidence, proposals: Sequence[Proposal]
) -> Files:
    opinions = list[JudgeVote]()
    for proposal in proposals:
        panel = _panel(context, proposal.author)
        if not panel or not judged_criteria(context.snapshot.benchmark, proposal.scenario):
            continue
        texts = {t for by in _answers(context, raw, proposal).values() for t in by.values() if t}
        asked = [(proposal.scenario, Split.TRAIN, text) for text in sorted(texts)]
        opinions += opinions_on(
            ports.outbound(context),
            [context.hosted.judge(judge) for judge in panel],
            context.snapshot.benchmark,
            wanted_of(context.snapshot.benchmark, asked),
            seed=context.config.seed,
            label="judges on proposals",
            boundary=context.hosted.boundary,
        )
    return DRAFT_OPINIONS.of(tuple(opinions)) if opinions else {}


def _tested(context: PhaseContext, raw: Evidence, proposal: Proposal) -> Tested:
    benchmark, scenario = context.snapshot.benchmark, proposal.scenario
    panel = _panel(context, proposal.author)
    opinions = [o for o in DRAFT_OPINIONS.read(raw, ()) if o.scenario == scenario.id]
    undecided = () if panel else tuple(what_is_open(context)(scenario))

    def passed(text: str) -> bool | None:
        if panel and judged_criteria(benchmark, scenario):
            tie = benchmark.judging.tie
            verdict = judged(benchmark, scenario, text, opinions, panel, tie=tie)
        else:
            verdict = graded(scenario, text, form_for(benchmark, scenario))
        return verdict.passed if isinstance(verdict, Judged) else None

    answers = _answers(context, raw, proposal)
    found = {kind: {name: passed(t) for name, t in by.items()} for kind, by in answers.items()}
    votes = BALLOTS.read(raw, ())
    return Tested(
        undecided=undecided,
        right=found["right"][proposal.author],
        others=found["answer"],
        wrong=found["wrong"],
        plain=found["plain"],
        specialist=found["specialist"].get("specialist"),
        ballots=tuple(ballot_of(said) for said in votes if said.about == scenario.id),
        voters=len(voters_of(context, proposal.author)),
    )
