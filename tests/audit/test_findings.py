"""Findings in their order, and rules that there are."""

import pytest

from modelsmith.audit.findings import RULES, finding, in_order
from modelsmith.documents.diagnostic import Severity


def test_a_rule_must_be_in_the_table():
    with pytest.raises(ValueError, match="no rule is called trust-me"):
        finding("trust-me", "x")


def test_a_finding_carries_the_remedy_of_its_rule():
    assert finding("replay", "x").remedy == RULES["replay"].remedy


def test_errors_come_first_and_each_finding_once():
    warning = finding("append-only", "b", severity=Severity.WARNING)
    second, first = finding("replay", "a", path="b"), finding("replay", "b", path="a")
    assert in_order([warning, second, first, second]) == (first, second, warning)
    assert in_order([]) == ()
