from datetime import UTC, datetime, timedelta

import pytest

from modelsmith.errors import ForgeRefusedError
from modelsmith.forge.mergeability import is_agreed, is_said, obstacles_of, require_reviewable
from modelsmith.forge.records import (
    BranchRules,
    CheckRun,
    CommitStatus,
    Person,
    PullRequest,
    PullState,
    Review,
)
from modelsmith.git.commits import FACTORY

OLD, HEAD = "a" * 40, "b" * 40
AUTHOR, ONE, TWO, BOT, NAMED = (
    Person(login=name, is_bot=name == "bot") for name in ("author", "one", "two", "bot", "robot")
)


def a_pull(**changes):
    return PullRequest(
        number=1,
        title="Two",
        body="",
        state=PullState.OPEN,
        is_draft=False,
        author=AUTHOR,
        head="topic",
        head_sha=HEAD,
        base="main",
        is_from_fork=False,
        labels=(),
        merge_sha=None,
        url="x",
    ).model_copy(update=changes)


def rules(**changes):
    return BranchRules(
        requires_pull_request=False,
        approvals=1,
        requires_code_owners=False,
        dismisses_stale=True,
        requires_last_push_approval=False,
        required_checks=(),
        blocks_force_push=False,
        blocks_deletion=False,
        requires_signatures=False,
        keeps_commits=True,
    ).model_copy(update=changes)


def said(*reviews):
    """Return reviews a second apart, each `(who, verdict)` or `(who, verdict, commit)`."""
    begin = datetime(2030, 1, 1, tzinfo=UTC)
    return [
        Review(
            author=who,
            verdict=verdict,
            commit_sha=sha[0] if sha else HEAD,
            submitted_at=begin + timedelta(seconds=second),
            body="",
        )
        for second, (who, verdict, *sha) in enumerate(reviews)
    ]


def obstacles(  # noqa: PLR0913 - everything that is known of a pull request
    reviews=(), *, pull=None, asked=None, checks=(), statuses=(), pusher="author", **more
):
    return obstacles_of(
        pull or a_pull(),
        HEAD,
        rules=asked or rules(),
        reviews=reviews,
        checks={check.name: check for check in checks},
        statuses={status.context: status for status in statuses},
        bots=("Robot",),
        pusher=pusher,
        **more,
    )


FEW = ("it has 0 approvals that count, needs 1",)


@pytest.mark.parametrize(
    ("reviews", "found"),
    [
        ([], FEW),
        ([(ONE, "approved")], ()),
        ([(AUTHOR, "approved")], FEW),
        ([(BOT, "approved")], FEW),
        ([(NAMED, "approved")], FEW),
        ([(ONE, "approved", OLD)], FEW),
        ([(ONE, "commented")], FEW),
        ([(ONE, "approved"), (ONE, "commented")], ()),
        ([(ONE, "approved"), (ONE, "dismissed")], FEW),
        ([(ONE, "changes-requested"), (ONE, "approved")], ()),
        ([(ONE, "approved"), (TWO, "changes-requested")], ("two asks for changes",)),
        ([(ONE, "approved"), (TWO, "changes-requested", OLD)], ("two asks for changes",)),
        ([(ONE, "approved"), (BOT, "changes-requested")], ()),
        ([(ONE, "approved"), (ONE, "changes-requested")], ("one asks for changes", *FEW)),
    ],
)
def test_the_newest_word_of_each_other_person_counts(reviews, found):
    assert obstacles(said(*reviews)) == found


def test_two_approvals_are_two_people():
    two = rules(approvals=2)
    assert obstacles(said((ONE, "approved"), (ONE, "approved")), asked=two) == (
        "it has 1 approvals that count, needs 2",
    )
    assert obstacles(said((ONE, "approved"), (TWO, "approved")), asked=two) == ()


def test_without_a_rule_nobody_is_asked():
    free = rules(approvals=0)
    assert obstacles(asked=free) == ()
    assert obstacles(said((ONE, "changes-requested")), asked=free) == ()


def test_an_approval_of_an_older_commit_counts_where_new_ones_take_none_away():
    assert obstacles(said((ONE, "approved", OLD)), asked=rules(dismisses_stale=False)) == ()


def test_who_pushed_last_is_not_enough():
    last = rules(requires_last_push_approval=True)
    assert obstacles(said((ONE, "approved")), asked=last, pusher="one") == (
        "nobody but one, who made its newest commit, approves",
    )
    both = said((ONE, "approved"), (TWO, "approved"))
    assert obstacles(both, asked=last, pusher="one") == ()
    assert obstacles(asked=last, pusher="one") == FEW


