"""Prose, lines and lists as criteria."""

import pytest

from modelsmith.exam.criteria_text import criteria_in

WORKED = (
    "Identifies that win-rate alone is insufficient. Requests bid-density curve and "
    "clearing-price gap. Uses BID/REQUEST ratio to detect pacing-induced under-bidding. "
    "Specifies first-price auction context."
)


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        (
            WORKED,
            "en",
            [
                "Identifies that win-rate alone is insufficient.",
                "Requests bid-density curve and clearing-price gap.",
                "Uses BID/REQUEST ratio to detect pacing-induced under-bidding.",
                "Specifies first-price auction context.",
            ],
        ),
        (
            "Names the U.S. market. Approx. 3.5 percent were lost, e.g. by no. 4. 14 days pass.",
            "en",
            [
                "Names the U.S. market.",
                "Approx. 3.5 percent were lost, e.g. by no. 4.",
                "14 days pass.",
            ],
        ),
        (
            "Dr. Smith is named. eBay is not. Version v1.2.3 is cited, see sec. 4.1.",
            "en",
            [
                "Dr. Smith is named.",
                "eBay is not.",
                "Version v1.2.3 is cited, see sec. 4.1.",
            ],
        ),
        (
            "Gives the figure 3. Recommends a test.",
            "en",
            ["Gives the figure 3.", "Recommends a test."],
        ),
        ("Asks Acme Inc. The cause is named.", "en", ["Asks Acme Inc.", "The cause is named."]),
        ('Says "It is pacing." Then stops!', "en", ['Says "It is pacing."', "Then stops!"]),
        (
            "Nennt Dr. Müller. Überprüft z. B. die Quote von 3,5 %. Ändert nichts am 3. Oktober.",
            "de",
            [
                "Nennt Dr. Müller.",
                "Überprüft z. B. die Quote von 3,5 %.",
                "Ändert nichts am 3. Oktober.",
            ],
        ),
        ("識別する。原因を述べる。", "ja", ["識別する。", "原因を述べる。"]),
        (
            "Определяет причину. Называет цифру, т.д. не молчит.",
            "ru",
            ["Определяет причину.", "Называет цифру, т.д. не молчит."],
        ),
        ("يحدد السبب. يذكر الرقم؟ نعم.", "ar", ["يحدد السبب.", "يذكر الرقم؟", "نعم."]),
        ("कारण बताता है। संख्या देता है।", "hi", ["कारण बताता है।", "संख्या देता है।"]),
    ],
)
def test_a_paragraph_is_cut_into_its_sentences(text, language, expected):
    assert list(criteria_in(text, language)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "- Names the cause\n- Gives 3.5. And says when\n",
            ["Names the cause", "Gives 3.5. And says when"],
        ),
        ("* Names the cause\n\n\u2022 Gives the figure", ["Names the cause", "Gives the figure"]),
        (
            "1. Names the cause.\n2) Gives the figure.\n(3) Stops.",
            ["Names the cause.", "Gives the figure.", "Stops."],
        ),
        ("a) Names the cause\nb) Gives it", ["Names the cause", "Gives it"]),
        ("1. Names the cause. 2. Gives the figure.", ["Names the cause.", "Gives the figure."]),
        (
            "- Names the cause of\n  what was lost\n- Stops",
            ["Names the cause of what was lost", "Stops"],
        ),
        ("- Names the cause\nGives the figure", ["Names the cause", "Gives the figure"]),
        ("Names the cause\nGives the figure", ["Names the cause", "Gives the figure"]),
        ("Names the cause.\nGives the figure.", ["Names the cause.", "Gives the figure."]),
        (
            "Names the cause,\nnot the symptom\nGives the figure",
            ["Names the cause, not the symptom", "Gives the figure"],
        ),
        (WORKED.replace(" Uses", "\nUses").replace(" clearing", "\nClearing"), 4),
        (WORKED.replace("alone is", "alone\nis").replace("Requests", "\n\nRequests"), 4),
        ("All of:\n- Names the cause\n- Stops", ["All of:", "Names the cause", "Stops"]),
        ("-5 % is named as the change.", ["-5 % is named as the change."]),
        ("5.1 is named. 6.2 is not.", ["5.1 is named.", "6.2 is not."]),
        ("names A\nnames B\nnames C", ["names A", "names B", "names C"]),
        ("  Names A\n  Names B", ["Names A", "Names B"]),
        ("i. Names A\nii. Names B", ["Names A", "Names B"]),
        ("1.Names A\n2.Names B", ["Names A", "Names B"]),
        ("P1. Names A.\nP2. Names B.", ["Names A.", "Names B."]),
        ("(1) Names A (2) Names B (3) Names C", ["Names A", "Names B", "Names C"]),
        ("- [ ] Names A\n- [x] Names B", ["Names A", "Names B"]),
        ("# Pass\nNames A", ["Names A"]),
        (
            "Recommends raising bid floors\n\u2014 which is irrelevant. Ignores pacing.",
            ["Recommends raising bid floors \u2014 which is irrelevant.", "Ignores pacing."],
        ),
        (
            "Names errors, etc. Recommends a rollback.",
            ["Names errors, etc.", "Recommends a rollback."],
        ),
        ("Acts at 5 p.m. Names B.", ["Acts at 5 p.m.", "Names B."]),
        ("**Names it.** Says when.", ["Names it.", "Says when."]),
        (
            "Recommends to ask the people who run the\nSSP before March is over.",
            ["Recommends to ask the people who run the SSP before March is over."],
        ),
        (" \n\n ", []),
        ("", []),
        ("-", ["-"]),
    ],
)
def test_a_list_is_cut_as_its_author_cut_it_and_a_paragraph_into_sentences(text, expected):
    found = list(criteria_in(text))
    assert (len(found) if isinstance(expected, int) else found) == expected


@pytest.mark.parametrize(
    "text", [WORKED, "- One thing\n- Another thing", "Names it\nGives it", "1. A b. 2. C d."]
)
def test_what_was_split_and_is_written_a_line_each_is_split_alike(text):
    found = criteria_in(text)
    assert criteria_in("\n".join(found)) == found
    assert criteria_in("\n".join(f"- {one}" for one in found)) == found
