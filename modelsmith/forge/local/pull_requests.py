"""What is done to a pull request: offered, reviewed, merged, closed."""

from collections.abc import Sequence
from itertools import count
from typing import Literal

from modelsmith.errors import BlockedError, ForgeRefusedError
from modelsmith.forge.local.branches import Branches
from modelsmith.forge.local.local_forge_notes import Notes
from modelsmith.forge.local.local_forge_numbers import PULL, chain_of, next_number, written
from modelsmith.forge.local.local_forge_pulls import Pulls, StoredPull, StoredReview, stored_of
from modelsmith.forge.local.refs import Move, Tips
from modelsmith.forge.local.rules import policy_at, rules_of
from modelsmith.forge.local.statuses_and_issues import Issues
from modelsmith.forge.local.transactions import Acts
from modelsmith.forge.mergeability import is_agreed, is_said, obstacles_of, require_reviewable
from modelsmith.forge.records import PullRequest, PullState, fitting


class Offers:
    """Pull requests that change."""

    def __init__(self, acts: Acts) -> None:
        """Know the clone, and how to read it."""
        self._acts = acts
        self._pulls, self._branches = Pulls(acts), Branches(acts)
        self._issues, self._notes = Issues(acts), Notes(acts)

    def offer(  # noqa: PLR0913 - what a pull request says
        self,
        head: str,
        *,
        base: str,
        title: str,
        body: str,
        is_draft: bool,
        labels: Sequence[str] = (),
    ) -> PullRequest:
        """Open a pull request, or bring the open one of that branch up to date; return it."""

        def decide(tips: Tips) -> tuple[int, list[Move]]:
            head_sha = self._branches.offered(tips, head, base)
            found = [
                pull
                for pull in self._pulls.every(tips)
                if (pull.head, pull.base, pull.state) == (head, base, PullState.OPEN)
            ]
            number = found[0].number if found else next_number(tips)
            stored = StoredPull(
                title=" ".join(title.split()),
                body=fitting(body),
                state=PullState.OPEN,
                is_draft=is_draft,
                head=head,
                head_sha=head_sha,
                base=base,
                labels=tuple(sorted({*labels, *(found[0].labels if found else ())})),
            )
            words = f"{'Change' if found else 'Open'} pull request {number}"
            return number, self._put(tips, number, stored, words)

        number = self._acts.settled(decide)
        return self._pulls.pull(self._acts.seen(), number)

    def review(
        self,
        number: int,
        *,
        verdict: Literal["approved", "changes-requested", "commented"],
        body: str,
        sha: str,
    ) -> None:
        """Review the commit `sha` of an open pull request as git's user.

        Raises:
            BlockedError: git is configured for nobody.
            ForgeRefusedError: it is over, its head moved, or it is one's own.
        """
        if self._acts.user is None:
            raise BlockedError(
                "git does not know who reviews: user.email is not set",
                remedy="`git config user.email you@example.org`, and user.name.",
            )
        review = StoredReview(verdict=verdict, commit_sha=sha, body=fitting(body))

        def decide(tips: Tips) -> tuple[None, list[Move]]:
            me = self._acts.me()
            require_reviewable(self._pulls.pull(tips, number), me, verdict, sha)
            if is_said(self._pulls.reviews(tips, number), me, verdict, sha, review.body):
                return None, []
            standing = self._acts.chains.files(tips.chains[chain_of(number)], "reviews")
            names = (f"reviews/{k}.json" for k in count(1))
            files = {next(name for name in names if name not in standing): written(review)}
            words = f"Review pull request {number}: {verdict}"
            return None, self._acts.put(tips, chain_of(number), files, words, about=sha)

        self._acts.settled(decide)

    def merge(self, number: int, *, sha: str, message: str) -> str:
        """Merge a pull request whose head is still `sha`; return the merge commit.

        Raises:
            ForgeRefusedError: a rule of its base is not met, its head moved, or it conflicts.
        """

        def decide(tips: Tips) -> tuple[str, list[Move]]:
            pull = self._pulls.pull(tips, number)
            if pull.merge_sha is not None:
                return pull.merge_sha, self._recorded(tips, pull, pull.merge_sha)
            self._require_mergeable(tips, pull, sha)
            base = tips.heads[pull.base]
            merged = self._branches.merged(base, sha, message)
            move = Move(f"heads/{pull.base}", base, merged)
            return merged, [move, *self._recorded(tips, pull, merged)]

        return self._acts.settled(decide)

    def close(self, number: int) -> None:
        """Close a pull request or an issue; one that is over stays as it is."""

        def decide(tips: Tips) -> tuple[None, list[Move]]:
            if self._issues.is_issue(tips, number):
                return None, self._issues.closed(tips, number)
            pull = self._pulls.pull(tips, number)
            if pull.state is not PullState.OPEN:
                return None, []
            stored = stored_of(pull, PullState.CLOSED)
            return None, self._put(tips, number, stored, f"Close pull request {number}")

        self._acts.settled(decide)

    def _put(self, tips: Tips, number: int, stored: StoredPull, words: str) -> list[Move]:
        files = {PULL: written(stored)}
        return self._acts.put(tips, chain_of(number), files, words, about=stored.head_sha)

    def _recorded(self, tips: Tips, pull: PullRequest, merged: str) -> list[Move]:
        stored = stored_of(pull, PullState.MERGED, merged)
        return self._put(tips, pull.number, stored, f"Merge pull request {pull.number}")

    def _require_mergeable(self, tips: Tips, pull: PullRequest, sha: str) -> None:
        base = tips.heads.get(pull.base)
        policy = policy_at(self._acts.git, pull.base, base)
        obstacles = obstacles_of(
            pull,
            sha,
            rules=rules_of(self._acts.git, pull.base, policy),
            reviews=self._pulls.reviews(tips, pull.number),
            checks=self._notes.checks(tips, pull.head_sha),
            statuses=self._notes.statuses(tips, pull.head_sha),
            bots=policy.bots if policy else (),
            pusher=self._branches.committer(pull.head_sha),
            is_agreed=is_agreed(*self._branches.author_and_message(pull.head_sha)),
        )
        if base is None:
            obstacles = (*obstacles, f"its base {pull.base} is gone")
        if obstacles:
            raise ForgeRefusedError(
                f"pull request {pull.number} was not merged: {'; '.join(obstacles)}",
                remedy=f"`modelsmith pull show {pull.number}` says where it stands; settle these, "
                "then merge again.",
            )
