import pytest

from modelsmith.forge.records import BranchRules, Person
from modelsmith.forge.ruleset import NOTHING, Passer, Ruleset
from modelsmith.setup.observation import ObservationState, Unread
from modelsmith.setup.ruleset_bypass import bypass_of
from tests.support.settings import HELD, REVIEWED, SETTINGS, amiss, the_only

ADMIN = Person(login="mona", is_bot=False)
APP = Person(login="factory[bot]", is_bot=True)
LOCAL = SETTINGS.model_copy(update={"forge": "local"})
FACTORY = Passer(kind="Integration", number=7, mode="pull_request")
OWNERS = Passer(kind="OrganizationAdmin", number=1, mode="always")


def ruleset(like, **changes):
    return Ruleset(**dict(like) | changes)


def asking(name="theirs", number=9, passers=(), **asked):
    rules = BranchRules(**NOTHING.model_dump() | asked)
    return Ruleset(number=number, name=name, rules=rules, passers=passers, me="never")


def seen(*rulesets, me=ADMIN, app=7):
    return list(bypass_of(SETTINGS, rulesets, me, app))


def test_the_app_alone_passes_reviews_alone():
    (told,) = seen(HELD, REVIEWED)
    assert (told.state, told.rule) == (ObservationState.OK, "factory-merges")
    assert told.found == "App 7 merges past the reviews that modelsmith-reviews asks for"
    assert seen(HELD, REVIEWED, app=None) == [told]


def test_plain_git_and_a_branch_without_reviews_have_nobody_to_let_past():
    assert list(bypass_of(LOCAL, (HELD, REVIEWED), ADMIN, 7)) == []
    assert seen(HELD) == []
    assert seen() == []


@pytest.mark.parametrize(
    ("passers", "app"),
    [
        ((), 7),
        ((), None),
        ((Passer(kind="Integration", number=8, mode="pull_request"),), 7),
        ((Passer(kind="Team", number=7, mode="pull_request"),), 7),
    ],
)
def test_an_app_that_is_not_let_past_is_a_gap_with_the_command_that_lets_it(passers, app):
    told = next(one for one in seen(HELD, ruleset(REVIEWED, passers=passers), app=app))
    assert (told.state, told.rule) == (ObservationState.GAP, "factory-merges")
    assert told.found == "modelsmith-reviews asks reviews of the factory's App too"
    assert told.remedy == (
        f"modelsmith doctor --ruleset reviews --app-id {app or 'ID'} | "
        "gh api -X PUT repos/{owner}/{repo}/rulesets/2 --input -"
    )


def test_each_set_that_asks_reviews_must_let_the_app_past():
    theirs = asking(approvals=2)
    told = the_only(seen(HELD, REVIEWED, theirs))
    assert told.found == "theirs asks reviews of the factory's App too"
    assert told.remedy == (
        "Settings, Rules, Rulesets, theirs: add the App to the bypass list, for pull requests only"
    )
    old = ruleset(HELD, rules=REVIEWED.rules)
    assert "doctor --ruleset | gh api -X PUT" in the_only(seen(old, REVIEWED)).remedy
    classic = asking("classic protection", None, approvals=1)
    told = the_only(seen(HELD, REVIEWED, classic))
    assert told.remedy.startswith("Settings, Branches: delete the protection rule")


def test_several_apps_need_one_to_be_named():
    both = (FACTORY, Passer(kind="Integration", number=8, mode="pull_request"))
    rules = [one.rule for one in seen(HELD, ruleset(REVIEWED, passers=both), app=None)]
    assert rules == ["factory-merges"] + ["bypass"] * 2


@pytest.mark.parametrize(
    ("passer", "words"),
    [
        (OWNERS, "the organisation's owners (always)"),
        (
            Passer(kind="RepositoryRole", number=5, mode="pull_request"),
            "role admin (on pull requests)",
        ),
        (Passer(kind="RepositoryRole", number=99, mode="exempt"), "role 99 (always)"),
        (Passer(kind="DeployKey", number=None, mode="always"), "deploy keys (always)"),
        (Passer(kind="User", number=3, mode="always"), "user 3 (always)"),
        (Passer(kind="Integration", number=8, mode="pull_request"), "App 8 (on pull requests)"),
    ],
)
def test_anybody_else_who_passes_is_a_gap(passer, words):
    told = the_only(seen(HELD, ruleset(REVIEWED, passers=(FACTORY, passer))))
    assert (told.state, told.rule) == (ObservationState.GAP, "bypass")
    assert told.found == f"modelsmith-reviews lets {words} past"
    theirs = ruleset(REVIEWED, name="theirs", passers=(FACTORY, passer))
    told = the_only(seen(HELD, theirs))
    assert told.remedy == f"Settings, Rules, Rulesets, theirs: take {words} off the bypass list"


def test_the_app_passes_no_check_and_pushes_nothing():
    held = ruleset(HELD, passers=(FACTORY,))
    assert the_only(seen(held, REVIEWED)).found == "modelsmith lets App 7 (on pull requests) past"
    pushes = Passer(kind="Integration", number=7, mode="always")
    assert amiss(seen(ruleset(REVIEWED, passers=(pushes,)))) == [
        ("gap", "bypass", "modelsmith-reviews lets App 7 (always) past")
    ]


def test_what_another_set_asks_of_them_too_is_no_gap():
    theirs = asking(passers=(OWNERS,), approvals=1, blocks_deletion=True)
    ours = ruleset(REVIEWED, passers=(FACTORY,))
    assert [one.rule for one in seen(HELD, ours, theirs) if one.state is ObservationState.GAP] == [
        "factory-merges"
    ]
    assert amiss(seen(HELD, ours, asking(passers=(OWNERS,), blocks_deletion=True))) == []


def test_what_is_not_told_is_unknown_and_the_app_knows_of_itself():
    untold = (ruleset(HELD, passers=None), ruleset(REVIEWED, passers=None))
    told = seen(*untold)
    assert [(one.state, one.rule) for one in told] == [
        (ObservationState.UNKNOWN, "factory-merges"),
        (ObservationState.UNKNOWN, "bypass"),
    ]
    assert all("Administration: write" in one.remedy for one in told)
    mine = (untold[0], ruleset(untold[1], me="pull_requests_only"))
    assert seen(*mine, me=APP)[0].state is ObservationState.OK
    assert seen(*untold, me=APP)[0].state is ObservationState.GAP
    actions = Person(login="github-actions[bot]", is_bot=True)
    assert seen(*mine, me=actions)[0].state is ObservationState.UNKNOWN


def test_rules_that_may_not_be_read_are_unknown():
    unread = Unread(what="the rules of main", right="give it Metadata: read")
    (told,) = bypass_of(SETTINGS, unread, ADMIN, 7)
    assert (told.state, told.remedy) == (ObservationState.UNKNOWN, "give it Metadata: read")
