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
        ("All of:\n- Names the cause\n- Stops", ["Names the cause", "Stops"]),
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


@pytest.mark.parametrize(
    ("text", "language", "count"),
    [
        ("Compares the U.S. vs. the U.K. Says which won.", "en", 2),
        ("Names J. R. R. Tolkien and John F. Kennedy. Says why.", "en", 2),
        ("Picks option A. Names option B.", "en", 2),
        ("Names the C.E.O. Is brief.", "en", 2),
        ("Gives approx. five percent at max. of all. Says it fell.", "en", 2),
        ("Mr. Smith vs. Dr. Who et al. are named. Stops.", "en", 2),
        ("Happened on 3. October 2026. Says why.", "en", 2),
        ("Waits\u2026 Then says why\u2026 and stops.", "en", 2),
        ("Names it. (It is pacing.) Says why.", "en", 2),
        ("Names it [see sec. 4.] Says why (it is there.) Stops.", "en", 3),
        ('Says "it is no. The end is near." Then stops.', "en", 2),
        ("Names A\u00a0and B.\u00a0Says why.", "en", 2),
        ("\ufeffNames it.\u200b Says why.\r\nStops.\rWaits.", "en", 4),
        ("*Names it.* Says **why.** Stops.", "en", 3),
        ("Nennt den Floor usw. Sagt, warum. Nennt z.B. Nr. 5.", "de", 3),
        ("3. Oktober wird genannt, i. d. R. mittags. \u00c4ndert nichts.", "de", 2),
        ("z. B. wird der Floor genannt.\nd. h. die Quote.", "de", 2),
        ("Cita la p\u00e1g. 5, aprox. 7. Fin.", "es", 2),
        (
            "\u0421\u043c. \u0440\u0438\u0441. 3, \u043d\u0430\u043f\u0440. 5. \u041d\u0435\u0442.",
            "ru",
            2,
        ),
        (
            "\u8b58\u5225\u3059\u308b\u3002\u300c\u539f\u56e0\u3060\u3002\u300d\u3068\u8ff0\u3079\u308b\u3002",
            "ja",
            2,
        ),
    ],
)
def test_what_only_looks_like_the_end_of_a_sentence_or_does_not(text, language, count):
    found = criteria_in(text, language)
    assert len(found) == count
    assert "".join(found).replace(" ", "") == "".join(
        one for one in text if not one.isspace() and one not in "*\ufeff\u200b"
    )


@pytest.mark.parametrize(
    "text",
    [
        *(
            f"{mark}Names it\n{mark}Says why"
            for mark in "\u2022\u2023\u25e6\u00b7\u25cf\u2713\u2192\u2610-*"
        ),
        *(
            f"{mark} Names it\n{mark} Says why"
            for mark in ("--", "\u2013", "[x]", ">", "[1]", "**P1:**")
        ),
        *(
            f"{one}Names it\n{two}Says why"
            for one, two in (
                ("A. ", "B. "),
                ("I. ", "II. "),
                ("1.) ", "2.) "),
                ("1: ", "2: "),
                ("1 - ", "2 - "),
                ("#1 ", "#2 "),
                ("1.1 ", "1.2 "),
                ("1.1. ", "1.2. "),
                ("\u2460", "\u2461"),
                ("1\u3001", "2\u3001"),
                ("\u4e00\u3001", "\u4e8c\u3001"),
                ("\uff11\uff0e", "\uff12\uff0e"),
                ("\u0430) ", "\u0431) "),
                ("**1.** ", "**2.** "),
            )
        ),
        "\u2022 Names it \u2022 Says why",
        "- Names it - Says why",
        "a) Names it b) Says why",
        "1) Names it 2) Says why",
        "The answer must:\nNames it\n\nSays why",
        "A right answer:\n\n1. Names it\n\n2. Says why",
        "| Names it |\n| Says why |",
        "| # | criterion |\n|--:|:--|\n| P1 | Names it |\n| P2 | Says why |",
        "```\nNames it\n```\n---\nSays why\n* * *",
        "Pass\n====\nNames it\n# Pass criteria\n- Says why",
    ],
)
def test_no_mark_of_a_list_stays_within_a_criterion(text):
    assert criteria_in(text) == ("Names it", "Says why")


@pytest.mark.parametrize(
    "text",
    [
        "-5 % is named\n-6 % is not",
        "> 5 % is named\n> 6 % is not",
        "1.5 percent is named\n1.6 percent is not",
        "1.5 Percent is named",
        "1.2 Mio EUR are named\n1.3 Mio EUR are not",
        "5 - 7 items are named\n6 - 8 are not",
        "10: the hour is named\n11: the hour is not",
        "1. October is named\n2. October is not",
        "#1 priority is named\n#2 priority is not",
        "P1 incidents are named\nP2 incidents are not",
        "e. g. floors are named\ni. e. not bids",
        "|x| is named\n|y| is not",
    ],
)
def test_what_only_looks_like_the_mark_of_a_list_stays(text):
    assert list(criteria_in(text)) == text.splitlines()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Must not:\n- blame it\n- wait", ["Must not: blame it", "Must not: wait"]),
        ("# Must not\n- blame it", ["Must not: blame it"]),
        (
            "Names one of:\n- the floor.\n- the pacing.\n\nSays why.",
            ["Names one of: the floor; the pacing.", "Says why."],
        ),
        (
            "- Names at least two of:\n  * floor\n  * pacing\n- Says why",
            ["Names at least two of: floor; pacing.", "Says why"],
        ),
        (
            "1. Reads:\n   a. bids\n   b. wins\n2. Stops",
            ["Reads: bids", "Reads: wins", "Stops"],
        ),
        ("- Names it\n  - Says why", ["Names it", "Says why"]),
        ("Names it. Also:\n- Says why", ["Names it.", "Also: Says why"]),
        ("Names three things:\nbids and wins.", ["Names three things: bids and wins."]),
        ("1. Names it.\n\n   Says why.\n2. Stops.", ["Names it. Says why.", "Stops."]),
        (
            "- names the cause of\nwhat was lost\n- stops",
            ["names the cause of what was lost", "stops"],
        ),
        ("Names the figure\n(3.5 %) and stops", ["Names the figure (3.5 %) and stops"]),
        ("The answer must:", ["The answer must:"]),
        ("1. Names no. 2. Stops.", ["Names no. 2. Stops."]),
        ("- Names it. - Stops - not before.", ["Names it.", "Stops - not before."]),
        ("| a | b |\n|-|-|\n| x \\| y | z |", ["x | y | z"]),
    ],
)
def test_what_leads_to_a_list_keeps_its_meaning_for_each_item(text, expected):
    assert list(criteria_in(text)) == expected
