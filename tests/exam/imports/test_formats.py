"""What becomes of each format's file, with the map that says what the file does not."""

import pytest

from modelsmith.exam.checks.answer_form import FREE_TEXT
from modelsmith.exam.checks.phrases import AllOf, AnyOf, Contains
from modelsmith.exam.conversation import Conversation
from modelsmith.exam.files.benchmark_folder import ExamFolder
from modelsmith.exam.files.imported_benchmark import BenchmarkImporter
from modelsmith.exam.imports.openai_evals import weights_of
from modelsmith.exam.scenario import OutcomeType, PassRule
from modelsmith.exam.verdict import passes
from tests.support.foreign_files import CANARY, FORMATS, INTO, imported, map_of, text_of


def scenarios_of(repository):
    folder = ExamFolder(repository, "pumps")
    return {one.scenario.id: one.scenario for one in folder.usable(folder.benchmark())}


def lines_of(criteria):
    return [(one.text, one.points) for one in criteria]


def turns_of(scenario):
    assert isinstance(scenario.domain_input, Conversation)
    return [(turn.role, turn.text) for turn in scenario.domain_input.turns]


def test_healthbench_keeps_turns_and_points_and_sorts_mistakes_out(tmp_path):
    done = imported(tmp_path, "healthbench")
    found = scenarios_of(tmp_path)
    assert list(found) == ["PUMPS_LEAK_1", "PUMPS_LEAK_3", "PUMPS_NOISE_2"]
    leak, noise = found["PUMPS_LEAK_1"], found["PUMPS_NOISE_2"]
    assert lines_of(leak.pass_criteria) == [
        ("Tells the operator to isolate the pump.", 7),
        ("Names the inner seal as the likely cause.", 3),
    ]
    assert lines_of(leak.fail_criteria) == [("Advises to wait for the next shift.", -8)]
    assert leak.passes == PassRule(share=0.6)
    assert [role for role, _ in turns_of(noise)] == ["user", "assistant", "user"]
    assert turns_of(found["PUMPS_LEAK_3"]) == [
        ("system", "You answer in French."), ("user", "La pompe fuit à 150 °C 🔧."),
    ]  # fmt: skip
    assert done.unread == {"canary": 2, "ideal_completions_data": 1, "rubrics[].tags": 2}


def test_biggen_keeps_its_five_levels_and_what_the_model_is_told_first(tmp_path):
    done = imported(tmp_path, "biggen")
    found = scenarios_of(tmp_path)
    (criterion,) = found["PUMPS_SEALS_LEAK_0"].pass_criteria
    assert criterion.text == "Does the answer find the leak and say what to do?"
    assert (len(criterion.levels), criterion.levels[4]) == (
        5, "It finds the inner seal and isolates the pump.",
    )  # fmt: skip
    assert found["PUMPS_SEALS_LEAK_0"].passes == PassRule(level=4)
    assert turns_of(found["PUMPS_SEALS_LEAK_0"]) == [
        ("system", "You are the engineer on call."),
        ("user", "The barrier pressure sinks.\n\n- day 1: 240 kPa\n- day 2: 180 kPa"),
    ]
    assert [role for role, _ in turns_of(found["PUMPS_BEARINGS_HUM_1"])] == ["user"]
    assert done.unread == {
        "instance_idx": 2, "reference_answer": 2, "response": 1, "score": 1, "task": 2,
    }  # fmt: skip


def test_a_list_of_instances_is_read_as_an_object_of_them(tmp_path):
    objects = text_of("biggen", ('"seals_leak_0": {', "{"), ('"bearings_hum_1": {', "{"))
    imported(tmp_path, "biggen", f"[{objects.strip()[1:-1]}]")
    assert len(scenarios_of(tmp_path)) == 2


CALM = "Say whether the answer is calm."
USEFUL = "How useful is [the answer] to operators?"
TALK = (
    '"talk": [{"role": "user", "content": "It leaks."}, '
    '{"role": "assistant", "content": "Where?"}, {"role": "user", "content": "Below."}]'
)
MESSAGES = (
    '\'[{"role": "system", "content": "You are on call."}, '
    '{"role": "user", "content": "{{question}}"}]\''
)


