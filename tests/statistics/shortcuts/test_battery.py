import pytest

from modelsmith.exam.benchmark import Exam
from modelsmith.exam.checks.answer_form import ChoiceField, FiguresField, SetField, TextField
from modelsmith.exam.checks.fields import Chosen, SetHeld
from modelsmith.exam.checks.phrases import Contains
from modelsmith.exam.prompt import form_for
from modelsmith.exam.scenario import Criterion, OutcomeType, Scenario, Table
from modelsmith.exam.verdict import graded, passes
from modelsmith.statistics.shortcuts.battery import answered_by, battery_for
from tests.support.scenarios import a_benchmark, a_scenario
from tests.support.toy_exams import DUG, FORM, toy_benchmark, toy_exam, toy_scenario


def shortcut(benchmark, name):
    return {one.name: one for one in battery_for(benchmark)}[name]


def answers(benchmark, train, name, labelled=()):
    return answered_by(shortcut(benchmark, name), benchmark, train, labelled)


def passed(exam: Exam):
    """Return how many sealed scenarios each shortcut passes."""
    found = {}
    for one in battery_for(exam.benchmark):
        answer = answered_by(one, exam.benchmark, exam.train)
        found[one.name] = sum(
            passes(s, answer(s), form_for(exam.benchmark, s)) for s in exam.sealed
        )
    return found


READ_TABLES = {"nearest-table", "table-only", "one-column", "two-columns"}
READ_TEXTS = {"nearest-text", "text-only"}


def test_where_the_table_decides_those_that_read_tables_pass_all_and_no_other_does():
    found = passed(toy_exam("table"))
    assert {name for name, count in found.items() if count == 8} == READ_TABLES
    assert found["text-only"] == found["majority"] == found["always-clear"] == 4


def test_where_the_text_decides_those_that_read_texts_pass_all_and_no_other_does():
    found = passed(toy_exam("text"))
    assert {name for name, count in found.items() if count == 8} == READ_TEXTS
    assert max(found[name] for name in READ_TABLES) == 4


def test_where_both_decide_no_shortcut_passes_more_than_half():
    found = passed(toy_exam("both"))
    assert max(found.values()) == 4
    assert {name: found[name] for name in found if name.startswith("always")} == {
        "always VERDICT=blocked-inlet": 2,
        "always VERDICT=leak": 2,
        "always VERDICT=worn-seal": 2,
        "always-clear": 2,
    }


def test_what_answers_depends_neither_on_the_order_of_train_nor_on_the_call():
    exam = toy_exam("both")
    for one in battery_for(exam.benchmark):
        ways = [answered_by(one, exam.benchmark, train) for train in (exam.train, exam.train[::-1])]
        assert [way(s) for way in ways for s in exam.sealed] == [
            way(s) for way in ways[::-1] for s in exam.sealed
        ]


def test_figures_are_the_latest_of_trains_metrics_with_their_direction():
    exam = toy_exam("table")
    fell = next(one for one in exam.sealed if one.id == "SEALED_FELL_BARE_1")
    evidence, verdict = answers(exam.benchmark, exam.train, "always-clear")(fell).splitlines()
    assert evidence == (
        "EVIDENCE: flow_lpm went from 30 to 30, flat; pressure_kpa went from 400 to 205, down; "
        "so pressure_kpa moved."
    )
    assert verdict == "VERDICT: no-issue"


def test_a_field_of_figures_is_filled_up_with_what_moved_most():
    fields = (FiguresField(name="EVIDENCE", at_most=3, directions=True), FORM[1])
    benchmark = toy_benchmark(fields)
    said = answers(benchmark, [toy_scenario("T_A", "leak")], "majority")(
        toy_scenario("S_A", "leak")
    )
    assert "humidity_pct went from 51 to 52" in said
    assert not graded(
        toy_scenario("S_A", "leak"), said, form_for(benchmark, toy_scenario("S_A", "leak"))
    ).unreadable