@pytest.mark.parametrize(
    ("conclusion", "found"),
    [
        ("success", ()),
        ("neutral", ()),
        ("failure", ("check exam is failure, must be success",)),
        ("action_required", ("check exam is action_required, must be success",)),
    ],
)
def test_a_required_check_must_have_passed(conclusion, found):
    asked = rules(approvals=0, required_checks=("exam",))
    check = CheckRun(name="exam", conclusion=conclusion, title="", summary="")
    assert obstacles(asked=asked, checks=[check]) == found


@pytest.mark.parametrize("state", ["pending", "error", "failure"])
def test_a_required_check_may_be_a_status_that_succeeded(state):
    asked = rules(approvals=0, required_checks=("exam",))
    status = CommitStatus(context="exam", state=state, description="")
    assert obstacles(asked=asked, statuses=[status]) == (f"check exam is {state}, must be success",)
    passed = CommitStatus(context="exam", state="success", description="")
    assert obstacles(asked=asked, statuses=[passed]) == ()
    assert obstacles(asked=asked) == ("check exam is missing, must be success",)


def test_a_check_that_failed_is_not_saved_by_a_status():
    asked = rules(approvals=0, required_checks=("exam",))
    check = CheckRun(name="exam", conclusion="failure", title="", summary="")
    status = CommitStatus(context="exam", state="success", description="")
    assert obstacles(asked=asked, checks=[check], statuses=[status]) != ()


def test_all_obstacles_are_told_at_once():
    pull = a_pull(state=PullState.CLOSED, is_draft=True, head_sha=OLD)
    assert obstacles(pull=pull, asked=rules(required_checks=("exam",))) == (
        "it is closed, not open",
        "it is a draft (`modelsmith pull open topic --ready` ends that)",
        f"topic moved from {'b' * 12} to {'a' * 12}",
        *FEW,
        "check exam is missing, must be success",
    )


@pytest.mark.parametrize(
    ("pull", "who", "why"),
    [
        (a_pull(state=PullState.CLOSED), ONE, "it is closed, not open"),
        (a_pull(head_sha=OLD), ONE, "topic moved from bbbbbbbbbbbb to aaaaaaaaaaaa"),
        (a_pull(), AUTHOR, "it is author's own; somebody else decides, a comment is welcome"),
    ],
)
def test_a_review_that_cannot_count_is_refused(pull, who, why):
    with pytest.raises(ForgeRefusedError) as refused:
        require_reviewable(pull, who, "approved", HEAD)
    assert refused.value.what == f"pull request 1 was not reviewed: {why}"
    assert refused.value.remedy == "Look again: `modelsmith pull show 1`."


def test_anybody_else_reviews_and_an_author_comments():
    require_reviewable(a_pull(), ONE, "approved", HEAD)
    require_reviewable(a_pull(), AUTHOR, "commented", HEAD)


@pytest.mark.parametrize(
    ("given", "is_repeated"),
    [
        ([(ONE, "approved")], True),
        ([(ONE, "approved"), (TWO, "commented")], True),
        ([(ONE, "approved"), (ONE, "commented")], False),
        ([(ONE, "approved", OLD)], False),
        ([(TWO, "approved")], False),
        ([], False),
    ],
)
def test_what_ones_newest_review_says_is_not_said_again(given, is_repeated):
    assert is_said(said(*given), ONE, "approved", HEAD, "") is is_repeated
    assert not is_said(said(*given), ONE, "approved", HEAD, "But why?")


SEALED = "Seal it\n\nModelsmith-Seal: 1234\n"


@pytest.mark.parametrize(
    ("author", "message", "agreed"),
    [
        (FACTORY.email, SEALED, True),
        (FACTORY.email, "Take it back\n\nModelsmith-Revert: sha256:12\n", True),
        ("one@example.org", SEALED, False),
        (FACTORY.email, "Propose scenarios\n\nModelsmith-Run: tiny\n", False),
        (FACTORY.email, "Say Modelsmith-Seal: 1234 in the title", False),
    ],
)
def test_a_seal_or_a_revert_by_the_factory_was_agreed_to_before(author, message, agreed):
    assert is_agreed(author, message) is agreed


def test_what_was_agreed_before_needs_no_review_of_its_own_and_all_the_rest():
    assert obstacles() != ()
    assert obstacles(is_agreed=True) == ()
    assert obstacles(is_agreed=True, asked=rules(required_checks=("all-green",))) == ()
    (told,) = obstacles(is_agreed=True, pull=a_pull(is_draft=True))
    assert told.startswith("it is a draft")
