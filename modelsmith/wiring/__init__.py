"""The only package that knows every concrete class; heavy ones are imported when asked for."""

from modelsmith.exam.files.benchmark_folder import ExamFolder, domains_in
from modelsmith.wiring.audit import audit, export_promotion, lineage, release_audits
from modelsmith.wiring.ci import CiOperations
from modelsmith.wiring.exams import (
    changed_checks,
    exam_check,
    grader_exam,
    labelled_answers,
    scenario_author,
)
from modelsmith.wiring.forge import commit_message, forge, scenario_from_issue, scenario_reviews
from modelsmith.wiring.hosted import hold_in, probed_wall
from modelsmith.wiring.judges import judges
from modelsmith.wiring.precheck import precheck
from modelsmith.wiring.promotion import (
    approve_promotion,
    merge_promotions,
    override_promotion,
    publish_promotion_statuses,
    reject_promotion,
)
from modelsmith.wiring.runs import Runs, exposures, recheck_read, recheck_written
from modelsmith.wiring.serving import ServerSettings, channel_follower, check_once, serve
from modelsmith.wiring.setup import app_id, begin_factory, checkup, generated_folders
from modelsmith.wiring.signing import make_signing_key
from modelsmith.wiring.site import build_site
from modelsmith.wiring.store import collection, content_store
from modelsmith.wiring.watch import watch

__all__ = [
    "CiOperations",
    "ExamFolder",
    "Runs",
    "ServerSettings",
    "app_id",
    "approve_promotion",
    "audit",
    "begin_factory",
    "build_site",
    "changed_checks",
    "channel_follower",
    "check_once",
    "checkup",
    "collection",
    "commit_message",
    "content_store",
    "domains_in",
    "exam_check",
    "export_promotion",
    "exposures",
    "forge",
    "generated_folders",
    "grader_exam",
    "hold_in",
    "judges",
    "labelled_answers",
    "lineage",
    "make_signing_key",
    "merge_promotions",
    "override_promotion",
    "precheck",
    "probed_wall",
    "publish_promotion_statuses",
    "recheck_read",
    "recheck_written",
    "reject_promotion",
    "release_audits",
    "scenario_author",
    "scenario_from_issue",
    "scenario_reviews",
    "serve",
    "watch",
]