def test_the_lookup_sees_no_problem_where_nothing_moved_and_train_shows_no_such_case():
    train = [toy_scenario("T_A", "leak", fell=True), toy_scenario("T_B", "worn-seal", fell=True)]
    said = answers(toy_benchmark(), train, "two-columns")(toy_scenario("S_A", "no-issue"))
    assert said.endswith("VERDICT: no-issue")


def a_pair(name, cause, action, **more):
    more_criteria = (
        Criterion(text=f"Names the action {action}.", check=Chosen(choice=action, field="ACTION")),
        Criterion(text="Names the crew.", check=SetHeld(set_=("welders",), field="CREW")),
    )
    return toy_scenario(name, cause, criteria=more_criteria, **more)


def test_each_choice_is_filled_by_the_shortcuts_own_method():
    """The table decides the verdict, and the text the action: each shortcut has one of them."""
    fields = (
        *FORM,
        ChoiceField(name="ACTION", choices=("dig", "wait")),
        SetField(name="CREW", choices=("welders", "drivers")),
    )
    benchmark = toy_benchmark(fields)
    kinds = [(fell, dug) for fell in (True, False) for dug in (True, False)]

    def scenarios(split):
        return [
            a_pair(
                f"{split}_{'F' if fell else 'S'}{'D' if dug else 'B'}",
                "leak" if fell else "no-issue",
                "dig" if dug else "wait",
                fell=fell,
                note=DUG if dug else "Nothing else is known.",
            )
            for fell, dug in kinds
        ]

    asked = scenarios("SEALED")
    lines = {
        name: [answers(benchmark, scenarios("TRAIN"), name)(one).splitlines() for one in asked]
        for name in ("text-only", "table-only", "always VERDICT=leak", "always ACTION=dig")
    }
    right = [
        (f"VERDICT: {'leak' if f else 'no-issue'}", f"ACTION: {'dig' if d else 'wait'}")
        for f, d in kinds
    ]
    assert [right[n][0] in lines["table-only"][n] for n in range(4)] == [True] * 4
    assert [right[n][1] in lines["text-only"][n] for n in range(4)] == [True] * 4
    assert all("VERDICT: leak" in one for one in lines["always VERDICT=leak"])
    assert all("ACTION: dig" in one for one in lines["always ACTION=dig"])
    assert all("CREW: welders" in one for one in lines["text-only"])


def test_everything_at_once_can_be_read_and_says_all_sentences_of_train():
    fields = (*FORM, TextField(name="CAUSE", opens=("Says that ",)))
    benchmark = toy_benchmark(fields)

    def caused(name, verdict, said):
        cause = Criterion(text=f"Says that {said}.", check=Contains(contains=said))
        return toy_scenario(name, verdict, criteria=(cause,))

    train = [
        caused("T_A", "leak", "the pipe was cut"),
        caused("T_B", "worn-seal", "the seal is old"),
        caused("T_C", "leak", "the pipe was cut"),
    ]
    asked = caused("S_A", "leak", "the seal is old")
    said = answers(benchmark, train, "everything-at-once")(asked)
    cause = next(line for line in said.splitlines() if line.startswith("CAUSE"))
    assert "The pipe was cut." in cause
    assert "The seal is old." in cause
    assert "blocked-inlet" in cause
    assert "VERDICT: leak" in said.splitlines()
    assert passes(asked, said, form_for(benchmark, asked))


def test_a_value_that_a_category_does_not_offer_is_not_said_there():
    benchmark = a_benchmark()
    train = [a_scenario("T_A"), a_scenario("T_B", category="PACING")]
    says = answers(benchmark, train, "always VERDICT=pacing-throttle")
    assert says(a_scenario("S_A")) == ""
    assert says(a_scenario("S_B", category="PACING")).endswith("VERDICT: pacing-throttle")


def test_sentences_of_a_form_of_sections_are_recited_from_train():
    train = [a_scenario("T_A")]
    asked = a_scenario("S_A", figure=55)
    said = answers(a_benchmark(), train, "two-columns")(asked)
    assert passes(asked, said, form_for(a_benchmark(), asked))


FREE = toy_benchmark((), verdicts=())


