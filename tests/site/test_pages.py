"""The pages of a repository: what they say, what they never say, and that they hold together."""

import shutil
from html import unescape

import pytest

from modelsmith.exam.prompt import prompt_for
from modelsmith.exam.scenario import Criterion
from modelsmith.loop.status import STAND_IN_WORDS
from modelsmith.site.model import waits
from modelsmith.site.pages import TYPES, duration, site_pages
from tests.support.forges import git
from tests.support.frontier_runs import a_frontier_run
from tests.support.pages import Page, dead_links
from tests.support.repositories import a_repository
from tests.support.runs import a_workshop
from tests.support.sites import EXAM, a_factory, a_site, commit, merged, pages_of

pytestmark = pytest.mark.slow

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>"
MARKDOWN = "**bold** [here](javascript:alert(3)) {{ 7*7 }} {% raw %} &lt;b&gt;"
TURNED = "turned \u202e round"


def hostile():
    """Return an exam whose train side and benchmark try to be more than text."""
    first, *rest = EXAM.train
    told = {
        "description": f"{first.description} {SCRIPT} {MARKDOWN} {TURNED}",
        "test_objective": f"Finds out {SCRIPT}",
        "pass_criteria": (*first.pass_criteria, Criterion(text=f"Says {SCRIPT}")),
        "mechanic": {"pricing": "first", "notes": [SCRIPT, 2, None]},
    }
    benchmark = EXAM.benchmark.model_copy(update={"title": f"Exam {SCRIPT}", "owner": SCRIPT})
    train = (first.model_copy(update=told), *rest)
    return EXAM.model_copy(update={"benchmark": benchmark, "train": train})


@pytest.fixture(scope="module")
def factory(tmp_path_factory):
    return a_factory(tmp_path_factory.mktemp("site") / "factory")


@pytest.fixture(scope="module")
def site(factory):
    return a_site(factory)


@pytest.fixture(scope="module")
def pages(site):
    return site_pages(site)


@pytest.fixture
def copied(factory, tmp_path):
    return shutil.copytree(factory, tmp_path / "factory")


def words(pages, path):
    return Page(pages[path]).words


# What they hold


def test_there_is_a_page_for_each_thing(pages):
    assert list(pages) == [
        "benchmarks/adtech/TRAIN_BABAKO.html",
        "benchmarks/adtech/TRAIN_BABALO.html",
        "benchmarks/adtech/TRAIN_BABAMU.html",
        "benchmarks/adtech/TRAIN_BABARI.html",
        "benchmarks/adtech/TRAIN_BABATE.html",
        "benchmarks/adtech/TRAIN_BABAVI.html",
        "benchmarks/adtech/index.html",
        "index.html",
        "runs/new.html",
        "runs/stuck.html",
        "runs/tiny.html",
        "style.css",
    ]


def test_the_first_page_says_what_there_is_and_what_waits(pages):
    told = words(pages, "index.html")
    assert "adtech Small exam for tests 1 6 8 12" in told
    assert "new intake 0/3 adtech - - It has not begun." in told
    assert "stuck halted 1/3 adtech" in told
    assert "tiny staged 2/3 adtech 8/8 12/12 the gate says promote" in told
    assert "operator new Its settings are there, and it has not begun." in told
    assert (
        "domain expert tiny 8 scenarios that the council proposes want a review. "
        "git switch modelsmith/tiny/expand-1" in told
    )
    assert "approver tiny A specialist is staged and goes live when its pull request" in told
    assert "Nothing is promoted yet." in told


def test_a_merged_promotion_waits_for_nobody_and_has_its_record(copied):
    merged(copied)
    pages = pages_of(copied)
    assert "approver" not in words(pages, "index.html")
    told = words(pages, "promotions/adtech-tiny/tiny-2.html")
    assert told.count(STAND_IN_WORDS) == 1
    assert "Channel sandbox Run tiny" in told
    assert "Look at sealed number 1 at version 1" in told
    assert "modelsmith audit lineage adtech-tiny/tiny-2" in told
    assert list(dead_links(pages)) == []


def test_the_matrix_shows_filled_and_empty_cells_of_every_split(pages):
    page = pages["benchmarks/adtech/index.html"]
    told = Page(page).words
    for split, filled in (("train", 6), ("steer", 8), ("sealed", 12)):
        assert f"{split}: {filled} scenarios, {filled} of 24 cells filled" in told
    assert page.count('class="filled') == 6 + 8 + 12
    assert page.count('class="empty') == 3 * 24 - 26
    assert all(said in told for said in TYPES.values())


