import pytest

from modelsmith.setup.codeowners import CodeOwners, code_owners_of
from modelsmith.setup.observation import ObservationState
from tests.support.policies import policy_in
from tests.support.settings import amiss, the_only

EVERYTHING = "/.github/ @a\n/runners/ @a\n/schemas/ @a\n/promotions/ @a\n/benchmarks/ @b @c\n"


def owners(text, path=".github/CODEOWNERS"):
    return CodeOwners(path=path, text=text)


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("*", "a/b.py", True),
        ("*.py", "a/b.py", True),
        ("*.py", "a/b.md", False),
        ("/a/", "a/b/c.md", True),
        ("/a/", "x/a/c.md", False),
        ("a/", "x/a/c.md", True),
        ("a/b", "a/b/c", True),
        ("a/b", "x/a/b", False),
        ("docs/*", "docs/one.md", True),
        ("docs/*", "docs/deep/one.md", False),
        ("/a/**/z.md", "a/b/c/z.md", True),
        ("/a/**/z.md", "a/z.md", True),
        ("**/logs", "x/y/logs/1.txt", True),
        ("/a?.md", "ab.md", True),
        ("/a.md", "axmd", False),
    ],
)
def test_a_pattern_matches_as_github_says(pattern, path, matches):
    assert owners(f"{pattern} @a").owners(path) == (("@a",) if matches else ())


def test_the_last_line_that_matches_decides_also_when_it_names_nobody():
    found = owners("# all\n* @a  # everything\n/docs/ @b @c\n/docs/free.md\n")
    assert found.owners("x") == ("@a",)
    assert found.owners("docs/x") == ("@b", "@c")
    assert found.owners("docs/free.md") == ()


def test_what_decides_is_owned(tmp_path):
    files = (".github/workflows/a.yml", "benchmarks/pumps/train/A.yaml")
    seen = list(code_owners_of(policy_in(tmp_path), owners(EVERYTHING), ["pumps"], files))
    assert amiss(seen) == []
    assert [one.found for one in seen] == [
        "/.github/ is owned by @a",
        "/runners/ is owned by @a",
        "/schemas/ is owned by @a",
        "/promotions/ is owned by @a",
        "/benchmarks/pumps/ is owned by @b @c",
    ]


@pytest.mark.parametrize("folder", [".github", "runners", "schemas", "promotions"])
def test_a_folder_that_nobody_owns_is_a_gap_with_the_line_to_add(tmp_path, folder):
    text = EVERYTHING.replace(f"/{folder}/ @a\n", "")
    seen = the_only(code_owners_of(policy_in(tmp_path), owners(text), ["pumps"], ()))
    assert (seen.state, seen.rule) == (ObservationState.GAP, "owned-folder")
    assert seen.found == (
        f".github/CODEOWNERS names no person or team for a new file in /{folder}/"
    )
    assert seen.needed == f"an owner of everything below /{folder}/"
    assert seen.remedy == (f"as the last line of .github/CODEOWNERS: /{folder}/ @organisation/team")


def test_files_without_an_owner_are_named(tmp_path):
    files = tuple(f"runners/{name}.yaml" for name in "abcde")
    text = EVERYTHING + "/runners/*.yaml\n"
    seen = the_only(code_owners_of(policy_in(tmp_path), owners(text), [], files))
    assert seen.found == (
        ".github/CODEOWNERS names no person or team for "
        "runners/a.yaml, runners/b.yaml, runners/c.yaml and 2 more"
    )


def test_a_benchmark_that_nobody_owns_is_a_gap(tmp_path):
    text = EVERYTHING.replace("/benchmarks/", "/benchmarks/adtech/")
    seen = the_only(code_owners_of(policy_in(tmp_path), owners(text), ["adtech", "pumps"], ()))
    assert seen.needed == "an owner of everything below /benchmarks/pumps/"


@pytest.mark.parametrize("bot", ["@github-actions[bot]", "Factory@example.com"])
def test_a_program_owns_nothing(tmp_path, bot):
    text = EVERYTHING.replace("/schemas/ @a", f"/schemas/ {bot}")
    seen = the_only(code_owners_of(policy_in(tmp_path), owners(text), [], ()))
    assert seen.needed == "an owner of everything below /schemas/"


def test_without_the_file_nobody_is_asked(tmp_path):
    seen = the_only(code_owners_of(policy_in(tmp_path), None, ["pumps"], ()))
    assert (seen.state, seen.found) == (ObservationState.GAP, "there is no CODEOWNERS")


def test_a_file_beside_the_guarded_folders_must_own_itself(tmp_path):
    found = code_owners_of(policy_in(tmp_path), owners(EVERYTHING, "CODEOWNERS"), [], ())
    assert the_only(found).needed == "an owner of everything below /CODEOWNERS"
