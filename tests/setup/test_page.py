from modelsmith.setup.observation import DoctorReport, Unread, fine, gap, note, unknown
from modelsmith.setup.page import as_markdown, as_text

CHECKUP = DoctorReport(
    forge="github",
    acted_as="mona",
    observations=(
        fine("approvals", "main: read"),
        note("runner", "plain git starts no job"),
        unknown("team", Unread(what="acme/law", right="give Members: read"), "people", "eyes"),
        gap("force-push", "not asked", "nobody rewrites history", "it is lost", "gh api x | y"),
    ),
)


def test_text_puts_the_worst_first_with_what_closes_it():
    assert as_text(CHECKUP) == (
        "doctor: the github forge, asked as mona\n"
        "GAP     not asked\n"
        "        must be: nobody rewrites history\n"
        "        why: it is lost\n"
        "        fix: gh api x | y\n"
        "UNKNOWN unknown: acme/law\n"
        "        must be: people\n"
        "        why: eyes\n"
        "        fix: give Members: read\n"
        "NOTE    plain git starts no job\n"
        "OK      main: read\n"
        "1 gap, 1 unknown, 1 note, 1 in order"
    )


def test_markdown_has_commands_to_copy():
    page = as_markdown(CHECKUP)
    assert page.startswith(
        "## Doctor: 1 gap, 1 unknown, 1 note, 1 in order\n\n- **GAP** `force-push`: "
    )
    assert "  ```text\n  gh api x | y\n  ```\n" in page


def test_names_of_strangers_are_shown_as_they_are():
    hostile = "a\x1b[2J\n# big <img src=x> [l](javascript:0) `x` @all"
    checkup = CHECKUP.model_copy(update={"observations": (fine("team", hostile),)})
    assert "a\\u001b[2J # big" in as_text(checkup)
    assert (
        "a\\\\u001b\\[2J \\# big &lt;img src=x> \\[l\\](javascript:0) \\`x\\` \\@all"
        in as_markdown(checkup)
    )
