from modelsmith.loop.phases.reports import NOBODY, figures_report, scores_report
from modelsmith.statistics.formatting import figure_words, flaws, share, spread
from modelsmith.statistics.scorecard import scorecard_of
from tests.support.scenarios import a_benchmark
from tests.support.sittings import a_sitting, failing_on

CARD = scorecard_of("stand-in:zero-shot", a_sitting(failing_on(0, 5)), a_benchmark())
EMPTY = scorecard_of("candidate", [], a_benchmark())


def test_scorecards_stand_side_by_side_and_the_first_by_category():
    lines = scores_report("Steer", [CARD, EMPTY], ["a note"]).splitlines()
    assert lines[0] == "## Steer"
    assert lines[2] == (
        "| system | passed | core [90 %] | robust | coverage | composite [90 %] | score | "
        "p95 latency |"
    )
    assert lines[3].count("|") == lines[2].count("|") == lines[4].count("|")
    assert lines[4].startswith("| stand-in:zero-shot | 14/16 | 0.88 [")
    assert lines[5] == "| candidate | 0/0 | - | - | - | - | - | - |"
    told = scores_report("Steer", [EMPTY], [], nobody=NOBODY).splitlines()
    assert told[4] == "| candidate | decided by nobody | - | - | - | - | - | - |"
    assert "### stand-in:zero-shot by category" in lines
    assert [line.split(" ")[1] for line in lines if line.startswith("| ") and "]" in line][-3:] == [
        "ATTRIBUTION",
        "BID_SHADING",
        "PACING",
    ]
    assert lines[-1] == "- a note"


def test_figures_are_a_table_and_notes_a_list():
    text = figures_report("Training", {"rows": 12, "shift": 1.23456, "none": None}, ["x"])
    assert text == (
        "## Training\n\n| figure | value |\n|---|---|\n| rows | 12 |\n| shift | 1.235 |\n"
        "| none | - |\n\n- x\n"
    )


def test_without_notes_nothing_follows():
    assert figures_report("T", {}, []) == "## T\n\n| figure | value |\n|---|---|\n"


def test_what_was_not_measured_is_a_dash():
    assert share(None) == figure_words(None) == spread(None) == "-"
    assert (share(0.125), figure_words("words")) == ("0.12", "words")


def test_the_same_records_give_the_same_text():
    texts = {scores_report("Steer", [CARD], ["n"]) for _ in range(2)}
    assert len(texts) == 1


def test_answers_that_were_cut_or_cannot_be_read_are_said_below_the_scores():
    flawed = CARD.model_copy(update={"cut": 21, "unreadable": 3})
    assert flaws(flawed.cut, flawed.unreadable) == "21 answers cut by maxTokens, 3 unreadable"
    assert (flaws(1, 0), flaws(0, 1), flaws(0, 0)) == (
        "1 answer cut by maxTokens",
        "1 answer unreadable",
        "",
    )
    lines = scores_report("Steer", [flawed, EMPTY], ["a note"]).splitlines()
    assert lines[-2:] == [
        "- stand-in:zero-shot: 21 answers cut by maxTokens, 3 unreadable",
        "- a note",
    ]
