"""A choice is what an answer affirms: hedged, denied, withdrawn or twofold, it is none."""

import pytest

from modelsmith.exam.checks.answer_form import AnswerForm, ChoiceField, SetField
from modelsmith.exam.checks.answer_reading import reading_of
from modelsmith.exam.checks.choice_reading import chosen_in

STATE = AnswerForm(fields=(ChoiceField(name="STATE", choices=("healthy", "degraded", "down")),))


def chosen(said, choices=("healthy", "degraded", "down"), language="en"):
    """Return what a labelled line chooses; None where it is unreadable."""
    form = AnswerForm(fields=(ChoiceField(name="STATE", choices=choices),), language=language)
    found = reading_of(form, f"STATE: {said}")
    assert bool(found.faults) is ("STATE" not in found.choices)
    return found.choices.get("STATE")


@pytest.mark.parametrize(
    "said",
    [
        "degraded",
        "Degraded.",
        "**DEGRADED**",
        "__degraded__",
        "`degraded`",
        '"degraded"',
        "\u201edegraded\u201c",
        "[degraded]",
        "<degraded>",
        "<b>degraded</b>",
        "\\boxed{degraded}",
        "It's degraded.",
        "probably degraded",
        "The service is degraded",
        "degraded (high confidence)",
        "degraded, with high confidence",
        "degraded degraded",
        "Degraded. Degraded!",
        "degraded - latency tripled",
        "degraded\u2014latency tripled",
        "degraded: latency tripled",
        "degraded \u2705",
        "\u274c healthy\n\u2705 degraded",
        "- [ ] healthy\n- [x] degraded\n- [ ] down",
        "healthy: no\ndegraded: yes\ndown: no",
        "| healthy | no |\n| degraded | yes |",
        # what is denied, asked, struck out or withdrawn
        "not healthy but degraded",
        "not healthy, but degraded",
        "degraded, not healthy",
        "degraded; neither healthy nor down",
        "degraded rather than healthy",
        "degraded instead of healthy",
        "healthy? No: degraded",
        "Is it healthy? No. It is degraded.",
        "healthy? hardly. degraded",
        "healthy, no, degraded",
        "~~healthy~~ degraded",
        "<s>healthy</s> degraded",
        "<del>healthy</del> degraded",
        "I first thought healthy, but it is degraded",
        "healthy at first, but it is degraded",
        "degraded (was healthy at first)",
        "degraded (previously healthy)",
        "degraded (healthy is ruled out)",
        "degraded (not healthy)",
        # what explains it
        "degraded, because down was ruled out",
        "degraded because the service is not down",
        "degraded, as the queue is down",
        "degraded. Healthy would show in the latencies.",
        "degraded. If it were down, nothing would answer.",
        "degraded\nIn March all hosts were healthy.",
        "degraded\n\nReason: the cache is down.",
        "degraded (the cache is down since noon)",
        "degraded, healthy can be excluded",
        "Down is off the table; degraded",
        "no doubt degraded",
        "healthy before, but now degraded",
        "degraded before noon",
        "nothing but degraded",
        # a denial and a concession end where the sentence comes to its choice
        "It's not down, so degraded",
        "not down, it's degraded",
        "It is not down, therefore it is degraded",
        "ruling out down: degraded",
        "having ruled out down: degraded",
        "anything but down: degraded",
        "neither healthy nor down: degraded",
        "although it looks healthy, it is degraded",
        "Even though healthy is tempting, degraded",
        "because it can't be down: degraded",
        "previously healthy, now degraded",
        "healthy at first glance, degraded on a closer look",
        "If I had to choose: degraded",
        "as down is ruled out, degraded",
        "Requests did not drop, so it is degraded",
        "healthy: no, down: no, degraded: yes",
        "degraded, and if the cache is cold it stays so",
        "Degraded has been confirmed",
        "No. Degraded.",
        "degraded. Healthy is what the ticket says.",
        "Degraded is the state",
        "Degraded is right",
        "Degraded is clearly the answer",
        "I would say degraded",
        "degraded\n\nLet me know if you want more, or to know how to bring the latencies down.",
    ],
)
def test_a_choice_is_read_however_it_is_dressed(said):
    assert chosen(said) == "degraded"


