"""A file that cannot become scenarios is refused at its place; nothing is written."""

from contextlib import suppress

import pytest

from modelsmith.errors import InputError
from tests.support.foreign_files import FORMATS, imported, map_of, text_of

DAMAGED = {
    "cut in the middle": (
        "healthbench", ('"example_tags": ["theme:seals"], "ideal', '"example_tags": ["theme:se'),
        "1:444: error: a part does not end here",
    ),
    "a field without a colon": (
        "healthbench", ('"prompt_id": "noise-2"', '"prompt_id" "noise-2"'), "2:14: error: no colon",
    ),
    "not a number": (
        "healthbench", ('"points": 2.5', '"points": NaN'), "4:",
    ),
    "a field twice": (
        "biggen", ('"task": "leak",', '"task": "leak", "task": "hum",'),
        "5:19: error: field `task` stands here a second time; expected it once; see line 5",
    ),
    "points as text": (
        "healthbench", ('"points": 7', '"points": "7"'),
        "1:192: error: rubrics[0].points is `7`; expected a number",
    ),
    "points of nothing": (
        "healthbench", ('"points": 7', '"points": 0'), "1:125: error: passCriteria[0]: 0 points",
    ),
    "only mistakes": (
        "healthbench", ('"points": 2.5', '"points": -2.5'),
        "4:1: error: passCriteria has 0 items; expected at least 1",
    ),
    "another role": (
        "healthbench", ('"role": "assistant"', '"role": "agent"'),
        "2:109: error: prompt[1].role is `agent`; expected one of system, user, assistant",
    ),
    "two users in a row": (
        "healthbench", ('"role": "assistant"', '"role": "user"'),
        "2:36: error: domainInput: turn 2 is the user's, where the other speaks",
    ),
    "no rubric": (
        "healthbench", ('"rubrics": [{"criterion": "R', '"rubric": [{"criterion": "R'),
        "4:1: error: `rubrics` is missing",
    ),
    "a criterion of one word": (
        "healthbench", ("Asks for the vibration in mm/s.", "Asks."),
        "2:255: error: passCriteria[0].text has 5 characters; expected at least 8",
    ),
    "the same id twice": (
        "healthbench", ('"leak-3"', '"leak_1"'), "4:1: error: leak_1 becomes the id PUMPS_LEAK_1",
    ),
    "a turn of a chat template": (
        "healthbench", ("Our pump loses", "<|im_start|> Our pump loses"),
        "1:35: error: `<|im_start|>` is no text to a model",
    ),
    "another format": ("healthbench", ('{"prompt_id": "leak-1"', "prompt_id,leak-1"), "1:1: error"),
    "four levels": (
        "biggen", ('   "score4_description": "It finds the inner seal.",\n', ""),
        "10:19: error: `score4_description` is missing in score_rubric",
    ),
    "an id that is not its name": (
        "biggen", ('"id": "seals_leak_0"', '"id": "seals_leak_9"'),
        "3:9: error: id seals_leak_9 stands under the name seals_leak_0",
    ),
    "code as a grader": (
        "openai-evals", ('"type": "score_model"', '"type": "python"'),
        "44:15: error: a grader of kind python is code, which is never run here",
    ),
    "a grader that nobody knows": (
        "openai-evals", ('"type": "score_model"', '"type": "score_modle"'),
        "44:15: error: a grader of kind score_modle; expected string_check",
    ),
    "a formula that is no sum": (
        "openai-evals", ("0.75 * like + 0.25 * tone", "max(like, tone)"),
        "41:27: error: `max(like, tone)` is no sum of its graders",
    ),
    "samples elsewhere": (
        "openai-evals", ('"content": [\n', '"contents": [\n'),
        "62:15: error: the samples are not in the file, its source is file_content",
    ),
    "a field that no sample has": (
        "openai-evals", ("{{item.cause}}", "{{item.reason}}"),
        "9:20: error: `{{item.reason}}` names no field of the example",
    ),
    "a script": (
        "promptfoo", ('{type: regex, value: "[0-9]+ mm/s"}', "{type: javascript, value: x}"),
        "21:16: error: an assertion of kind javascript is code, which is never run here",
    ),
    "a kind that nobody knows": (
        "promptfoo", ("type: icontains-all", "type: icontain-all"),
        "24:16: error: an assertion of kind icontain-all; expected one of contains",
    ),
    "a pattern that is none": (
        "promptfoo", ("[0-9]+ mm/s", "([0-9]+"), "21:30: error: passCriteria[1]",
    ),
    "two prompts": (
        "promptfoo", ("providers:", '  - "{{question}}"\nproviders:'),
        "3:3: error: there are 2 prompts; expected one prompt",
    ),
    "a loop in a prompt": (
        "promptfoo", ("{{question}}", "{{question | upper}}"),
        "3:3: error: `{{question | upper}}` computes something",
    ),
    "a passing label that is none": (
        "openai-evals", ('"passing_labels": ["calm"]', '"passing_labels": ["clam"]'),
        "38:30: error: clam is none of the labels; expected one of calm, loud; fix: write `calm`",
    ),
    "labels that all pass": (
        "openai-evals",
        ('"passing_labels": ["calm"]', '"passing_labels": ["calm", "loud"]'),
        "38:29: error: every label passes",
    ),
    "a score that none reaches": (
        "openai-evals", ('"pass_threshold": 6', '"pass_threshold": 60'),
        "49:25: error: pass_threshold is 60, the scores go from 0 to 10",
    ),
    "a range upside down": (
        "openai-evals", ('"range": [0, 10]', '"range": [10, 0]'),
        "48:16: error: the range goes from 10 to 0",
    ),
    "a message that is no text": (
        "openai-evals", ('"text": "{{item.question}}"', '"image_url": "x"'),
        "59:37: error: template[1].content: it holds no `text`",
    ),
    "tabs in YAML": ("promptfoo", ("tests:\n", "tests:\n\t"), "9:1: error: a tab indents"),
    "an alias in YAML": ("promptfoo", ("description: Pumps", "description: &a Pumps"), "1:14: err"),
    "a quote that is not closed": (
        "csv", ('""P2"".",', '""P2"".,'), "2:49: error: text stands behind a closing quote",
    ),
    "a row with a cell more": (
        "csv", ("2,bearings,", "2,bearings,more,"), "3:1: error: the row has 7 cells, the header 6",
    ),
    "no criterion in a row": (
        "csv", ("Asks for the vibration in mm/s.", ""), "4:16: error: no criterion stands here",
    ),
    "nothing asked": (
        "csv", ('"It hums.\nIs it urgent?"', ""), "3:12: error: question is empty",
    ),
    "ratings without texts": (
        "csv", None, "1:1: error: no column holds a text: item, rater, score",
    ),
    "an empty file": ("csv", ("", ""), "1:1: error: the file is empty"),
}  # fmt: skip


