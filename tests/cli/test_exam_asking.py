"""Who asks a judge outside a run: within a boundary, and written down beside the result."""

from functools import partial

import pytest

from modelsmith.boundary.call import Refused
from modelsmith.boundary.grants import SEALED, Boundary
from modelsmith.boundary.isolation.egress_log import FileJournal
from modelsmith.errors import BoundaryError, HostedError
from modelsmith.wiring.hosted import judge_client
from tests.support.exam_files import exam_repository
from tests.support.hosted_models import a_boundary, a_model, saying


@pytest.fixture
def asking(tmp_path):
    exam_repository(tmp_path)
    return partial(judge_client, tmp_path, "pumps")


def test_a_judge_is_asked_nothing_that_its_boundary_keeps_in(asking, tmp_path):
    journal = tmp_path / "sat" / "gpt-1.outbound.jsonl"
    outbound = asking(a_model(), Boundary(name=SEALED), journal)
    with pytest.raises(BoundaryError, match="boundary sealed grants openai nothing as judge"):
        outbound.ask("gpt-1", [saying("Is it met?", purpose="judge")], "judge exam")
    (line,) = FileJournal(journal).egress_events()
    assert isinstance(line, Refused)


def test_a_judge_without_its_key_is_not_asked(asking, tmp_path, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(HostedError, match="OPENAI_API_KEY for gpt-1"):
        asking(a_model(url=None), a_boundary(), tmp_path / "outbound.jsonl")