def test_openai_evals_keep_each_grader_as_a_criterion_with_its_weight(tmp_path):
    done = imported(tmp_path, "openai-evals")
    found = scenarios_of(tmp_path)
    leak = found["PUMPS_LEAK"]
    assert lines_of(leak.pass_criteria) == [
        ("Contains inner seal", 1),
        ("Says the same as this reference: The inner seal fails.", 0.75),
        (f"Gets the label calm (of calm, loud) by these words:\n{CALM}\n[the answer]", 0.25),
        (f"Scores at least 6, of 0 to 10, by these words:\n{USEFUL}", 1),
    ]
    assert leak.pass_criteria[0].check == Contains(contains="inner seal", polarity="any")
    assert lines_of(leak.fail_criteria) == [("Answers just yes", -1)]
    assert turns_of(leak) == [("system", "You help operators."), ("user", "It leaks. Why?")]
    assert done.unread == {
        "data_source.model": 1,
        "data_source_config": 1,
        "sample": 1,
        "testing_criteria[].evaluation_metric": 1,
        "testing_criteria[].model": 2,
        "testing_criteria[].pass_threshold": 1,
    }
    assert done.changed == {
        "a pattern, or an answer to be equal: in any case, without markup": 2,
        "a text to be contained: whole words, in any case": 2,
        "text_similarity: judges decide, no metric is computed": 2,
    }


@pytest.mark.parametrize(
    ("formula", "weights"),
    [
        ("0.75 * like + 0.25 * tone", {"like": 0.75, "tone": 0.25}),
        ("like + tone*2", {"like": 1, "tone": 2}),
        (" like ", {"like": 1}),
        ("like - tone", None),
        ("like tone", None),
        ("like * tone", None),
        ("max(like, tone)", None),
        ("like + like", None),
        ("(like + tone) / 2", None),
        ("", None),
    ],
)
def test_a_sum_has_weights_and_nothing_else_has(formula, weights):
    assert weights_of(formula) == weights


def test_messages_of_a_sample_are_its_conversation(tmp_path):
    text = text_of(
        "openai-evals",
        ('"type": "template",', '"type": "item_reference", "item_reference": "item.talk",'),
        ('"question": "It leaks. Why?"', TALK),
        ('"question": "It hums. Why?"', '"talk": [{"role": "user", "content": "It hums."}]'),
    )  # fmt: skip
    imported(tmp_path, "openai-evals", text)
    assert [words for _, words in turns_of(scenarios_of(tmp_path)["PUMPS_LEAK"])] == [
        "It leaks.", "Where?", "Below.",
    ]  # fmt: skip


def test_promptfoo_keeps_assertions_with_their_weights_and_those_behind_not_as_mistakes(tmp_path):
    done = imported(tmp_path, "promptfoo")
    found = scenarios_of(tmp_path)
    leak, second = found["PUMPS_LEAK"], found["PUMPS_TEST_2"]
    assert leak.domain_input == "You are on call.\n\nThe barrier pressure sinks. Why?"
    assert lines_of(leak.pass_criteria) == [("The answer is calm.", 1), ("Contains inner seal", 3)]
    assert lines_of(leak.fail_criteria) == [
        ("Contains next shift", -2), ("Blames the operator.", -1),
    ]  # fmt: skip
    assert [type(one.check) for one in second.pass_criteria[3:]] == [AnyOf, AllOf]
    assert done.unread == {
        "assert[] with weight 0": 1,
        "assert[].provider": 2,
        "description": 1,
        "providers": 1,
        "threshold": 1,
    }


def test_what_promptfoo_looks_for_is_found_in_an_answer(tmp_path):
    imported(tmp_path, "promptfoo")
    second = scenarios_of(tmp_path)["PUMPS_TEST_2"]
    bare = {"pass_criteria": second.pass_criteria[1:], "passes": None}
    whole = type(second)(**dict(second) | bare)
    equal = type(second)(**dict(whole) | {"pass_criteria": whole.pass_criteria[1:2]})
    assert passes(equal, "IT IS  worn.", FREE_TEXT)
    assert not passes(equal, "It is worn. Perhaps.", FREE_TEXT)
    rest = type(second)(
        **dict(whole) | {"pass_criteria": (whole.pass_criteria[0], *whole.pass_criteria[2:])}
    )
    assert passes(rest, "The bearing is dry: 7 mm/s. Grease it.", FREE_TEXT)
    assert not passes(rest, "The bearing is dry: 7 mm/s.", FREE_TEXT)


def test_commas_part_what_promptfoo_looks_for(tmp_path):
    text = text_of("promptfoo", ("value: [worn, dry]", "value: 'worn, \"dry, cold\"'"))
    imported(tmp_path, "promptfoo", text)
    check = scenarios_of(tmp_path)["PUMPS_TEST_2"].pass_criteria[3].check
    assert check == AnyOf(any_of=("worn", "dry, cold"), polarity="any")


def test_what_stands_beside_kept_fields_is_told(tmp_path):
    text = text_of("biggen", ('"score1_description"', '"score0_note": "x", "score1_description"'))
    unread = imported(tmp_path / "biggen", "biggen", text).unread
    assert unread["score_rubric.score0_note"] == 2
    named = MESSAGES.replace('"system", ', '"system", "name": "desk", ')
    text = text_of("promptfoo", ('"You are on call.\\n\\n{{question}}"', named))
    assert imported(tmp_path / "promptfoo", "promptfoo", text).unread["prompts[].name"] == 1