@pytest.mark.parametrize(
    "said",
    [
        "not healthy",
        "isn't healthy",
        "no longer healthy",
        "never healthy",
        "far from healthy",
        "anything but healthy",
        "everything but healthy",
        "all but healthy",
        "hardly healthy",
        "almost healthy",
        "by no means healthy",
        "un-healthy",
        "non-healthy",
        "healthy-ish",
        "unhealthy",
        "It is not, in my view, healthy",
        "healthy it is not",
        "healthy is wrong",
        "healthy, which is wrong",
        "healthy does not fit",
        "healthy cannot be right",
        "healthy: no",
        "healthy (no)",
        "healthy = false",
        "healthy?",
        "\u274c healthy",
        "healthy \u274c",
        "[ ] healthy",
        "~~healthy~~",
        "I first thought healthy",
        "It is unclear whether it is healthy",
        "I doubt that it is healthy",
        "less likely healthy",
        "healthy no longer",
        "healthy no more",
        "!healthy",
        "\u00achealthy",
        "non healthy",
        "It is not true that it is healthy",
        "healthy (rejected)",
        "healthy (wrong)",
        "healthy: ruled out",
        "healthy - no",
        "healthy, which is implausible",
        "the opposite of healthy",
        "It would be healthy",
        "It would be a mistake to call it healthy",
        "healthy or not healthy",
        "healthy. Not healthy.",
        "healthiness",
        "healthy was my guess, but no",
        "healthy was my guess, but it's wrong",
        "healthy, certainly not",
        "healthy. No.",
        "healthy... not",
        "at first glance healthy",
        # a condition, a possibility, something else that is said of it
        "if the cache is warm, healthy",
        "healthy unless the cache is cold",
        "healthy (if the cache is warm)",
        "assuming a warm cache: healthy",
        "It may be healthy",
        "You might think healthy",
        "most people would say healthy",
        "Healthy is fine",
        "healthy could be",
        "healthy is possible",
        "healthy looked tempting",
        "I suspected healthy",
        "wrong: healthy",
        "least likely: healthy",
        "healthy aside",
        "supposedly healthy",
        "in the event of a warm cache, healthy",
        "healthy was my suspicion",
        "healthy is my first guess",
        "healthy is what the ticket says",
        "green",
        "",
    ],
)
def test_what_is_denied_asked_or_none_of_the_list_is_no_choice(said):
    assert chosen(said) is None


@pytest.mark.parametrize(
    "said",
    [
        "healthy or degraded",
        "either healthy or degraded",
        "healthy/degraded",
        "healthy | degraded",
        "healthy, degraded",
        "healthy degraded",
        "healthy & degraded",
        "healthy -> degraded",
        "healthy \u2192 degraded",
        "healthy => degraded",
        "healthy, then degraded",
        "healthy, possibly degraded",
        "healthy (or degraded)",
        "healthy (possibly degraded)",
        "healthy (degraded)",
        "healthy (or maybe it is degraded)",
        "healthy, although degraded is possible",
        "healthy. It could also be degraded.",
        "healthy. Degraded is also possible.",
        "healthy. Degraded cannot be ruled out.",
        "healthy. Actually degraded.",
        "healthy. Actually, it is degraded.",
        "healthy. Correction: degraded.",
        "healthy. It is degraded.",
        "healthy. The real one is degraded.",
        "healthy. No, degraded.",
        "healthy - no, degraded",
        "healthy... wait, degraded",
        "healthy\ndegraded",
        "healthy\n\nCorrection: degraded",
        "healthy\nOn reflection it is rather degraded",
        "healthy\nSTATE: degraded",
        "healthy\n**State** - degraded",
        "healthy, because it is up, or degraded",
        "The dashboard says healthy. It is degraded.",
        'The dashboard says "healthy"; it\'s degraded',
        "healthy. On second thought degraded.",
        "healthy\n\nI take that back, it is degraded.",
        "one of healthy, degraded, down",
        "60 % healthy, 40 % degraded",
        "- [x] healthy\n- [x] degraded",
        "healthy if the cache is warm, else degraded",
        "healthy (degraded?)",
        "contrary to the ticket (healthy), degraded",
        "healthy\n(STATE: degraded)",
        "healthy (STATE: degraded)",
        "Healthy is off; it is degraded",
        "healthy. It may be degraded too.",
        "healthy used to be the state, now degraded",
        "healthy, no wait, degraded",
        "degraded over healthy",
        "degraded is likelier than healthy",
        "although it may be down, healthy or degraded",
        "healthy\nActually, looking at the latencies once more, it is degraded",
    ],
)
def test_two_values_are_none(said):
    assert chosen(said) is None


