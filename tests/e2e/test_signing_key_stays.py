"""The private key signs, and stands nowhere: neither in what is written, nor in what is said."""

import base64
import subprocess

import pytest
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec

from modelsmith.promotion.signing.keys.signer_selection import KEY, KEY_FILE
from tests.support.forges import APPROVER, EXPERT, FACTORY, clone_of, git
from tests.support.lifecycle import Lifecycle
from tests.support.local_site import LocalSite

pytestmark = pytest.mark.slow

WINDOW = 12
"""Length of the pieces that are looked for: 12 letters of base64 are 72 bits, none by chance."""


def pem_of(key):
    return key.private_bytes(
        form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()
    ).decode()


def traces_of(pem):
    """Return what would give a key away: its number in each form, or a piece of its letters."""
    key = form.load_pem_private_key(pem.encode(), None)
    number = key.private_numbers().private_value
    raw = number.to_bytes(32, "big")
    public = key.public_key().public_bytes(
        form.Encoding.DER, form.PublicFormat.SubjectPublicKeyInfo
    )
    allowed = base64.b64encode(public) + pem_of(ec.derive_private_key(1, ec.SECP256R1())).encode()
    letters = "".join(pem.splitlines()[1:-1]).encode()
    pieces = {letters[at : at + WINDOW] for at in range(len(letters) // 2)}
    forms = {raw, raw.hex().encode(), raw.hex().upper().encode(), str(number).encode()}
    forms |= {base64.b64encode(b"x" * shift + raw)[4:40] for shift in range(3)}
    return forms | {piece for piece in pieces if piece not in allowed}


def content_of(root):
    """Yield every file under a folder, and every object of git repositories in it, as it was."""
    for path in root.rglob("*"):
        if path.is_file() and not path.is_symlink():
            yield path, path.read_bytes()
        if path.is_dir() and path.name.endswith(".git"):
            words = ["git", "--git-dir", path, "cat-file", "--batch-all-objects", "--batch"]
            yield path, subprocess.run(words, check=True, capture_output=True).stdout


def test_a_key_that_signed_or_was_refused_stands_nowhere(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("MODELSMITH_FORGE", "local")
    told = []

    def said():
        told.append("".join(capfd.readouterr()))
        return told[-1]

    life = Lifecycle(LocalSite(tmp_path), monkeypatch.setenv, said)
    file = tmp_path / "keys/factory.pem"
    good = file.read_text()
    file.unlink()  # from now on the key is in the environment alone, as in CI
    monkeypatch.delenv(KEY_FILE)
    another = pem_of(ec.generate_private_key(ec.SECP256R1()))
    lines = pem_of(ec.generate_private_key(ec.SECP256R1())).splitlines()
    broken = "\n".join([*lines[:2], lines[-1]])
    (tmp_path / "broken.pem").write_text(broken)

    life.walks("one")
    number = life.offers("one")
    for person in (EXPERT, APPROVER):
        life.approves(person, number)
    monkeypatch.setenv(KEY, another)
    assert "which is another" in life.does(FACTORY, "promotion", "merge", "--all", code=4)
    monkeypatch.setenv(KEY, broken)
    assert "no ECDSA P-256" in life.does(FACTORY, "promotion", "merge", "--all", code=4)
    monkeypatch.delenv(KEY)
    monkeypatch.setenv(KEY_FILE, str(tmp_path / "broken.pem"))
    assert "no ECDSA P-256" in life.does(FACTORY, "promotion", "merge", "--all", code=4)
    (tmp_path / "broken.pem").unlink()
    monkeypatch.delenv(KEY_FILE)
    monkeypatch.setenv(KEY, good)
    assert "is live" in life.does(FACTORY, "promotion", "merge", "--all")
    life.audits("sandbox")
    said()

    folder = clone_of(life.site, "auditor")
    place = "promotions/adtech-tiny/one-1/promotion.sigstore.json"
    assert git(folder, "ls-files", place) == place  # something was signed
    traces = traces_of(good) | traces_of(another)
    traces |= {lines[1].encode()[at : at + WINDOW] for at in range(40, 64 - WINDOW)}
    shown = "".join(told).encode()
    assert not [one for one in traces if one in shown]
    read = list(content_of(tmp_path))
    assert any(b"promotion.sigstore.json" in content for path, content in read if path.is_dir())
    assert not [path for path, content in read if any(one in content for one in traces)]
