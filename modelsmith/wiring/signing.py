"""Who signs, and how signatures are verified."""

from pathlib import Path


def new_signing_key(repository: Path, out: Path) -> str:
    """Make a private key, and return its public half as a policy names it.

    Raises:
        UsageError: there is a file, or the file would lie in the repository.
    """
    from modelsmith.adapters.managed_key import new_key
    from modelsmith.errors import UsageError

    if out.resolve().is_relative_to(repository.resolve()):
        raise UsageError(
            f"{out} lies in the repository, where a private key does not belong",
            remedy="Name a file elsewhere with --out, or leave it out.",
        )
    return new_key(out)
