"""Whether people hold every role that something needs, and whether somebody signs for each channel.

What a signature publishes is told too.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Literal

from modelsmith.forge.records import Person
from modelsmith.policy import (
    CHANNEL_NAMES,
    CLAIMS,
    POLICY,
    PUBLIC_GOOD,
    Holders,
    KeylessSigner,
    Policy,
    accepted,
)
from modelsmith.setup.observation import Observation, Unread, fine, gap, note, unknown

Members = Mapping[str, Sequence[str] | Unread | None]
"""The logins of each team; what was denied; none where there is no such team."""

WHY = "four eyes need somebody to look"


def role_holders_of(
    policy: Policy, forge: Literal["local", "github"], me: Person, teams: Members
) -> Iterator[Observation]:
    """Yield who can approve what, and whether the factory is known as a program."""
    bots = {bot.lower() for bot in policy.bots}
    if me.is_bot and me.login.lower() not in bots:
        yield gap(
            "known-bot",
            f"the factory acts as {me.login}",
            f"{me.login} under `bots` of {POLICY}",
            "a program that the policy does not know could count as an approver",
            f"add {me.login} to `bots` in {POLICY}",
        )
    else:
        yield fine("known-bot", f"programs that never approve: {', '.join(policy.bots)}")
    if forge == "github":
        yield from _teams(policy, teams, bots)
    for role, reasons in policy.needed().items():
        holders = policy.roles.get(role, Holders())
        people = _people(holders, forge, teams, bots)
        if people:
            yield fine("held-role", f"{role} ({', '.join(reasons)}): {', '.join(people)}")
        elif forge == "github" and any(isinstance(teams.get(t), Unread) for t in holders.teams):
            denied = Unread(what=f"who holds {role}", right="see `team` above")
            yield unknown("held-role", denied, f"somebody who holds {role}", WHY)
        else:
            how = "`logins` or `teams`" if forge == "github" else "`signers`, by git's user.email"
            yield gap(
                "held-role",
                f"nobody holds {role} on the {forge} forge",
                f"somebody, for {', '.join(reasons)}",
                WHY,
                f"name people under `roles: {role}` of {POLICY}: {how}",
            )
    if forge == "local" and (unsigned := _unsigned(policy)):
        found = f"no key of {', '.join(unsigned)} is known: what they approve is not signed"
        yield note("signing-key", found, f"add `key` beside their address in {POLICY}")


def teams_of(policy: Policy) -> list[str]:
    """Return every team that the policy names, sorted."""
    return sorted({team for holders in policy.roles.values() for team in holders.teams})


def _teams(policy: Policy, teams: Members, bots: Collection[str]) -> Iterator[Observation]:
    for team in teams_of(policy):
        members = teams.get(team)
        if members is None:
            yield gap(
                "team",
                f"there is no team {team}",
                "a team whose members hold the role",
                WHY,
                f"name another in {POLICY}, or create it: gh api -X POST orgs/"
                f"{team.partition('/')[0]}/teams -f name={team.partition('/')[2]}",
            )
        elif isinstance(members, Unread):
            yield unknown("team", members, f"the members of {team}", WHY)
        else:
            yield from (
                gap(
                    "team",
                    f"{name} is a member of {team}, and a program",
                    "people alone",
                    "a program would approve what it made",
                    f"gh api -X DELETE orgs/{team.replace('/', '/teams/')}/memberships/{name}",
                )
                for name in members
                if name.lower() in bots or name.endswith("[bot]")
            )


def _people(holders: Holders, forge: str, teams: Members, bots: Collection[str]) -> list[str]:
    if forge == "local":
        return [signer.email for signer in holders.signers]
    found = list(holders.logins)
    for team in holders.teams:
        members = teams.get(team)
        if members is not None and not isinstance(members, Unread):
            found += [name for name in members if name.lower() not in bots]
    return list(dict.fromkeys(found))


def _unsigned(policy: Policy) -> list[str]:
    signers = [signer for holders in policy.roles.values() for signer in holders.signers]
    signing = {signer.email for signer in signers if signer.key}
    return sorted({signer.email for signer in signers} - signing)


def signers_of(policy: Policy) -> Iterator[Observation]:
    """Yield who signs for each channel, what nobody signs, and what goes into a public log."""
    for channel in CHANNEL_NAMES:
        names = {one.name for claim in CLAIMS for one in accepted(policy.signers, claim, channel)}
        unsigned = [claim for claim in CLAIMS if not accepted(policy.signers, claim, channel)]
        if names:
            yield fine("signer", f"signs for {channel}: {', '.join(sorted(names))}")
        if unsigned:
            yield note(
                "signer",
                f"nobody signs for {channel}: {', '.join(unsigned)}; nothing goes live there",
                f"`modelsmith promotion key` makes a key and prints what to write into {POLICY}",
            )
    for one in policy.signers:
        if isinstance(one, KeylessSigner) and one.trust == PUBLIC_GOOD:
            yield note(
                "public-log",
                f"{one.name} signs through the public Sigstore, which publishes {one.repository}, "
                "its workflow and each commit for ever",
                "name a private Sigstore's trusted root under `trust`, or a key, where that must "
                "not be",
            )
