"""Keyless signing: a short-lived certificate for a workflow's identity, and a line in a log."""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from typing_extensions import override

from modelsmith.errors import SignatureError
from modelsmith.policy import PUBLIC_GOOD, KeylessSigner
from modelsmith.promotion.signing.attestation import PAYLOAD_TYPE
from modelsmith.promotion.signing.keys.managed_key import require_signing_extra
from modelsmith.promotion.signing.port import StatementSigner

if TYPE_CHECKING:
    from collections.abc import Callable

    from sigstore.models import ClientTrustConfig

PUBLIC = "https%3A%2F%2Ftuf-repo-cdn.sigstore.dev"
"""Folder of the public Sigstore's files in sigstore's own package."""

REMEDY = "Run it in the workflow that the policy names, with `id-token: write`, and try again."


class KeylessWorkflow(StatementSigner):
    """Signs as the workflow that runs."""

    def __init__(self, token: str, trust: "ClientTrustConfig") -> None:
        """Take who it is.

        Args:
            token: OIDC token of the workflow.
            trust: Where certificates and log entries come from.

        Raises:
            SignatureError: the token is malformed, expired, or meant for somebody else.
        """
        from sigstore.oidc import IdentityError, IdentityToken

        try:
            self._token = IdentityToken(token)
        except IdentityError as error:
            raise SignatureError(
                f"the workflow's OIDC token cannot be used: {error}", remedy=REMEDY
            ) from None
        self._trust = trust

    @property
    @override
    def words(self) -> str:
        return f"keyless as {self._token.identity}"

    @override
    def sign(self, statement: bytes) -> bytes:
        from sigstore.dsse import Statement
        from sigstore.sign import SigningContext

        try:
            read = Statement(statement)  # before a certificate is asked for
            context = SigningContext.from_trust_config(self._trust)
            with context.signer(self._token, cache=True) as signer:
                return signer.sign_dsse(read).to_json().encode()
        except Exception as error:  # sigstore lets errors of many kinds out, none of them in common
            words = str(error).partition("\n")[0] or type(error).__name__
            raise SignatureError(f"nothing was signed: {words}", remedy=REMEDY) from error


def ambient_token() -> str | None:
    """Return the OIDC token of the workflow that this process runs in; none where there is none.

    Raises:
        SignatureError: the workflow may not have one.
        UsageError: the extra `signing` is not installed.
    """
    require_signing_extra()
    from sigstore.oidc import IdentityError, detect_credential

    try:
        return detect_credential()
    except IdentityError as error:
        raise SignatureError(
            f"the workflow gets no OIDC token: {str(error).partition(chr(10))[0]}", remedy=REMEDY
        ) from None


def spoken_for(token: str, signers: Sequence[KeylessSigner]) -> list[KeylessSigner]:
    """Return those that the workflow of a token can be: nobody else is asked for a certificate.

    A certificate authority and a log may be public, and a line there stays for ever: it is not
    written for a signature that nobody would accept. What is no token can be any of them; it is
    refused where it is used.
    """
    import jwt

    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return list(signers)
    workflow, repository = claims.get("job_workflow_ref"), claims.get("repository")
    return [
        one
        for one in signers
        if one.issuer == claims.get("iss")
        and (workflow is None or one.identity.endswith(f"/{workflow}"))
        and (repository is None or one.repository.endswith(f"/{repository}"))
    ]


def payload_by_workflow(
    bundle: bytes, signer: KeylessSigner, read: "Callable[[str], bytes]"
) -> bytes:
    """Return the statement that a workflow signed, verified offline.

    Args:
        bundle: A Sigstore bundle.
        signer: Who must have signed it.
        read: Reads the trusted root that the policy names.

    Raises:
        Exception: whatever sigstore says against it; callers refuse on it.
    """
    from sigstore.models import Bundle, TrustedRoot
    from sigstore.verify import Verifier, policy
    from sigstore_models.trustroot.v1 import TrustedRoot as RootFile

    root = public_root() if signer.trust == PUBLIC_GOOD else read(signer.trust)
    verifier = Verifier(trusted_root=TrustedRoot(RootFile.from_json(root)))
    wanted = policy.AllOf(
        [
            policy.OIDCIssuerV2(signer.issuer),
            policy.Identity(identity=signer.identity, issuer=signer.issuer),
            policy.OIDCSourceRepositoryURI(signer.repository),
            *([policy.OIDCSourceRepositoryRef(signer.ref)] if signer.ref else []),
        ]
    )
    kind, payload = verifier.verify_dsse(Bundle.from_json(bundle), wanted)
    if kind != PAYLOAD_TYPE:
        raise SignatureError(
            f"it holds {kind}, expected {PAYLOAD_TYPE}", remedy="Have a statement signed."
        )
    return payload


def public_root() -> bytes:
    """Return the public Sigstore's trusted root, as the installed sigstore brings it.

    `Verifier.production(offline=True)` believes a copy in the home folder instead, which it keeps
    and checks no more: whatever job wrote there last would say whom to trust.
    """
    return (files("sigstore._store") / PUBLIC / "trusted_root.json").read_bytes()


def trust_of(signer: KeylessSigner, config: str | None) -> "ClientTrustConfig":
    """Return where certificates and log entries come from.

    Args:
        signer: Who signs: only one of the public good publishes to it.
        config: Path of a private Sigstore's client trust config; None where there is none.

    Raises:
        SignatureError: the policy names a private Sigstore, and its config is not given or read.
    """
    from sigstore.models import ClientTrustConfig

    if signer.trust == PUBLIC_GOOD:
        return ClientTrustConfig.production()
    try:
        return ClientTrustConfig.from_json(Path(config or "").read_text(encoding="utf-8"))
    except Exception as error:
        kind = type(error).__name__
        raise SignatureError(
            f"the client trust config of the private Sigstore cannot be read: {kind}",
            remedy="Name its file in MODELSMITH_SIGSTORE_CONFIG.",
        ) from error
