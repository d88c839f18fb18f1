"""`promotions/policy.yaml`: who approves what, what the forge must enforce, who signs.

A verifier tries the signers that the policy names for a statement's type and channel, and never
what a bundle asks for: a key cannot stand in where the policy wants an identity.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum, unique
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field

from modelsmith.boundary.grants import Provider
from modelsmith.documents.diagnostic import Loc, Remark, error, quoted
from modelsmith.documents.validation import record_in
from modelsmith.record import CamelRecord, NonEmpty, Slug

POLICY = "promotions/policy.yaml"
"""Where it lies."""

Login = Annotated[str, Field(pattern=r"^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})(?:\[bot\])?$")]
"""A login: at most 39 letters, digits and hyphens; a program's ends in `[bot]`."""

Team = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9][A-Za-z0-9_-]*$")]
"""`organisation/team`."""

Email = Annotated[str, Field(pattern=r"^[^\s@<>]+@[^\s@<>]+$", max_length=100)]
"""An address as git's `user.email` has it."""

Actor = Annotated[str, Field(pattern=r"^[^\s@<>]+(?:@[^\s@<>]+)?$", max_length=100)]
"""A login or an address."""

PublicKey = Annotated[
    str,
    Field(pattern=r"^(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp256) [A-Za-z0-9+/]+=*$"),
]
"""An SSH public key: its kind and its base64, no comment. Signatures of these kinds are verified
here; a key of another one, a security key's too, could sign and would count for nothing."""


def _once(words: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(words)) != len(words):
        raise ValueError("an entry stands there twice")
    return words


NO_REPEATS = AfterValidator(_once)
"""Each entry stands there once."""


@unique
class Role(StrEnum):
    """What somebody answers for when they approve."""

    DOMAIN_OWNER = "domain-owner"
    """The exam asks what matters, and the answers are right."""
    ENGINEERING = "engineering"
    """The specialist can be run and taken back."""
    LEGAL = "legal"
    """Licences and contracts allow it."""
    COMPLIANCE = "compliance"
    """The regulator's rules are kept."""
    OPERATOR = "operator"
    """Runs the factory; the only role that may override the gate, in writing."""


class Signer(CamelRecord):
    """Somebody on the local forge."""

    email: Email
    """Their address, as git's `user.email` has it."""
    key: PublicKey | None = None
    """Their SSH public key, with which git signs what they say; none where they do not sign."""


class Holders(CamelRecord):
    """Who holds a role."""

    logins: tuple[Login, ...] = ()
    """People on GitHub."""
    teams: tuple[Team, ...] = ()
    """Teams on GitHub: each member holds the role."""
    signers: tuple[Signer, ...] = ()
    """People on the local forge."""


class Channel(CamelRecord):
    """What it takes to go live in a channel."""

    roles: Annotated[tuple[Role, ...], Field(min_length=1), NO_REPEATS]
    """Roles that must each approve."""
    overrides: bool = False
    """Whether an operator may overrule the gate, in writing."""


class ProductionChannel(Channel):
    """What it takes to go live where it matters."""

    providers: Annotated[tuple[Provider, ...], Field(min_length=3, max_length=3), NO_REPEATS]
    """Providers whose frontier models a candidate must beat, one baseline of each."""


class Channels(CamelRecord):
    """What is required, by channel."""

    sandbox: Channel
    """For trying out; local stand-ins serve as baselines."""
    production: ProductionChannel
    """For use."""


class Protection(CamelRecord):
    """What the forge must ask before the branch of record moves.

    A pull request always, and never a rewritten history or a deleted branch: the files in it are
    the evidence.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$")] = "main"
    """The branch; workflows with rights come from it."""
    approvals: Annotated[int, Field(ge=0, le=6)] = 1
    """Approving reviews of a pull request, at least; 0 only where one person works alone."""
    code_owners: bool = True
    """Whether the owners of a changed file must approve."""
    dismiss_stale: bool = True
    """Whether a new commit takes approvals away."""
    last_push: bool = True
    """Whether somebody else than the last pusher must approve."""
    signatures: bool = False
    """Whether commits must be signed; the factory's bot must then sign too."""
    checks: Annotated[tuple[NonEmpty, ...], NO_REPEATS] = ()
    """Checks that must have passed, by name; none only where no CI reports any."""


class GuardedEnvironment(CamelRecord):
    """A deployment environment, open to the branch of record alone."""

    name: Slug
    """Its name; a workflow's job names it to get its secrets."""
    reviewed: bool = False
    """Whether a person must let each job in, and never one that they started."""
    optional: bool = False
    """Whether it may be missing, since its workflow does nothing until somebody turns it on."""


Claim = Literal["evaluation", "lineage", "promotion", "revert"]
"""What is claimed: each has a predicate type of its own (promotion/signing)."""

CLAIMS: tuple[Claim, ...] = get_args(Claim)

ChannelName = Literal["sandbox", "production"]
"""Where a specialist can be live."""

CHANNEL_NAMES: tuple[ChannelName, ...] = get_args(ChannelName)


class _Signer(CamelRecord):
    name: Slug
    """By which messages call it."""
    claims: Annotated[tuple[Claim, ...], Field(min_length=1)] = CLAIMS
    """What it may sign."""
    channels: Annotated[tuple[ChannelName, ...], Field(min_length=1)] = CHANNEL_NAMES
    """For which channels."""


