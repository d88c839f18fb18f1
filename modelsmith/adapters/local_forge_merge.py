"""A merge on plain git: a commit with both parents, made without a work tree."""

from modelsmith.adapters.git_command import Git
from modelsmith.adapters.git_objects import Signature, commit_with
from modelsmith.errors import ForgeError, ForgeRefusedError

CONFLICTS = 1
"""Exit code of `git merge-tree --write-tree` where files conflict; more is a fault."""


def merge_commit(git: Git, base: str, head: str, message: str, signature: Signature) -> str:
    """Return the commit that merges `head` into `base`; no branch is moved.

    Raises:
        ForgeRefusedError: they conflict, with the files that do.
        ForgeError: git cannot merge at all, in its words.
    """
    words = ("merge-tree", "--write-tree", "--name-only", "--no-messages", "-z")
    done = git.tried(*words, base, head)
    tree, *paths = done.output.decode(errors="replace").rstrip("\0").split("\0")
    if done.code == CONFLICTS:
        listed = ", ".join(sorted(set(paths) - {""}))
        raise ForgeRefusedError(
            f"{head[:12]} conflicts with its base in {listed}; nothing was merged",
            remedy="Merge the base into the branch, settle the conflict there, push, and review "
            "it again.",
        )
    if done.code:
        raise ForgeError(
            f"git cannot merge {head[:12]} into {base[:12]}: {done.fault}",
            remedy="It takes git 2.38 or newer, and branches that share a commit.",
        )
    return commit_with(
        git,
        tree,
        [base, head],
        message,
        author=signature,
        committer=signature,
        is_signed=True,
    )
