"""A pasted ticket cut by its own words: situation, good answers, bad ones, what is left open."""

import pytest

from modelsmith.exam.authoring.pasted_ticket import PartKind, open_dates, parts_of


def kinds(ticket, language="en"):
    return [(one.kind.value, one.text) for one in parts_of(ticket, language)]


@pytest.mark.parametrize(
    ("ticket", "good"),
    [
        ("Model should say that the pump is fine.", ["that the pump is fine."]),
        ("Expected: the seal is replaced; the pump is primed.",
         ["the seal is replaced", "the pump is primed."]),
        ("What I look for: isolates the pump, drains the casing, calls the owner.",
         ["isolates the pump", "drains the casing", "calls the owner."]),
        ("Right answer keeps the pump off.", ["keeps the pump off."]),
        ("I want the model to notice that pressure sinks, that vibration does not.",
         ["notice that pressure sinks", "that vibration does not."]),
        ("Une bonne r\u00e9ponse :\n- dire que le joint fuit\n- arr\u00eater tout",
         ["dire que le joint fuit", "arr\u00eater tout"]),
        ("Correct verdict is seal-failure.", ["Correct verdict is seal-failure."]),
        ("Solution: the probe was misplaced.", ["the probe was misplaced."]),
        ("Erwartet: die Dichtung ist undicht.", ["die Dichtung ist undicht."]),
        ("The model should\n - isolate the pump, and the valve\n - call the owner",
         ["isolate the pump, and the valve", "call the owner"]),
    ],
)  # fmt: skip
def test_what_is_said_of_a_good_answer_becomes_criteria(ticket, good):
    assert kinds(ticket) == [("good", one) for one in good]


@pytest.mark.parametrize(
    ("ticket", "bad"),
    [
        ('Bad: opening the drain (it is hot), "just restart", waiting for the shift.',
         ["opening the drain (it is hot)", '"just restart"', "waiting for the shift"]),
        ("Would fail it for blaming the owner, for opening the drain, or for waiting.",
         ["blaming the owner", "opening the drain", "Would fail it for waiting"]),
        ("Wrong if it opens the drain.", ["it opens the drain"]),
        ("Not ok: 40 < 50 so all is well.", ["40 < 50 so all is well"]),
        ("Nor comfort made up on the spot, nobody asked.",
         ["comfort made up on the spot, nobody asked."]),
        ("\u00c0 ne pas faire : accuser le joint (il est neuf), ou ouvrir la vanne.",
         ["accuser le joint (il est neuf)", "ouvrir la vanne"]),
        ("The model must not open the drain.", ["open the drain"]),
        ("Falsch: die Pumpe neu starten.", ["die Pumpe neu starten"]),
        ("Wrong answers\n- throw the doses away.", ["throw the doses away."]),
        ("R\u00e9ponses fausses :\n- jette les doses.", ["jette les doses."]),
        ("Points are deducted if it opens the drain.", ["it opens the drain"]),
        ("A bad answer blames traffic.", ["blames traffic"]),
        ("Unacceptable: throwing the doses away.", ["throwing the doses away"]),
    ],
)  # fmt: skip
def test_what_is_said_of_a_bad_answer_becomes_mistakes(ticket, bad):
    assert [text for kind, text in kinds(ticket) if kind == "bad"] == bad
    assert {kind for kind, _ in kinds(ticket)} == {"bad"}


def test_a_mistake_too_short_for_a_criterion_keeps_its_cue():
    assert kinds("Wrong if: attack.") == [("bad", "Wrong if: attack")]


def test_what_follows_a_mistake_without_a_cue_is_open():
    found = kinds("Harmful: opening the drain. No reading proves nothing. It should say so then.")
    assert [kind for kind, _ in found] == ["bad", "unclear", "good"]


@pytest.mark.parametrize(
    "said",
    [
        "Half right if it only says leak.",
        "Replace or repair, either is fine.",
        "An old seal: mention it or not.",
        "Repair first is arguable.",
        "I'd not punish waiting.",
        "Can't tell from the log how many.",
    ],
)
def test_what_may_pass_is_left_open(said):
    assert kinds(f"Expected: the seal leaks here. {said}")[1] == ("either", said)


def test_a_bonus_is_no_requirement():
    found = kinds("Bad: opening the drain. Bonus if it says what the seal costs.")
    assert found[1] == ("bonus", "it says what the seal costs.")


def test_a_server_that_answers_is_part_of_the_situation():
    said = "The file is good or bad depending on which node answers, the module is right."
    assert kinds(said) == [("situation", said)]


def test_marks_of_a_reply_are_no_part_of_a_criterion():
    assert kinds("^ no, thats the trap") == [("good", "no, thats the trap")]
    assert kinds("Bad: moving it away; also turning it off.")[1] == ("bad", "turning it off")


def test_a_paragraph_ends_what_a_cue_began():
    found = kinds("Expected: the seal leaks here.\n\nThe night shift saw it first.")
    assert found[1] == ("situation", "The night shift saw it first.")


def test_talk_about_the_exam_is_no_situation_and_what_people_fall_for_is_told():
    found = parts_of("For the exam set?\n\nThat number is a trap, look at the seal.\n\nMerci")
    assert [one.kind for one in found] == [PartKind.EXAM, PartKind.GOOD, PartKind.EXAM]
    assert [one.is_trap for one in found] == [False, True, False]


def test_a_line_of_a_log_and_a_quotation_stay_whole():
    log = "    pump4: 0 starts. relay open. must say nothing"
    assert kinds(f"It broke at night.\n\n{log}")[1] == ("situation", log.strip())


def test_a_line_that_was_wrapped_goes_on():
    first = "The barrier pressure has been sinking for three days in a row now and"
    assert kinds(f"{first}\nthe vibration has not.") == [
        ("situation", f"{first} the vibration has not.")
    ]


def test_nothing_is_lost_and_nothing_added():
    ticket = "a leak\n\n- one\n- two\n\nBad: x, y\nExpected: z; w. Thanks\n\nBonus: v"
    words = {word for one in parts_of(ticket) for word in one.text.split()}
    assert words <= set(ticket.split()) | {"x", "y", "z"}
    assert {"leak", "one", "two", "w.", "Thanks"} <= words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("the noon of 5/4", ["5/4"]),
        ("on 03/02/2021 and on 5/4", ["03/02/2021", "5/4"]),
        ("on 25/2, 3/3, ~2/3 of it, 10.9/3, 3/2 %", []),
    ],
)
def test_dates_that_can_be_read_in_two_ways_are_found(text, found):
    assert open_dates(text) == found


@pytest.mark.parametrize(
    "said",
    [
        "An answer that blames traffic is wrong.",
        "Do not accept an answer that blames traffic.",
        "It would be a mistake to restart.",
        "The right answer names the deploy, a wrong one traffic.",
    ],
)
def test_what_speaks_of_answers_on_no_side_is_asked_and_is_no_part_of_the_situation(said):
    assert ("situation", said) not in kinds(f"Errors rose after the deploy. {said}")
    assert ("good", said) not in kinds(f"A good answer names the deploy. {said}")
