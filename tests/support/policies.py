"""A policy that holds, in its file and as a record, and ways to change it."""

from pathlib import Path

from modelsmith.disk.repository_files import load
from modelsmith.policy import POLICY, Policy, policy_remarks
from tests.support.exam_files import write

TEXT = """\
bots: ["github-actions[bot]", factory@example.com]
roles:
  domain-owner: {logins: [mona], signers: [{email: mona@example.com, key: ssh-ed25519 AAAA}]}
  engineering: {teams: [acme/platform], signers: [{email: hubot@example.com}]}
  legal: {logins: [lex], signers: [{email: lex@example.com}]}
  compliance: {logins: [cleo], signers: [{email: cleo@example.com}]}
  operator: {logins: [otto], signers: [{email: otto@example.com}]}
channels:
  sandbox: {roles: [domain-owner], overrides: true}
  production: {roles: [domain-owner, engineering, legal], providers: [anthropic, google, openai]}
tags: {regulated: [compliance]}
branch: {name: main, approvals: 1, checks: [all-green]}
environments: [{name: promotion, reviewed: true}]
signers: [{name: factory, kind: key, key: AAAA}]
"""


def changed(*changes: tuple[str, str]) -> str:
    """Return the file with `changes` made to it."""
    text = TEXT
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


def policy_in(folder: Path, text: str = TEXT) -> Policy:
    """Write the file and read it."""
    write(folder, POLICY, text)
    return load(folder, POLICY, Policy, policy_remarks)
