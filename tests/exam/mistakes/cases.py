# ruff: noqa: E501, ISC004, Q000, RUF001 - a case a line or two; quotes and spaces are meant
"""Honest mistakes: what somebody wrote, what is said of it, and the file put right.

A mistake is a change to a good file, so each case is a whole file at the time of the check. Where
one remedy alone is right the problem carries it as an edit (`EDIT`); else the corrected file stands
beside the mistake, as changes to the same good file (nothing: the good file itself).
"""

from typing import NamedTuple

from tests.support.exam_files import CANARY_LINE, SCHEMA_LINE

Changes = tuple[tuple[str, str], ...]

EDIT = "edit"
"""The problem carries the edit that puts the file right."""

WAIT = "  - text: Recommends to wait for the next shift.\n    check: {contains: wait for the next shift}\n"
ISOLATE = "  - text: Recommends to isolate the pump.\n    check: {contains: isolate the pump}\n"
FLUID = "  - text: Says that the inner seal lets barrier fluid through.\n"
ANY_OF = "{any_of: [lets barrier fluid through, inner seal fails]}"
OBJECTIVE = (
    "testObjective: >-\n  Finds out whether the model reads the table and not only the story.\n"
)
NUMBER = "{number: {metric: barrier_kpa, value: 180}}"
ROWS = "    - [2026-03-01, 240, 1.4]\n    - [2026-03-02, 210, 1.5]\n    - [2026-03-03, 180, 1.4]\n"
MIDDLE = "[2026-03-02, 210, 1.5]"
COLUMNS = "[day, barrier_kpa, vibration_mm_s]"
TABLE = f"domainInput:\n  columns: {COLUMNS}\n  rows:\n{ROWS}"
STORY = "The night shift at pump mistake saw the barrier pressure sink for three days and asks what to do."
DESCRIPTION = f"description: >-\n  {STORY}\n"
FAIL = f"failCriteria:\n{WAIT}"
VERDICT = "{verdict: seal-failure}"
NBSP, ZERO_WIDTH, WIDE, BOM, SOFT = "\u00a0", "\u200b", "\u3000", "\ufeff", "\u00ad"


class Mistake(NamedTuple):
    """One file with a mistake in it."""

    name: str
    """What somebody did."""
    changes: Changes
    """What it makes of the good file; the whole text where `old` is empty."""
    rule: str
    """The rule that it breaks."""
    cause: str
    """Words of the message that name what is wrong."""
    remedy: str
    """Words of the message that say what helps."""
    right: str | Changes = ()
    """`EDIT`, or the corrected file as changes to the good one."""


