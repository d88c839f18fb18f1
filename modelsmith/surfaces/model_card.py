"""What a model card says, section by section; surfaces/card_page.py gives it its two forms."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from modelsmith.domain.bundle import CONTRACT, EVALUATION, LINEAGE, RECORD
from modelsmith.domain.model_card import CardFacts
from modelsmith.domain.scorecard import Scorecard
from modelsmith.surfaces.economy_page import histogram, seconds
from modelsmith.surfaces.reports import share, spoken, spread

FEW = 10
"""Questions below which a category cannot show a drop of a tenth (research: evalscience, 4.2)."""

Row = tuple[str, ...]


class Table(NamedTuple):
    """Figures side by side."""

    caption: str
    head: Row
    rows: Sequence[Row]


class Section(NamedTuple):
    """One part of a card."""

    title: str
    words: Sequence[str]
    """A paragraph each."""
    tables: Sequence[Table] = ()
    commands: Sequence[str] = ()
    """What is typed, a line each."""


def title_of(facts: CardFacts) -> str:
    """Return the card's title."""
    lineage = facts.record.lineage
    return f"{lineage.specialist} {lineage.version}"


def sections_of(facts: CardFacts) -> tuple[Section, ...]:
    """Return everything that a card says, in the order in which it is read."""
    return (
        _what_it_is(facts),
        _purpose(facts),
        _tested(facts),
        _scores(facts),
        _economy(facts),
        _limits(facts),
        _origin(facts),
        _checked(facts),
        _served(facts),
        _taken_back(facts),
    )


def _what_it_is(facts: CardFacts) -> Section:
    record, origins = facts.record, facts.origins
    said = "lets it through" if record.decision == "staged" else "does not let it through"
    words = [
        (
            f"A specialist for {facts.benchmark.domain}: a LoRA adapter on "
            f"{origins.config.model.name}, "
            f"trained by run {record.lineage.run} and meant for channel {record.channel}. The gate "
            f"{said}."
        )
    ]
    words += _stand_ins(facts)
    return Section("What it is", words)


def _stand_ins(facts: CardFacts) -> Iterator[str]:
    names = [one.system for one in facts.record.baselines if one.is_stand_in]
    if names:
        yield (
            f"Compared with stand-ins ({', '.join(names)}): the untouched base model in a "
            "baseline's place, no frontier model. Beating them admits to sandbox, never to "
            "production, and says nothing of how it compares with a frontier model."
        )


def _purpose(facts: CardFacts) -> Section:
    categories = sorted(group.name for group in facts.record.candidate.categories)
    return Section(
        "What it is for",
        [
            (
                f"Questions of {facts.benchmark.domain} in {len(categories)} categories: "
                f"{', '.join(categories)}."
            ),
            (
                "Each question states a situation with its figures and the verdicts that are "
                "allowed; "
                f"it answers in this form: {facts.benchmark.answer_format.instruction}"
            ),
            "Anything else was neither trained nor tested: do not use it for that.",
        ],
    )


def _tested(facts: CardFacts) -> Section:
    record = facts.record
    judges = sorted({one.panel.words for one in record.baselines if one.panel})
    decided = "Checks, which are code, decided what is right."
    if judges:
        decided = f"What no check decides was judged, {'; '.join(judges)}."
    return Section(
        "What it was tested on",
        [
            (
                f"{facts.sealed} sealed questions and {facts.variants} variants of them, version "
                f"{record.exam_version}, looked at for the {_ordinal(record.attempt)} time. "
                "Nothing was trained on them, and nobody has seen an answer to them before."
            ),
            decided,
        ],
        [
            Table(
                "What the gate asked",
                ("rule", "holds", "what was found"),
                [
                    (found.rule, "yes" if found.holds else "NO", found.message)
                    for found in record.gate.findings
                ],
            )
        ],
    )


def _scores(facts: CardFacts) -> Section:
    record = facts.record
    systems = [(record.candidate, "the specialist")]
    systems += [(one.card, one.words) for one in record.baselines]
    if record.constant_card:
        systems.append((record.constant_card, "the best policy that reads no question"))
    head = ("system", "what it is", "passed", "core [90 %]", "robust", "composite [90 %]")
    by_category = ("category", "passed", "rate [90 %]", "mean score")
    tables = [Table("Scores on sealed", head, [_system(*one) for one in systems])]
    tables += [
        Table(f"{card.system} by category", by_category, _categories(card)) for card, _ in systems
    ]
    words = (
        "Core is the pass rate balanced over kinds of questions, robust the share of questions "
        "that pass in three wordings each, composite the weighted whole. Intervals hold 90 %."
    )
    return Section("How it did", [words], tables)


def _system(card: Scorecard, words: str) -> Row:
    passes = sum(group.passes for group in card.categories)
    asked = sum(group.scenarios for group in card.categories)
    figures = (spread(card.core), share(card.robust), spread(card.composite))
    return (card.system, words, f"{passes}/{asked}", *figures)