def test_a_train_scenario_is_shown_as_the_model_sees_it_with_its_rubric(pages):
    scenario = EXAM.train[0]
    told = words(pages, f"benchmarks/adtech/{scenario.id}.html")
    for message in prompt_for(EXAM.benchmark, scenario):
        assert " ".join(message.content.split()) in told
    for key, criterion in scenario.criteria().items():
        assert f"{key} {criterion.text} check {{" in told
    assert scenario.test_objective in told


def with_cut_answers(run):
    """Return a run of which 21 answers of each system ran into the token limit."""
    steps = []
    for step in run.steps:
        scored = [
            one._replace(
                systems=tuple(
                    system._replace(card=system.card.model_copy(update={"cut": 21}))
                    for system in one.systems
                )
            )
            for one in step.scored
        ]
        steps.append(step._replace(scored=tuple(scored)))
    return run._replace(steps=tuple(steps))


def test_answers_that_were_cut_are_said_beside_the_score(site, pages):
    assert "cut by maxTokens" not in words(pages, "runs/tiny.html")
    told = site_pages(site._replace(runs=tuple(map(with_cut_answers, site.runs))))
    assert "8/8 21 answers cut by maxTokens" in words(told, "runs/tiny.html")


def test_a_run_is_told_from_beginning_to_end(pages, site):
    told = words(pages, "runs/tiny.html")
    tiny = next(run for run in site.runs if run.name == "tiny")
    for step in tiny.steps:
        entry = step.entry
        assert f"{entry.index} {entry.iteration} " in told
        for path, digest in entry.evidence.items():
            assert f"{path} {digest}" in told
    assert "loss 2.00 to 0.67 3.0 s 702 2025-11-03 09:00:00" in told
    assert "rubric-composition: 12 rows, 3 steps, loss 2.00 to 0.67" in told
    assert "converged: saturated (saturated: steer mean 1.000 >= 0.95)" in told
    assert "modelsmith run replay tiny" in told


def test_scores_stand_beside_stand_ins_and_the_constant_policy_with_intervals(pages):
    told = words(pages, "runs/tiny.html")
    assert STAND_IN_WORDS in told
    on_steer = told.partition("Assess of round 2, on steer")[2].partition("Eval of round 2")[0]
    on_sealed = told.partition("Promote of round 2, on sealed")[2].partition("Assess of")[0]
    for part in (on_steer, on_sealed):
        for name in ("zero-shot", "few-shot", "self-consistency"):
            assert f"stand-in:{name} stand-in: the untouched base model" in part
        assert "constant policy: answers without reading the figures; the floor" in part
    assert "candidate 12/12 1.00 [0.82, 1.00] 1.00 [0.82, 1.00] 1.00 1.00 1.00" in on_sealed


def test_every_finding_of_the_gate_and_every_number_of_a_decision_is_there(pages, site):
    told = words(pages, "runs/tiny.html")
    tiny = next(run for run in site.runs if run.name == "tiny")
    gate = tiny.steps[-1].gate
    assert all(f"{found.rule} {found.message}" in told for found in gate.findings)
    assert f"{len(gate.findings)} rules that hold" in told
    assert told.count("Core pass rate on steer less each baseline's") == 2
    assert "wall_time_s" in told
    assert "Round 1: continue learning, by the rule patience: no plateau yet" in told


def test_a_loss_curve_has_axes_a_name_and_its_figures(pages):
    page = pages["runs/tiny.html"]
    assert page.count('role="img" aria-labelledby="loss-title-') == 2
    assert page.count(">step</text>") == page.count(">loss</text>") == 2
    assert 'points="' in page
    assert "Loss 2.000 at step 1, 0.667 at step 3." in Page(page).words


def test_what_fails_on_train_leads_to_the_scenarios(pages):
    page = Page(pages["runs/tiny.html"])
    assert "Round 1: BID_SHADING" in page.words
    assert "../benchmarks/adtech/TRAIN_BABAKO.html" in page.links


def test_a_run_that_halted_says_why_and_one_that_has_not_begun_how_to(pages):
    assert "budget: tokens" in words(pages, "runs/stuck.html")
    told = words(pages, "runs/new.html")
    assert "It has not begun." in told
    assert "modelsmith run start new" in told
    assert "Timeline" not in told


