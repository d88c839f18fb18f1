"""Pull requests as they stand in their chains and in the branches they speak of."""

import re
from typing import Literal

from modelsmith.errors import InputError
from modelsmith.forge.local.event_log import person_of
from modelsmith.forge.local.local_forge_numbers import (
    PULL,
    believed,
    chain_of,
    every,
    ref_of,
    require,
)
from modelsmith.forge.local.refs import Tips
from modelsmith.forge.local.transactions import Acts
from modelsmith.forge.records import CommitSha, PullRequest, PullState, Review
from modelsmith.git.cli.objects import contents_of
from modelsmith.record import Record

REVIEW = re.compile(r"reviews/[0-9]+\.json")


class StoredPull(Record):
    """`pull.json`: what of a pull request git does not tell."""

    title: str
    """One line."""
    body: str
    """Markdown."""
    state: PullState
    """Open, closed or merged when the last act was made."""
    is_draft: bool
    """Whether it is not yet meant for merging."""
    head: str
    """Branch that is proposed."""
    head_sha: CommitSha
    """Its commit when the last act was made; the branch itself counts while it is open."""
    base: str
    """Branch that it goes into."""
    labels: tuple[str, ...]
    """Sorted."""
    merge_sha: CommitSha | None = None
    """The commit that merged it."""


class StoredReview(Record):
    """`reviews/<k>.json`; who and when is in the commit that added it."""

    verdict: Literal["approved", "changes-requested", "commented"]
    """What was said."""
    commit_sha: CommitSha
    """Commit that was reviewed."""
    body: str
    """Markdown."""


def stored_of(pull: PullRequest, state: PullState, merge_sha: str | None = None) -> StoredPull:
    """Return what its chain holds of a pull request that comes to an end."""
    kept = {name: getattr(pull, name) for name in StoredPull.model_fields}
    return StoredPull(**(kept | {"state": state, "merge_sha": merge_sha}))


class Pulls:
    """What the chains of pull requests say."""

    def __init__(self, acts: Acts) -> None:
        """Know the clone."""
        self._git = acts.git
        self._chains = acts.chains

    def every(self, tips: Tips) -> list[PullRequest]:
        """Return all pull requests by number."""
        return [self._pull(tips, *found) for found in every(self._git, tips, PULL)]

    def pull(self, tips: Tips, number: int) -> PullRequest:
        """Return one pull request.

        Raises:
            InputError: there is none of that number.
            BrokenRecordError: its chain holds what no pull request holds.
        """
        content = contents_of(self._git, [f"{require(tips, number)}:{PULL}"])[0]
        if content is None:
            raise InputError(
                f"{number} is an issue, no pull request",
                remedy="`modelsmith pull list --state all` lists every pull request.",
            )
        return self._pull(tips, number, content)

    def reviews(self, tips: Tips, number: int) -> list[Review]:
        """Return the reviews of a pull request, oldest first, each as it was first said."""
        self.pull(tips, number)
        with believed(ref_of(number)):
            added = [
                (act, path)
                for act in self._chains.acts(tips.chains[chain_of(number)])
                for path in act.added
                if REVIEW.fullmatch(path)
            ]
            contents = contents_of(self._git, [f"{act.commit}:{path}" for act, path in added])
            stored = [StoredReview.model_validate_json(content or b"") for content in contents]
            return [
                Review(author=person_of(act.author), submitted_at=act.at, **dict(review))
                for (act, _), review in zip(added, stored, strict=True)
            ]

    def _pull(self, tips: Tips, number: int, content: bytes) -> PullRequest:
        with believed(ref_of(number)):
            stored = StoredPull.model_validate_json(content)
            said = dict(stored)
            if stored.state is PullState.OPEN:
                said["head_sha"] = tips.heads.get(stored.head, stored.head_sha)
                said["merge_sha"] = self._merged_by_hand(tips, stored.base, said["head_sha"])
                if said["merge_sha"]:
                    said["state"] = PullState.MERGED
            return PullRequest(
                number=number,
                author=person_of(self._chains.acts(tips.chains[chain_of(number)])[0].author),
                is_from_fork=False,
                url=ref_of(number),
                **said,
            )

    def _merged_by_hand(self, tips: Tips, base: str, head_sha: str) -> str | None:
        """Return the commit that brought `head_sha` into `base`, where `git merge` did."""
        tip = tips.heads.get(base)
        if tip is None or self._git.tried("merge-base", "--is-ancestor", head_sha, tip).code:
            return None
        between = f"{head_sha}..{tip}"
        after = set(self._git.text("rev-list", "--ancestry-path", between).split())
        main = self._git.text("rev-list", "--first-parent", between).split()
        return next((commit for commit in reversed(main) if commit in after), head_sha)
