"""Pull requests as they stand in their chains and in the branches they speak of.

What is done to one: offered, reviewed, merged, closed.
"""

import re
from collections.abc import Sequence
from itertools import count

from typing_extensions import override

from modelsmith.errors import BlockedError, ForgeRefusedError, InputError
from modelsmith.forge.local.branches import changes_of, merge_commit, require_offerable, told_of
from modelsmith.forge.local.event_log import events_of, person_of
from modelsmith.forge.local.refs import RefUpdate, Tips
from modelsmith.forge.local.rules import policy_at, rules_of
from modelsmith.forge.local.statuses_and_issues import checks_at, closed, is_issue, statuses_at
from modelsmith.forge.local.transactions import (
    PULL,
    LocalPart,
    Transactions,
    chain_of,
    every,
    next_number,
    ref_of,
    require,
    require_written_chain,
    written,
)
from modelsmith.forge.mergeability import is_agreed, is_said, obstacles_of, require_reviewable
from modelsmith.forge.records import (
    ChangedFile,
    CommitSha,
    Person,
    PullRequest,
    PullState,
    Review,
    ReviewVerdict,
    fitting,
)
from modelsmith.git.cli.command import Git
from modelsmith.git.cli.objects import contents_of, files_at
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

    verdict: ReviewVerdict
    """What was said."""
    commit_sha: CommitSha
    """Commit that was reviewed."""
    body: str
    """Markdown."""