@pytest.mark.parametrize(
    ("choices", "said", "value"),
    [
        (("high", "very-high"), "very high", "very-high"),
        (("high", "very-high"), "high", "high"),
        (("high", "very-high"), "Very-High.", "very-high"),
        (("high", "very-high"), "not very high", None),
        (("high", "very-high"), "not very high, high", None),
        (("high", "very-high"), "high (very high)", None),
        (("high", "very-high"), "very high, even high", None),
        (("medium", "high"), "medium-high", None),
        (("low", "high"), "low, high confidence", "low"),
        (("low", "high"), "low (confidence: high)", "low"),
        (("low", "high"), "low\nConfidence: high", "low"),
        (("issue", "no-issue"), "no issue", "no-issue"),
        (("issue", "no-issue"), "not an issue", None),
        (("over-shading", "no-issue"), "no issue or over-shading", None),
        (("over-shading", "no-issue"), "no issue, over-shading", None),
        (("over-shading", "no-issue"), "no issue: no sign of over-shading", "no-issue"),
        (("over-shading", "no-issue"), "OverShading", "over-shading"),
        (("over-shading", "no-issue"), "over_shading", "over-shading"),
        (("over-shading", "no-issue"), "over shading", "over-shading"),
        (("over-shading", "no-issue"), "overshading", "over-shading"),
        *[
            (("over-shading", "sev-1"), f"over{hyphen}shading", "over-shading")
            for hyphen in "\u00ad\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d\u058a\u05be\u2e17\u30a0"
        ],
        (("sev-1", "sev-2"), "sev\u20131", "sev-1"),
        (("over-shading", "no-issue"), "not no-issue, it's over-shading", "over-shading"),
        (("over-shading", "no-issue"), "there is no over-shading, so no issue", "no-issue"),
        (("over-shading", "no-issue"), "no issue is visible", "no-issue"),
        (("not-healthy", "healthy"), "not healthy", "not-healthy"),
        (("yes", "no"), "Yes, it is.", "yes"),
        (("yes", "no"), "no", "no"),
        (("yes", "no"), "No, it is not.", "no"),
        (("yes", "no"), "yes and no", None),
        (("yes", "no"), "not yes", None),
        (("1", "2", "3"), "2", "2"),
        (("1", "2", "3"), "2.", "2"),
        (("1", "2", "3"), "2.5", None),
        (("1", "2", "3"), "1-2", None),
        (("1", "2", "3"), "12", None),
        (("sev-1", "sev-2"), "SEV1", "sev-1"),
        (("ueberlastung", "stoerung"), "\u00dcberlastung", "ueberlastung"),
        (("uberlastung", "storung"), "\u00dcberlastung", "uberlastung"),
        (("strasse", "bruecke"), "Stra\u00dfe", "strasse"),
        (("cafe", "the"), "Caf\u00e9", "cafe"),
        (("cafe", "the"), "Cafe\u0301", "cafe"),
    ],
)  # fmt: skip
def test_choices_that_contain_each_other_or_are_spelled_otherwise(choices, said, value):
    assert chosen(said, choices) == value