def damaged(form, change):
    if change is None:
        return "item,rater,score\npump_1,expert_0,2\npump_1,expert_1,1\n"
    return "" if change == ("", "") else text_of(form, change)


def refusal_of(repository, form, text, map_text=None):
    with pytest.raises(InputError) as refusal:
        imported(repository, form, text, map_text)
    assert not (repository / "benchmarks").exists()
    return [str(problem) for problem in refusal.value.problems]


@pytest.mark.parametrize(("form", "change", "message"), DAMAGED.values(), ids=list(DAMAGED))
def test_a_damaged_file_is_refused_at_its_place(tmp_path, form, change, message):
    problems = refusal_of(tmp_path, form, damaged(form, change))
    assert any(one.startswith(f"{FORMATS[form]}:{message}") for one in problems), problems
    assert all(one.startswith(f"{FORMATS[form]}:") for one in problems), problems
    assert all("; expected " in one and "; fix: " in one for one in problems)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("other", FORMATS)
def test_a_file_of_another_format_is_refused(tmp_path, form, other):
    if other != form:
        assert refusal_of(tmp_path, form, text_of(other))


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_that_is_cut_anywhere_is_refused_or_read_and_never_breaks(tmp_path, form):
    text = text_of(form)
    for number, ends in enumerate(range(0, len(text), 61)):
        with suppress(InputError):
            imported(tmp_path / str(number), form, text[:ends])


MAPS = {
    "something to fill in": (
        ("outcomeType: tp", "outcomeType: TODO"), "3:14: error: TODO is still there",
    ),
    "an unknown outcome type": (
        ("outcomeType: tp", "outcomeType: yes"),
        "3:14: error: outcomeType is `yes` (of pumps.healthbench.jsonl:1:1 and 2 more)",
    ),
    "a lens that the benchmark lacks": (
        ("operatorLens: operator", "operatorLens: owner"), "4:15: error: `owner` is unknown (of",
    ),
    "a field that is not there": (
        ("from: example_tags", "from: tags"), "5:11: error: the example has no field tags; it has",
    ),
    "a value that is not there": (
        ('"theme:bearings": BEARINGS', '"theme:other": BEARINGS'),
        "5:11: error: example_tags is theme:bearings, which `values` lacks (of pumps.health",
    ),
    "a text with a field that is not there": (
        ("{example_tags}", "{theme}"), "8:16: error: the example has no field theme",
    ),
    "another split": (("split: train", "split: test"), "9:8: error: split is test (of pump"),
    "shares that are no whole": (
        ("split: train", "split: {shares: {train: 0.5}}"),
        "9:17: error: split.shares: the shares sum to 0.5, they must sum to 1",
    ),
    "a mechanic that the schema refuses": (
        ("mechanic: {drive: electric}", "mechanic: {drive: steam}"), "6:11: error:",
    ),
    "a benchmark without an owner": (("  owner: pump-owners\n", ""), "11:3: error: `owner`"),
    "a benchmark with its own canary": (
        ("  owner: pump-owners\n", "  owner: pump-owners\n  canary: x\n"),
        "13:11: error: the map says canary",
    ),
    "columns": (
        ("benchmark:", "columns: {id: a, input: b, passCriteria: [c]}\nbenchmark:"), "1:1: error:",
    ),
    "an unknown field": (("split: train", "splits: train"), "9:1: error: unknown field `splits`"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "message"), MAPS.values(), ids=list(MAPS))
def test_a_map_that_does_not_fit_is_refused_at_its_place(tmp_path, change, message):
    map_text = map_of("healthbench", change)
    problems = refusal_of(tmp_path, "healthbench", text_of("healthbench"), map_text)
    assert any(one.startswith(f"map.yaml:{message}") for one in problems), problems


def test_a_column_that_is_not_there_is_refused_at_the_header(tmp_path):
    problems = refusal_of(
        tmp_path, "csv", text_of("csv"), map_of("csv", ("input: question", "input: asked"))
    )
    assert problems[0].startswith(
        "pumps.csv:1:1: error: the map names a column asked; expected one"
    )


def test_levels_without_a_least_one_are_refused_where_they_stand(tmp_path):
    map_text = map_of("biggen", (", level: 4", ""))
    problems = refusal_of(tmp_path, "biggen", text_of("biggen"), map_text)
    assert problems[0].startswith("pumps.biggen.json:10:19: error: the criterion has 5 levels")
