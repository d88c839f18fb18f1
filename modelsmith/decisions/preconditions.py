"""Whether an attempt may be judged at all: was it allowed, and is there enough to compare."""

from collections import Counter
from collections.abc import Iterable, Iterator

from modelsmith.decisions.attempt import (
    Attempt,
    Contender,
    GateFinding,
    RuleClass,
    asked,
)
from modelsmith.exam.evidence_needed import (
    LEAST_FAMILIES,
    LEAST_PER_TYPE,
    SEVERAL_ATTEMPTS_FROM,
    UNSCORED_LIMIT,
)
from modelsmith.exam.scenario import OutcomeType
from modelsmith.judges.certification.examination import NO_CHECKS
from modelsmith.judges.panel_selection import LEAST_JUDGES
from modelsmith.policy import POLICY
from modelsmith.record import short
from modelsmith.statistics.trial import Trial

BASELINES = 3
"""Systems a candidate must beat (DESIGN, section 7)."""


def policy_findings(attempt: Attempt) -> Iterator[GateFinding]:
    """Yield what is found of the rules on whether this attempt was allowed."""
    allowed = attempt.allowed()
    yield finding(
        RuleClass.POLICY,
        "attempts",
        f"attempt {attempt.number} of {allowed} on exam version {attempt.benchmark.version}",
        attempt.number <= allowed,
        "Retire this sealed split to steer, write a new one and raise the exam's version; "
        f"more than one attempt needs {SEVERAL_ATTEMPTS_FROM} sealed scenarios.",
    )
    stand_ins = sorted(c.system for c in attempt.baselines if c.is_stand_in)
    channel = attempt.promotion.channel
    yield finding(
        RuleClass.POLICY,
        "stand-ins",
        f"channel {channel} with {len(stand_ins)} stand-ins ({', '.join(stand_ins) or 'none'})",
        channel == "sandbox" or not stand_ins,
        "Stand-ins admit to sandbox only: compare with the providers that the policy names.",
    )
    yield _providers(attempt)


def evidence_findings(attempt: Attempt) -> Iterator[GateFinding]:
    """Yield what is found of the rules on whether there is enough to compare."""
    yield _answers(attempt)
    yield _three_baselines(attempt)
    yield _same_exam(attempt)
    yield _same_questions(attempt)
    yield _families(attempt)
    yield _outcome_types(attempt)
    yield _checks(attempt)
    yield from _judges(attempt)
    yield from _unscored(attempt)
    yield finding(
        RuleClass.EVIDENCE,
        "constants",
        f"{len(attempt.constants)} constant policies scored, at least 1 expected",
        bool(attempt.constants),
        "Score the constant policies on the sealed split, variants included.",
    )


def _providers(attempt: Attempt) -> GateFinding:
    channel, rivals = attempt.promotion.channel, attempt.baselines
    compared = sorted(f"{c.provider} {c.model}" for c in rivals if c.provider)
    absent = sorted({*attempt.providers} - {c.provider for c in rivals})
    asked_for = (
        f"{POLICY} asks for {', '.join(attempt.providers) or 'none, which is no evidence'}"
        if channel == "production"
        else "no provider is asked for"
    )
    return finding(
        RuleClass.POLICY,
        "providers",
        f"channel {channel}: {asked_for}; compared with {', '.join(compared) or 'none of any'}",
        channel == "sandbox" or (bool(attempt.providers) and not absent),
        f"Name one baseline of each provider in run.yaml; missing: {', '.join(absent) or 'all'}.",
    )


def _checks(attempt: Attempt) -> GateFinding:
    """Return whether the checks passed the exam: like a judge, they count only then."""
    broken = [found.message for found in attempt.checks if not found.holds]
    is_examined = bool(attempt.checks)
    are_none = [found.message for found in attempt.checks if found.rule == NO_CHECKS]
    told = "; ".join(broken or are_none) or ("passed the exam" if is_examined else "sat no exam")
    return finding(
        RuleClass.EVIDENCE,
        "checks",
        f"the checks that decide criteria: {told}",
        is_examined and not broken,
        "Label answers to train scenarios in the benchmark's exam/, criterion by criterion, and "
        "mend the checks that people disagree with: modelsmith judge exam.",
    )


def _judges(attempt: Attempt) -> Iterator[GateFinding]:
    """Yield who decided each comparison; nothing where checks decide all of it."""
    _, *baselines = attempt.contenders()
    for baseline in baselines:
        if baseline.panel is not None:
            yield finding(
                RuleClass.EVIDENCE,
                f"judges:{baseline.system}",
                f"{baseline.panel.words}; the same for both sides, a tie counts against both; at "
                f"least {LEAST_JUDGES} expected, or one that the exam shows as good as the panel",
                baseline.panel.is_enough,
                "Name judges of further families in a new run.yaml, and let them sit the exam: "
                "modelsmith judge exam.",
            )
        if baseline.panel is not None and baseline.panel.accepting:
            yield _independence(attempt, baseline)


