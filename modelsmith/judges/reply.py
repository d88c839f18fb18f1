"""What a judge's reply is worth: its verdict counts only with words that stand in the answer."""

from typing import Annotated

from pydantic import Field, ValidationError

from modelsmith.boundary.call import Lost, Reply
from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.checks.text import normalised
from modelsmith.exam.prompt_injection import without_addresses
from modelsmith.judges.panel import JudgeVote
from modelsmith.judges.prompt import Inquiry, presentable
from modelsmith.record import Record

LEAST_QUOTE = 12
"""Characters of a quote, unless it is the whole answer (research: evalscience, section 1.3)."""

LONGEST_REASON = 600
"""Characters of a judge's reasons that are kept; 80 words are about 500."""

LONGEST_KEPT_QUOTE = 300
"""Characters of a quote that are kept."""


class JudgeReply(Record):
    """A judge's reply."""

    criterion: str
    """The criterion's id, repeated."""
    expectation: str
    """What an answer that meets it would say."""
    quotes: tuple[str, ...]
    """Passages of the answer."""
    reasoning: str
    """Why."""
    verdict: Annotated[str, Field(pattern=r"^(?:met|not_met|abstain|[1-9]|10)$")]
    """What the judge says: met, not_met, the number of a level, or abstain."""


OUTCOMES = {"met": Outcome.MET, "not_met": Outcome.NOT_MET, "abstain": Outcome.UNSCORED}


def fault_in(inquiry: Inquiry, reply: Reply | Lost, question: str) -> str:
    """Return why a reply cannot be used, or nothing.

    Args:
        inquiry: What was asked.
        reply: What came back; a judge that declined has abstained, which is no fault, and what was
            lost has none to mend.
        question: The whole question, also where the judge was not shown all of it.
    """
    if isinstance(reply, Lost) or reply.finish == "refusal":
        return ""
    judgement = _read(inquiry, reply)
    if judgement is None:
        return "it is not the JSON object that was asked for."
    if judgement.criterion.strip() != inquiry.criterion:
        return f"it is about criterion {judgement.criterion[:20]!r}, asked was {inquiry.criterion}."
    if _outcome(inquiry, judgement) is not Outcome.MET:
        return ""
    if not judgement.quotes:
        said = f"level {judgement.verdict}" if inquiry.levels else "met"
        return f"the verdict is {said}, and no passage of the answer is quoted."
    faults = (_quote_fault(quote, inquiry.shown, question) for quote in judgement.quotes)
    return next((fault for fault in faults if fault), "")


def opinion_of(inquiry: Inquiry, judge: str, reply: Reply | Lost, fault: str) -> JudgeVote:
    """Return what a reply says; a fault in it, and its loss, leaves the criterion unscored."""
    outcome, quote, level = Outcome.UNSCORED, "", None
    if isinstance(reply, Lost):
        reason = reply.reason
    elif fault:
        reason = f"unusable twice: {fault}"
    elif (judgement := _read(inquiry, reply)) is None:
        reason = "the judge declined"
    else:
        outcome, reason = _outcome(inquiry, judgement), judgement.reasoning
        level = int(judgement.verdict) if judgement.verdict.isdigit() else None
        quote = judgement.quotes[0] if outcome is Outcome.MET else ""
    return JudgeVote(
        scenario=inquiry.scenario,
        answer_sha256=inquiry.answer_sha256,
        criterion=inquiry.criterion,
        judge=judge,
        outcome=outcome,
        quote=quote[:LONGEST_KEPT_QUOTE],
        reason=reason[:LONGEST_REASON],
        is_lost=isinstance(reply, Lost),
        level=level,
    )


def _outcome(inquiry: Inquiry, judgement: JudgeReply) -> Outcome:
    """Return what a verdict says; a level meets its criterion from the least one on."""
    if not judgement.verdict.isdigit():
        return OUTCOMES[judgement.verdict]
    return Outcome.MET if int(judgement.verdict) >= inquiry.least_level else Outcome.NOT_MET


def stands_in(quote: str, answer: str) -> bool:
    """Return whether a kept quote is words of an answer, and none that speak to its grader."""
    words = _flat(quote)
    return bool(words) and words in _flat(without_addresses(presentable(answer)))


def _read(inquiry: Inquiry, reply: Reply) -> JudgeReply | None:
    if reply.finish == "refusal" or not isinstance(reply.value, dict):
        return None
    try:
        quotes = reply.value.get("quotes")
        fields = reply.value | ({"quotes": tuple(quotes)} if isinstance(quotes, list) else {})
        judgement = JudgeReply.model_validate(fields)
    except ValidationError:
        return None
    levels = [str(number) for number in range(1, inquiry.levels + 1)]
    offered = ["abstain", *(levels or ("met", "not_met"))]
    return judgement if judgement.verdict in offered else None


def _quote_fault(quote: str, shown: str, asked: str) -> str:
    said, words, named = _flat(without_addresses(shown)), _flat(quote), repr(quote[:80])
    is_whole, is_asked = words == said, words in _flat(asked)
    rules = (
        (not words, "an empty quote shows nothing."),
        (
            words not in said and words in _flat(shown),
            f"{named} speaks to the grader, which is no evidence.",
        ),
        (
            words not in said and is_asked,
            f"the quote {named} is from the question, not from the answer.",
        ),
        (words not in said, f"the quote {named} is not in the answer, word for word."),
        (
            not is_whole and len(words) < LEAST_QUOTE,
            f"the quote {named} is shorter than {LEAST_QUOTE} characters.",
        ),
        (
            not is_whole and is_asked,
            f"the quote {named} is copied from the question; quote the answer's own words.",
        ),
    )
    return next((fault for is_broken, fault in rules if is_broken), "")


def _flat(text: str) -> str:
    return " ".join(normalised(text).split())
