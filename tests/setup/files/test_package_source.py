import json
import subprocess

import pytest

from modelsmith import __version__
from modelsmith.setup.files.new_repository import package_source, source_in


def said(url, **more):
    return source_in(json.dumps({"url": url} | more))


def test_what_git_installed_is_named_by_its_commit():
    vcs = {"vcs": "git", "commit_id": "f" * 40}
    found = said("https://example.com/acme/modelsmith", vcs_info=vcs)
    assert found == f"modelsmith-factory @ git+https://example.com/acme/modelsmith@{'f' * 40}"


def test_a_wheel_is_named_by_its_place_where_others_reach_it():
    place = "https://example.com/m.whl"
    assert said(place, archive_info={}) == f"modelsmith-factory @ {place}"


def test_a_place_of_this_machine_is_never_named():
    for place in ("file:///w/m.whl", "file:///w%20x/folder", "file://localhost/w/m.whl"):
        assert said(place, archive_info={}) == f"modelsmith-factory=={__version__}"


def test_what_an_index_gave_is_named_by_its_version():
    assert source_in(None) == f"modelsmith-factory=={__version__}"


@pytest.mark.parametrize(
    ("origin", "is_named"), [("https://example.com/acme/m", True), (None, False), ("../up", False)]
)
def test_a_checkout_is_named_by_its_origin_where_others_can_reach_it(tmp_path, origin, is_named):
    def git(*words):
        done = subprocess.run(["git", *words], cwd=tmp_path, check=True, capture_output=True)
        return done.stdout.decode().strip()

    who = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    git("init", "--quiet")
    git(*who, "commit", "--quiet", "--allow-empty", "-m", "one")
    if origin:
        git("remote", "add", "origin", origin)
    found = said(tmp_path.as_uri(), dir_info={"editable": True})
    named = f" @ git+{origin}@{git('rev-parse', 'HEAD')}" if is_named else f"=={__version__}"
    assert found == f"modelsmith-factory{named}"


def test_the_package_that_runs_comes_from_somewhere():
    assert package_source().startswith("modelsmith-factory")
