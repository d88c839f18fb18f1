"""What an answer of GitHub means, and how long to wait before asking again."""

import pytest

from modelsmith.errors import ForgeDeniedError, ForgeError, ForgeNotYetError, ForgeRefusedError
from modelsmith.forge.github.responses import AbsentError, No, UnfitError, error_of, wait_s


def no(status, said="", headers=None, **body):
    return No("GET", "/repos/a/b", status, headers or {}, {"message": said, **body})


@pytest.mark.parametrize(
    ("answer", "attempt", "wait"),
    [
        (None, 1, 2),
        (None, 4, 16),
        (no(502), 2, 4),
        (no(403, headers={"retry-after": "30"}), 1, 31),
        (no(429, headers={"retry-after": "7"}), 5, 8),
        (no(403, headers={"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1100"}), 1, 101),
        (no(403, headers={"x-ratelimit-remaining": "0", "x-ratelimit-reset": "900"}), 1, 1),
        (no(403, "You have exceeded a secondary rate limit."), 1, 60),
        (no(429), 2, 120),
        (no(403, "Resource not accessible by integration"), 1, None),
        (no(404, "Not Found", headers={"x-ratelimit-remaining": "4999"}), 1, None),
        (no(422, "Validation Failed"), 1, None),
    ],
)
def test_it_waits_as_github_asks(answer, attempt, wait):
    assert wait_s(answer, attempt, now=1000, dice=0) == wait


def test_who_waits_is_spread_by_up_to_a_half_and_never_early():
    assert wait_s(None, 3, 0, 0.999) == pytest.approx(12, rel=0.01)
    assert wait_s(no(429, headers={"retry-after": "7"}), 1, 0, 0.999) == pytest.approx(
        8.5, rel=0.01
    )
    assert wait_s(no(429, headers={"retry-after": "7"}), 1, 0, 0) >= 7


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (no(401, "Bad credentials"), ForgeDeniedError, "GITHUB_TOKEN or GH_TOKEN"),
        (
            no(403, "No", {"x-accepted-github-permissions": "issues=write; pull_requests=write"}),
            ForgeDeniedError,
            "it needs issues=write or pull_requests=write",
        ),
        (
            no(403, "No", {"x-accepted-github-permissions": "contents=read,checks=write"}),
            ForgeDeniedError,
            "it needs contents=read and checks=write",
        ),
        (
            no(404, "No", {"x-accepted-oauth-scopes": "repo", "x-oauth-scopes": "gist, user"}),
            ForgeDeniedError,
            "it needs repo",
        ),
        (no(403, "Must have push access"), ForgeDeniedError, "lacks the role"),
        (
            no(404, "No", {"x-accepted-oauth-scopes": "repo", "x-oauth-scopes": "gist, repo"}),
            AbsentError,
            "may not see this repository",
        ),
        (no(405, "Pull Request is not mergeable"), ForgeRefusedError, "not mergeable"),
        (no(409, "Head branch was modified"), ForgeRefusedError, "was modified"),
        (
            no(
                405,
                'Repository rule violations found\n\nRequired status check "a" is expected.',
            ),
            ForgeNotYetError,
            'check "a" is expected',
        ),
        (
            no(405, 'Required status check "a" is in progress.'),
            ForgeNotYetError,
            "repeat when the checks are in",
        ),
        (
            no(405, "2 of 2 required status checks have not succeeded: 1 expected and 1 pending."),
            ForgeNotYetError,
            "1 expected and 1 pending",
        ),
        (
            no(405, "2 of 3 required status checks have not succeeded: 1 expected and 1 failing."),
            ForgeRefusedError,
            "1 failing",
        ),
        (
            no(405, 'Required status check "in progress" is failing.'),
            ForgeRefusedError,
            "meet the rule",
        ),
        (
            no(405, "Base branch was modified. Review and try the merge again."),
            ForgeNotYetError,
            "Base branch was modified",
        ),
        (no(422, "Validation Failed", errors=[{"message": "too long"}]), UnfitError, "too long"),
        (no(422, "Unprocessable", errors=["Review Can not"]), UnfitError, "Review Can not"),
        (no(429, "Slow down"), ForgeError, "repeat the command later"),
        (no(503), ForgeError, "no reason given"),
    ],
)
def test_an_answer_is_the_error_that_says_what_to_do(answer, kind, words):
    error = error_of(answer)
    assert type(error) is kind
    assert words in str(error)
    assert error.exit_code == 5
