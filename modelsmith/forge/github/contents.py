"""Branches and commits on GitHub, through its git data API: no clone is needed."""

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from typing_extensions import override

from modelsmith.errors import ForgeRefusedError
from modelsmith.forge.github.client import GitHubPart, absent_as, repeat_lost
from modelsmith.forge.github.responses import AbsentError, UnfitError
from modelsmith.forge.records import Person
from modelsmith.git.commits import FACTORY
from modelsmith.record import short

MOST_INLINE_BYTES = 100_000
"""A text up to this size goes into the request for the tree; a request a file would soon meet the
limit of 80 requests a minute that make content (REST guide, secondary rate limits)."""


UPDATE_REFS = (
    "mutation($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }"
)


class GitHubFiles(GitHubPart):
    """The branches of a repository."""

    @override
    def branch_sha(self, branch: str) -> str | None:
        try:
            return str(self.access.call("GET", f"git/ref/heads/{quote(branch)}")["object"]["sha"])
        except AbsentError:
            self.access.require_visible()
            return None

    @override
    @repeat_lost
    def commit_files(
        self,
        branch: str,
        files: Mapping[str, bytes],
        *,
        base: str,
        message: str,
        author: Person | None = None,
        at: datetime | None = None,
    ) -> str:
        """Build the commit by the git data API; InputError where GitHub has no commit `base`."""
        head, tree = self.branch_sha(branch), self._tree(base, files)
        if head and self._tree_of(head) == tree:
            return head
        said: dict[str, Any] = {"message": message, "tree": tree, "parents": [base]}
        if author or at:
            said |= self._signed_by(author, at)
        made = str(self.access.call("POST", "git/commits", said)["sha"])
        if head:
            self._require_ours(branch, base)
            self._move(branch, head, made)
        else:
            self.access.call("POST", "git/refs", {"ref": f"refs/heads/{branch}", "sha": made})
        return made

    def _move(self, branch: str, before: str, after: str) -> None:
        """Move a branch that still stands where it was: only GraphQL compares and swaps."""
        update = {"name": f"refs/heads/{branch}", "beforeOid": before, "afterOid": after}
        updates = [update | {"force": True}]
        said = {"repositoryId": self.access.call("GET", "")["node_id"], "refUpdates": updates}
        try:
            self.access.graphql(UPDATE_REFS, {"input": said}, "contents=write")
        except UnfitError as error:
            found = self.branch_sha(branch)
            if found == after:
                return  # the answer to an earlier attempt was lost
            if found == before:
                raise
            raise ForgeRefusedError(
                f"branch {branch} moved from {short(before)} to {short(found or 'nothing')} "
                f"meanwhile; it was left as it is ({error.what})",
                remedy="Repeat: what is there now is looked at again.",
            ) from None

    def _tree_of(self, commit: str) -> str:
        remedy = "Push the commit first: GitHub builds on what it has."
        with absent_as(f"there is no commit {commit} on GitHub", remedy):
            return str(self.access.call("GET", f"git/commits/{commit}")["tree"]["sha"])

    def _tree(self, base: str, files: Mapping[str, bytes]) -> str:
        standing = self._tree_of(base)
        if not files:
            return standing
        parts = [self._part(path, content) for path, content in sorted(files.items())]
        asked = {"base_tree": standing, "tree": parts}
        return str(self.access.call("POST", "git/trees", asked)["sha"])

    def _part(self, path: str, content: bytes) -> dict[str, str]:
        part = {"path": path, "mode": "100644", "type": "blob"}
        text = _text_of(content)
        if text is not None and len(content) <= MOST_INLINE_BYTES:
            return part | {"content": text}
        coded = base64.b64encode(content).decode()
        blob = self.access.call("POST", "git/blobs", {"content": coded, "encoding": "base64"})
        return part | {"sha": str(blob["sha"])}

    def _signed_by(self, author: Person | None, at: datetime | None) -> dict[str, dict[str, str]]:
        """Return author and committer; GitHub signs only what names neither."""
        date = {"date": at.isoformat()} if at else {}
        me = {"name": self.access.me.login, "email": self.access.address} | date
        if author is None:
            return {"author": me, "committer": me}
        if author.login == FACTORY[1]:
            named = {"name": FACTORY[0], "email": FACTORY[1]} | date
        else:
            named = {"name": author.login, "email": self._address_of(author.login)} | date
        return {"author": named, "committer": me}

    def _address_of(self, login: str) -> str:
        """Return the address that GitHub knows an account by, and shows nobody's own."""
        try:
            number = self.access.call("GET", f"/users/{quote(login)}")["id"]
        except AbsentError:
            return f"{login}@users.noreply.github.com"
        return f"{number}+{login}@users.noreply.github.com"

    def _require_ours(self, branch: str, base: str) -> None:
        """Refuse to replace a branch that somebody else committed to."""
        pair = f"{base}...{quote(branch)}"
        for told in self.access.pages(f"compare/{pair}", within="commits"):
            if not self._is_ours(told):
                name = told["commit"]["author"]["name"]
                raise ForgeRefusedError(
                    f"branch {branch} holds commit {short(told['sha'])} of {name}; "
                    "it was left as it is",
                    remedy="Merge it, or delete the branch on GitHub, then repeat.",
                )

    def _is_ours(self, told: Mapping[str, Any]) -> bool:
        """Return whether who acts, or the factory on somebody's laptop, made a commit."""
        logins = {(told[role] or {}).get("login") for role in ("author", "committer")}
        addresses = {told["commit"][role]["email"] for role in ("author", "committer")}
        return self.access.me.login in logins or bool(addresses & {FACTORY[1], self.access.address})


def _text_of(content: bytes) -> str | None:
    """Return content that JSON can carry as it is, or None."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text
