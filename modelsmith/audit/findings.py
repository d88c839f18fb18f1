"""What an audit of a repository finds: its rules, its findings, and how much it looked at."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from modelsmith.documents.diagnostic import Severity
from modelsmith.record import Count, Record


class AuditRule(NamedTuple):
    """One thing that an audit holds a repository to."""

    meaning: str
    """What must be so."""
    why: str
    """What somebody could do if it were not."""
    remedy: str
    """What to do about a finding."""


RULES: Mapping[str, AuditRule] = {
    "append-only": AuditRule(
        "What a run or a promotion has recorded is never edited, moved or removed: ledger lines, "
        "evidence, run.yaml after the intake, records, channels.",
        "Whoever edits a record after the fact decides what was found.",
        "Ask the commit's author why. Bring the file back as it was before that commit: "
        "`git checkout COMMIT~1 -- PATH`, in a pull request of its own.",
    ),
    "channel": AuditRule(
        "Each move of a channel's pointer was signed and due: an approved promotion, an override "
        "in writing, or a revert that the live release's own contract authorised.",
        "Whoever moves the pointer decides what people are served.",
        "Ask who merged it. Take the channel to its last move that holds: "
        "`modelsmith audit promotion CHANNEL` says which.",
    ),
    "commit-author": AuditRule(
        "The factory is the author of every commit that records an entry of a run.",
        "A record that a person wrote is a claim and no measurement.",
        "Start a new run from the same run.yaml, and let the factory commit. What a person "
        "committed for it does not count.",
    ),
    "commit-dates": AuditRule(
        "Author date and committer date of an entry's commit are the moment the entry was "
        "recorded.",
        "A rebase, an amended commit or a later rewrite leaves other dates.",
        "Merge the run's branch with a merge commit; never rebase, amend or squash it.",
    ),
    "commit-trailers": AuditRule(
        "The trailers of an entry's commit name its run, phase, round and the entry's digest.",
        "A commit that speaks of another entry was copied or made by hand.",
        "Find the commit that recorded the entry first, and restore the branch from it.",
    ),
    "entry-commit": AuditRule(
        "Each entry is one commit, which holds the ledger's new line, its evidence, and nothing "
        "else; and what changes a run that has started records an entry.",
        "A record that comes with other changes, or in a heap, has no moment of its own.",
        "Merge the run's branch with a merge commit, never squash it; take other changes out of "
        "the run's folder.",
    ),
    "exam": AuditRule(
        "A run was examined by the exam that lay in git, reviewed, at the commit it began with: "
        "the same weights and floors, the same scenarios.",
        "Whoever swaps the exam at the start gets figures that follow, and mean something else.",
        "Start a new run from the reviewed exam; this one promotes nothing.",
    ),
    "forked": AuditRule(
        "All branches tell one story of a run: one may be further than another, never different.",
        "With two stories, somebody chooses the one that pleases.",
        "Keep the branch whose commits are older and signed, delete the other, and say why in the "
        "pull request.",
    ),
    "promotion": AuditRule(
        "A promotion's record is the one that a staged entry of its run recorded; or a refused "
        "one, where an operator overrode the gate in writing, which is told as a note for ever.",
        "A specialist that no run has staged was judged by nobody.",
        "Take the record out of promotions/, and roll the channel back if it is live.",
    ),
    "release": AuditRule(
        "What was promoted is what was approved and signed: its files, its run's evidence, the "
        "signatures, the approvals and the gate's decision.",
        "A release that is not what people approved was approved by nobody.",
        "`modelsmith audit promotion SPECIALIST/VERSION` says what each rule finds. Take the "
        "channel down, restore the files from git, and promote anew.",
    ),
    "replay": AuditRule(
        "Everything that a run concluded follows from its evidence, file by file and figure by "
        "figure.",
        "A conclusion that does not follow was forged, or made by another version of the rules.",
        "`modelsmith run replay RUN` shows the same in a checkout. Restore the files from git. "
        "Where line ends were converted, add `runs/** -text` to .gitattributes.",
    ),
    "rewritten": AuditRule(
        "A commit that was seen before is still part of the history.",
        "A forced push drops what it does not like, and leaves no trace in the history itself.",
        "Push the old commit to a branch, compare the two, and protect the branch against forced "
        "pushes.",
    ),
    "rules": AuditRule(
        "A run concludes, and cuts prose into criteria, by rules as new as those of the runs that "
        "it began beside.",
        "A run of before is concluded by the rules of its time; a later one that claims them hides "
        "what the newer ones show: answers that were cut, or that cannot be read, or criteria that "
        "nobody compares.",
        "Find out who wrote that ledger, and run it anew: a run keeps the rules it began with.",
    ),
    "sealed-looks": AuditRule(
        "No two promotion attempts say that they are the same look at a sealed version, and each "
        "look that was claimed has an attempt.",
        "Each look spends some of the error rate: two first looks, or one that is kept quiet when "
        "it displeases, promote falsely more often.",
        "Step the run whose claim waits. Count a look that is lost as taken: where the benchmark "
        "allows no more, retire the sealed version.",
    ),
    "signature": AuditRule(
        "A signature that is there holds; with --require-signatures each entry's commit has one.",
        "Names in commits are claims; a signature is what proves them.",
        "Make the public keys known here (gpg --import, or gpg.ssh.allowedSignersFile). Let the "
        "runner sign: commit.gpgsign.",
    ),
    "started-from": AuditRule(
        "The commit that a run says it began with is in the history of its first entry.",
        "The exam and the settings of a run are those of that commit; without it nobody can look.",
        "Bring the branch back that holds the commit; never rebase a run's branch.",
    ),
}
"""Every rule by its name."""


class AuditFinding(Record):
    """One place where a repository breaks a rule."""

    rule: str
    """Name of the rule."""
    severity: Severity
    """An error breaks integrity; a warning is for people to judge."""
    commit: str | None
    """The commit that did it, or in which it is so; none where no single one is."""
    path: str | None
    """The file, from the top of the repository."""
    entry: int | None
    """Index of the ledger entry."""
    field: str | None
    """Field of the entry, or trailer of the commit."""
    what: str
    """What was found and what was expected."""

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return RULES[self.rule].remedy


def finding(  # noqa: PLR0913 - what a finding says
    rule: str,
    what: str,
    *,
    commit: str | None = None,
    path: str | None = None,
    entry: int | None = None,
    field: str | None = None,
    severity: Severity = Severity.ERROR,
) -> AuditFinding:
    """Return a finding of a rule that is in the table."""
    if rule not in RULES:
        raise ValueError(f"no rule is called {rule}")
    return AuditFinding(
        rule=rule,
        severity=severity,
        commit=commit,
        path=path,
        entry=entry,
        field=field,
        what=what,
    )


class AuditCounts(Record):
    """How much was looked at; a clean audit of nothing says so."""

    commits: Count
    """Commits whose changes to runs and promotions were compared with each parent's."""
    entry_commits: Count
    """Commits that record an entry, each held against its entry."""
    runs: Count
    """Runs that have started."""
    not_started: Count
    """Runs that have a run.yaml and no entry."""
    entries: Count
    """Ledger entries."""
    evidence: Count
    """Evidence files whose digests were compared."""
    decisions: Count
    """Conclusions that were drawn again."""
    promotions: Count
    """Promotion records."""