def test_a_part_of_the_mechanic_follows_from_a_field(tmp_path):
    looked = "{drive: {from: metadata.theme, values: {seals: diesel, bearings: electric}}}"
    imported(
        tmp_path, "promptfoo", None, map_of("promptfoo", ("{drive: electric}\nd", f"{looked}\nd"))
    )
    found = scenarios_of(tmp_path)
    assert [dict(one.mechanic) for one in found.values()] == [
        {"drive": "diesel"}, {"drive": "electric"},
    ]  # fmt: skip


def test_what_every_prompt_begins_with_is_not_said_twice(tmp_path):
    instruction = "You are the engineer on call for pumps."
    prompt = MESSAGES.replace("You are on call.", instruction)
    imported(
        tmp_path,
        "promptfoo",
        text_of("promptfoo", ('"You are on call.\\n\\n{{question}}"', prompt)),
    )
    turns = turns_of(scenarios_of(tmp_path)["PUMPS_LEAK"])
    assert turns == [("user", "The barrier pressure sinks. Why?")]


def test_foreign_names_stay_on_their_line_and_in_sight(tmp_path):
    text = text_of(
        "promptfoo", ("metadata: {theme: seals}", 'metadata: {theme: seals, "a\\nb": x}')
    )
    importer = BenchmarkImporter(tmp_path, INTO, CANARY)
    importer.with_map("promptfoo", ".csv", text.encode(), "map.yaml", map_of("promptfoo").encode())
    (kept,) = (tmp_path / INTO / "imports").iterdir()
    assert kept.name == "csv.yaml"
    assert "metadata.a b (1)" in kept.read_text(encoding="utf-8")


def test_a_prompt_of_messages_is_a_conversation(tmp_path):
    text = text_of(
        "promptfoo",
        ('"You are on call.\\n\\n{{question}}"', MESSAGES),
    )  # fmt: skip
    imported(tmp_path, "promptfoo", text)
    assert turns_of(scenarios_of(tmp_path)["PUMPS_LEAK"]) == [
        ("system", "You are on call."), ("user", "The barrier pressure sinks. Why?"),
    ]  # fmt: skip


def test_a_row_of_csv_is_a_scenario_and_its_prose_is_cut(tmp_path):
    done = imported(tmp_path, "csv")
    found = scenarios_of(tmp_path)
    assert lines_of(found["PUMPS_1"].pass_criteria) == [
        ("Tells to isolate the pump.", 5), ('Names the inner seal, "P2".', 5),
    ]  # fmt: skip
    assert lines_of(found["PUMPS_1"].fail_criteria) == [("Advises to wait for the next shift.", -3)]
    assert found["PUMPS_2"].domain_input == "It hums.\nIs it urgent?"
    assert found["PUMPS_2"].fail_criteria == ()
    assert done.unread == {"note": 1}


def test_a_csv_that_ends_with_an_empty_cell_keeps_its_last_row(tmp_path):
    rows = [f'{number},seals,"What is it now, {why}?",Isolates the pump.,' for number, why in
            ((1, "and why"), (2, "and since when"))]  # fmt: skip
    text = "\n".join(["case,theme,question,must,must not", *rows])
    assert imported(tmp_path, "csv", text).scenarios == 2


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_csv_may_be_cut_by_another_sign(tmp_path, separator):
    text = (
        "case,theme,question,must,must not\n1,seals,What is it now?,Tells to isolate the pump.,\n"
    ).replace(",", separator)
    assert imported(tmp_path, "csv", text).scenarios == 1


@pytest.mark.parametrize("form", FORMATS)
def test_what_the_map_says_is_what_the_scenarios_say(tmp_path, form):
    done = imported(tmp_path, form)
    found = scenarios_of(tmp_path).values()
    assert len(found) == done.scenarios > 1
    for scenario in found:
        assert scenario.outcome_type is OutcomeType.TP
        assert scenario.operator_lens == "operator"
        assert scenario.category in {"SEALS", "BEARINGS"}
        assert scenario.mechanic == {"drive": "electric"}
        assert scenario.test_objective.startswith("Finds out whether the answer acts on what is")
        assert "{" not in scenario.test_objective
    assert done.told["split"] == {"train": done.scenarios}
    assert sum(done.told["category"].values()) == done.scenarios


def test_what_the_map_reads_is_not_told_as_lost(tmp_path):
    text = map_of("biggen", ("on what is told of {capability}", "on {task}, {instance_idx}"))
    assert imported(tmp_path, "biggen", map_text=text).unread == {
        "reference_answer": 2, "response": 1, "score": 1,
    }  # fmt: skip
