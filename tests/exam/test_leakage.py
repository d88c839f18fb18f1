import pytest

from modelsmith.exam.leakage import LeakGuard
from modelsmith.exam.scenario import Table
from modelsmith.exam.similarity import fingerprint_of, likeness_of
from modelsmith.training.curriculum import shuffled
from tests.support.scenarios import a_scenario

SEALED = (
    "The travel desk of Harbour Lines lost 40 percent of its wins on the Kestrel exchange within "
    "3 days. Trader Amira Voss blames a new competitor, engineering points at the shading model "
    "that was switched on for the summer sale, and nobody has looked at the price that wins."
)
PARAPHRASE = (
    "Within 3 days Harbour Lines won 40 percent fewer auctions on Kestrel. According to trader "
    "Voss a rival is at fault, whereas engineers suspect their summer shading model; what the "
    "winning price did has not been checked by Amira or by anyone else."
)
JITTERED = SEALED.replace("40 percent", "37 percent").replace("3 days", "4 days")
HALF = (
    " ".join(SEALED.split()[:30]) + " A colleague wants the report by noon and has no view on it."
)
REORDERED = ". ".join(reversed(SEALED.rstrip(".").split(". "))) + "."
UNRELATED = (
    "A museum shop sells tickets through four partners, and each of them reports the best month "
    "on record. Finance counts fewer orders than any dashboard and would like to know why that is."
)
COLUMNS = ("day", "shading_discount_pct", "win_rate_pct")
FIGURES = ((31.5, 17.25), (33.75, 14.5), (41.125, 11.75))


def table(figures=FIGURES, columns=COLUMNS):
    rows = tuple((f"2025-03-0{n}", *pair) for n, pair in enumerate(figures, 1))
    return Table(columns=columns, rows=rows)


def scenario(name, description, figures=FIGURES):
    return a_scenario(name, description=description, domain_input=table(figures))


HELD = scenario("SECRET_ONE", SEALED)
OTHERS = [
    scenario("OTHER_ONE", UNRELATED, ((1, 2), (3, 4))),
    scenario(
        "OTHER_TWO",
        "A news site moved its header auction to a new wrapper and now sees gaps in the evening. "
        "The publisher asks which of the many adapters should be examined first and why.",
        ((5, 6), (7, 8)),
    ),
    scenario(
        "OTHER_THREE",
        "For a bank the brand desk extended a keyword list overnight. Reach on quality pages fell "
        "while complaints stayed where they were, and the agency wants to know what to do.",
        ((9, 10), (11, 12)),
    ),
]
CORPUS = [HELD, *OTHERS]
FRESH = ((61, 21), (62, 22), (63, 23))


def leaks(candidates, held_out, corpus):
    return LeakGuard(held_out, corpus).found(candidates)


def rules(description, figures=FRESH, name="ROW_ONE", held=HELD):
    return {f.rule: f for f in leaks([scenario(name, description, figures)], [held], CORPUS)}


def test_an_unrelated_scenario_is_clean():
    assert rules(UNRELATED) == {}


def test_a_copy_is_exact_whatever_its_case_and_markup():
    found = rules(f"**{SEALED.upper()}**", FIGURES)
    assert found["exact"].action == "block"
    assert {"13-gram", "8-gram", "5-gram", "char-5"} <= set(found)
    assert (found["8-gram"].value, found["8-gram"].limit) == (1.0, 0.5)


def test_a_copy_with_other_figures_is_blocked_but_not_exact():
    found = rules(SEALED)
    assert "exact" not in found
    assert found["13-gram"].action == found["char-5"].action == "block"


def test_jittered_numbers_do_not_hide_a_copy_from_masked_grams():
    found = rules(JITTERED)
    assert found["8-gram"].value == found["5-gram"].value == 1.0


def test_half_a_copy_is_seen_by_the_five_grams():
    found = rules(HALF)
    assert found["5-gram"].value >= found["5-gram"].limit == 0.4


def test_reordered_sentences_are_seen():
    assert {"13-gram", "8-gram", "5-gram", "char-5"} <= set(rules(REORDERED))


def test_a_paraphrase_is_missed_by_every_gram_and_caught_by_its_facts():
    found = rules(PARAPHRASE, FIGURES)
    assert set(found) == {"facts"}
    assert found["facts"].action == "quarantine"
    assert found["facts"].value >= found["facts"].limit >= 0.45


def test_the_same_figures_under_other_words_are_no_leak():
    assert rules(UNRELATED, FIGURES) == {}


def test_a_variant_of_a_held_out_family_is_blocked_whatever_its_text():
    found = rules(UNRELATED, name="SECRET_ONE__ROW")
    assert set(found) == {"same-family"}
    assert (found["same-family"].candidate, found["same-family"].held_out) == (
        "SECRET_ONE__ROW",
        "SECRET_ONE",
    )


def test_variants_that_resemble_their_train_parent_are_fine():
    parent = OTHERS[0]
    variants = [scenario(f"OTHER_ONE__V{n}", UNRELATED, ((n, n), (n, n))) for n in range(3)]
    assert leaks([parent, *variants], [HELD], CORPUS) == ()


def test_a_held_out_scenario_is_not_compared_with_itself():
    assert leaks([HELD], [HELD], CORPUS) == ()


