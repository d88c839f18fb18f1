"""The judgement of a promotion as people read it."""

import pytest

from modelsmith.errors import InputError
from modelsmith.judges.panel_selection import ComparisonPanel
from modelsmith.promotion.approval.reviews import RuleResult
from modelsmith.promotion.record import Compared, PromotionRecord
from modelsmith.signoff.page import fault_status, judgement_page, status_of
from modelsmith.signoff.submission import Judgement
from tests.support.submissions import BASE, a_pull, a_record


def a_judgement(*findings, **changes):
    fields = {
        "forge": "github",
        "pull": a_pull(),
        "merge_base": BASE,
        "record": a_record(),
        "findings": findings,
    }
    return Judgement.model_validate(fields | changes)


HOLDS = RuleResult(rule="files", state="holds", what="nothing else")
WAITS = RuleResult(
    rule="legal", state="waits", what="nobody", remedy="Ask.", people=("lex", "lena")
)
FAILS = RuleResult(rule="record", state="fails", what="it differs", remedy="Restore it.")


@pytest.mark.parametrize(
    ("findings", "state", "words"),
    [
        ((HOLDS,), "success", "everything holds, and everybody who must has approved"),
        ((HOLDS, WAITS), "pending", "waits for: legal"),
        ((FAILS, WAITS), "failure", "does not hold: record; waits for: legal"),
        ((), "pending", "nothing was judged"),
    ],
)
def test_a_judgement_is_one_line(findings, state, words):
    told = status_of(a_judgement(*findings))
    assert (told.context, told.state, told.description) == ("modelsmith/promotion", state, words)


def test_a_line_is_cut_to_what_a_forge_takes():
    many = [RuleResult(rule=f"rule-{'x' * 30}", state="fails", what="x") for _ in range(9)]
    assert len(status_of(a_judgement(*many)).description) == 140
    error = fault_status(InputError("x" * 200 + "\x1b[31m\nmore", remedy="Do."))
    assert (error.state, len(error.description)) == ("error", 140)
    assert fault_status(InputError("a\nb", remedy="Do.")).description == "could not be judged: a"


def test_the_page_says_what_the_candidate_was_compared_with_and_who_judged_both():
    record = a_record()
    first, *others = record.baselines
    hosted = Compared(
        **dict(first)
        | {
            "system": "gpt-1",
            "is_stand_in": False,
            "words": "openai gpt-1-2026-01-01",
            "panel": ComparisonPanel(judges=("claude-j", "gemini-j"), is_enough=True),
        }
    )
    mixed = PromotionRecord(**dict(record) | {"baselines": (hosted, *others)})
    page = judgement_page(a_judgement(HOLDS, record=mixed))
    assert (
        "- compared with `gpt-1`: `openai gpt-1-2026-01-01`; `judged by claude-j, gemini-j`\n"
        in page
    )
    assert "- compared with `stand-in:zero-shot`: `stand-in: the untouched base model, no" in page


def test_the_page_says_what_holds_who_is_asked_and_the_command():
    page = judgement_page(a_judgement(HOLDS, WAITS, FAILS))
    assert page.startswith("## Promotion: does not hold: record; waits for: legal\n")
    assert "`floor-desk tiny-2` to `sandbox`, pull request 7." in page
    assert "- holds: **files**: `nothing else`\n" in page
    assert "- waits: **legal**: `nobody`\n" in page
    assert "- DOES NOT HOLD: **record**: `it differs`\n  `Restore it.`\n" in page
    command = "`modelsmith promotion approve 7 --as legal`"
    assert f"- **legal**: one of `lex, lena`: {command}\n" in page
    assert "or approve on GitHub: https://example.com/acme/factory/pull/7/files, Review" in page
    assert f"by `promotions/policy.yaml` of `{BASE[:12]}`, on which it stands" in page
    assert "counts by its signature" not in page


def test_plain_git_says_what_a_review_is_worth_there():
    page = judgement_page(a_judgement(WAITS, forge="local", notes=("tags are not asked for",)))
    assert "an approval counts by its signature" in page
    assert "- note: `tags are not asked for`" in page
    assert "on GitHub" not in page


def test_what_strangers_chose_is_text():
    hostile = "`# x` @everyone <img src=x> \x1b[31m\n# y"
    found = RuleResult(
        rule="files", state="fails", what=f"it changes {hostile}", remedy="Take it out."
    )
    [line] = [one for one in judgement_page(a_judgement(found)).splitlines() if "@everyone" in one]
    assert line == (
        "- DOES NOT HOLD: **files**: `` it changes `# x` @everyone <img src=x> \\u001b[31m # y ``"
    )


def test_a_record_that_cannot_be_read_is_not_named():
    assert "pull request 7." not in judgement_page(a_judgement(FAILS, record=None))
