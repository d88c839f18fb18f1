"""The only package that knows every concrete class; heavy ones are imported when asked for."""

from modelsmith.disk.github_actions_job import add_to_summary, set_outputs
from modelsmith.exam.files.benchmark_folder import ExamFolder
from modelsmith.wiring.audit import audit, exported_promotion, lineage, release_audits
from modelsmith.wiring.ci import CiOperations
from modelsmith.wiring.exams import (
    changed_checks,
    domains,
    exam_check,
    exam_folder,
    grader_exam,
    labelled_answers,
    scenario_author,
)
from modelsmith.wiring.forge import commit_message, forge, scenario_from_issue, scenario_reviews
from modelsmith.wiring.hosted import hold_in, probed_wall
from modelsmith.wiring.judges import judges
from modelsmith.wiring.policy import policy
from modelsmith.wiring.precheck import prechecked
from modelsmith.wiring.promotion import (
    promotion_answers,
    promotion_approved,
    promotion_overridden,
    promotion_rejected,
    promotions_merged,
)
from modelsmith.wiring.recheck import recheck_read, recheck_written
from modelsmith.wiring.runs import Runs, exposures
from modelsmith.wiring.serving import ServerSettings, desk_of, looked, served
from modelsmith.wiring.setup import app_id, begun_factory, checkup, generated_folders
from modelsmith.wiring.signing import new_signing_key
from modelsmith.wiring.site import built_site
from modelsmith.wiring.store import collection, content_store
from modelsmith.wiring.watch import watching

__all__ = [
    "ExamFolder",
    "Runs",
    "CiOperations",
    "ServerSettings",
    "add_to_summary",
    "app_id",
    "audit",
    "begun_factory",
    "built_site",
    "changed_checks",
    "checkup",
    "collection",
    "commit_message",
    "content_store",
    "desk_of",
    "domains",
    "exam_check",
    "exam_folder",
    "exported_promotion",
    "exposures",
    "forge",
    "generated_folders",
    "grader_exam",
    "hold_in",
    "judges",
    "labelled_answers",
    "lineage",
    "looked",
    "new_signing_key",
    "policy",
    "prechecked",
    "probed_wall",
    "promotion_answers",
    "promotion_approved",
    "promotion_overridden",
    "promotion_rejected",
    "promotions_merged",
    "recheck_read",
    "recheck_written",
    "release_audits",
    "scenario_author",
    "scenario_from_issue",
    "scenario_reviews",
    "served",
    "set_outputs",
    "watching",
]
