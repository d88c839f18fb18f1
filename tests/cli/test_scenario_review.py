import os
import re

import pytest

from modelsmith.cli import main
from tests.support.exam_files import scenario_text
from tests.support.forges import APPROVER, EXPERT, clone_of, git, push
from tests.support.local_site import local_site
from tests.support.proposals import factory_clone, proposed, site_with_exam

pytestmark = pytest.mark.slow

NEW = "benchmarks/pumps/train/PUMP_NEW.yaml"
SHIFT = "The night shift at pump new saw"


def scenario(name="PUMP_NEW", split="train", *changes):
    text = scenario_text(name, split).replace("PUMP_SEAL_LEAKS", name)
    for old, new in (("barrier_kpa", "inlet_kpa"), *changes):
        assert old in text, old
        text = text.replace(old, new)
    return text


@pytest.fixture
def site(tmp_path):
    with local_site(tmp_path) as found:
        yield site_with_exam(found)


@pytest.fixture
def review(site, capsys):
    def call(*words):
        folder = factory_clone(site)
        code = main(["--repo", str(folder), "scenario", "review", *map(str, words)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def test_a_good_pull_request_gets_a_check_a_status_and_a_comment_once(site, review):
    pull = proposed(site, {NEW: scenario()})
    forge = site.forge(EXPERT)
    for _ in range(2):
        code, out, err = review("--pull", pull.number)
        assert (code, err) == (0, "")
        assert out == (
            f"pull request 1 at {pull.head_sha[:12]}: 1 file checked: 0 errors, 0 warnings, "
            "0 notes; published\n"
        )
        assert forge.checks(pull.head_sha)["modelsmith/scenarios"].conclusion == "success"
        status = forge.statuses(pull.head_sha)["modelsmith/scenarios"]
        assert (status.state, status.description) == (
            "success",
            "1 file checked: 0 errors, 0 warnings, 0 notes",
        )
        [comment] = forge.comments(pull.number)
    assert "### `benchmarks/pumps/train/PUMP_NEW.yaml`" in comment
    assert "- cell `SEALS / tp / operator` of train: 1 other scenario\n" in comment
    assert re.search(r"- wrong answers made from the right one: (\d+) of \1 fail\n", comment)
    assert "- leak gate blocks its likeness to `PUMP_SEAL_STEER`: char-5" in comment
    assert "  [user]\n  SEALS, seen by operator" in comment
    assert "It never sees:" in comment


def test_problems_stand_at_their_lines_and_fail_the_check(site, review):
    pull = proposed(
        site, {NEW: scenario("PUMP_NEW", "train", ("outcomeType: tp", "outcomeType: x"))}
    )
    code, out, _ = review("--head", pull.head_sha)
    assert code == 0
    assert "1 error" in out
    check = site.forge(EXPERT).checks(pull.head_sha)["modelsmith/scenarios"]
    assert (check.conclusion, check.title) == (
        "failure",
        "1 file checked: 1 error, 0 warnings, 0 notes",
    )
    [remark] = site.annotations(pull.head_sha, "modelsmith/scenarios")
    assert (remark.path, remark.line, remark.level, remark.title) == (
        NEW,
        3,
        "failure",
        "unknown-word",
    )
    assert remark.message.startswith("outcomeType is `x`; expected one of tp, tn")
    [comment] = site.forge(EXPERT).comments(pull.number)
    assert "PUMP_NEW.yaml:3:14: error: outcomeType is `x`" in comment


def test_a_pull_request_without_scenarios_passes_without_a_word(site, review):
    pull = proposed(site, {"README.md": "Another.\n"})
    assert review("--pull", pull.number)[1].endswith("no file of a benchmark changed; published\n")
    assert site.forge(EXPERT).comments(pull.number) == []
    status = site.forge(EXPERT).statuses(pull.head_sha)["modelsmith/scenarios"]
    assert status.state == "success"


def test_a_comment_is_brought_up_to_date_when_its_scenarios_go(site, review):
    pull = proposed(site, {NEW: scenario()})
    review("--pull", pull.number)
    push(site, EXPERT, "more", {NEW: None, "README.md": "Another.\n"})
    review("--pull", pull.number)
    [comment] = site.forge(EXPERT).comments(pull.number)
    assert "no file of a benchmark changed" in comment


def test_what_another_branch_did_since_is_not_the_pull_requests(site, review):
    pull = proposed(site, {NEW: scenario()})
    push(site, APPROVER, "main", {"benchmarks/pumps/train/PUMP_BAD.yaml": "id: x\n"})
    assert ": 1 file checked: 0 errors" in review("--pull", pull.number)[1]


def test_a_commit_that_nobody_proposes_any_more_has_no_review(site, review):
    old = proposed(site, {NEW: scenario()}).head_sha
    push(site, EXPERT, "more", {"README.md": "Another.\n"})
    assert review("--head", old) == (0, f"no open pull request stands at {old}\n", "")
    code, _, err = review("--pull", 1, "--head", old)
    assert code == 3
    assert re.search(rf"pull request 1 stands at [0-9a-f]{{40}}, not at {old}\n  Leave --head", err)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ([], 2, "no pull request is named\n  Give --pull with a number"),
        (["--pull", "7"], 3, "there is no pull request or issue 7"),
        (["--pull", "$(id)"], 2, "'$(id)' is not a valid integer"),
    ],
)
def test_a_review_is_of_a_pull_request(site, review, words, code, said):
    got, _, err = review(*words)
    assert got == code
    assert said in err


