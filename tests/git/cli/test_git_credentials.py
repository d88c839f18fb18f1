import base64

import pytest

from modelsmith.git.cli.command import Git, authorised
from tests.support.git_commands import committed, git

JOB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://github.example/",
    "GITHUB_TOKEN": "secret",
}
KEY = "http.https://github.example/.extraheader"


def test_git_sees_the_jobs_token_alone_and_keeps_nothing(tmp_path):
    committed_file = tmp_path / "file"
    committed_file.write_text("x")
    committed(tmp_path)
    git(tmp_path, "config", KEY, "AUTHORIZATION: basic kept-by-the-checkout")
    seen = Git(tmp_path).text("config", "--get-all", KEY, extra=authorised(JOB)).splitlines()
    mine = base64.b64encode(b"x-access-token:secret").decode()
    assert seen == [
        "AUTHORIZATION: basic kept-by-the-checkout",
        "",  # forgets the line before
        f"AUTHORIZATION: basic {mine}",
    ]
    assert "secret" not in (tmp_path / ".git/config").read_text()


@pytest.mark.parametrize("missing", ["GITHUB_ACTIONS", "GITHUB_SERVER_URL", "GITHUB_TOKEN"])
def test_outside_a_workflow_git_authenticates_as_it_is_configured(missing):
    assert authorised({name: value for name, value in JOB.items() if name != missing}) == {}
