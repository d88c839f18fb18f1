"""Judges as text: who may decide, until when, how well they did, and which criteria are unclear.

How the judges of a phase agreed is Markdown, a row a system.
"""

from collections.abc import Iterator, Mapping, Sequence

from modelsmith.judges.certification.ambiguity import Ambiguity
from modelsmith.judges.certification.panel_agreement import (
    PanelAgreement,
    PhaseJudging,
    SystemJudging,
)
from modelsmith.judges.certification.result import CertificationState, CertificationStatus
from modelsmith.statistics.formatting import share

COLUMNS = (
    "system",
    "judges",
    "raw agreement",
    "kappa",
    "effective votes",
    "asked",
    "abstained",
    "lost",
)

AGREEMENT = (
    "- Agreement is between judges, two by two, raw and corrected for chance (Cohen). Effective "
    "votes are what their panel is worth, by the errors that they share on the exam."
)


def judges_page(
    domain: str,
    statuses: Sequence[CertificationStatus],
    agreement: PanelAgreement | None,
    deciding: Sequence[str],
    boundaries: Sequence[str] = (),
) -> str:
    """Return the judges of a repository as people read them.

    Args:
        domain: The benchmark that they are examined on.
        statuses: Where each hosted model stands.
        agreement: The figures of the panel of all that are certified; none where nobody is.
        deciding: Who would decide for a run that named them all.
        boundaries: Those by which anything goes to a judge that is not inside.
    """
    if not statuses:
        return "no hosted model is described in runners/models.yaml, so nobody can judge"
    lines = [f"Judges of {domain}:", f"{'judge':26}{'family':12}{'sens.':>8}{'spec.':>8}  standing"]
    for one in statuses:
        bounds = "".join(
            f"{'' if bound is None else f'{bound:.3f}':>8}"
            for bound in (one.sensitivity_bound, one.specificity_bound)
        )
        lines.append(f"{one.judge:26}{one.family:12}{bounds}  {one.said}")
    lines.append("  sens., spec.: lower bounds, one-sided 90 %")
    if boundaries and any(one.kind is not CertificationState.CERTIFIED for one in statuses):
        named = " or ".join(f"--boundary {name}" for name in boundaries)
        lines.append(f"  for the exam of a judge that is not inside, add {named}")
    if agreement is not None:
        lines += list(panel_agreement_lines(agreement))
    who = ", ".join(deciding) or "nobody: no judge is certified"
    how = "alone" if len(deciding) == 1 else "as a panel"
    lines.append(f"decides: {who}" + (f" ({how})" if deciding else ""))
    return "\n".join(lines)


def panel_agreement_lines(agreement: PanelAgreement) -> Iterator[str]:
    """Yield a panel's own figures: agreement, effective votes, abstentions."""
    if agreement.pairs:
        yield (
            f"agreement of two judges: raw {_shown(agreement.raw)}, "
            f"kappa {_shown(agreement.kappa)}; "
            f"error correlation {_shown(agreement.error_correlation)}; "
            f"effective votes {_shown(agreement.effective_votes, 1)} of {len(agreement.turnout)}"
        )
    for one in agreement.turnout:
        rate = one.abstention_rate
        yield (
            f"  {one.judge}: {one.asked} criteria, abstained on "
            f"{'none' if rate is None else f'{rate:.1%}'}, lost {one.lost}"
        )


def ambiguity_lines(found: Sequence[Ambiguity], places: Mapping[tuple[str, str], str]) -> list[str]:
    """Return the criteria that should be reworded, each at its place.

    Args:
        found: Ambiguous criteria.
        places: `file:line:column` of a criterion, by scenario and id.
    """
    if not found:
        return ["no criterion is read differently often enough to be rewritten"]
    lines = [f"{len(found)} criteria are read differently; rewrite them, or label them anew:"]
    for one in found:
        place = places.get((one.scenario, one.criterion), one.scenario)
        lines.append(f"{place}: {one.criterion}: {one.text}")
        lines.append(
            f"  {one.against_people:.0%} of opinions differ from people, judges differ on "
            f"{one.among_judges:.0%} of {one.answers} answers ({', '.join(one.examples)}): "
            "rewrite this so that it can be read in one way"
        )
    return lines


def _shown(figure: float | None, places: int = 3) -> str:
    return "not measured" if figure is None else f"{figure:.{places}f}"


def judging_page(found: PhaseJudging) -> str:
    """Return one row a system, and what asking the judges cost."""
    lines = ["### Judges", "", f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|"]
    lines += [f"| {' | '.join(judging_cells(one))} |" for one in found.hearings]
    lines += [
        "",
        f"- Judging cost {found.cost_usd:.4f} USD in this phase.",
        AGREEMENT,
    ]
    return "\n".join(lines) + "\n"


def judging_cells(one: SystemJudging) -> tuple[str, ...]:
    """Return one system's row."""
    agreement = one.accord
    asked = sum(turnout.asked for turnout in agreement.turnout)
    abstained = sum(turnout.abstained for turnout in agreement.turnout)
    lost = sum(turnout.lost for turnout in agreement.turnout)
    figures = (agreement.raw, agreement.kappa, agreement.effective_votes)
    return (
        f"{one.system}, {one.split.value}",
        ", ".join(one.judges) or "nobody",
        *map(share, figures),
        str(asked),
        str(abstained),
        str(lost),
    )
