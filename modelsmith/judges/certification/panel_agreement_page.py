"""How the judges of a phase agreed, as Markdown."""

from modelsmith.judges.certification.panel_agreement import PhaseJudging, SystemJudging
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
    accord = one.accord
    asked = sum(turnout.asked for turnout in accord.turnout)
    abstained = sum(turnout.abstained for turnout in accord.turnout)
    lost = sum(turnout.lost for turnout in accord.turnout)
    figures = (accord.raw, accord.kappa, accord.effective_votes)
    return (
        f"{one.system}, {one.split.value}",
        ", ".join(one.judges) or "nobody",
        *map(share, figures),
        str(asked),
        str(abstained),
        str(lost),
    )