def _independence(attempt: Attempt, baseline: Contender) -> GateFinding:
    """Return whether somebody decides a comparison who did not pick what was trained on.

    A judge favours what was picked to its taste; where it alone picks and decides, passing shows
    its taste. The sandbox says so, production asks for a judge of another family.
    """
    panel = baseline.panel
    picked = ", ".join(panel.accepting) if panel else ""
    alone = panel is not None and not panel.is_independent
    told = (
        f"{picked} accepted training targets and alone decides this comparison: passing it may "
        "show that judge's taste"
        if alone
        else f"{picked} accepted training targets; others of this panel did not"
    )
    return finding(
        RuleClass.EVIDENCE,
        f"independent-judge:{baseline.system}",
        told,
        not alone or attempt.promotion.channel == "sandbox",
        "Name a certified judge of another family in a new run.yaml: of several families one picks "
        "no target.",
    )


def _answers(attempt: Attempt) -> GateFinding:
    count = len(attempt.candidate.trials)
    return finding(
        RuleClass.EVIDENCE,
        "answers",
        f"the candidate gave {count} sealed answers, at least 1 expected",
        count > 0,
        "Evaluate the candidate on the sealed split; an empty set promotes nothing.",
    )


def _three_baselines(attempt: Attempt) -> GateFinding:
    names = sorted(contender.system for contender in attempt.baselines)
    rivals = {*names} - {attempt.candidate.system}
    return finding(
        RuleClass.EVIDENCE,
        "three-baselines",
        f"baselines {', '.join(names) or 'none'}; {BASELINES} distinct ones expected",
        len(names) == len(rivals) == BASELINES,
        "Evaluate each baseline that the run names, once.",
    )


def _same_exam(attempt: Attempt) -> GateFinding:
    stale = [c.system for c in attempt.contenders() if c.exam_sha256 != attempt.exam_sha256]
    return finding(
        RuleClass.EVIDENCE,
        "same-exam",
        f"exam {short(attempt.exam_sha256)} in force; answered on another one: "
        f"{', '.join(stale) or 'none'}",
        not stale,
        "Evaluate again on the exam in force: its version, canary, weights or questions changed.",
    )


def _same_questions(attempt: Attempt) -> GateFinding:
    expected = asked(attempt.candidate.trials)
    sides = [(c.system, c.trials) for c in attempt.contenders()]
    sides += [(f"{c.system} (candidate)", c.against) for c in attempt.baselines if c.panel]
    twice = sorted(
        f"{system} on {name}"
        for system, trials in sides
        for name, count in Counter(t.scenario for t in trials).items()
        if count > 1
    )
    other = [system for system, trials in sides if asked(trials) != expected]
    return finding(
        RuleClass.EVIDENCE,
        "same-questions",
        f"answered twice: {', '.join(twice) or 'none'}; "
        f"answered other questions than the candidate: {', '.join(other) or 'none'}",
        not twice and not other,
        "Evaluate every system on the same scenarios and variants, once each.",
    )


def _families(attempt: Attempt) -> GateFinding:
    count = len({trial.family for trial in attempt.candidate.trials})
    return finding(
        RuleClass.EVIDENCE,
        "families",
        f"{count} sealed families, at least {LEAST_FAMILIES} expected",
        count >= LEAST_FAMILIES,
        f"Add {max(0, LEAST_FAMILIES - count)} sealed scenarios; variants do not count.",
    )


def _outcome_types(attempt: Attempt) -> GateFinding:
    pairs = {(t.outcome_type, t.family) for t in attempt.candidate.trials if not t.is_variant}
    counts = {kind: sum(of is kind for of, _ in pairs) for kind in OutcomeType}
    return finding(
        RuleClass.EVIDENCE,
        "outcome-types",
        f"sealed families by outcome type: {', '.join(f'{k} {n}' for k, n in counts.items())}; "
        f"at least {LEAST_PER_TYPE} of each expected",
        min(counts.values()) >= LEAST_PER_TYPE,
        "Add sealed scenarios of the thin types: a one-sided exam cannot promote.",
    )


def _unscored(attempt: Attempt) -> Iterator[GateFinding]:
    candidate, *baselines = attempt.contenders()
    graded = [(candidate.system, max(attempt.gradings(), key=_undecided))]
    for system, trials in [*graded, *((c.system, c.trials) for c in baselines)]:
        lost, total = _undecided(trials), len(trials)
        yield finding(
            RuleClass.EVIDENCE,
            f"unscored:{system}",
            f"{lost} of {total} answers unscored, at most {UNSCORED_LIMIT:.0%} expected",
            lost <= UNSCORED_LIMIT * total,
            "Repeat the lost answers, and give each criterion a check or a judge.",
        )


def _undecided(trials: Iterable[Trial]) -> int:
    return sum(trial.passed is None for trial in trials)


def finding(
    rule_class: RuleClass,
    rule: str,
    message: str,
    holds: bool,  # noqa: FBT001 - the fourth column of a row
    remedy: str,
) -> GateFinding:
    """Return what is found of one rule; the remedy is kept only where it does not hold."""
    return GateFinding(
        rule=rule,
        rule_class=rule_class,
        holds=holds,
        message=message,
        remedy="" if holds else remedy,
    )