def test_column_names_are_vocabulary_and_never_leak():
    words = "shading_discount_pct win_rate_pct bids_won_k requests_eligible_k pacing_state_pct "
    named = "Looks at " + words * 4 + "and nothing else at all."
    held = scenario("SECRET_ONE", "The desk reads " + words * 4 + "before it says anything.")
    found = leaks([scenario("ROW_ONE", named, FRESH)], [held], [held, *OTHERS])
    assert found == ()


def test_boilerplate_of_more_than_a_fifth_of_the_families_is_dropped():
    opening = (
        "You are the analyst on duty and you write for the person who pays, in four plain lines, "
        "with the figures that decide and with no advice that the figures do not carry at all. "
    )
    corpus = [scenario(f"OPEN_{n}", opening + OTHERS[n % 3].description) for n in range(3)] + OTHERS
    held = scenario("SECRET_ONE", opening + SEALED)
    row = scenario("ROW_ONE", opening + UNRELATED, FRESH)
    assert {f.rule for f in leaks([row], [held], [*corpus, held])}.isdisjoint({"13-gram", "8-gram"})
    assert "13-gram" in {
        f.rule
        for f in leaks(
            [row],
            [held],
            [
                held,
                *OTHERS,
                *[
                    scenario(
                        f"PLAIN_{n}",
                        f"Plain text number {n} of many that share no word run with it.",
                    )
                    for n in range(8)
                ],
            ],
        )
    }


def test_short_texts_are_compared_by_digest_and_facts_only():
    held = scenario("SECRET_ONE", "Win rate fell and the desk asks why.")
    near = scenario("ROW_ONE", "Win rate fell and the desk asks how.", FRESH)
    same = scenario("ROW_TWO", "Win rate fell and the desk asks why.")
    found = leaks([near, same], [held], [held, *OTHERS])
    assert {f.rule for f in found if f.candidate == "ROW_ONE"} <= {"facts"}
    assert "exact" in {f.rule for f in found if f.candidate == "ROW_TWO"}


def test_text_inputs_are_compared_like_descriptions():
    held = a_scenario("SECRET_ONE", domain_input=SEALED)
    row = a_scenario("ROW_ONE", description=UNRELATED, domain_input=SEALED)
    assert "13-gram" in {f.rule for f in leaks([row], [held], [held, *OTHERS])}


def test_the_findings_do_not_depend_on_any_order():
    rows = [scenario("ROW_ONE", SEALED, FRESH), scenario("ROW_TWO", PARAPHRASE)]
    expected = leaks(rows, [HELD, OTHERS[1]], CORPUS)
    assert len(expected) > 4
    for seed in range(3):
        assert leaks(rows[::-1], [OTHERS[1], HELD], shuffled(CORPUS, seed)) == expected


def test_more_shared_words_never_lower_what_is_measured():
    words, fresh = SEALED.split(), UNRELATED.split()
    covered = []
    for share in (0.2, 0.5, 0.8, 1.0):
        cut = int(share * len(words))
        found = rules(" ".join(words[:cut] + fresh[cut:]))
        covered.append(found["5-gram"].value if "5-gram" in found else 0.0)
    assert covered == sorted(covered)
    assert covered[0] < covered[-1] == 1.0


def test_the_limit_rises_where_distinct_scenarios_are_alike():
    twins = [scenario(f"TWIN_{n}", f"{SEALED} It is desk {n}.") for n in range(4)]
    assert LeakGuard([], CORPUS).limit == 0.45
    assert LeakGuard([], twins).limit > 0.7


def test_a_leak_that_is_already_there_does_not_raise_the_limit_that_finds_it():
    corpus = [*CORPUS, scenario("ROW_ONE", SEALED)]
    assert LeakGuard([], corpus).limit > 0.9
    assert LeakGuard([HELD], corpus).limit == 0.45
    assert "facts" in {f.rule for f in leaks([corpus[-1]], [HELD], corpus)}


def test_an_empty_corpus_keeps_the_published_limit():
    assert LeakGuard([], []).limit == 0.45
    assert leaks([], [HELD], CORPUS) == leaks([HELD], [], CORPUS) == ()


@pytest.mark.parametrize(
    ("changed", "equal"),
    [({"figures": FRESH}, False), ({"description": f"  {SEALED.upper()} "}, True), ({}, True)],
)
def test_a_fingerprint_is_words_and_figures(changed, equal):
    other = scenario("ROW_ONE", **({"description": SEALED, "figures": FIGURES} | changed))
    assert (fingerprint_of(other) == fingerprint_of(HELD)) is equal


def test_numbers_are_read_in_their_units_and_as_words():
    text = "The timeout went from twelve to 1,500 ms, that is by two minutes, or 40 percent in all."
    numbers = likeness_of(
        a_scenario(description=text, domain_input="Nothing to read here.")
    ).numbers
    assert set(numbers) == {12.0, 1.5, 120.0, 40.0}


def test_names_are_capitalised_words_inside_sentences_tags_and_quotes():
    text = 'Today Amira of Harbour Lines opened ticket P-101A. The "clean slate" list was to blame.'
    names = likeness_of(a_scenario(description=text, domain_input="None at all.")).names
    assert {"amira", "harbour", "lines", "p-101a", "clean slate"} <= names
    assert "the" not in names
