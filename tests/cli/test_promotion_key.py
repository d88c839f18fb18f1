"""`modelsmith promotion key`: a key is made once, told in public, and written nowhere else."""

import re
import subprocess

import pytest
import yaml

from modelsmith.cli import main
from modelsmith.policy import POLICY, KeySigner
from modelsmith.promotion.signing.attestation import attested
from modelsmith.promotion.signing.keys.managed_key import ManagedKey
from modelsmith.promotion.signing.keys.verifier import OfflineVerifier

STATEMENT = attested("promotion", {"a": "1" * 64}, {})


@pytest.fixture
def repository(tmp_path):
    root = tmp_path / "repository"
    subprocess.run(["git", "init", "-q", root], check=True)
    return root


@pytest.fixture
def run(repository, capsys):
    def run(*words, code=0):
        ended = main(["--repo", str(repository), "promotion", "key", *words])
        out, err = capsys.readouterr()
        assert ended == code, (ended, out, err)
        return err or out

    return run


def listed(said):
    """Return the signer that it says to add to the policy."""
    (entry,) = yaml.safe_load(re.search(r"^signers:\n  - .*$", said, re.MULTILINE)[0])["signers"]
    return KeySigner.model_validate({**entry, "channels": tuple(entry["channels"])})


def test_what_it_prints_is_what_a_policy_needs_for_what_the_key_signs(run, tmp_path):
    path = tmp_path / "keys/factory.pem"
    said = run("--out", str(path))
    signer = listed(said)
    assert signer.channels == ("sandbox",)
    signed = ManagedKey(path.read_bytes()).sign(STATEMENT)
    found = OfflineVerifier(lambda path: b"").verify(signed, [signer])
    assert found == (STATEMENT, "factory")
    assert f"Add to {POLICY}" in said
    assert said.endswith(f"export MODELSMITH_SIGNING_KEY_FILE={path}\n")


def test_it_goes_to_a_file_of_the_owners_home_and_into_no_repository(
    run, repository, tmp_path, monkeypatch
):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    before = sorted(repository.rglob("*"))
    said = run()
    path = tmp_path / "home/.config/modelsmith/signing-key.pem"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert "wrote the private key to ~/.config/modelsmith/signing-key.pem" in said
    assert sorted(repository.rglob("*")) == before
    assert secret_in(path) not in said


def test_a_second_one_writes_over_nothing(run, tmp_path):
    path = tmp_path / "key.pem"
    run("--out", str(path))
    before = path.read_bytes()
    said = run("--out", str(path), code=2)
    assert said == (
        f"error: there is a file {path}, and a key is never written over\n"
        "  Use the key that is there, or name another file with --out.\n"
    )
    assert path.read_bytes() == before


def test_a_link_that_leads_nowhere_is_not_followed(run, repository, tmp_path):
    path = tmp_path / "key.pem"
    path.symlink_to(tmp_path / "elsewhere.pem")
    assert "cannot be written" in run("--out", str(path), code=2)
    assert not (tmp_path / "elsewhere.pem").exists()


def test_a_key_does_not_belong_in_the_repository(run, repository, tmp_path):
    linked = tmp_path / "outside"
    linked.symlink_to(repository)
    for path in (repository / "keys/factory.pem", linked / "factory.pem"):
        said = run("--out", str(path), code=2)
        assert said.startswith(
            f"error: {path} lies in the repository, where a private key does not"
        )
        assert "Name a file elsewhere with --out" in said
    assert not list(repository.glob("**/*.pem"))


def test_a_place_that_cannot_be_written_is_told(run, tmp_path):
    (tmp_path / "file").write_text("")
    said = run("--out", str(tmp_path / "file/key.pem"), code=2)
    assert said.startswith(f"error: {tmp_path / 'file/key.pem'} cannot be written: ")


def secret_in(path):
    """Return a line of a private key that no public one has."""
    return path.read_text().splitlines()[1]