class KeySigner(_Signer):
    """Whoever holds a private key."""

    kind: Literal["key"]
    """Its kind."""
    key: Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]+=*$")]
    """ECDSA P-256 public key: base64 of its DER (SubjectPublicKeyInfo), as
    `modelsmith promotion key` prints it."""


class KeylessSigner(_Signer):
    """A workflow, by what the identity provider says of it."""

    kind: Literal["keyless"]
    """Its kind."""
    issuer: Annotated[str, Field(pattern=r"^https?://")]
    """Who vouches for the identity."""
    identity: NonEmpty
    """The workflow file and the ref that it came from, exactly."""
    repository: Annotated[str, Field(pattern=r"^https?://")]
    """The repository that ran it; a reusable workflow may be called from any."""
    trust: NonEmpty
    """`public-good`, or the path of a trusted root in the repository."""

    @property
    def ref(self) -> str | None:
        """What must have been checked out: the ref that the workflow's file came from.

        A branch may call a workflow of another branch. None where another repository keeps the
        workflow, since that one has refs of its own.
        """
        _, at, ref = self.identity.rpartition("@")
        return ref if at and self.identity.startswith(f"{self.repository}/") else None


Signatory = Annotated[KeySigner | KeylessSigner, Field(discriminator="kind")]
"""One who signs."""


class Policy(CamelRecord):
    """Who approves what, and what the forge must enforce; the base branch's counts."""

    bots: Annotated[tuple[Actor, ...], Field(min_length=1)]
    """Whom the factory acts as: logins and addresses; none of them ever counts as an approver."""
    roles: Mapping[Role, Holders]
    """Who holds each role."""
    channels: Channels
    """What is required, by channel."""
    tags: Mapping[
        Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")],
        Annotated[tuple[Role, ...], Field(min_length=1)],
    ] = {}
    """Roles that a tagged specialist needs beside its channel's, by tag."""
    signers: tuple[Signatory, ...] = ()
    """Who signs for the factory; nobody else's signature counts."""
    branch: Protection
    """What the forge must ask before the branch of record moves."""
    environments: tuple[GuardedEnvironment, ...] = ()
    """Environments that must exist."""

    def channel(self, name: ChannelName) -> Channel:
        """Return what it takes to go live in a channel."""
        return self.channels.sandbox if name == "sandbox" else self.channels.production

    def required(self, channel: ChannelName, tags: Iterable[str] = ()) -> tuple[Role, ...]:
        """Return the roles that must each approve before a specialist goes live in a channel.

        Args:
            channel: Where it goes.
            tags: What it is tagged with; one that the policy does not name asks for nobody.
        """
        tagged = (role for tag in tags for role in self.tags.get(tag, ()))
        return tuple(dict.fromkeys((*self.channel(channel).roles, *tagged)))

    def needed(self) -> Mapping[Role, tuple[str, ...]]:
        """Return what needs each role, in words; roles that nothing needs are left out."""
        reasons: dict[Role, list[str]] = defaultdict(list)
        for name in CHANNEL_NAMES:
            channel = self.channel(name)
            for role in channel.roles:
                reasons[role].append(f"channel {name}")
            if channel.overrides:
                reasons[Role.OPERATOR].append(f"overrides in {name}")
        for tag, roles in self.tags.items():
            for role in roles:
                reasons[role].append(f"tag {tag}")
        return {role: tuple(reasons[role]) for role in Role if role in reasons}


def policy_in(content: bytes) -> Policy:
    """Return the policy that a file holds.

    Raises:
        InputError: the file's fault, with every problem located.
    """
    return record_in(POLICY, content, Policy, policy_remarks)


def policy_remarks(policy: Policy) -> Iterator[Remark]:
    """Yield what breaks a rule across fields: a bot that approves, a key that two people hold."""
    bots = {bot.lower() for bot in policy.bots}
    owners: dict[str, str] = {}
    for role, holders in policy.roles.items():
        here: Loc = ("roles", role.value)
        named = [
            *((login, (*here, "logins", i)) for i, login in enumerate(holders.logins)),
            *((s.email, (*here, "signers", i, "email")) for i, s in enumerate(holders.signers)),
        ]
        for name, loc in named:
            if name.lower() in bots or name.endswith("[bot]"):
                what = f"{quoted(name)} holds {role.value}, and is a program"
                yield error("bot-approver", what, "people alone", "name a person or a team", loc)
        for i, signer in enumerate(holders.signers):
            owner = owners.setdefault(signer.key, signer.email) if signer.key else signer.email
            if owner != signer.email:
                what = f"the key of {quoted(signer.email)} is also {quoted(owner)}'s"
                loc = (*here, "signers", i, "key")
                yield error("shared-key", what, "a key of their own", "write their own key", loc)


PUBLIC_GOOD = "public-good"
"""The public Sigstore. It publishes repository, workflow and commit for ever."""


def accepted(
    signers: tuple[KeySigner | KeylessSigner, ...], claim: Claim, channel: ChannelName
) -> tuple[KeySigner | KeylessSigner, ...]:
    """Return those that the policy accepts for a claim about a channel."""
    return tuple(one for one in signers if claim in one.claims and channel in one.channels)
