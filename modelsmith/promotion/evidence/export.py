"""Export a promotion for other tools, from what its request names, byte for byte."""

import json
from collections.abc import Callable, Mapping

from modelsmith.errors import BrokenRecordError, UsageError
from modelsmith.layout import PROMOTIONS
from modelsmith.promotion.bundle import EVALUATION, LINEAGE, RECORD, REQUEST, Request
from modelsmith.promotion.evidence.export_cyclonedx import Bundle, ml_bom_of
from modelsmith.promotion.evidence.export_model_signing import model_manifest_of
from modelsmith.promotion.record import PromotionRecord
from modelsmith.record import canonical, read_as, sha256
from modelsmith.run.history import History, folder_at

FORMATS: Mapping[str, Callable[[Bundle], object]] = {
    "cyclonedx": ml_bom_of,
    "model-signing": lambda bundle: model_manifest_of(bundle.request),
}
"""What a promotion is exported as."""

NEEDED = (RECORD, EVALUATION, LINEAGE)


def exported(history: History, revision: str, place: str, form: str) -> bytes:
    """Return a promotion in another tool's form, as canonical JSON.

    Args:
        history: The clone.
        revision: The branch, tag or commit that holds the promotion.
        place: `SPECIALIST/VERSION`, with `promotions/` before it or without.
        form: One of `FORMATS`.

    Raises:
        UsageError: the revision or the promotion is not there, or it has no request.
        BrokenRecordError: a file is not what the request names.
    """
    name = place.strip("/").removeprefix(f"{PROMOTIONS}/")
    commit = history.commit_of(revision)
    if commit is None:
        raise UsageError(f"there is no commit {revision}", remedy="Name a branch or a commit.")
    files = folder_at(history, history.walk([commit])[commit].tree, f"{PROMOTIONS}/{name}")
    if REQUEST not in files:
        raise UsageError(
            f"{PROMOTIONS}/{name} at {revision} has no {REQUEST}",
            remedy="Name SPECIALIST/VERSION of a promotion, and the branch that holds it with "
            "--revision.",
        )
    request = read_as(files[REQUEST], Request)
    if request is None or request.release.place != f"{PROMOTIONS}/{name}":
        found = "cannot be read" if request is None else f"is of {request.release.words}"
        raise _broken(name, REQUEST, found)
    for one in NEEDED:
        if sha256(files.get(one, b"")) != request.evidence.get(one):
            raise _broken(name, one, f"is not what {REQUEST} names")
    return canonical(
        FORMATS[form](
            Bundle(
                request=request,
                record=PromotionRecord.model_validate_json(files[RECORD]),
                evaluation=json.loads(files[EVALUATION]),
                lineage=json.loads(files[LINEAGE]),
            )
        )
    )


def _broken(name: str, file: str, found: str) -> BrokenRecordError:
    return BrokenRecordError(
        f"{PROMOTIONS}/{name}/{file} {found}",
        remedy="Restore it from git, and see `modelsmith audit` for who changed it.",
    )
