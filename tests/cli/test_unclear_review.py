"""`modelsmith scenario review` tells criteria that judges' exams show to be read differently."""

from pathlib import Path

import pytest

from modelsmith.cli import main
from tests.cli.test_judge_exam import judges, repository  # noqa: F401 - a fixture
from tests.support.forges import BASE, EXPERT, FACTORY, clone_of, git, push
from tests.support.frontier import Temper
from tests.support.local_site import LocalSite

pytestmark = pytest.mark.slow

SAT = "benchmarks/adtech/exam/sat/"


def texts(top: Path) -> dict[str, str]:
    folders = (top / "benchmarks", top / "runners")
    files = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(top).as_posix(): path.read_text(encoding="utf-8") for path in files}


def test_a_sitting_that_is_proposed_is_told_with_what_to_rewrite_and_no_sitting_tells_nothing(
    tmp_path: Path,
    repository: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MODELSMITH_FORGE", "local")
    (tmp_path / "site").mkdir()
    site = LocalSite(tmp_path / "site")
    before = texts(repository)
    push(site, EXPERT, BASE, before)
    judges(repository, local=Temper(0.6, 0.6))[0].sit("local", "sealed")
    sat = {path: text for path, text in texts(repository).items() if path.startswith(SAT)}
    plain = next(path for path in before if path.startswith("benchmarks/adtech/train/"))
    push(site, EXPERT, "sat", sat)
    push(site, EXPERT, "plain", {plain: before[plain] + "# nothing new\n"})
    for branch in ("sat", "plain"):
        site.forge(EXPERT).offer(branch, base=BASE, title=branch, body="", is_draft=False)
    root = clone_of(site, FACTORY)
    git(root, "checkout", "--quiet", BASE)
    for number in (1, 2):
        assert main(["--repo", str(root), "scenario", "review", "--pull", str(number)]) == 0
    (told,), (silent,) = (site.forge(EXPERT).comments(number) for number in (1, 2))
    assert "criteria are read differently; rewrite them, or label them anew:\n" in told
    assert "opinions differ from people, judges differ on 0%" in told
    assert "benchmarks/adtech/train/" in told
    assert "read differently" not in silent