def test_a_pull_request_that_is_over_is_not_reviewed(site, review):
    pull = proposed(site, {NEW: scenario()})
    site.forge(EXPERT).close(pull.number)
    code, _, err = review("--pull", pull.number)
    assert (code, err) == (3, "error: pull request 1 is closed\n  Name one that is open.\n")


HOSTILE = (
    "$(touch pwned) `touch pwned` ${{ github.token }} </details> @everyone ```` # Heading "
    "![x](https://example.org/x.png) <img src=x onerror=alert(1)>"
)


def test_what_strangers_write_is_shown_and_never_obeyed(site, review, tmp_path):
    text = scenario("PUMP_NEW", "train", (SHIFT, f"{HOSTILE} saw"))
    pull = proposed(site, {NEW: text})
    assert review("--pull", pull.number)[0] == 0
    [comment] = site.forge(EXPERT).comments(pull.number)
    assert HOSTILE[:14] in comment
    outside = re.sub(r"(`{5,})text\n.*?\n\1", "", comment, flags=re.DOTALL)
    for live in ("$(", "${{", "@everyone", "<img", "![x]"):
        assert live not in outside
    assert outside.count("</details>") == 1
    assert not list(tmp_path.rglob("pwned"))


def test_a_path_with_markup_and_line_breaks_is_neutral(site, review):
    path = "benchmarks/pumps/train/A`x` <b>\n::set-env name=X::y.yaml"
    pull = proposed(site, {path: scenario()})
    code, out, _ = review("--pull", pull.number)
    assert code == 0
    assert out.count("\n") == 1
    [comment] = site.forge(EXPERT).comments(pull.number)
    assert "<b>" not in re.sub(r"(`{3,})text\n.*?\n\1", "", comment, flags=re.DOTALL)


def test_a_link_out_of_the_repository_is_refused_and_not_followed(site, review):
    folder = clone_of(site, EXPERT)
    git(folder, "checkout", "--quiet", "-B", "more", "origin/main")
    (folder / NEW).symlink_to("/etc/passwd")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "A link")
    git(folder, "push", "--quiet", "origin", "more")
    site.forge(EXPERT).offer("more", base="main", title="t", body="", is_draft=False)
    assert review("--pull", 1)[0] == 0
    [comment] = site.forge(EXPERT).comments(1)
    assert f"{NEW}:1:1: error: a link, or another repository; expected a plain file" in comment
    assert "root:" not in comment


def test_the_jobs_page_shows_the_workbench(site, review, tmp_path):
    pull = proposed(site, {NEW: scenario()})
    page = tmp_path / "summary.md"
    os.environ["GITHUB_STEP_SUMMARY"] = str(page)
    try:
        review("--pull", pull.number)
    finally:
        del os.environ["GITHUB_STEP_SUMMARY"]
    assert "## Workbench" in page.read_text("utf-8")
