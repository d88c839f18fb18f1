"""Proposals of the mutator, and which may be trained on, each with all its reasons.

| gate          | a proposal is refused when                                                     |
|---------------|--------------------------------------------------------------------------------|
| schema        | it is no valid scenario                                                        |
| vocabulary    | lens, category, mechanic or a verdict label is not the benchmark's             |
| family        | it is no variant of the train family it names, or its id is taken              |
| leak          | it resembles a steer or sealed scenario                                        |
| novelty       | its words and figures are in train, or in a proposal that is accepted          |
| answerability | its composed answer fails its rubric, or a wrong answer passes it              |
| quota         | its family has enough in this round; other worlds come before more of the same |

Source: research, evalscience, section 6. What is accepted goes to people as a pull request.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from pydantic import ValidationError

from modelsmith.council.proposal import GateName, Proposal, Reason, Reconciled, Reconciliation
from modelsmith.documents.diagnostic import Severity
from modelsmith.documents.json_schema import problems_of
from modelsmith.exam.authoring.form_lint import form_remarks
from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.checks.check import Verdict
from modelsmith.exam.composed_answer import Answerability
from modelsmith.exam.leakage import LeakFinding, LeakGuard
from modelsmith.exam.prompt import verdicts_for
from modelsmith.exam.scenario import Scenario
from modelsmith.exam.similarity import fingerprint_of

AT_MOST = 2
"""Proposals of one family that a round accepts (evalscience, section 6, step 7)."""


def reconciliation_of(  # noqa: PLR0913 - what a proposal is held against
    proposals: Sequence[Proposal],
    benchmark: Benchmark,
    train: Sequence[Scenario],
    held_out: Sequence[Scenario],
    answerability: Callable[[Scenario], Answerability],
    *,
    at_most: int = AT_MOST,
    guard: LeakGuard | None = None,
) -> Reconciliation:
    """Return how each proposal ends; the order in which they came does not matter.

    Args:
        proposals: What the members offered.
        benchmark: The vocabularies.
        train: Everything in train, variants included.
        held_out: Steer and sealed.
        answerability: Tells whether a scenario's rubric tells right from wrong.
        at_most: Proposals of one family to accept.
        guard: The held-out scenarios made ready to be compared with; made here where not given.
    """
    ordered = sorted(proposals, key=lambda p: (p.scenario.id, p.author, p.digest()))
    leaking: dict[str, list[LeakFinding]] = {}
    guard = guard or LeakGuard(held_out, (*train, *held_out))
    for leak in guard.found([p.scenario for p in ordered]):
        leaking.setdefault(leak.candidate, []).append(leak)
    known = {
        fingerprint_of(scenario): scenario.id for scenario in sorted(train, key=lambda s: s.id)
    }
    taken = {scenario.id for scenario in train}
    families = {scenario.family for scenario in train}
    against: list[list[Reason]] = []
    for proposal in ordered:
        scenario = proposal.scenario
        reasons = [*_schema(scenario), *vocabulary_reasons(benchmark, scenario)]
        reasons += _family(proposal, families, taken)
        reasons += leak_reasons(leaking.get(scenario.id, ()))
        reasons += _novelty(scenario, known)
        reasons += _answerability(answerability(scenario))
        against.append(reasons)
    _admit(ordered, against, at_most)
    return Reconciliation(
        reconciled=tuple(
            Reconciled(
                name=proposal.scenario.id,
                author=proposal.author,
                proposal=proposal,
                ruling="refused" if reasons else "accepted",
                reasons=tuple(reasons),
            )
            for proposal, reasons in zip(ordered, against, strict=True)
        )
    )


def _admit(ordered: Sequence[Proposal], against: Sequence[list[Reason]], at_most: int) -> None:
    """Refuse repeats and what exceeds a family's quota, among those with nothing against them."""
    same_world: Counter[tuple[str, str]] = Counter()
    queue = []
    for at, (proposal, reasons) in enumerate(zip(ordered, against, strict=True)):
        if not reasons:
            key = (proposal.parent, proposal.world)
            queue.append((same_world[key], proposal.world, at))
            same_world[key] += 1
    accepted: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for _, _, at in sorted(queue):
        proposal = ordered[at]
        twin = accepted.get(fingerprint_of(proposal.scenario))
        if twin is not None or proposal.scenario.id in accepted.values():
            name = twin or proposal.scenario.id
            against[at].append(reason_of("novelty", f"repeats {name}, which is accepted"))
        elif counts[proposal.parent] >= at_most:
            message = f"{proposal.parent} has {at_most} accepted in this round, at most {at_most}"
            against[at].append(reason_of("quota", message))
        else:
            accepted[fingerprint_of(proposal.scenario)] = proposal.scenario.id
            counts[proposal.parent] += 1


