"""What passing an exam proves, of a benchmark on disk."""

from pathlib import Path

from modelsmith.exam.all_variants import AllVariants
from modelsmith.exam.benchmark import by_id
from modelsmith.exam.families.variants import families_in
from modelsmith.exam.files.benchmark_folder import ExamFolder
from modelsmith.exam.labelled_answers import labelled_right
from modelsmith.loop.phases.intake import VARIANT_SEED
from modelsmith.statistics.shortcuts.validity import HELD_OUT, validity_of
from modelsmith.statistics.shortcuts.validity_figures import Validity
from modelsmith.wiring.exams import labelled_answers

VARIANTS = 2
"""Variants that are drawn beside each held-out scenario: the least from which robustness, and so
the composite, can be had (statistics/composite.py, DRAWS)."""


def exam_validity(
    repository: Path, domain: str, *, has_learners: bool, has_names: bool
) -> Validity:
    """Return what passing a benchmark proves.

    Args:
        repository: Its top folder.
        domain: The benchmark.
        has_learners: Whether plain learners are fitted.
        has_names: Whether held-out scenarios are named.

    Raises:
        InputError: the exam is broken, with every problem located.
    """
    exam = ExamFolder(repository, domain).exam(is_complete=False)
    families = AllVariants(exam.benchmark, families_in(repository, exam.benchmark))
    drawn = {
        split: [
            variant
            for scenario in exam.split(split)
            for variant in families.variants(scenario, VARIANTS, seed=VARIANT_SEED, relation="same")
        ]
        for split in HELD_OUT
    }
    known = by_id(exam.train)
    labelled = [
        (known[one.scenario], one.text)
        for one in labelled_right(labelled_answers(repository, exam))
    ]
    return validity_of(exam, drawn, labelled, has_learners=has_learners, has_names=has_names)
