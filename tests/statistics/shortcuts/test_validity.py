from modelsmith.exam.all_variants import repeats
from modelsmith.exam.benchmark import Exam
from modelsmith.exam.checks.check import Regex
from modelsmith.exam.checks.phrases import AnyOf, Contains
from modelsmith.exam.scenario import Criterion, Scenario, Split
from modelsmith.statistics.shortcuts.shared_with_train import InTrain, shared_with_train
from modelsmith.statistics.shortcuts.validity import validity_of
from modelsmith.statistics.shortcuts.validity_page import lacking_in, proven_by, validity_page
from tests.support.toy_exams import DUG, toy_benchmark, toy_exam, toy_scenario


def found_in(exam, *, has_learners=False, has_names=False):
    """Return the validity of an exam each of whose held-out scenarios is asked three times."""
    drawn = {
        split: [again for one in exam.split(split) for again in repeats(one, range(2), seed=0)]
        for split in (Split.STEER, Split.SEALED)
    }
    return validity_of(exam, drawn, has_learners=has_learners, has_names=has_names)


def by_name(split):
    return {one.name: one for one in split.policies}


def with_split(exam, **scenarios):
    return Exam(**dict(exam) | {name: tuple(given) for name, given in scenarios.items()})


def without_checks(scenario):
    told = (Criterion(text="Says plainly what is broken."),)
    return Scenario(**dict(scenario) | {"pass_criteria": told})


def test_a_split_that_the_table_decides_proves_that_the_form_was_filled_in():
    _, sealed = found_in(toy_exam("table")).splits
    best = sealed.best("shortcut")
    assert (best.name, best.score.passes, best.score.composite.value) == ("nearest-table", 8, 1.0)
    proves, without, *_ = proven_by(sealed)
    assert proves == (
        "the shortcut nearest-table passes 8 of 8; it ignores the text: it recites train. Passing "
        "proves that the form was filled in"
    )
    assert without == (
        "it passes as many with every description deleted, the lens swapped and the mechanic "
        "swapped"
    )


def test_a_split_that_both_decide_proves_more_than_any_shortcut_looks_at():
    found = found_in(toy_exam("both"), has_learners=True)
    _, sealed = found.splits
    best = sealed.best("shortcut")
    assert (best.score.passes, sealed.best("learner").score.passes) == (4, 8)
    assert sealed.best("upper-bound").score.passes == 8
    assert "the better plain learner, boosted-trees, which ignores nothing, passes 8 of 8, 8 " in (
        "\n".join(proven_by(sealed))
    )


def test_a_bound_of_the_composite_parts_little_from_more():
    words = {
        what: "\n".join(proven_by(found_in(exam).splits[1]))
        for what, exam in {"half": toy_exam("both"), "none": of_unseen_choices()}.items()
    }
    assert "passing proves little beyond what it looks at" in words["half"]
    assert (
        "passing takes more than what any of them looks at, as far as 6 of 30 families can say"
        in words["none"]
    )


def of_unseen_choices():
    """Return an exam of three problems, two of which train never saw, and the third by no sign."""
    sealed = [
        toy_scenario(f"S_{kind[:4].upper()}_{n}", kind, last=400 + n)
        for kind in ("blocked-inlet", "worn-seal", "leak")
        for n in range(2)
    ]
    return with_split(toy_exam("table"), sealed=sealed)


def test_where_no_shortcut_passes_a_scenario_none_is_named():
    exam = toy_exam("table")
    unseen = Criterion(text="Says why.", check=Contains(contains="a word that train never says"))
    sealed = [toy_scenario("S_A", "leak", criteria=(unseen,))]
    assert next(proven_by(found_in(with_split(exam, sealed=sealed)).splits[1])) == (
        "no shortcut passes any of 1. None scores more than 0.00, of at most 0.40: passing takes "
        "more than what any of them looks at, as far as 1 of 30 families can say"
    )


def test_deletions_take_from_a_shortcut_what_it_goes_by_and_nothing_else():
    texts, tables = (by_name(found_in(toy_exam(one)).splits[1]) for one in ("text", "table"))
    told = {name: score.passes for name, score in tables["two-columns"].perturbed.items()}
    assert told == {
        "no description": 8,
        "no input": 0,
        "lens swapped": 8,
        "mechanic swapped": 8,
        "columns reordered": 8,
        "rows reordered": 8,
    }
    without = texts["text-only"].perturbed["no description"]
    assert (texts["text-only"].score.passes, without.passes) == (8, 4)
    assert texts["text-only"].perturbed["no input"].right_choices == 8


def test_a_learner_that_goes_by_the_lens_loses_it_when_it_is_swapped():
    def scenarios(split, count):
        return [
            toy_scenario(
                f"{split}_{lens.upper()}_{n}",
                "leak" if lens == "operator" else "worn-seal",
                lens=lens,
            )
            for lens in ("operator", "planner")
            for n in range(count)
        ]

    exam = Exam(
        benchmark=toy_benchmark(),
        train=tuple(scenarios("TRAIN", 3)),
        steer=tuple(scenarios("STEER", 1)),
        sealed=tuple(scenarios("SEALED", 2)),
    )
    learner = by_name(found_in(exam, has_learners=True).splits[1])["logistic-regression"]
    assert learner.score.passes == 4
    assert learner.perturbed["lens swapped"].passes == 0
    assert learner.perturbed["mechanic swapped"].passes == 4


