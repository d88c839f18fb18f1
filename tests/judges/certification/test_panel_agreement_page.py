"""How judges agreed, as people read it."""

from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.scenario import Split
from modelsmith.judges.certification.judges_page import judging_page
from modelsmith.judges.certification.panel_agreement import PhaseJudging, system_judging_of
from modelsmith.judges.certification.result import CertifiedJudges
from modelsmith.judges.panel import JudgeVote


def said(judge: str, *outcomes: Outcome | None) -> list[JudgeVote]:
    """Return a judge's opinions; None is a lost call."""
    return [
        JudgeVote(
            scenario=f"S{at}",
            answer_sha256="a" * 64,
            criterion="P1",
            judge=judge,
            outcome=outcome or Outcome.UNSCORED,
            is_lost=outcome is None,
        )
        for at, outcome in enumerate(outcomes)
    ]


MET, NOT, ABSTAINS = Outcome.MET, Outcome.NOT_MET, Outcome.UNSCORED


def test_agreement_votes_abstentions_losses_and_cost_are_told_system_by_system():
    opinions = [
        *said("claude-j", MET, NOT, MET, NOT, ABSTAINS),
        *said("gpt-j", MET, NOT, NOT, NOT, None),
    ]
    found = PhaseJudging(
        hearings=(
            system_judging_of(
                CertifiedJudges(), "candidate", Split.SEALED, opinions, ("gpt-j", "claude-j")
            ),
            system_judging_of(CertifiedJudges(), "gpt-1", Split.SEALED, opinions, ("claude-j",)),
            system_judging_of(CertifiedJudges(), "claude-1", Split.SEALED, [], ()),
        ),
        cost_usd=0.0123,
    )
    lines = judging_page(found).splitlines()
    assert "| candidate, sealed | claude-j, gpt-j | 0.75 | 0.50 | - | 10 | 1 | 1 |" in lines
    assert "| gpt-1, sealed | claude-j | - | - | 1.00 | 5 | 1 | 0 |" in lines
    assert any(line.startswith("| claude-1, sealed | nobody | - | - |") for line in lines)
    assert "- Judging cost 0.0123 USD in this phase." in lines
