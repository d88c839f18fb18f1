"""What a model card says, section by section."""

from collections import Counter
from collections.abc import Iterator

from modelsmith.promotion.bundle import CONTRACT, EVALUATION, LINEAGE, RECORD
from modelsmith.promotion.evidence.model_card_figures import (
    CardFacts,
    CardSection,
    CardTable,
    economy,
    scores,
    tested,
)
from modelsmith.statistics.formatting import figure_words, share

FEW = 10
"""Questions below which a category cannot show a drop of a tenth (research: evalscience, 4.2)."""


def sections_of(facts: CardFacts) -> tuple[CardSection, ...]:
    """Return everything that a card says, in the order in which it is read."""
    return (
        _what_it_is(facts),
        _purpose(facts),
        tested(facts),
        scores(facts),
        economy(facts),
        _limits(facts),
        _origin(facts),
        _checked(facts),
        _served(facts),
        _taken_back(facts),
    )


def _what_it_is(facts: CardFacts) -> CardSection:
    record, origins = facts.record, facts.origins
    said = "lets it through" if record.decision == "staged" else "does not let it through"
    words = [
        (
            f"A specialist for {facts.benchmark.domain}: a LoRA adapter on "
            f"{origins.config.model.name}, trained by run {record.lineage.run} and meant for "
            f"channel {record.channel}. The gate {said}."
        )
    ]
    words += _stand_ins(facts)
    return CardSection("What it is", words)


def _stand_ins(facts: CardFacts) -> Iterator[str]:
    names = [one.system for one in facts.record.baselines if one.is_stand_in]
    if names:
        yield (
            f"Compared with stand-ins ({', '.join(names)}): the untouched base model in a "
            "baseline's place, no frontier model. Beating them admits to sandbox, never to "
            "production, and says nothing of how it compares with a frontier model."
        )


def _purpose(facts: CardFacts) -> CardSection:
    categories = sorted(group.name for group in facts.record.candidate.categories)
    return CardSection(
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


def _limits(facts: CardFacts) -> CardSection:
    record = facts.record
    words = [
        f"The exam has {record.gate.families} families of questions.",
    ]
    if record.gate.smallest_detectable:
        words.append(
            f"The smallest true lead that they show with 80 % chance is "
            f"{figure_words(record.gate.smallest_detectable)} of the composite."
        )
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
    return CardSection("Limits", words)


def _origin(facts: CardFacts) -> CardSection:
    record, origins = facts.record, facts.origins
    steer = sum(not scenario.is_variant for scenario in origins.steer)
    rows = Counter(row.origin for each in origins.trainings for row in each.rows)
    by_origin = ", ".join(f"{number} {origin}" for origin, number in sorted(rows.items()))
    trained = [
        (str(number), each.facts.strategy.value, str(each.facts.rows), str(each.facts.steps))
        for number, each in enumerate(origins.trainings, start=1)
    ]
    return CardSection(
        "Where it comes from",
        [
            (
                f"{len(origins.trainings)} trainings on {sum(rows.values())} rows ({by_origin}), "
                f"made from {len(origins.train)} train scenarios; {steer} steer questions steered "
                f"it. Cluster {origins.config.cluster}, Modelsmith {origins.served.modelsmith}. "
                f"{LINEAGE} names each scenario and each row by digest."
            ),
        ],
        [
            CardTable(
                "Digests",
                ("what", "sha256, or commit"),
                [
                    ("adapter", record.lineage.adapter_sha256),
                    ("base model", record.lineage.model_sha256),
                    ("exam", record.exam_sha256),
                    ("commit", origins.started.commit),
                ],
            ),
            CardTable("Trainings", ("number", "strategy", "rows", "steps"), trained),
        ],
    )


def _checked(facts: CardFacts) -> CardSection:
    lineage = facts.record.lineage
    return CardSection(
        "How to check it",
        [
            (
                "From a clone, offline: every figure again from the evidence, who approved and who "
                f"signed, and where it comes from. {RECORD} and {EVALUATION} hold the same figures "
                "for programs."
            )
        ],
        commands=(
            f"modelsmith run replay {lineage.run}",
            "modelsmith audit promotion",
            f"modelsmith audit lineage {lineage.specialist}/{lineage.version}",
        ),
    )


def _served(facts: CardFacts) -> CardSection:
    return CardSection(
        "How to serve it",
        ["Once it is approved, signed and merged. What is not what was signed is not served."],
        commands=(f"modelsmith serve --channel {facts.record.channel}",),
    )


def _taken_back(facts: CardFacts) -> CardSection:
    contract = facts.contract
    target = "the channel is taken down, since nothing was live before it"
    if contract.target is not None:
        target = f"{contract.target.words} goes live again"
    detector = contract.detector
    floors = [(category, share(floor)) for category, floor in contract.floors.items()]
    decide = "checks decide"
    if contract.grader is not None:
        decide = f"checks decide, and {contract.grader.judge} what they leave open,"
    return CardSection(
        "How it is taken back",
        [
            *([f"{facts.unwatched[:1].upper()}{facts.unwatched[1:]}."] if facts.unwatched else ()),
            (
                f"{len(contract.canary)} steer questions that {decide} are asked of it while "
                "it is live. Where a category falls below its floor, or its answers give evidence "
                f"of {detector.revert:g} to 1 that they got worse by more than "
                f"{share(detector.tolerated)}, it is taken back without waiting for anybody, and "
                f"{target}. At {detector.warn:g} to 1 people are told. {CONTRACT} is signed with "
                "it."
            ),
        ],
        [CardTable("Floors", ("category", "least pass rate of a round"), floors)],
        commands=(f"modelsmith watch --channel {contract.channel}",),
    )