class LocalPulls(LocalPart):
    """The pull requests of a clone or of its origin."""

    @override
    def me(self) -> Person:
        """Return git's user; the factory's bot where git is configured for nobody."""
        return person_of(self.acts.signature.email)

    @override
    def pull_request(self, number: int) -> PullRequest:
        return pull_at(self.acts, self.acts.seen(), number)

    @override
    def pull_requests(
        self, *, state: PullState | None = PullState.OPEN, head: str | None = None
    ) -> Sequence[PullRequest]:
        return [
            pull
            for pull in pulls_at(self.acts, self.acts.seen())
            if state in (None, pull.state) and head in (None, pull.head)
        ]

    @override
    def changed_files(self, number: int) -> Sequence[ChangedFile]:
        tips = self.acts.seen()
        return changes_of(self.acts.git, tips, pull_at(self.acts, tips, number))

    @override
    def reviews(self, number: int) -> Sequence[Review]:
        return reviews_at(self.acts, self.acts.seen(), number)

    @override
    def offer(
        self,
        head: str,
        *,
        base: str,
        title: str,
        body: str,
        is_draft: bool,
        labels: Sequence[str] = (),
    ) -> PullRequest:

        def decide(tips: Tips) -> tuple[int, list[RefUpdate]]:
            head_sha = require_offerable(self.acts, tips, head, base)
            found = [
                pull
                for pull in pulls_at(self.acts, tips)
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

        return self.pull_request(self.acts.settle(decide))

    @override
    def review(self, number: int, *, verdict: ReviewVerdict, body: str, sha: str) -> None:
        """Review as git's user.

        Raises:
            BlockedError: git is configured for nobody.
        """
        if self.acts.user is None:
            raise BlockedError(
                "git does not know who reviews: user.email is not set",
                remedy="`git config user.email you@example.org`, and user.name.",
            )
        review = StoredReview(verdict=verdict, commit_sha=sha, body=fitting(body))

        def decide(tips: Tips) -> tuple[None, list[RefUpdate]]:
            me = self.me()
            require_reviewable(pull_at(self.acts, tips, number), me, verdict, sha)
            if is_said(reviews_at(self.acts, tips, number), me, verdict, sha, review.body):
                return None, []
            standing = files_at(self.acts.git, tips.chains[chain_of(number)], "reviews")
            names = (f"reviews/{k}.json" for k in count(1))
            files = {next(name for name in names if name not in standing): written(review)}
            words = f"Review pull request {number}: {verdict}"
            return None, self.acts.put(tips, chain_of(number), files, words, about=sha)

        self.acts.settle(decide)

    @override
    def merge(self, number: int, *, sha: str, message: str) -> str:

        def decide(tips: Tips) -> tuple[str, list[RefUpdate]]:
            pull = pull_at(self.acts, tips, number)
            if pull.merge_sha is not None:
                return pull.merge_sha, self._recorded(tips, pull, pull.merge_sha)
            self._require_mergeable(tips, pull, sha)
            base = tips.heads[pull.base]
            merged = merge_commit(self.acts, base, sha, message)
            move = RefUpdate(f"heads/{pull.base}", base, merged)
            return merged, [move, *self._recorded(tips, pull, merged)]

        return self.acts.settle(decide)

    @override
    def close(self, number: int) -> None:

        def decide(tips: Tips) -> tuple[None, list[RefUpdate]]:
            if is_issue(self.acts, tips, number):
                return None, closed(self.acts, tips, number)
            pull = pull_at(self.acts, tips, number)
            if pull.state is not PullState.OPEN:
                return None, []
            stored = stored_of(pull, PullState.CLOSED)
            return None, self._put(tips, number, stored, f"Close pull request {number}")

        self.acts.settle(decide)

    def _put(self, tips: Tips, number: int, stored: StoredPull, words: str) -> list[RefUpdate]:
        files = {PULL: written(stored)}
        return self.acts.put(tips, chain_of(number), files, words, about=stored.head_sha)

    def _recorded(self, tips: Tips, pull: PullRequest, merged: str) -> list[RefUpdate]:
        stored = stored_of(pull, PullState.MERGED, merged)
        return self._put(tips, pull.number, stored, f"Merge pull request {pull.number}")

    def _require_mergeable(self, tips: Tips, pull: PullRequest, sha: str) -> None:
        base = tips.heads.get(pull.base)
        policy = policy_at(self.acts.git, pull.base, base)
        pusher, author, said = told_of(self.acts.git, pull.head_sha)
        obstacles = obstacles_of(
            pull,
            sha,
            rules=rules_of(self.acts.git, pull.base, policy),
            reviews=reviews_at(self.acts, tips, pull.number),
            checks=checks_at(self.acts, tips, pull.head_sha),
            statuses=statuses_at(self.acts, tips, pull.head_sha),
            bots=policy.bots if policy else (),
            pusher=pusher,
            is_agreed=is_agreed(author, said),
        )
        if base is None:
            obstacles = (*obstacles, f"its base {pull.base} is gone")
        if obstacles:
            raise ForgeRefusedError(
                f"pull request {pull.number} was not merged: {'; '.join(obstacles)}",
                remedy=f"`modelsmith pull show {pull.number}` says where it stands; settle these, "
                "then merge again.",
            )


def pulls_at(acts: Transactions, tips: Tips) -> list[PullRequest]:
    """Return all pull requests as they stand at `tips`, by number."""
    return [_pull_of(acts, tips, *found) for found in every(acts.git, tips, PULL)]


def pull_at(acts: Transactions, tips: Tips, number: int) -> PullRequest:
    """Return one pull request as it stands at `tips`.

    Raises:
        InputError: there is none of that number.
        BrokenRecordError: its chain holds what no pull request holds.
    """
    content = contents_of(acts.git, [f"{require(tips, number)}:{PULL}"])[0]
    if content is None:
        raise InputError(
            f"{number} is an issue, no pull request",
            remedy="`modelsmith pull list --state all` lists every pull request.",
        )
    return _pull_of(acts, tips, number, content)


def reviews_at(acts: Transactions, tips: Tips, number: int) -> list[Review]:
    """Return the reviews of a pull request, oldest first, each as it was first said."""
    pull_at(acts, tips, number)
    with require_written_chain(ref_of(number)):
        added = [
            (event, path)
            for event in events_of(acts.git, tips.chains[chain_of(number)])
            for path in event.added
            if REVIEW.fullmatch(path)
        ]
        contents = contents_of(acts.git, [f"{event.commit}:{path}" for event, path in added])
        stored = [StoredReview.model_validate_json(content or b"") for content in contents]
        return [
            Review(author=person_of(event.author), submitted_at=event.at, **dict(review))
            for (event, _), review in zip(added, stored, strict=True)
        ]


def _pull_of(acts: Transactions, tips: Tips, number: int, content: bytes) -> PullRequest:
    with require_written_chain(ref_of(number)):
        stored = StoredPull.model_validate_json(content)
        said = dict(stored)
        if stored.state is PullState.OPEN:
            said["head_sha"] = tips.heads.get(stored.head, stored.head_sha)
            said["merge_sha"] = _merged_by_hand(acts.git, tips, stored.base, said["head_sha"])
            if said["merge_sha"]:
                said["state"] = PullState.MERGED
        return PullRequest(
            number=number,
            author=person_of(events_of(acts.git, tips.chains[chain_of(number)])[0].author),
            is_from_fork=False,
            url=ref_of(number),
            **said,
        )


def _merged_by_hand(git: Git, tips: Tips, base: str, head_sha: str) -> str | None:
    """Return the commit that brought `head_sha` into `base`, where `git merge` did."""
    tip = tips.heads.get(base)
    if tip is None or git.tried("merge-base", "--is-ancestor", head_sha, tip).code:
        return None
    between = f"{head_sha}..{tip}"
    after = set(git.text("rev-list", "--ancestry-path", between).split())
    main = git.text("rev-list", "--first-parent", between).split()
    return next((commit for commit in reversed(main) if commit in after), head_sha)


def stored_of(pull: PullRequest, state: PullState, merge_sha: str | None = None) -> StoredPull:
    """Return what its chain holds of a pull request that comes to an end."""
    kept = {name: getattr(pull, name) for name in StoredPull.model_fields}
    return StoredPull(**(kept | {"state": state, "merge_sha": merge_sha}))
