"""Pull requests as text and as JSON, the same from both forges."""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from modelsmith.forge.records import (
    ChangedFile,
    CheckRun,
    CommitStatus,
    Person,
    PullRequest,
    PullState,
    Review,
)
from modelsmith.record import Record, short


class PullPage(Record):
    """A pull request, and what is said of it."""

    pull: PullRequest
    """The pull request."""
    files: tuple[ChangedFile, ...]
    """What it changes, by path."""
    reviews: tuple[Review, ...]
    """Oldest first."""
    checks: Mapping[str, CheckRun]
    """Check runs of its head, by name."""
    statuses: Mapping[str, CommitStatus]
    """Statuses of its head, by context."""
    comments: tuple[str, ...]
    """Oldest first."""


def pull_list(pulls: Sequence[PullRequest], forge: str) -> str:
    """Return a line for each pull request; where there is none, which forge has none."""
    if not pulls:
        return f"no pull requests on the {forge} forge"
    rows = [
        (
            f"{pull.number}",
            _state(pull),
            plain(f"{pull.head} -> {pull.base}"),
            plain(pull.author.login),
            plain(pull.title),
        )
        for pull in pulls
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        "  ".join([row[0].rjust(widths[0]), *map(str.ljust, row[1:4], widths[1:]), row[4]])
        for row in rows
    )


def pull_lists(pulls: Sequence[PullRequest]) -> list[JsonValue]:
    """Return the pull requests as JSON."""
    return [pull.model_dump(mode="json") for pull in pulls]


def pull_page(page: PullPage) -> str:
    """Return all that is known of a pull request, for a terminal."""
    pull = page.pull
    lines = [
        f"Pull request {pull.number}: {pull.title}",
        f"{_state(pull)}; {pull.head} -> {pull.base} at {pull.head_sha}",
        f"by {_who(pull.author)}; {pull.url}",
    ]
    lines += [f"labels: {', '.join(pull.labels)}"] if pull.labels else []
    lines += [f"merged as {pull.merge_sha}"] if pull.merge_sha else []
    lines += ["", pull.body.strip()] if pull.body.strip() else []
    lines += _section("Changed files", [f"{f.change:9} {f.path}" for f in page.files])
    lines += _section("Reviews", [_review(review, pull.head_sha) for review in page.reviews])
    said = [f"{c.conclusion:15} {c.name}: {c.title}" for c in page.checks.values()]
    said += [f"{s.state:15} {s.context}: {s.description}" for s in page.statuses.values()]
    lines += _section("Checks", said)
    for comment in page.comments:
        lines += ["", "Comment", *(f"  {line}" for line in comment.splitlines())]
    return plain("\n".join(lines))


def plain(text: str) -> str:
    """Return `text` with nothing in it that a terminal would obey."""
    return "".join(
        c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text
    )


def _state(pull: PullRequest) -> str:
    return "draft" if pull.state is PullState.OPEN and pull.is_draft else pull.state.value


def _who(person: Person) -> str:
    return f"{person.login} (a program)" if person.is_bot else person.login


def _review(review: Review, head_sha: str) -> str:
    age = "" if review.commit_sha == head_sha else " (of an older commit)"
    said = "".join(f"\n    {line}" for line in review.body.splitlines())
    at = f"{review.submitted_at:%Y-%m-%d %H:%M} UTC"
    return (
        f"{review.verdict} by {_who(review.author)} at {short(review.commit_sha)}{age}, {at}{said}"
    )


def _section(title: str, rows: Sequence[str]) -> list[str]:
    return ["", title, *(f"  {row}" for row in rows)] if rows else []