def test_a_revision_is_shown_as_it_was(copied):
    begun = git(copied, "rev-list", "--max-parents=0", "HEAD").strip()
    for name in git(copied, "for-each-ref", "--format=%(refname)", "refs/heads/modelsmith").split():
        git(copied, "update-ref", "-d", name)
    pages = pages_of(copied, begun)
    assert list(pages) == ["index.html", "style.css"]
    assert "There is no benchmark yet." in words(pages, "index.html")
    assert "There is no run yet." in words(pages, "index.html")
    assert "Nothing waits for anybody." in words(pages, "index.html")


def test_a_run_is_told_by_the_branch_that_tells_most(copied):
    git(copied, "rm", "-rq", "runs/tiny")
    commit(copied)
    site = a_site(copied)
    tiny = next(run for run in site.runs if run.name == "tiny")
    assert (tiny.state.value, tiny.branch) == ("staged", "modelsmith/tiny/promote")
    told = words(site_pages(site), "runs/tiny.html")
    assert f"Told by {tiny.commit[:12]} on modelsmith/tiny/promote" in told
    assert f"git switch --detach {tiny.commit[:12]}" in told


def test_the_record_of_a_run_that_is_over_waits_to_be_merged(copied):
    git(copied, "branch", "modelsmith/stuck/walk")
    git(copied, "rm", "-rq", "runs/stuck")
    commit(copied)
    found = [wait for wait in waits(a_site(copied)) if wait.run == "stuck"]
    assert [(wait.who, wait.how) for wait in found] == [("operator", "modelsmith run offer stuck")]


def test_a_blocked_run_says_what_unblocks_it(copied):
    a_workshop(copied, run="late", exam=EXAM).go()  # the staged run had the only look
    site = a_site(copied)
    [wait] = [wait for wait in waits(site) if wait.run == "late" and wait.who == "operator"]
    assert wait.what.startswith("It is blocked. sealed version 1 was looked at 1 times, 1 allowed")
    assert wait.what.endswith("1 times, 1 allowed.")
    assert wait.how.startswith("Retire this sealed version: move it to steer, ")
    told = words(site_pages(site), "runs/late.html")
    assert "Run late blocked" in told


# What they never say


def seen(pages):
    """Return every text of the pages as a reader and as a crawler see it."""
    for path, page in pages.items():
        yield path, page
        yield path, unescape(page)
        yield path, Page(page).words if path.endswith(".html") else ""


def test_nothing_of_a_held_out_scenario_is_on_any_page(pages):
    open_lines = {line for s in EXAM.train for line in s.body().splitlines()}
    for scenario in (*EXAM.steer, *EXAM.sealed):
        secrets = {scenario.id, scenario.description, *scenario.input_text().splitlines()}
        for path, text in seen(pages):
            for secret in secrets - open_lines:
                assert secret not in text, (path, secret)


def test_what_was_train_when_a_run_quoted_it_and_is_held_out_now_is_taken_out(copied):
    before = pages_of(copied)["runs/tiny.html"]
    quoted = "Says that shading cuts bids too deep."
    assert quoted in before
    moved = [s.id for s in EXAM.train if s.category == "BID_SHADING"]
    for name in moved:
        git(copied, "mv", f"benchmarks/adtech/train/{name}.yaml", "benchmarks/adtech/sealed/")
        file = copied / f"benchmarks/adtech/sealed/{name}.yaml"
        sealed = next((copied / "benchmarks/adtech/sealed").glob("SEALED*")).read_text()
        head, canary = sealed.splitlines()[:2]
        file.write_text("\n".join([head, canary, *file.read_text().splitlines()[1:]]) + "\n")
    commit(copied)
    pages = pages_of(copied)
    assert "6 8 12" not in words(pages, "index.html")
    for _, text in seen(pages):
        assert quoted not in text
        assert not any(name in text for name in moved)
    assert "(held out)" in pages["runs/tiny.html"]


def test_what_a_run_held_out_stays_held_out_when_its_file_is_gone(copied):
    gone = EXAM.steer[0]
    git(copied, "rm", "-q", f"benchmarks/adtech/steer/{gone.id}.yaml")
    commit(copied)
    site = a_site(copied)
    assert gone.id not in {s.id for exam in site.exams for s in exam.steer}
    assert site.withheld.taken_out_of(f"{gone.id}: {gone.description}") == "(held out): (held out)"


def test_a_folder_that_cannot_be_a_run_has_no_page(copied):
    for name in ("<img src=x>", "index.html", "A_RUN", "x" * 41):
        (copied / "runs" / name).mkdir()
        (copied / "runs" / name / "run.yaml").write_text("benchmark: adtech\n")
    commit(copied)
    site = a_site(copied)
    assert [run.name for run in site.runs] == ["new", "stuck", "tiny"]
    assert site.left_out == ("runs: 4 folders have names that no run can have",)