@pytest.mark.parametrize(
    ("language", "said", "value"),
    [
        ("de", "gestoert", "gestoert"),
        ("de", "Der Dienst ist gest\u00f6rt.", "gestoert"),
        ("de", "nicht gesund", None),
        ("de-AT", "nicht gesund", None),
        ("de", "keineswegs gesund", None),
        ("de", "nicht gesund, sondern gest\u00f6rt", "gestoert"),
        ("de", "nicht gesund sondern gest\u00f6rt", "gestoert"),
        ("de", "gesund oder gest\u00f6rt", None),
        ("de", "gest\u00f6rt statt gesund", "gestoert"),
        ("de", "gest\u00f6rt, weil gesund ausgeschlossen ist", "gestoert"),
        ("de", "gesund ist ausgeschlossen", None),
        ("de", "gesund ist er nicht", None),
        ("de", "weder gesund noch gest\u00f6rt", None),
        ("de", "gest\u00f6rt, vermutlich auch gesund", None),
        ("fr", "pas gesund", None),
        ("fr", "pas gesund mais gestoert", "gestoert"),
        ("fr", "gestoert plut\u00f4t que gesund", "gestoert"),
        ("fr", "gestoert, car gesund est exclu", "gestoert"),
        # denials of other languages are not known: a value stands alone, or is none
        ("es", "gesund", "gesund"),
        ("es", "Gesund.", "gesund"),
        ("es", "gesund, porque gestoert ...", None),
        ("es", "jam\u00e1s gesund", None),
    ],
)  # fmt: skip
def test_denials_are_read_in_the_language_of_the_benchmark(language, said, value):
    assert chosen(said, ("gesund", "gestoert"), language) == value


@pytest.mark.parametrize("said", ["no doubt: yes", "yes - no doubt", "yes, no question"])
def test_to_say_that_there_is_no_doubt_is_no_no(said):
    assert chosen_in(("yes", "no"), said) == ("yes",)


def test_a_field_that_is_given_twice_alike_is_given_once():
    assert reading_of(STATE, "STATE: down\nWhy: no answer.\nSTATE: down").choices == {
        "STATE": "down"
    }


def test_what_a_fault_says_is_what_the_answer_says():
    assert reading_of(STATE, "STATE: not healthy").faults == (
        "STATE says 'not healthy', none of healthy, degraded, down",
    )
    assert reading_of(STATE, "STATE: healthy -> down").faults == (
        "STATE has 2 values: healthy, down",
    )


SET = AnswerForm(fields=(SetField(name="CHECKS", choices=("pacing", "floor", "bid-density")),))


@pytest.mark.parametrize(
    ("said", "held"),
    [
        ("pacing, floor", ("pacing", "floor")),
        ("Floor and pacing", ("floor", "pacing")),
        ("1. pacing\n2. bid density", ("pacing", "bid-density")),
        ("pacing, ~~floor~~", ("pacing",)),
        ("pacing; pacing", ("pacing",)),
        ("- [x] pacing\n- [ ] floor", ("pacing",)),
        ("none", ()),
        ("none of them", ()),
    ],
)
def test_a_set_holds_what_is_affirmed(said, held):
    found = reading_of(SET, f"CHECKS: {said}")
    assert (found.sets["CHECKS"], found.faults) == (held, ())


@pytest.mark.parametrize(
    "said",
    [
        "pacing or floor",
        "either pacing or floor",
        "pacing and/or floor",
        "pacing, not floor",
        "pacing, floor?",
        "pacing, seats",
    ],
)
def test_a_set_that_hedges_denies_or_strays_is_unreadable(said):
    assert reading_of(SET, f"CHECKS: {said}").faults
