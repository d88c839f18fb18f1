"""A blind recheck as a file to fill in, and what people found as text."""

import json
from collections.abc import Iterator, Mapping, Sequence

from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.prompt import question
from modelsmith.exam.scenario import Criterion, Scenario
from modelsmith.judges.prompt import presentable
from modelsmith.judges.recheck import Drawn, Recheck


def recheck_sheet(
    run: str, benchmark: Benchmark, answers: Sequence[Drawn], scenarios: Mapping[str, Scenario]
) -> str:
    """Return `recheck.yaml` with every label left open; it does not say whose an answer is."""
    lines = [
        "# A blind recheck. Read each question and answer, decide every criterion by its text, and",
        "# write met or not_met behind its id under `labels`. A criterion with F is met when the",
        "# answer makes that mistake. Nothing here says who gave an answer; do not look it up.",
        f"# Then run `modelsmith judge audit {run} --read`.",
        f"run: {run}",
        "answers:",
    ]
    for one in answers:
        lines += _answer(benchmark, one, scenarios[one.scenario])
    return "\n".join(lines) + "\n"


def _answer(benchmark: Benchmark, one: Drawn, scenario: Scenario) -> Iterator[str]:
    yield f"  - id: {one.id}"
    yield f"    scenario: {one.scenario}"
    yield from block_of("question", question(benchmark, scenario))
    yield from block_of("answer", presentable(one.text))
    yield "    criteria:"
    for key, criterion in scenario.criteria().items():
        words = _words(criterion, scenario.least_level)
        yield f"      {key}: {json.dumps(words, ensure_ascii=False)}"
    yield "    labels:"
    yield from (f"      {key}:" for key in scenario.criteria())


def _words(criterion: Criterion, least: int | None) -> str:
    """Return what a person decides: a criterion, and from which of its levels on it is met."""
    if criterion.levels is None:
        return criterion.text
    levels = "; ".join(f"{n}: {level}" for n, level in enumerate(criterion.levels, start=1))
    return f"{criterion.text} It is met from level {least} on. Levels: {levels}"


def block_of(name: str, text: str) -> Iterator[str]:
    """Yield a text as a JSON string where a block would change it, else as a readable block."""
    lines = text.split("\n")
    is_plain = text.strip() == text and all(line.isprintable() for line in lines)
    if not text or not is_plain:
        yield f"    {name}: {json.dumps(text, ensure_ascii=False)}"
        return
    yield f"    {name}: |-"
    yield from (f"      {line}" if line else "" for line in lines)


def recheck_page(run: str, found: Recheck) -> str:
    """Return what people found as people read it."""
    lines = [f"Blind recheck of {run}: {found.words}"]
    if found.wrong:
        lines.append(f"  decided otherwise by people: {', '.join(found.wrong)}")
    for one in found.leniency:
        lean = "not measured" if one.lean is None else f"{one.lean:+.3f}"
        lines.append(
            f"  judges of {one.family}: milder than people on {one.ours_lenient} of {one.ours} "
            f"criteria of the specialist and {one.theirs_lenient} of {one.theirs} of baselines; "
            f"lean {lean}"
        )
    lines.append(
        "passed: the judges' outcomes stand"
        if found.holds
        else "FAILED: the judges' outcomes do not stand"
    )
    return "\n".join(lines)