def test_what_the_files_of_an_exam_say_is_text_and_nothing_else(tmp_path):
    pages = pages_of(a_factory(tmp_path / "factory", hostile()))
    shown = [path for path, page in pages.items() if "alert(1)" in page]
    assert len(shown) >= 3
    for path in shown:
        page = Page(pages[path])
        assert page.faults == []
        assert "script" not in page.tags
        assert "img" not in page.tags
        assert not any("javascript" in link for link in page.links)
        assert "<script>alert(1)</script>" in page.words
        assert "<b" not in pages[path].replace("<body", "").replace("<br", "")
    told = words(pages, "benchmarks/adtech/TRAIN_BABAKO.html")
    assert "**bold** [here](javascript:alert(3)) {{ 7*7 }} {% raw %} &lt;b&gt;" in told
    assert "turned \\u202e round" in told
    assert f'notes ["{SCRIPT}", 2, null]' in told
    assert "\u202e" not in pages["benchmarks/adtech/TRAIN_BABAKO.html"]


# That they hold together


def test_every_page_is_well_formed_and_readable_without_eyes(pages):
    for path, page in pages.items():
        if path.endswith(".html"):
            assert page.startswith("<!DOCTYPE html>\n"), path
            assert Page(page).faults == [], path


def test_every_link_leads_somewhere(pages):
    assert list(dead_links(pages)) == []


def test_a_page_loads_nothing_but_the_style_beside_it(pages):
    for path, page in pages.items():
        if path.endswith(".html"):
            up = "../" * path.count("/")
            assert Page(page).loaded == ["data:,", f"{up}style.css"]
    assert "url(" not in pages["style.css"]
    assert "@import" not in pages["style.css"]


def test_the_same_commits_give_the_same_bytes(factory, pages):
    assert pages_of(factory) == pages


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, ""), (0, "0.0 s"), (119.9, "119.9 s"), (120, "2.0 min"), (7_200, "2.0 h")],
)
def test_durations_are_said_as_people_do(seconds, said):
    assert duration(seconds) == said


def contrast(one, other):
    """Return the contrast of two colours (WCAG 2.2, relative luminance)."""

    def light(colour):
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


PAIRS = [
    (ink, ground)
    for ink in ("ink", "quiet", "accent")
    for ground in ("ground", "sheet", "soft")
] + [("good", "good-tint"), ("bad", "bad-tint"), ("wait", "wait-tint"), ("ink", "wait-tint"),
     ("ink", "bad-tint"), ("ink", "tint")]  # fmt: skip


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_words_stand_out_from_their_ground(pages, scheme):
    block = pages["style.css"].split(":root {")[scheme + 1].split("}")[0]
    colours = dict(
        line.strip().removeprefix("--").rstrip(";").split(": ")
        for line in block.splitlines()
        if ": #" in line
    )
    found = {pair: contrast(*(colours[c] for c in pair)) for pair in PAIRS}
    assert {pair: ratio for pair, ratio in found.items() if ratio < 4.5} == {}


# Hosted baselines and judges


@pytest.fixture(scope="module")
def judged_pages(tmp_path_factory):
    root = tmp_path_factory.mktemp("judged") / "factory"
    a_repository(root, exam=EXAM)
    commit(root)
    workshop, _ = a_frontier_run(root, judges=("claude-j", "gemini-j", "gpt-j", "mistral-j"))
    workshop.go()
    merged(root)
    return pages_of(root)


def test_hosted_baselines_are_told_by_provider_and_version_and_nobody_is_called_a_stand_in(
    judged_pages,
):
    for name in ("runs/tiny.html", "promotions/adtech-tiny/tiny-2.html"):
        page = judged_pages[name]
        assert "anthropic claude-1-2026-01-01" in page
        assert "Stand-ins:" not in page


def test_costs_latencies_and_judges_are_on_the_page_of_the_run_and_of_the_promotion(judged_pages):
    run, promotion = (
        judged_pages["runs/tiny.html"],
        judged_pages["promotions/adtech-tiny/tiny-2.html"],
    )
    for page in (run, promotion):
        assert "0 (cluster price not set)" in page
        assert "0.004000 USD" in page
        assert "over 0.178 s, up to 0.316 s" in page
    assert '<th scope="row">candidate, sealed</th>' in run
    assert "Effective votes" in run
    assert "gpt-1: judged by claude-j" in promotion
    assert not list(dead_links(judged_pages))
