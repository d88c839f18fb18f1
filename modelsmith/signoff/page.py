"""A promotion's judgement: one text for the laptop, the job's page and the comment; one line."""

from collections.abc import Iterator

from modelsmith.documents.markdown import code, visible
from modelsmith.errors import ModelsmithError
from modelsmith.forge.records import CommitStatus
from modelsmith.policy import POLICY
from modelsmith.promotion.approval.reviews import RuleResult
from modelsmith.promotion.record import Compared
from modelsmith.record import short
from modelsmith.signoff.approval_page import rollback_words
from modelsmith.signoff.submission import Judgement

CHECK = "modelsmith/promotion"
"""Name of the status."""

MARKER = "modelsmith-promotion"
"""What the comment is known by."""

MOST_DESCRIPTION = 140
"""Characters of a status (forge/records, CommitStatus)."""

WORDS = {"holds": "holds", "waits": "waits", "fails": "DOES NOT HOLD"}
"""How each state is said."""

LOCAL_NOTE = (
    "on plain git an approval counts by its signature; a request for changes says what git's "
    "user.email says, and nothing proves who that was"
)


def status_of(judgement: Judgement) -> CommitStatus:
    """Return the judgement in one line: failed where something must change first."""
    states = {found.state for found in judgement.findings}
    state = "success" if judgement.holds else "failure" if "fails" in states else "pending"
    told = headline(judgement)[:MOST_DESCRIPTION]
    return CommitStatus.model_validate({"context": CHECK, "state": state, "description": told})


def fault_status(error: ModelsmithError) -> CommitStatus:
    """Return the one line of what could not be judged."""
    return CommitStatus(
        context=CHECK,
        state="error",
        description=visible(f"could not be judged: {error.what}").partition("\n")[0][
            :MOST_DESCRIPTION
        ],
    )


def headline(judgement: Judgement) -> str:
    """Return in one line what holds, or what is missing."""
    failing = [found.rule for found in judgement.findings if found.state == "fails"]
    waiting = [found.rule for found in judgement.findings if found.state == "waits"]
    over = ["OVERRIDDEN"] if judgement.overridden else []
    if judgement.holds:
        return "; ".join([*over, "everything holds, and everybody who must has approved"])
    parts = [f"does not hold: {', '.join(failing)}"] if failing else []
    parts += [f"waits for: {', '.join(waiting)}"] if waiting else []
    return "; ".join([*over, *(parts or ["nothing was judged"])])


def judgement_page(judgement: Judgement) -> str:
    """Return the judgement in Markdown."""
    pull, record = judgement.pull, judgement.record
    lines = [f"## Promotion: {headline(judgement)}", ""]
    if record is not None:
        name = code(f"{record.lineage.specialist} {record.lineage.version}")
        lines += [f"{name} to {code(record.channel)}, pull request {pull.number}.", ""]
        lines += _asked_for(judgement)
        lines += [*map(_compared, record.baselines), ""]
    lines += [_line(found) for found in judgement.findings]
    lines += [f"- note: {code(note)}" for note in judgement.notes]
    if judgement.forge == "local":
        lines.append(f"- note: {LOCAL_NOTE}")
    lines += _asked(judgement)
    told = (
        f"Judged at {code(short(pull.head_sha))} by {code(POLICY)} of "
        f"{code(short(judgement.merge_base))}, on which it stands. Judge it yourself: "
        f"{code(f'modelsmith promotion status --pull {pull.number}')}"
    )
    return "\n".join([*lines, "", told]) + "\n"


def _asked_for(judgement: Judgement) -> Iterator[str]:
    """Yield what would be approved: an override first, the request's digest, what takes it back."""
    if judgement.overridden:
        yield from (f"**{code(judgement.overridden)}**", "")
    if judgement.request is not None:
        yield from (f"- request: sha256 {code(judgement.request.digest())}",)
        if judgement.request.tags:
            yield f"- tags: {code(', '.join(judgement.request.tags))}"
    yield f"- rollback: {code(rollback_words(judgement.contract))}"


def _compared(baseline: Compared) -> str:
    """Return what a baseline is, and who judged it and the candidate."""
    told = f"- compared with {code(baseline.system)}: {code(baseline.words)}"
    return f"{told}; {code(baseline.panel.words)}" if baseline.panel else told


def _line(found: RuleResult) -> str:
    said = f"- {WORDS[found.state]}: **{found.rule}**: {code(found.what)}"
    return f"{said}\n  {code(found.remedy)}" if found.state == "fails" else said


def _asked(judgement: Judgement) -> Iterator[str]:
    """Yield who is asked for what, with the command; on GitHub the button does it too."""
    waiting = [found for found in judgement.findings if found.state == "waits"]
    if not waiting:
        return
    yield from ("", "### Who is asked", "")
    pull = judgement.pull
    for found in waiting:
        if not found.people:
            yield f"- **{found.rule}**: {code(found.remedy)}"
            continue
        command = code(f"modelsmith promotion approve {pull.number} --as {found.rule}")
        yield f"- **{found.rule}**: one of {code(', '.join(found.people))}: {command}"
    if judgement.forge == "github" and any(found.people for found in waiting):
        yield from ("", f"or approve on GitHub: {pull.url}/files, Review changes, Approve.")