NOTHING = AuditCounts(**dict.fromkeys(AuditCounts.model_fields, 0))
"""What is looked at in a repository without a commit."""


class Audit(Record):
    """What an audit found."""

    revision: str
    """What was asked for."""
    commit: str | None
    """The commit that it means; none in a repository without a commit."""
    branches: Mapping[str, str]
    """Run branches that were audited too, with their commits."""
    base: str | None
    """The commit that the revision was compared with; none where there is nothing before it."""
    checked: AuditCounts
    """How much was looked at."""
    signers: Mapping[str, int]
    """Entry commits by who signed them, in words."""
    findings: tuple[AuditFinding, ...]
    """Every finding, in the order of the rules."""

    @property
    def is_clean(self) -> bool:
        """Whether nothing breaks integrity."""
        return not any(found.severity is Severity.ERROR for found in self.findings)


def in_order(findings: Sequence[AuditFinding]) -> tuple[AuditFinding, ...]:
    """Return the findings, each once, errors first, then by rule and place."""
    severities = list(Severity)

    def place(found: AuditFinding) -> tuple[int, str, str, int, str]:
        rank = severities.index(found.severity)
        return rank, found.rule, found.path or "", found.entry or 0, found.what

    return tuple(sorted(dict.fromkeys(findings), key=place))
