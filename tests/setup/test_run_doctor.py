"""What a forge will not say is unknown, each part for itself."""

from modelsmith.errors import ForgeDeniedError, InputError
from modelsmith.setup.doctor import checkup
from modelsmith.setup.observation import ObservationState
from tests.support.policies import policy_in
from tests.support.settings import OUTSIDE, PREMISES, amiss


class ScriptedForge:
    """A forge that answers what it was given; a part that is denied says so."""

    name = "github"

    def __init__(self, denied=(), missing=(), runners=OUTSIDE.runners):
        self._denied, self._missing, self._runners = denied, missing, runners

    def _told(self, part, answer):
        if part in self._denied:
            raise ForgeDeniedError(f"the token may not read {part}", remedy=f"Grant {part}.")
        if part in self._missing:
            raise InputError("there is no such team", remedy="Name another.")
        return answer

    def me(self):
        return OUTSIDE.me

    def settings(self):
        return OUTSIDE.settings

    def rulesets(self, branch):
        return self._told(f"the rulesets of {branch}", OUTSIDE.rulesets)

    def branch_rules(self, branch):
        parts = {"main": "rules", "modelsmith/any/walk": "walks"}
        return self._told(parts[branch], OUTSIDE.rules)

    def environments(self):
        return self._told("environments", OUTSIDE.environments)

    def runners(self):
        return self._told("runners", self._runners)

    def members(self, team):
        return self._told("teams", OUTSIDE.teams[team])


def test_everything_is_asked_and_in_order(tmp_path):
    found = checkup(ScriptedForge(), policy_in(tmp_path), PREMISES)
    assert amiss(found.observations) == []


def test_each_part_that_is_denied_is_unknown_with_the_right_that_is_missing(tmp_path):
    parts = ("rules", "walks", "environments", "runners", "teams")
    for part in parts:
        found = checkup(ScriptedForge(denied=[part]), policy_in(tmp_path), PREMISES)
        first = next(seen for seen in found.observations if seen.state is ObservationState.UNKNOWN)
        assert first.found == f"unknown: the token may not read {part}"
        assert first.remedy == f"Grant {part}."
        assert found.count(ObservationState.GAP) == 0


def test_runners_that_the_forge_does_not_tell_are_unknown(tmp_path):
    found = checkup(ScriptedForge(runners=None), policy_in(tmp_path), PREMISES)
    assert amiss(found.observations) == [("unknown", "runner", "unknown: the self-hosted runners")]


def test_a_team_that_is_not_there_is_a_gap(tmp_path):
    found = checkup(ScriptedForge(missing=["teams"]), policy_in(tmp_path), PREMISES)
    assert ("gap", "team", "there is no team acme/platform") in amiss(found.observations)
