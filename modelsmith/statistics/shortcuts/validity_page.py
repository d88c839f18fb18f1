"""What passing an exam proves, in plain words and aligned columns."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from modelsmith.exam.scenario import Split
from modelsmith.statistics.formatting import NOTHING, share, spread
from modelsmith.statistics.shortcuts.battery import is_constant
from modelsmith.statistics.shortcuts.perturbations import INVARIANT
from modelsmith.statistics.shortcuts.shared_with_train import InTrain
from modelsmith.statistics.shortcuts.validity_figures import (
    Balance,
    PolicyScore,
    PolicyValidity,
    SplitValidity,
    Validity,
)

MOST_COMPOSITE = 0.40
"""Composite that an exam may leave to the best shortcut, on steer and on sealed. A judgement, not a
result: perfect readers of the table alone passed 0.54 of an exam whose table and text decide
together (research: form), and an exam can be written that leaves them less."""

LEAST_FAMILIES: Mapping[Split, int] = {Split.TRAIN: 40, Split.STEER: 20, Split.SEALED: 30}
"""Families that an exam has from which a gate is to tell judgement; a judgement too."""

SHORT = {
    "no description": "no text",
    "no input": "no input",
    "lens swapped": "lens",
    "mechanic swapped": "mechanic",
    "columns reordered": "columns",
    "rows reordered": "rows",
}
"""Perturbations as heads of columns."""

LEGEND = (
    "passes: scenarios passed; choice: those with every choice right; then passes without the "
    "description, without the input, with lens or mechanic swapped, with columns or rows reordered "
    "(which changes no right answer)"
)


def validity_page(validity: Validity) -> str:
    """Return what passing an exam proves, for people."""
    sizes = [f"train {_counted(validity.train, validity.train_families)}"]
    sizes += [
        f"{one.split.value} {_counted(one.scenarios, one.families)}" for one in validity.splits
    ]
    parts = [
        f"benchmarks/{validity.domain}, version {validity.version}: what passing proves",
        "No model was asked. Systems are fitted on train, their answers graded by checks.",
        "; ".join(sizes),
        *(_split_words(one) for one in validity.splits),
        _ignored(validity),
        _balance_words(validity),
    ]
    lacks = lacking_in(validity)
    if lacks:
        parts.append("\n".join(["what it lacks:", *(f"  {one}" for one in lacks)]))
    parts.append("\n".join(["next:", *(f"  {one}" for one in _next_steps(validity))]))
    return "\n\n".join(filter(None, parts))


def proven_by(split: SplitValidity) -> Iterator[str]:
    """Yield what passing a split proves, sentence by sentence."""
    name, total, best = split.split.value, split.decided, split.best("shortcut")
    if not total:
        yield f"no check decides a scenario of {name}: what passing proves is for judges to say"
        return
    if split.undecided:
        yield (
            f"no check decides {split.undecided} of the {split.scenarios} scenarios: they say "
            "nothing without judges"
        )
    if best is not None:
        yield from _best_words(split, best, total)
    if learner := split.best("learner"):
        bound = split.best("upper-bound")
        told = f", {bound.score.passes} taught by the other families too" if bound else ""
        yield (
            f"the better plain learner, {learner.name}, which ignores nothing, passes "
            f"{learner.score.passes} of {total}{told}"
        )
    if split.free:
        yield (
            f"{split.free} of {split.criteria} checked criteria are met by every shortcut that "
            "fills in the form: they prove nothing"
        )


def _best_words(split: SplitValidity, best: PolicyValidity, total: int) -> Iterator[str]:
    passes, reached = best.score.passes, _reached(best.score)
    told = f"the shortcut {best.name} passes {passes} of {total}; it ignores {best.ignores}"
    if passes == total:
        yield f"{told}. Passing proves that the form was filled in"
    elif reached > MOST_COMPOSITE:
        yield (
            f"{told}. It scores {reached:.2f}, of at most {MOST_COMPOSITE:.2f}: passing proves "
            "little beyond what it looks at"
        )
    else:
        least = LEAST_FAMILIES[split.split]
        few = f", as far as {split.families} of {least} families can say"
        known = told if passes else f"no shortcut passes any of {total}"
        yield (
            f"{known}. None scores more than {reached:.2f}, of at most {MOST_COMPOSITE:.2f}: "
            "passing takes more than what any of them looks at"
            f"{few if split.families < least else ''}"
        )
    without = {
        name: score.passes for name, score in best.perturbed.items() if name not in INVARIANT
    }
    kept = [name for name, count in without.items() if passes and count >= passes]
    if kept:
        yield f"it passes as many with {_listed([_perturbed_words(name) for name in kept])}"
    for one in split.policies:
        for name in INVARIANT:
            if name in one.perturbed and one.perturbed[name].passes != one.score.passes:
                yield (
                    f"with {name} {one.name} passes {one.perturbed[name].passes} and not "
                    f"{one.score.passes}, though no right answer changes"
                )


def _reached(score: PolicyScore) -> float:
    """Return what is compared with the bound: the composite, or core where a part is missing."""
    known = score.composite or score.core
    return known.value if known else 0.0


def _perturbed_words(name: str) -> str:
    known = {"no description": "every description deleted", "no input": "every input deleted"}
    thing = name.removesuffix(" swapped")
    return known.get(name, f"the {thing} swapped")


def lacking_in(validity: Validity) -> list[str]:
    """Return what an exam lacks that is to tell judgement, each with its figures."""
    found = []
    families = {Split.TRAIN: validity.train_families}
    families |= {one.split: one.families for one in validity.splits}
    for split, least in LEAST_FAMILIES.items():
        if families.get(split, 0) < least:
            found.append(
                f"{split.value} has {families.get(split, 0)} families, of at least {least}"
            )
    for one in validity.splits:
        best = one.best("shortcut")
        if best is not None and _reached(best.score) > MOST_COMPOSITE:
            found.append(
                f"on {one.split.value} a shortcut scores {_reached(best.score):.2f}, of at most "
                f"{MOST_COMPOSITE:.2f}"
            )
        if not one.twin_families:
            found.append(
                f"{one.split.value} has no twins (files PARENT__SUFFIX that change one thing)"
            )
    return found


def _split_words(split: SplitValidity) -> str:
    lines = [f"{split.split.value}: {_counted(split.scenarios, split.families)}"]
    lines += [f"  - {one}" for one in proven_by(split)]
    lines += ["", *_table(split), ""]
    lines += [f"  {name}: {words}" for name, words in _figures(split).items()]
    if split.names is not None:
        lines += ["", *_named(split)]
    return "\n".join(lines)


def _table(split: SplitValidity) -> Iterator[str]:
    """Yield the systems as aligned columns; of the constants of one value the best alone."""
    shown = [one for one in split.policies if not is_constant(one.name)]
    constants = [one for one in split.policies if is_constant(one.name)]
    best = min(
        constants, key=lambda one: (*(-part for part in one.score.rank), one.name), default=None
    )
    rows = [_row(one, split) for one in ([best] if best else []) + shown]
    head = ["system", "composite", "core", "passes", "choice", *SHORT.values()]
    if split.twin_families:
        head.append("twins")
    widths = [max(len(row[at]) for row in [head, *rows]) for at in range(len(head))]
    for row in [head, *rows]:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        yield f"  {'  '.join(cells)}"
    if len(constants) > 1:
        yield f"  (the best of {len(constants)} constants of one value stands for all of them)"


def _row(one: PolicyValidity, split: SplitValidity) -> list[str]:
    score = one.score
    row = [
        one.name,
        spread(score.composite),
        share(score.core.value if score.core else None),
        f"{score.passes}/{split.decided}",
        NOTHING if score.right_choices is None else str(score.right_choices),
    ]
    row += [str(one.perturbed[name].passes) if name in one.perturbed else NOTHING for name in SHORT]
    if split.twin_families:
        known = one.twins_right is not None
        row.append(f"{one.twins_right}/{split.twin_families}" if known else NOTHING)
    return row


def _figures(split: SplitValidity) -> Mapping[str, str]:
    shared, hard = split.shared, split.difficulty
    return {
        "stands in train too": ", ".join(
            (
                f"{_of(shared.checks)} checks but for their figures",
                f"{_of(shared.phrases)} phrases",
                f"{_of(shared.metrics)} metrics with their kind of check",
                f"{_of(shared.choices)} choices of a category",
            )
        ),
        "difficulty": "; ".join(
            (
                f"a scenario is passed by {share(hard.mean)} of the shortcuts",
                f"{hard.by_none} by none",
                f"{hard.by_half} by half of them and more",
            )
        ),
        "twins": f"{split.twin_families} families" if split.twin_families else "none",
    }


def _of(counts: InTrain) -> str:
    return f"{counts.shared} of {counts.all}"


def _named(split: SplitValidity) -> Iterator[str]:
    """Yield the scenarios and criteria by name."""
    names = split.names
    if names is None:
        return
    yield "  passed by shortcuts:"
    for scenario in names.scenarios:
        yield f"    {scenario.scenario}: {', '.join(scenario.passed_by) or 'none'}"
    yield "  met by every shortcut:"
    for one in names.free_criteria:
        yield f"    {one.scenario} {one.criterion}: {one.text}"


def _ignored(validity: Validity) -> str:
    """Return what each shortcut ignores, and what the columns say."""
    ignored = {
        one.name: one.ignores
        for split in validity.splits
        for one in split.policies
        if one.ignores and not is_constant(one.name)
    }
    if not ignored:
        return ""
    width = max(map(len, ignored))
    lines = [f"  {name.ljust(width)}  ignores {words}" for name, words in ignored.items()]
    return "\n".join([LEGEND, *lines])


def _balance_words(validity: Validity) -> str:
    """Return how each split is spread, side by side."""
    spreads: dict[str, Balance] = {"train": validity.balance}
    spreads |= {one.split.value: one.balance for one in validity.splits}
    lines = ["balance:"]
    for part in ("outcome_types", "categories", "choices"):
        names = dict.fromkeys(name for one in spreads.values() for name in getattr(one, part))
        counted = [
            [str(getattr(one, part).get(name, 0)) for one in spreads.values()] for name in names
        ]
        lines += _aligned(
            [part.replace("_", " "), *spreads],
            [[name, *cells] for name, cells in sorted(zip(names, counted, strict=True))],
        )
    return "\n".join(lines)


def _aligned(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    table = [list(head), *map(list, rows)]
    widths = [max(len(row[at]) for row in table) for at in range(len(head))]
    return [
        "  " + "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])])
        for row in table
    ]


def _next_steps(validity: Validity) -> Iterator[str]:
    named = any(one.names is not None for one in validity.splits)
    if not named and validity.splits:
        yield (
            f"modelsmith benchmark validity --domain {validity.domain} --held-out names the "
            "scenarios and criteria (on a machine of the exam's owners alone)"
        )
    if any("shortcut scores" in one for one in lacking_in(validity)):
        yield (
            "write scenarios in which text and table decide together, and the signal that moved "
            "is not always the cause; then `modelsmith scenario check`"
        )
    yield f"modelsmith scenario check benchmarks/{validity.domain}"


def _counted(scenarios: int, families: int) -> str:
    noun = "scenario" if scenarios == 1 else "scenarios"
    return f"{scenarios} {noun} of {families} famil{'y' if families == 1 else 'ies'}"


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