MISTAKES = (
    # What a paste or a merge leaves
    Mistake("a code fence around the YAML", (("", "```yaml\n{good}```\n"),), "code-fence",
            "code fence (```yaml)", "delete the lines of the fence", EDIT),
    Mistake("a code fence that is not closed", (("", "```\n{good}"),), "code-fence",
            "code fence", "delete the lines of the fence", EDIT),
    Mistake("tildes for a fence", (("", "~~~yml\n{good}~~~"),), "code-fence",
            "code fence", "delete the lines of the fence", EDIT),
    Mistake("a chat's whole answer", (("", "Here is the file:\n```yaml\n{good}```\n"),),
            "code-fence", "code fence", "keep what stands within the fence"),
    Mistake("an unfinished merge", (("outcomeType: tp\n", "<<<<<<< HEAD\noutcomeType: tp\n=======\n"
            "outcomeType: tn\n>>>>>>> other\n"),), "merge-marker", "`<<<<<<< HEAD`",
            "keep what is right"),
    Mistake("an unfinished merge within a block", ((f"  {STORY}\n", f"  <<<<<<< HEAD\n  {STORY}\n"
            "  =======\n  The day shift asks about the barrier pressure.\n  >>>>>>> other\n"),),
            "merge-marker", "`<<<<<<< HEAD`", "delete the lines of `<<<<<<<`"),
    Mistake("an unfinished merge with its base", (("category: SEALS\n", "<<<<<<< ours\ncategory: "
            "SEALS\n||||||| base\ncategory: SEAL\n=======\ncategory: BEARINGS\n>>>>>>> theirs\n"),),
            "merge-marker", "unfinished merge", "keep what is right"),
    Mistake("a mark of a merge left over", ((WAIT, f"{WAIT}>>>>>>> 3f1c2ab (Add a seal)\n"),),
            "merge-marker", ">>>>>>>", "delete the lines"),
    Mistake("two scenarios in a file", ((ROWS, f"{ROWS}---\nid: PUMP_OTHER\n"),),
            "multiple-documents", "second YAML document", "move it to a file of its own"),
    Mistake("nothing in the file", (("", ""),), "empty-file", "empty", "write it"),
    # Encodings and characters that nobody sees
    Mistake("a non-breaking space behind a colon", (("outcomeType: tp", f"outcomeType:{NBSP}tp"),),
            "spacing", "U+00A0", "plain spaces", EDIT),
    Mistake("non-breaking spaces that indent", (("  rows:\n", f"{NBSP}{NBSP}rows:\n"),),
            "spacing", "a space that is none to YAML", "plain spaces in its place", EDIT),
    Mistake("a non-breaking space within braces", (("{drive: electric", f"{{drive:{NBSP}electric"),),
            "spacing", "holds a space that is none to YAML", "plain spaces in its place", EDIT),
    Mistake("a non-breaking space before a word", ((": operator", f": {NBSP}operator"),),
            "spacing", "stands around `operator`", "plain spaces, or none", EDIT),
    Mistake("a non-breaking space within a verdict", ((VERDICT, f"{{verdict: seal{NBSP}failure}}"),),
            "pattern", "verdict", "write `seal-failure`", EDIT),
    Mistake("a wide space of Asian keyboards", (("id: PUMP", f"id:{WIDE}PUMP"),),
            "spacing", "U+3000", "plain spaces", EDIT),
    Mistake("a zero-width space in a phrase", (("isolate the pump}", f"isolate{ZERO_WIDTH} the pump}}"),),
            "hidden-character", "U+200B, which nobody sees", "delete it", EDIT),
    Mistake("a soft hyphen in a word", (("barrier fluid through.", f"bar{SOFT}rier fluid through."),),
            "hidden-character", "U+00AD", "delete it", EDIT),
    Mistake("a byte order mark in the middle", (("testObjective", f"{BOM}testObjective"),),
            "hidden-character", "U+FEFF", "delete it", EDIT),
    Mistake("a byte order mark and a slip", (("", f"{BOM}{{good}}"), (": operator", ": oprator")),
            "unknown-lens", "`oprator`", "write `operator`", EDIT),
    Mistake("tabs that indent", (("    - [2026-03-01", "\t\t- [2026-03-01"),), "spacing",
            "a tab indents this line", "2 spaces for each tab", EDIT),
    Mistake("tabs before every criterion", (("  - text", "\t- text"), ("    check", "\t  check")),
            "spacing", "a tab indents this line", "2 spaces for each tab", EDIT),
    Mistake("a control character", (("isolate the pump.", "isolate the \x07pump."),),
            "control-character", "U+0007", "delete it"),
    # Quotes
    Mistake("typographic quotes around a phrase", (("contains: isolate the pump", "contains: “isolate the pump”"),),
            "typographic-quote", "typographic", "straight quotes", EDIT),
    Mistake("German quotes", (("contains: wait for the next shift", "contains: „wait for the next shift“"),),
            "typographic-quote", "part of it", "straight quotes", EDIT),
    Mistake("French quotes", ((": operator", ": «\u00a0operator\u00a0»"),),
            "typographic-quote", "typographic", "straight quotes", EDIT),
    Mistake("typographic single quotes", (("verdict: seal-failure", "verdict: ‘seal-failure’"),),
            "typographic-quote", "typographic", "straight quotes", EDIT),
    Mistake("an apostrophe in single quotes", ((OBJECTIVE, "testObjective: 'Finds out whether it doesn't guess.'\n"),),
            "syntax", "holds the quote that it stands in", "double quotes", EDIT),
    Mistake("quotes within quotes", ((OBJECTIVE, 'testObjective: "Finds out if "the story" fools it."\n'),),
            "syntax", "holds the quote that it stands in", 'put it in double quotes', EDIT),
    Mistake("a quote that is not closed", ((FLUID, FLUID.replace("Says", '"Says')),),
            "syntax", "is not closed", "close it at the end of the line", EDIT),
    Mistake("a single quote that is not closed", ((": operator", ": 'operator"),),
            "syntax", "is not closed", "close it", EDIT),
    # YAML
    Mistake("a colon in a text", ((OBJECTIVE, "testObjective: Finds out this: does it read the table?\n"),),
            "syntax", "the colon in", "put it in quotes", EDIT),
    Mistake("a colon in a text of two lines", ((OBJECTIVE, "testObjective: Finds out this: does the\n  model read the table?\n"),),
            "syntax", "the colon in", "write `>-`", EDIT),
    Mistake("a colon in a criterion of two lines", ((ISOLATE, f"{ISOLATE}  - Says what is worn: it is the\n    inner seal.\n"),),
            "syntax", "the colon in", "write `>-`", EDIT),
    Mistake("a colon in a plain criterion", ((ISOLATE, f"{ISOLATE}  - Says why: the seal is worn.\n"),),
            "syntax", "the colon behind `Says why`", "put the whole sentence in quotes", EDIT),
    Mistake("a colon in a mistake to avoid", ((WAIT, "  - Recommends: wait for the next shift.\n"),),
            "syntax", "makes a field of the words before it", "quotes", EDIT),
    Mistake("an at sign at the beginning", ((OBJECTIVE, "testObjective: @operator must read the table here.\n"),),
            "syntax", "`@operator must read the table here.`", "put it in quotes", EDIT),
    Mistake("a percent sign at the beginning", ((OBJECTIVE, "testObjective: %-figures are mistaken for pressure.\n"),),
            "syntax", "no plain text to YAML", "put it in quotes", EDIT),
    Mistake("Markdown's stars", ((OBJECTIVE, "testObjective: *Whether* it reads the table at all.\n"),),
            "syntax", "`*Whether* it reads the table at all.`", "put it in quotes", EDIT),
    Mistake("Markdown's backticks", ((OBJECTIVE, "testObjective: `barrier_kpa` must be read to the end.\n"),),
            "syntax", "no plain text to YAML", "put it in quotes", EDIT),
    Mistake("an ampersand at the beginning", ((OBJECTIVE, "testObjective: & whether it reads the table at all.\n"),),
            "syntax", "no plain text to YAML", "put it in quotes", EDIT),
    Mistake("a bound at the beginning", ((OBJECTIVE, "testObjective: > 50 kPa of loss must be noticed.\n"),),
            "syntax", "`> 50 kPa of loss must be noticed.`", "put it in quotes", EDIT),
    Mistake("an exclamation mark at the beginning", ((OBJECTIVE, "testObjective: !important that it reads the table.\n"),),
            "tag", "tag `!important`", "in quotes", ((OBJECTIVE, 'testObjective: "!important that it reads the table."\n'),)),
    Mistake("a number sign in a text", ((OBJECTIVE, "testObjective: Finds out whether it reads the table of pump #12 here.\n"),),
            "cut-by-comment", "`#12 here.` is a comment to YAML", "put the text in quotes", EDIT),
    Mistake("a bracket that is not closed", ((COLUMNS, COLUMNS[:-1]),),
            "syntax", "is opened and not closed", "close it with `]`", EDIT),
    Mistake("a brace that is not closed", (("seal: double}", "seal: double"),),
            "syntax", "is opened and not closed", "close it with `}`", EDIT),
    Mistake("no space behind a colon", (("outcomeType: tp", "outcomeType:tp"),),
            "spacing", "no space stands behind the colon", "write a space", EDIT),
    Mistake("no space behind a dash", (("  - text: Recommends to isolate", "  -text: Recommends to isolate"),),
            "spacing", "no space stands behind the dash", "write a space", EDIT),
    Mistake("a field indented too far", (("category: SEALS", "  category: SEALS"),),
            "syntax", "mapping values are not allowed", "indent it like the fields around it"),
    Mistake("a field indented too little", (("    check: {contains: isolate the pump}", "   check: {contains: isolate the pump}"),),
            "syntax", "did not find expected '-' indicator", "in one column"),
    Mistake("a second criterion without its dash", ((ISOLATE, ISOLATE.replace("  - ", "    ")),),
            "duplicate-key", "field `text` stands here a second time", "put `- ` before it"),
    Mistake("a list without dashes", ((FAIL, "failCriteria:\n  text: Recommends to wait for the next shift.\n"
            "  check: {contains: wait for the next shift}\n"),), "wrong-type",
            "failCriteria is a mapping", "put `- ` before its first field"),
    Mistake("a field twice", (("category: SEALS\n", "category: SEALS\ncategory: BEARINGS\n"),),
            "duplicate-key", "`category` stands here a second time", "delete or rename one"),
    Mistake("an anchor and an alias", ((VERDICT, "&v {verdict: seal-failure}"),),
            "alias", "anchor &v", "delete the anchor"),
    # Fields
    Mistake("a field that is missing", ((DESCRIPTION, ""),), "missing-field",
            "`description` is missing", "add `description: ...`"),
    Mistake("a field in snake case", (("outcomeType", "outcome_type"),), "unknown-field",
            "`outcome_type`", "rename it to `outcomeType`", EDIT),
    Mistake("a field with a hyphen", (("operatorLens", "operator-lens"),), "unknown-field",
            "`operator-lens`", "rename it to `operatorLens`", EDIT),
    Mistake("a field in capitals", (("category:", "CATEGORY:"),), "unknown-field",
            "`CATEGORY`", "rename it to `category`", EDIT),
    Mistake("a field with a space", (("testObjective", "test objective"),), "unknown-field",
            "`test objective`", "rename it to `testObjective`", EDIT),
    Mistake("a field misspelt", (("passCriteria", "passCritera"),), "unknown-field",
            "`passCritera`", "rename it to `passCriteria`", EDIT),
    Mistake("a field misspelt beside the right one", (("category: SEALS\n", "category: SEALS\ncategorie: SEALS\n"),),
            "unknown-field", "`categorie`", "delete it, `category` is there"),
    Mistake("a field that nobody knows", (("category: SEALS\n", "category: SEALS\ndifficulty: hard\n"),),
            "unknown-field", "`difficulty`", "delete it"),
    Mistake("a criterion's field at the top", (("failCriteria:\n", "weight: 2\nfailCriteria:\n"),),
            "unknown-field", "`weight`", "indented like the fields of `passCriteria`"),
    Mistake("the mechanic by its record's name", (("pumpMechanic", "mechanic"),), "unknown-field",
            "`mechanic`", "rename it to `pumpMechanic`", EDIT),
    Mistake("an id in small letters", (("id: PUMP_MISTAKE", "id: pump-mistake"),), "pattern",
            "id is `pump-mistake`", "write `PUMP_MISTAKE`", EDIT),
    Mistake("a date for an id", (("id: PUMP_MISTAKE", "id: 2026-03-01"),), "pattern",
            "id is `2026-03-01`", "write it in that form"),
    Mistake("an id of one word", (("id: PUMP_MISTAKE", "id: PUMP"),), "pattern",
            "id is `PUMP`", "write it in that form"),
    Mistake("an id that the file has not", (("id: PUMP_MISTAKE", "id: PUMP_MISTOOK"),),
            "id-file-name", "id PUMP_MISTOOK in a file named PUMP_MISTAKE.yaml", "rename the file or the id"),
    Mistake("an outcome in capitals", (("outcomeType: tp", "outcomeType: TP"),), "unknown-word",
            "outcomeType is `TP`", "write `tp`", EDIT),
    Mistake("an outcome spelt out", (("outcomeType: tp", "outcomeType: true positive"),), "unknown-word",
            "`true positive`", "choose one of them"),
    Mistake("an outcome with an underscore", (("outcomeType: tp", "outcomeType: fn_guard"),),
            "unknown-word", "`fn_guard`", "write `fn-guard`", EDIT),
    Mistake("a lens misspelt", ((": operator", ": operater"),), "unknown-lens", "`operater`",
            "write `operator`", EDIT),
    Mistake("a lens of another domain", ((": operator", ": dsp"),), "unknown-lens", "`dsp` is unknown",
            "choose one of them, or add it to benchmark.yaml"),
    Mistake("a category in small letters", (("category: SEALS", "category: Seals"),), "pattern",
            "category is `Seals`", "write `SEALS`", EDIT),
    Mistake("a category misspelt", (("category: SEALS", "category: SEAL"),), "unknown-category",
            "`SEAL` is unknown", "write `SEALS`", EDIT),
    Mistake("a word of the mechanic misspelt", (("drive: electric", "drive: electrical"),), "mechanic",
            "`electrical`", "write `electric`", EDIT),
    Mistake("a field of the mechanic misspelt", (("{drive:", "{driv:"),), "mechanic",
            "unknown field `driv`", "rename it to `drive`", EDIT),
    Mistake("a list for a text", ((DESCRIPTION, f"description:\n  - {STORY}\n"),), "wrong-type",
            "description is a list", "write text"),
    Mistake("a text too short", ((DESCRIPTION, "description: A seal leaks.\n"),), "out-of-range",
            "description has 13 characters", "write more"),
    # Criteria
    Mistake("none for an empty list", ((FAIL, "failCriteria: none\n"),), "wrong-type",
            "failCriteria is `none`", "write `failCriteria: []`", EDIT),
    Mistake("n/a for an empty list", ((FAIL, "failCriteria: n/a\n"),), "wrong-type",
            "failCriteria is `n/a`", "write `failCriteria: []`", EDIT),
    Mistake("nothing for an empty list", ((FAIL, "failCriteria:\n"),), "wrong-type",
            "failCriteria is empty", "write `failCriteria: []`", EDIT),
    Mistake("a sentence for an empty list", ((FAIL, "failCriteria: There are none.\n"),),
            "invalid-value", "`There are none.` is taken for a criterion", "write `failCriteria: []`",
            ((FAIL, "failCriteria: []\n"),)),
    Mistake("none as the only item", ((FAIL, "failCriteria:\n  - None.\n"),), "wrong-type",
            "failCriteria is `None.`", "write `failCriteria: []`", ((FAIL, "failCriteria: []\n"),)),
    Mistake("no pass criterion", (("passCriteria:\n", "passCriteria: none\nx:\n"),), "missing-field",
            "passCriteria is `none`", "write what a right answer does"),
    Mistake("yes for true", ((ISOLATE, f"{ISOLATE}    required: yes\n"),), "wrong-type",
            "required is `yes`", "write `true`", EDIT),
    Mistake("a German no", ((ISOLATE, f"{ISOLATE}    required: nein\n"),), "wrong-type",
            "required is `nein`", "write `false`", EDIT),
    Mistake("a weight in percent", ((ISOLATE, f"{ISOLATE}    weight: 50%\n"),), "wrong-type",
            "weight is `50%`", "write `0.5`", EDIT),
    Mistake("a weight in quotes", ((ISOLATE, f'{ISOLATE}    weight: "2"\n'),), "wrong-type",
            "weight is `2`", "write `2`", EDIT),
    Mistake("a weight with a decimal comma", ((ISOLATE, f"{ISOLATE}    weight: 0,5\n"),), "wrong-type",
            "weight is `0,5`", "write `0.5`", EDIT),
    Mistake("a weight in words", ((ISOLATE, f"{ISOLATE}    weight: high\n"),), "wrong-type",
            "weight is `high`", "write a figure"),
    Mistake("a weight of nothing", ((ISOLATE, f"{ISOLATE}    weight: 0\n"),), "out-of-range",
            "weight is `0`", "change the figure"),
    Mistake("a criterion twice", ((ISOLATE, ISOLATE * 2),), "duplicate-criterion",
            "P4 says what P3 says", "delete one of the two"),
    Mistake("the same check twice", ((ISOLATE, f"{ISOLATE}{ISOLATE.replace('Recommends', 'Advises')}"),),
            "duplicate-criterion", "it counts twice", "a check of its own"),
    Mistake("one sentence to pass and to fail", ((WAIT, "  - text: Recommends to isolate the pump.\n"
            "    check: {any_of: [isolate the pump, isolate it]}\n"),), "contradiction",
            "F1 forbids what P3 asks for", "delete the one of the two that is wrong"),
    Mistake("one check to pass and to fail", ((WAIT, "  - text: Says to isolate the pump at once.\n"
            "    check: {contains: isolate the pump}\n"),), "contradiction",
            "F1 forbids what P3 asks for", "delete the one of the two that is wrong"),
    # Checks
    Mistake("a kind of check misspelt", (("{contains: isolate", "{contain: isolate"),), "check-kind",
            "of kind `contain`", "rename `contain` to `contains`", EDIT),
    Mistake("a kind of check in camel case", (("any_of:", "anyOf:"),), "check-kind",
            "of kind `anyOf`", "rename `anyOf` to `any_of`", EDIT),
    Mistake("a kind of another tool", (("{contains: isolate", "{icontains: isolate"),), "check-kind",
            "of kind `icontains`", "rename `icontains` to `contains`", EDIT),
    Mistake("a kind that nobody knows", (("{contains: isolate the pump}", "{semantic: isolate the pump}"),),
            "check-kind", "of kind `semantic`", "choose one of them"),
    Mistake("two kinds in a check", (("{contains: isolate the pump}", "{contains: isolate the pump, regex: isolate}"),),
            "check-kind", "`contains`, `regex`", "keep one"),
    Mistake("a check as text", (("check: {contains: isolate the pump}", "check: isolate the pump"),),
            "check-kind", "the check is `isolate the pump`", "check: {contains: a phrase}"),
    Mistake("a text for a list of phrases", ((ANY_OF, "{any_of: lets barrier fluid through}"),),
            "wrong-type", "any_of is `lets barrier fluid through`", "put it in brackets", EDIT),
    Mistake("a list for one phrase", (("{contains: isolate the pump}", "{contains: [isolate the pump]}"),),
            "wrong-type", "contains is a list", "write text"),
    Mistake("a figure in quotes", (("value: 180}", 'value: "180"}'),), "wrong-type",
            "value is `180`", "write `180`", EDIT),
    Mistake("a figure with its unit", (("value: 180}", "value: 180 kPa}"),), "wrong-type",
            "value is `180 kPa`", "without its unit"),
    Mistake("a figure that can be read two ways", ((NUMBER, '{number: {metric: barrier_kpa, value: "1,180"}}'),),
            "wrong-type", "value is `1,180`", "`1180`, or `1.180` if the comma is a decimal one"),
    Mistake("a decimal comma in a check", ((NUMBER, '{number: {metric: vibration_mm_s, value: "1,4"}}'),),
            "wrong-type", "value is `1,4`", "write `1.4`", EDIT),
    Mistake("a metric misspelt", (("metric: barrier_kpa", "metric: barier_kpa"),), "unknown-metric",
            "no column `barier_kpa`", "write `barrier_kpa`", EDIT),
    Mistake("a figure of another day", (("value: 180}", "value: 210}"),), "not-last-figure",
            "ends on 180, the check wants 210", "write 180"),
    Mistake("a verdict with a typing slip", (("verdict: seal-failure}", "verdict: seal-failrue}"),),
            "unknown-verdict", "`seal-failrue` is unknown", "write `seal-failure`", EDIT),
    Mistake("a verdict in words", (("verdict: seal-failure}", "verdict: Seal Failure}"),), "pattern",
            "verdict is `Seal Failure`", "write `seal-failure`", EDIT),
    Mistake("a verdict against the outcome", (("outcomeType: tp", "outcomeType: tn"),),
            "outcome-verdict", "sees no problem", "correct the verdict or the outcome type"),
    Mistake("a polarity misspelt", (("{contains: isolate the pump}", "{contains: isolate the pump, polarity: affirm}"),),
            "unknown-word", "`affirm`", "write `affirmed`", EDIT),
    Mistake("a pattern with a slip", (("{contains: isolate the pump}", "{regex: 'isolate (the pump'}"),),
            "invalid-value", "missing ): isolate (the pump", "write `\\(` for a bracket"),
    # The table
    Mistake("a percent sign in a cell", ((COLUMNS, "[day, barrier_kpa, wear_pct]"), (MIDDLE, "[2026-03-02, 210, 58%]")),
            "cell", "`58%` is text", "write 58", EDIT),
    Mistake("a percent sign under a name without a unit", ((MIDDLE, "[2026-03-02, 210, 58%]"),),
            "cell", "`58%` is text", "the unit in the column's name (vibration_mm_s_pct)",
            ((COLUMNS, "[day, barrier_kpa, wear_pct]"), (MIDDLE, "[2026-03-02, 210, 58]"))),
    Mistake("percent signs down to the checked figure", ((COLUMNS, "[day, barrier_pct, vibration_mm_s]"),
            (ROWS, ROWS.replace("240", "58%").replace("210", "49%").replace("180", "31%")),
            ("barrier_kpa at its latest value, 180", "barrier_pct at its latest value, 31"),
            (NUMBER, "{number: {metric: barrier_pct, value: 31}}")),
            "cell", "`58%` and 2 more of `barrier_pct`", "write 58", EDIT),
    Mistake("a unit in a cell", ((MIDDLE, "[2026-03-02, 210 kPa, 1.5]"),), "cell",
            "`210 kPa` is text", "write 210", EDIT),
    Mistake("thousands parted by spaces", ((MIDDLE, "[2026-03-02, 1 210, 1.5]"),), "cell",
            "`1 210` is text", "write 1210", EDIT),
    Mistake("thousands parted by apostrophes", ((MIDDLE, "[2026-03-02, 1'210, 1.5]"),), "cell",
            "`1'210` is text", "write 1210", EDIT),
    Mistake("German thousands and decimals", ((MIDDLE, '[2026-03-02, "1.210,5", 1.5]'),), "cell",
            "`1.210,5` is text", "write 1210.5", EDIT),
    Mistake("a decimal comma in quotes", ((MIDDLE, '[2026-03-02, 210, "0,58"]'),), "cell",
            "`0,58` is text", "write 0.58", EDIT),
    Mistake("a decimal comma in a row", ((MIDDLE, "[2026-03-02, 210, 1,5]"),), "row-length",
            "`1,5` is read as two cells", "write `1.5`", EDIT),
    Mistake("a thousands comma in a row", ((MIDDLE, "[2026-03-02, 1,210, 1.5]"),), "row-length",
            "`1,210` is read as two cells", "write `1210`, or `1.210`",
            ((MIDDLE, "[2026-03-02, 1210, 1.5]"),)),
    Mistake("a thousands comma in a checked figure", ((ROWS, ROWS.replace("180", '"1,180"')),
            ("value, 180", "value, 1180")), "not-last-figure", "ends on 1,180", "write 1180",
            ((ROWS, ROWS.replace("180", '"1,180"')), ("value, 180", "value, 1180"),
             ("value: 180", "value: 1180"))),
    Mistake("a cell of nothing", ((MIDDLE, "[2026-03-02, ~, 1.5]"),), "cell",
            "the cell of `barrier_kpa` is empty", "write `n/a` where nothing was measured",
            ((MIDDLE, "[2026-03-02, n/a, 1.5]"),)),
    Mistake("a cell of an empty text", ((MIDDLE, '[2026-03-02, "", 1.5]'),), "cell",
            "a cell of `barrier_kpa` is empty", "never a figure that nobody measured",
            ((MIDDLE, "[2026-03-02, n/a, 1.5]"),)),
    Mistake("two commas in a row", ((MIDDLE, "[2026-03-02, , 1.5]"),), "syntax",
            "did not find expected node content", "`n/a` where none was measured",
            ((MIDDLE, "[2026-03-02, n/a, 1.5]"),)),
    Mistake("a row too short", ((MIDDLE, "[2026-03-02, 210]"),), "row-length",
            "row 2 has 2 cells, the table has 3 columns", "one cell a column"),
    Mistake("columns as text", ((COLUMNS, "day, barrier_kpa, vibration_mm_s"),), "wrong-type",
            "columns is `day, barrier_kpa, vibration_mm_s`", "put it in brackets", EDIT),
    Mistake("a column as people say it", ((COLUMNS, "[day, Barrier kPa, vibration_mm_s]"),), "pattern",
            "`Barrier kPa`", "write `barrier_kpa`", EDIT),
    Mistake("a column twice", ((COLUMNS, "[day, barrier_kpa, barrier_kpa]"),), "invalid-value",
            "two columns have the same name", "rename one of them"),
    Mistake("a table of one row", ((ROWS, "    - [2026-03-03, 180, 1.4]\n"),), "out-of-range",
            "rows has 1 item", "write more"),
    Mistake("true in a cell", ((MIDDLE, "[2026-03-02, 210, true]"),), "wrong-type",
            "is `true`", "put it in quotes", EDIT),
    Mistake("the cause as a column", ((COLUMNS, "[day, barrier_kpa, root_cause]"),
            (ROWS, ROWS.replace("1.4]", "worn seal]").replace("1.5]", "worn seal]"))),
            "answer-in-input", "the column `root_cause` tells", "take the column out"),
    Mistake("the verdict in the description", ((STORY, f"{STORY} Verdict: the seal is worn."),),
            "answer-in-input", "`Verdict: the seal is worn.`", "take it out"),
    Mistake("the passing label in the description", ((STORY, f"{STORY} It was seal-failure."),),
            "answer-in-input", "`seal-failure` tells the model", "take it out"),
    Mistake("the cause in a text to read", ((TABLE, "domainInput: |\n  barrier_kpa: 240, 210, 180\n"
            "  Root cause: the inner seal is worn.\n"),),
            "answer-in-input", "`Root cause: the inner seal is worn.`", "take it out",
            ((TABLE, "domainInput: |\n  barrier_kpa: 240, 210, 180\n"),)),
    # Comments and words of models
    Mistake("no line for editors", ((f"{SCHEMA_LINE}\n", ""),), "schema-line",
            "names no schema for editors", "add it", EDIT),
    Mistake("another benchmark's line for editors", ((SCHEMA_LINE, SCHEMA_LINE.replace("pumps", "adtech")),),
            "schema-line", "names no schema for editors", "add it", EDIT),
    Mistake("a turn of a chat", ((STORY, f"{STORY} <|im_start|>"),), "chat-token", "<|im_start|>",
            "say it in words"),
    Mistake("what the scaffold says", ((STORY, f"Replace this with two to five sentences. {STORY}"),),
            "placeholder", "`Replace this with` is still there", "write it in its place"),
)  # fmt: skip
"""Each of them, in a scenario of train."""

SEALED_LINES = f"{SCHEMA_LINE}\n{CANARY_LINE}\n"