def test_criteria_that_every_shortcut_meets_are_counted_and_named_only_when_asked_for():
    exam = toy_exam("both")
    silent, told = found_in(exam), found_in(exam, has_names=True)
    sealed = silent.splits[1]
    assert (sealed.free, sealed.criteria) == (16, 24)
    assert sealed.names is None
    assert {one.text for one in told.splits[1].names.free_criteria} == {
        "Cites pressure_kpa.",
        "Cites flow_lpm.",
    }
    for text in (silent.canonical().decode(), validity_page(silent)):
        assert not any(one.id in text for one in (*exam.steer, *exam.sealed))
        assert "Cites" not in text
    assert all(one.id in validity_page(told) for one in exam.sealed)


def test_twins_count_where_a_shortcut_has_every_one():
    exam = toy_exam("table")
    sealed = [
        toy_scenario("S_A", "leak", fell=True),
        toy_scenario("S_A__MENDED", "no-issue"),
        toy_scenario("S_B", "leak", fell=True),
        toy_scenario("S_B__DUG", "worn-seal", fell=True, note=DUG),
    ]
    split = found_in(with_split(exam, sealed=sealed)).splits[1]
    assert (split.families, split.twin_families) == (2, 2)
    assert by_name(split)["two-columns"].twins_right == 1
    assert by_name(split)["always-clear"].twins_right == 0
    lacking = "\n".join(lacking_in(found_in(with_split(exam, sealed=sealed))))
    assert "steer has no twins" in lacking
    assert "sealed has no twins" not in lacking


def test_what_no_check_decides_is_told_apart_and_proves_nothing():
    exam = toy_exam("table")
    half = [*exam.sealed[:4], *map(without_checks, exam.sealed[4:])]
    split = found_in(with_split(exam, sealed=half)).splits[1]
    assert (split.undecided, split.decided) == (4, 4)
    assert next(proven_by(split)) == (
        "no check decides 4 of the 8 scenarios: they say nothing without judges"
    )
    none = found_in(with_split(exam, sealed=map(without_checks, exam.sealed))).splits[1]
    assert list(proven_by(none)) == [
        "no check decides a scenario of sealed: what passing proves is for judges to say"
    ]
    assert none.difficulty.mean is None


def test_difficulty_is_the_share_of_shortcuts_that_pass():
    sealed = found_in(toy_exam("both")).splits[1]
    hard = sealed.difficulty
    counted = [
        one
        for one in sealed.policies
        if one.kind == "shortcut" and not one.name.startswith("always ")
    ]
    total = sum(one.score.passes for one in counted)
    assert abs(hard.mean - total / len(counted) / 8) < 1e-6
    assert (hard.by_none, hard.by_half) == (2, 2)  # ties go to the first choice by name


def test_balance_counts_choices_outcome_types_and_categories():
    found = found_in(toy_exam("table"))
    assert dict(found.balance.choices) == {"VERDICT=leak": 6, "VERDICT=no-issue": 6}
    assert dict(found.splits[1].balance.outcome_types) == {"tn": 4, "tp": 4}
    assert dict(found.splits[0].balance.categories) == {"ALERTS": 4}


def test_checks_phrases_metrics_and_choices_that_train_has_too_are_counted():
    def said(name, verdict, *checks):
        criteria = [Criterion(text="Says what happened.", check=check) for check in checks]
        return toy_scenario(name, verdict, criteria=criteria, last=390 if name > "T" else 410)

    train = [said("S_A", "leak", AnyOf(any_of=("a cut", "a hole")), Regex(regex="pip.s"))]
    split = [
        said("T_A", "leak", AnyOf(any_of=("A cut", "a burst")), Contains(contains="a hole")),
        said("T_B", "worn-seal", Regex(regex="pip.s")),
    ]
    found = shared_with_train(toy_benchmark(), train, split)
    assert found.checks == InTrain(shared=6, all=9)
    assert found.phrases == InTrain(shared=3, all=4)
    assert found.metrics == InTrain(shared=2, all=2)
    assert found.choices == InTrain(shared=1, all=2)


def test_an_exam_says_what_it_lacks_with_figures():
    assert lacking_in(found_in(toy_exam("both"))) == [
        "train has 12 families, of at least 40",
        "steer has 4 families, of at least 20",
        "sealed has 8 families, of at least 30",
        "on steer a shortcut scores 0.68, of at most 0.40",
        "steer has no twins (files PARENT__SUFFIX that change one thing)",
        "on sealed a shortcut scores 0.68, of at most 0.40",
        "sealed has no twins (files PARENT__SUFFIX that change one thing)",
    ]


def test_a_split_without_scenarios_is_left_out_and_what_is_there_is_told():
    found = found_in(with_split(toy_exam("table"), sealed=()), has_learners=True)
    assert [one.split for one in found.splits] == [Split.STEER]
    assert "sealed has 0 families, of at least 30" in validity_page(found)
    assert found_in(with_split(toy_exam("table"), steer=(), sealed=())).splits == ()


def test_what_is_found_does_not_depend_on_the_call():
    exam = toy_exam("both")
    assert found_in(exam, has_learners=True) == found_in(exam, has_learners=True)
