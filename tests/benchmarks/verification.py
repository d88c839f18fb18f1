"""How long does it take to verify one promotion, and how does it grow with their number?

    python -m tests.benchmarks.verification [PROMOTIONS]

Approves, seals and merges PROMOTIONS promotions (1,000 by default) into one channel of a real
repository, signed with a real ECDSA key and approved with a real SSH key; then verifies the last
one alone, and all of them with the channel that they moved through.
Prints seconds beside what the bare signature checks take. Writing the history is set-up.
"""

import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

from modelsmith.policy import KeySigner, Role
from modelsmith.promotion.approval.record import ApprovalsFile, Approved
from modelsmith.promotion.approval.statement import Approving, approval_statement
from modelsmith.promotion.bundle import REQUEST, SIGNED
from modelsmith.promotion.signing.keys.managed_key import ManagedKey, make_key
from modelsmith.promotion.signing.keys.ssh import SshKeys
from modelsmith.promotion.signing.keys.verifier import OfflineVerifier
from modelsmith.promotion.verification.channels import channel_faults, channels_in
from modelsmith.promotion.verification.verify import Verification
from modelsmith.record import sha256
from modelsmith.run.git.history import GitHistory
from modelsmith.wiring.signing import signatures
from tests.support.keys import key_of, public_key_of
from tests.support.promoted import AT, APromotion
from tests.support.promotion_history import PromotionHistory

OWNER = "owner@example.com"
POLICY = """\
bots: [modelsmith@users.noreply.github.com]
roles:
  domain-owner: {{signers: [{{email: owner@example.com, key: {person}}}]}}
channels:
  sandbox: {{roles: [domain-owner]}}
  production: {{roles: [domain-owner], providers: [anthropic, google, openai]}}
signers: [{{name: factory, kind: key, key: {key}}}]
branch: {{name: main}}
"""


def made(root: Path, count: int) -> tuple[Path, KeySigner]:
    """Write a repository with so many promotions; return it and who signed."""
    public = make_key(root / "key.pem")
    key = ManagedKey((root / "key.pem").read_bytes())
    policy = POLICY.format(person=public_key_of("owner"), key=public).encode()
    hands = SshKeys(root)

    def approve(one: APromotion, head: str, base: str) -> ApprovalsFile:
        says = Approving(
            approver=OWNER,
            decision="approved",
            roles=(Role.DOMAIN_OWNER,),
            reviewed_at=AT,
            commit=head,
            pull=7,
        )
        subject = {f"{one.release.place}/{REQUEST}": one.request.digest()}
        statement = approval_statement(subject, says)
        approved = Approved(
            who=OWNER,
            roles=(Role.DOMAIN_OWNER,),
            commit_sha=head,
            at=AT,
            statement=statement.decode(),
            signature=hands.sign(statement, str(key_of("owner"))),
        )
        return one.approvals(
            head_sha=head, merge_base=base, policy_sha256=sha256(policy), approvals=(approved,)
        )

    where = root / "factory.git"
    sign = cache(key.sign)
    with PromotionHistory(where, policy, lambda _, statement: sign(statement), approve) as history:
        last = None
        for number in range(1, count + 1):
            last = history.promotes(f"run{number}-1", target=last.release if last else None)
    return where, KeySigner(name="factory", kind="key", key=public)


def seconds(begun: float) -> str:
    """Return the time since, as people read it."""
    return f"{time.perf_counter() - begun:.2f} s"


def main() -> None:
    """Write, verify and print."""
    (count,) = (int(word) for word in (*sys.argv[1:], "1000")[:1])
    with tempfile.TemporaryDirectory() as name:
        begun = time.perf_counter()
        where, signer = made(Path(name), count)
        print(f"set-up: {count} promotions written in {seconds(begun)}")
        place = f"promotions/floor-desk/run{count}-1"

        begun = time.perf_counter()
        with GitHistory(where) as history:
            tip = str(history.commit_of("main"))
            found = Verification(history, tip, signatures(where)).faults(place)
            signed = history.content(
                str(history.object_at(history.walk([tip])[tip].tree, f"{place}/{SIGNED}"))
            )
        print(f"one promotion of {count}, opened afresh: {seconds(begun)}, {len(found)} faults")

        begun = time.perf_counter()
        with GitHistory(where) as history:
            verification = Verification(history, tip, signatures(where))
            faults = [f for one in verification.places() for f in verification.faults(one)]
            (channel,) = channels_in(verification)
            told = list(channel_faults(verification, channel))
        print(f"all {count} and their channel: {seconds(begun)}, {len(faults) + len(told)} faults")

        begun = time.perf_counter()
        verifier = OfflineVerifier(lambda _: b"")
        for _ in range(3 * count):
            verifier.verify(signed, [signer])
        print(f"the {3 * count} signatures of the factory alone: {seconds(begun)}")
        subprocess.run(["rm", "-rf", str(where)], check=True)


if __name__ == "__main__":
    main()
