"""The two tables of "Configuring how CloudWatch alarms treat missing data", and the sentences around them."""

from __future__ import annotations

import pytest

from sandbox.aws.cloudwatch.evaluation import Missing, Point, Rule, StateValue

OK, ALARM, NO_DATA = StateValue.OK, StateValue.ALARM, StateValue.INSUFFICIENT_DATA
KEPT = None
TREATMENTS = (Missing.MISSING, Missing.IGNORE, Missing.BREACHING, Missing.NOT_BREACHING)


def points(drawn: str) -> list[Point]:
    """`0 - X` as in the guide: fine, missing, breaching, the newest on the right."""
    values = {"0": 0.0, "X": 10.0, "-": None}
    return [Point(index * 60, values[mark]) for index, mark in enumerate(drawn.split())]


def rule(datapoints: int, periods: int, missing: Missing, comparison: str = "GreaterThanThreshold") -> Rule:
    return Rule(comparison, 5.0, periods, datapoints, missing)


THREE_OF_THREE = [
    ("0 - X - X", 0, (OK, OK, OK, OK)),
    ("0 - - - -", 2, (OK, OK, OK, OK)),
    ("- - - - -", 3, (NO_DATA, KEPT, ALARM, OK)),
    ("0 X X - X", 0, (ALARM, ALARM, ALARM, ALARM)),
    ("- - X - -", 2, (ALARM, KEPT, ALARM, OK)),
]
TWO_OF_THREE = [
    ("0 - X - X", 0, (ALARM, ALARM, ALARM, ALARM)),
    ("0 0 X 0 X", 0, (ALARM, ALARM, ALARM, ALARM)),
    ("0 - X - -", 1, (OK, OK, ALARM, OK)),
    ("- - - - 0", 2, (OK, OK, ALARM, OK)),
    ("- - - X -", 2, (ALARM, KEPT, ALARM, OK)),
]


def cases(datapoints: int, table: list[tuple[str, int, tuple[StateValue | None, ...]]]) -> list[object]:
    return [
        pytest.param(datapoints, drawn, filled, treatment, expected, id=f"{datapoints} of 3: {drawn}, {treatment}")
        for drawn, filled, states in table
        for treatment, expected in zip(TREATMENTS, states, strict=True)
    ]


@pytest.mark.parametrize(
    ("datapoints", "drawn", "filled", "treatment", "expected"), cases(3, THREE_OF_THREE) + cases(2, TWO_OF_THREE)
)
def test_missing_data_as_the_guides_tables_say(
    datapoints: int, drawn: str, filled: int, treatment: Missing, expected: StateValue | None
) -> None:
    verdict = rule(datapoints, 3, treatment).evaluate(points(drawn))
    assert (verdict.state, verdict.filled) == (expected, filled)


@pytest.mark.parametrize("drawn", ["- - - - X", "- - - X -"])
def test_one_young_breaching_point_does_not_alarm_prematurely(drawn: str) -> None:
    assert rule(3, 3, Missing.MISSING).evaluate(points(drawn)).state is OK


def test_the_evaluation_range_is_two_periods_longer_than_the_evaluation() -> None:
    assert rule(3, 3, Missing.MISSING).range == 5


@pytest.mark.parametrize(
    ("datapoints", "drawn", "expected"),
    [
        (1, "0 0 0 0 X", ALARM),
        (2, "0 0 0 0 X", OK),
        (2, "X 0 X 0 0", OK),  # only the newest three count
        (3, "0 0 X X X", ALARM),
        (3, "X X X X 0", OK),
    ],
)
def test_m_of_n(datapoints: int, drawn: str, expected: StateValue) -> None:
    assert rule(datapoints, 3, Missing.MISSING).evaluate(points(drawn)).state is expected


@pytest.mark.parametrize(
    ("comparison", "breaching"),
    [
        ("GreaterThanThreshold", (False, False, True)),
        ("GreaterThanOrEqualToThreshold", (False, True, True)),
        ("LessThanThreshold", (True, False, False)),
        ("LessThanOrEqualToThreshold", (True, True, False)),
    ],
)
def test_comparison_operators_below_at_and_above_the_threshold(comparison: str, breaching: tuple[bool, ...]) -> None:
    limit = rule(1, 1, Missing.MISSING, comparison)
    assert tuple(limit.breaches(value) for value in (4.9, 5.0, 5.1)) == breaching