def _schema(scenario: Scenario) -> Iterator[Reason]:
    try:
        Scenario.model_validate_json(scenario.canonical())
    except ValidationError as error:
        for problem in error.errors(include_url=False, include_context=False):
            place = ".".join(str(part) for part in problem["loc"]) or "scenario"
            yield reason_of("schema", f"{place}: {problem['msg']}")


def vocabulary_reasons(benchmark: Benchmark, scenario: Scenario) -> Iterator[Reason]:
    """Yield each word of a scenario that is not the benchmark's."""
    if scenario.operator_lens not in benchmark.lenses:
        known = ", ".join(benchmark.lenses)
        yield reason_of("vocabulary", f"lens {scenario.operator_lens}, expected one of {known}")
    for problem in problems_of(benchmark.mechanic.schema_, dict(scenario.mechanic)):
        where = ".".join(str(part) for part in (benchmark.mechanic.field, *problem.loc))
        yield reason_of("vocabulary", f"{where}: {problem.what}, expected {problem.expected}")
    if scenario.category not in benchmark.categories:
        known = ", ".join(benchmark.categories)
        yield reason_of("vocabulary", f"category {scenario.category}, expected one of {known}")
        return
    labels = verdicts_for(benchmark, scenario)
    for key, criterion in scenario.criteria().items():
        check = criterion.check
        if isinstance(check, Verdict):
            if check.verdict not in labels:
                message = f"{key} asks for {check.verdict}, expected one of {', '.join(labels)}"
                yield reason_of("vocabulary", message)
        elif check is not None:
            for remark in form_remarks(benchmark, scenario, check, (key,)):
                if remark.severity is Severity.ERROR:
                    message = f"{key}: {remark.what}, expected {remark.expected}"
                    yield reason_of("vocabulary", message)


def _family(proposal: Proposal, families: set[str], taken: set[str]) -> Iterator[Reason]:
    scenario = proposal.scenario
    if proposal.parent not in families:
        yield reason_of("family", f"{proposal.parent} is no train family")
    if scenario.family != proposal.parent or scenario.id == proposal.parent:
        expected = f"{proposal.parent}__SUFFIX"
        yield reason_of("family", f"id {scenario.id}, expected {expected}")
    if scenario.id in taken:
        yield reason_of("family", f"id {scenario.id} is taken in train")


def leak_reasons(found: Sequence[LeakFinding]) -> Iterator[Reason]:
    """Yield each resemblance to what is held out."""
    for leak in found:
        figures = f"{leak.rule} {leak.value:.3g}, limit {leak.limit:.3g}"
        yield reason_of("leak", f"resembles {leak.held_out}: {figures} ({leak.action})")


def _novelty(scenario: Scenario, known: dict[str, str]) -> Iterator[Reason]:
    twin = known.get(fingerprint_of(scenario))
    if twin is not None:
        yield reason_of("novelty", f"same words and figures as {twin} in train")


def _answerability(found: Answerability) -> Iterator[Reason]:
    if not found.right_passes:
        yield reason_of("answerability", "the answer composed from the rubric does not pass it")
    if found.wrong_passing:
        yield reason_of("answerability", f"wrong answers pass: {', '.join(found.wrong_passing)}")


def reason_of(gate: GateName, message: str) -> Reason:
    """Return what stands against a proposal."""
    return Reason(gate=gate, message=message)
