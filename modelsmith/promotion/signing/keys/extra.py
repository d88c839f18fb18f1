"""What signs and verifies, where it is installed."""

from importlib.util import find_spec

from modelsmith.errors import UsageError

NEEDED = ("cryptography", "sigstore")


def require_signing_extra() -> None:
    """Return where signatures can be made and read.

    Nobody may take a library that is missing for a signature that does not hold.

    Raises:
        UsageError: a library is not installed.
    """
    for name in NEEDED:
        if find_spec(name) is None:
            raise UsageError(
                f"signatures need {name}, which is not installed",
                remedy="Install the extra `signing`: pip install -e '.[signing]'.",
            )
