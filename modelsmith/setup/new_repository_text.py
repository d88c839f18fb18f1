"""What a new factory's files say in its own words."""

import json
import re
import shlex
from collections.abc import Mapping

from pydantic import ValidationError

from modelsmith.errors import UsageError
from modelsmith.policy import Holders, Role

DOMAIN = re.compile(r"[a-z][a-z0-9-]{0,39}")
"""Form of a benchmark's name (exam/benchmark.py), short enough for a folder and a version."""


def factory_words(
    domain: str, forge: str, owner: str, *, canary: str, source: str
) -> Mapping[str, str]:
    """Return what each `@word@` of the template becomes.

    Raises:
        UsageError: the name or the owner cannot be one.

    Args:
        domain: The benchmark's name.
        forge: Where pull requests will live.
        owner: A login, an `organisation/team`, or an address of git on the local forge.
        canary: GUID of the exam's first version.
        source: Where pip gets Modelsmith from.
    """
    if not DOMAIN.fullmatch(domain):
        remedy = "Lower-case letters, digits and hyphens, a letter first: it names a folder."
        raise UsageError(
            f"--domain is {domain!r}, which cannot be a benchmark's name", remedy=remedy
        )
    kind = "signers" if forge == "local" else "teams" if "/" in owner else "logins"
    try:
        Holders.model_validate({kind: ({"email": owner} if kind == "signers" else owner,)})
    except ValidationError:
        expected = "an address" if forge == "local" else "a login or organisation/team"
        raise UsageError(
            f"--owner is {owner!r}, the {forge} forge needs {expected}",
            remedy="Name with --owner who owns the files and holds the roles; change it later.",
        ) from None
    holder = json.dumps(owner)
    held = f"[{{email: {holder}}}]" if forge == "local" else f"[{holder}]"
    # A person alone, without CI: nobody could approve, and no check would ever be reported.
    approvals, checks = ("0", "[]") if forge == "local" else ("1", "[all-green]")
    return {
        "domain": domain,
        "canary": canary,
        "source": source,
        "owner": owner if forge == "local" else f"@{owner}",
        "holders": "\n".join(f"  {role.value}: {{{kind}: {held}}}" for role in Role),
        "approvals": approvals,
        "checks": checks,
    }


def next_steps(folder: str, forge: str) -> str:
    """Return the commands to go on with."""
    push = ["gh repo create --private --source . --push"] if forge == "github" else []
    words = [
        f"cd {shlex.quote(folder)}",
        "modelsmith scenario check",
        "modelsmith run new first && modelsmith run go first",
        *push,
        "modelsmith doctor",
    ]
    return "\n".join(f"  {line}" for line in words)
