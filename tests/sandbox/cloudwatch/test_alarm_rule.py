"""Composite alarms' rules."""

from __future__ import annotations

import pytest

from sandbox.aws.cloudwatch.alarm_rule import AlarmRuleError, alarm_names, holds, parse
from sandbox.aws.cloudwatch.evaluation import StateValue

STATES = {"good": StateValue.OK, "bad": StateValue.ALARM, "new": StateValue.INSUFFICIENT_DATA, "a b": StateValue.ALARM}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("ALARM(bad)", True),
        ('ALARM("bad")', True),
        ('ALARM("a b")', True),
        ("ALARM(arn:aws:cloudwatch:ap-southeast-2:123456789012:alarm:bad)", True),
        ("OK(good) AND INSUFFICIENT_DATA(new)", True),
        ("ALARM(good) OR ALARM(bad)", True),
        ("ALARM(good) OR ALARM(good)", False),
        ("NOT ALARM(good)", True),
        ("NOT (ALARM(good) OR ALARM(bad))", False),
        ("ALARM(good) AND ALARM(bad) OR TRUE", True),  # AND binds tighter
        ("ALARM(good) AND (ALARM(bad) OR TRUE)", False),
        ("FALSE", False),
    ],
)
def test_a_rule_on_the_states_of_alarms(rule: str, expected: bool) -> None:
    assert holds(parse(rule), STATES.__getitem__) is expected


def test_the_alarms_that_a_rule_mentions_each_once() -> None:
    assert alarm_names(parse("ALARM(b) OR ALARM(a) AND NOT OK(b)")) == ["b", "a"]


@pytest.mark.parametrize(
    "rule", ["", "ALARM", "ALARM()", "ALARM(a", "ALARM(a) ALARM(b)", "AT_LEAST(1, ALARM, (a))", "AND"]
)
def test_what_cannot_be_read_is_refused(rule: str) -> None:
    with pytest.raises(AlarmRuleError, match="Invalid AlarmRule"):
        parse(rule)