def free(name, note, *criteria):
    base = toy_scenario(name, "leak", note=note)
    told = tuple(Criterion(text=f"Says {one}.", check=Contains(contains=one)) for one in criteria)
    return Scenario(**dict(base) | {"pass_criteria": told, "domain_input": f"Note: {note}"})


@pytest.mark.parametrize("name", ["nearest-labelled", "nearest-text"])
def test_of_a_free_text_the_likest_train_scenario_is_recited(name):
    train = [
        free("T_A", "Oil on the floor.", "wipe the floor"),
        free("T_B", DUG, "call the digger"),
    ]
    labelled = [(train[0], "Please wipe the floor."), (train[1], "Do call the digger.")]
    asked = free("S_A", "The digger was over the pipe.", "call the digger")
    says = answers(FREE, train, name, labelled)
    assert "call the digger" in says(asked)
    assert "wipe the floor" not in says(asked)
    assert passes(asked, says(asked), form_for(FREE, asked))


def test_of_a_free_text_the_echo_is_the_prompt_and_everything_is_all_of_train():
    train = [
        free("T_A", "Oil on the floor.", "wipe the floor"),
        free("T_B", DUG, "call the digger"),
    ]
    asked = free("S_A", "Smoke over the roof.", "wipe the floor", "call the digger")
    assert "Smoke over the roof." in answers(FREE, train, "echo")(asked)
    said = answers(FREE, train, "everything-at-once")(asked)
    assert passes(asked, said, form_for(FREE, asked))


def test_without_train_every_shortcut_still_answers():
    benchmark = toy_benchmark()
    asked = toy_scenario("S_A", "leak")
    for one in battery_for(benchmark):
        assert isinstance(answered_by(one, benchmark, ())(asked), str)


def with_series(scenario, *figures):
    """Return it with these figures of pressure."""
    rows = tuple((f"2026-03-0{day}", one, 30) for day, one in enumerate(figures, start=1))
    table = Table(columns=("day", "pressure_kpa", "flow_lpm"), rows=rows)
    return Scenario(**dict(scenario) | {"domain_input": table})


@pytest.mark.parametrize("name", ["nearest-table", "table-only", "one-column"])
@pytest.mark.parametrize("peak", [900, 100])
def test_a_figure_that_came_back_is_seen_by_its_peak(name, peak):
    train = [
        with_series(toy_scenario("T_SPIKE", "worn-seal"), 400, peak, 400),
        with_series(toy_scenario("T_FLAT", "no-issue"), 400, 402, 400),
    ]
    says = answers(toy_benchmark(), train, name)
    asked = with_series(toy_scenario("S_A", "worn-seal"), 410, 410 + 0.9 * (peak - 400), 410)
    assert says(asked).endswith("VERDICT: worn-seal")


def test_figures_of_a_text_are_read_with_the_direction_that_it_tells():
    told = "Readings of the morning: pressure_kpa fell from 400 to 200, flow_lpm is flat at 30."
    asked = Scenario(**dict(toy_scenario("S_A", "leak", fell=True)) | {"domain_input": told})
    says = answers(toy_benchmark(), [toy_scenario("T_A", "leak")], "majority")
    assert "pressure_kpa is 200, down" in says(asked)
    assert passes(asked, says(asked), form_for(toy_benchmark(), asked))


def test_sentences_are_those_of_the_category_where_train_has_the_choice_there_too():
    train = [
        a_scenario("A_PACE", category="PACING", outcome_type=OutcomeType.TN),
        a_scenario("B_SHADE", outcome_type=OutcomeType.TN),
    ]
    own = Criterion(text="Says that shading is as ever.", check=Contains(contains="as ever"))
    train[1] = Scenario(**dict(train[1]) | {"pass_criteria": (own, *train[1].pass_criteria[1:])})
    said = answers(a_benchmark(), train, "always-clear")(a_scenario("S_A"))
    assert "Shading is as ever" in said
    from_elsewhere = answers(a_benchmark(), train[:1], "always-clear")(a_scenario("S_A"))
    assert "igures stayed in their usual range" in from_elsewhere