def _categories(card: Scorecard) -> list[Row]:
    return [
        (
            group.name,
            f"{group.passes}/{group.scenarios}",
            f"{share(group.pass_rate)} [{share(group.low)}, {share(group.high)}]",
            share(group.mean_score),
        )
        for group in card.categories
    ]


def _economy(facts: CardFacts) -> Section:
    systems = facts.record.economy
    head = ("system", "cost of a decision", "decisions", "p50", "p95", "answers timed")
    rows = [
        (
            one.system,
            one.cost_words,
            str(one.decisions),
            seconds(one.latency.p50_s),
            seconds(one.latency.p95_s),
            str(one.latency.timed),
        )
        for one in systems
    ]
    bins = [(span, *map(str, counts)) for span, counts in histogram(systems)]
    tables = [Table("Figures", head, rows)]
    if bins:
        names = ("answers that took", *(one.system for one in systems))
        tables.append(Table("Latency", names, bins))
    return Section(
        "Cost of a decision and latency", ["Measured on the machine of the run."], tables
    )


def _limits(facts: CardFacts) -> Section:
    record = facts.record
    words = [
        (
            f"The exam has {record.gate.families} families of questions. A true lead smaller than "
            f"{spoken(record.gate.smallest_detectable)} of the composite would not have shown."
        ),
    ]
    few = [g.name for g in record.candidate.categories if g.scenarios < FEW]
    if few:
        words.append(
            f"Fewer than {FEW} questions were asked in {', '.join(few)}: read their rates with "
            "their intervals."
        )
    failed = [found.rule for found in record.gate.failed()]
    if failed:
        words.append(f"The gate's rules that do not hold: {', '.join(failed)}.")
    words += _stand_ins(facts)
    words.append(
        "It may state what is wrong with confidence, as its base model does. People answer for "
        "what is done with its verdicts."
    )
    return Section("Limits", words)


def _origin(facts: CardFacts) -> Section:
    record, origins = facts.record, facts.origins
    rows = Counter(row.origin for each in origins.trainings for row in each.rows)
    by_origin = ", ".join(f"{number} {origin}" for origin, number in sorted(rows.items()))
    digests = [
        ("adapter", record.lineage.adapter_sha256),
        ("base model", record.lineage.model_sha256),
        ("exam", record.exam_sha256),
        ("commit", origins.started.commit),
    ]
    trained = [
        (str(number), each.facts.strategy.value, str(each.facts.rows), str(each.facts.steps))
        for number, each in enumerate(origins.trainings, start=1)
    ]
    return Section(
        "Where it comes from",
        [
            (
                f"{len(origins.trainings)} trainings on {sum(rows.values())} rows ({by_origin}), "
                "made "
                f"from {len(origins.train)} train scenarios; {len(origins.steer)} steer questions "
                f"steered it. Cluster {origins.config.cluster}, Modelsmith "
                f"{origins.served.modelsmith}. {LINEAGE} names each scenario and each row "
                "by digest."
            ),
        ],
        [
            Table("Digests", ("what", "sha256, or commit"), digests),
            Table("Trainings", ("number", "strategy", "rows", "steps"), trained),
        ],
    )


def _checked(facts: CardFacts) -> Section:
    lineage = facts.record.lineage
    return Section(
        "How to check it",
        [
            (
                "From a clone, offline: every figure again from the evidence, who approved and who "
                f"signed, and where it comes from. {RECORD} and {EVALUATION} hold the same figures "
                "for "
                "programs."
            )
        ],
        commands=(
            f"modelsmith run replay {lineage.run}",
            "modelsmith audit promotion",
            f"modelsmith audit lineage {lineage.specialist}/{lineage.version}",
        ),
    )


def _served(facts: CardFacts) -> Section:
    return Section(
        "How to serve it",
        ["Once it is approved, signed and merged. What is not what was signed is not served."],
        commands=(f"modelsmith serve --channel {facts.record.channel}",),
    )


def _taken_back(facts: CardFacts) -> Section:
    contract = facts.contract
    target = "the channel is taken down, since nothing was live before it"
    if contract.target is not None:
        target = f"{contract.target.words} goes live again"
    detector = contract.detector
    floors = [(category, share(floor)) for category, floor in contract.floors.items()]
    return Section(
        "How it is taken back",
        [
            (
                f"{len(contract.canary)} steer questions that checks decide are asked of it "
                "while it "
                f"is live. Where a category falls below its floor, or its answers give evidence of "
                f"{detector.revert:g} to 1 that they got worse by more than "
                f"{share(detector.tolerated)}, it is taken back without waiting for anybody, and "
                f"{target}. At {detector.warn:g} to 1 people are told. {CONTRACT} is signed "
                "with it."
            )
        ],
        [Table("Floors", ("category", "least pass rate of a round"), floors)],
        commands=(f"modelsmith watch --channel {contract.channel}",),
    )


def _ordinal(number: int) -> str:
    teens = range(11, 14)
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in teens else ending}"
