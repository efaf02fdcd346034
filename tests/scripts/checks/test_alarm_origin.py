"""Whatever an alarm looks at, and whenever it fires: whose it is follows from the time of its data."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from scripts.checks.alarm_firings import judge
from scripts.checks.alarm_origin import METRIC_DELAY, by_time
from scripts.facts.alarm_data import Evaluation, StateData
from scripts.facts.alarm_history import Firing
from scripts.results import Status
from tests.scripts.prod_stack import BEGIN

DEPLOYED = BEGIN + timedelta(minutes=7)
SPANS = st.integers(0, 6 * 3600).map(lambda seconds: timedelta(seconds=seconds))
THREE_SPANS = st.tuples(SPANS, SPANS, SPANS)
EVALUATIONS = st.builds(
    Evaluation,
    period=st.sampled_from([10, 60, 300, 3600]).map(lambda seconds: timedelta(seconds=seconds)),
    periods=st.integers(1, 10),
    missing=st.sampled_from(["missing", "notBreaching", "breaching", "ignore"]),
)


@st.composite
def data_until(draw: st.DrawFn, evaluation: Evaluation, newest: datetime) -> StateData:
    """Data points of which the newest begins then, with gaps; all, or fewer, or none."""
    others = draw(st.lists(st.integers(1, evaluation.periods + 2), unique=True, max_size=evaluation.periods - 1))
    points = (newest, *(newest - evaluation.period * ago for ago in sorted(others)))
    return StateData(points, draw(st.sampled_from([None, evaluation.period])))


def told(firing: Firing, evaluation: Evaluation, now: datetime) -> Status:
    return judge(firing, by_time(firing, evaluation, DEPLOYED), now).status


def settled(evaluation: Evaluation) -> datetime:
    return DEPLOYED + evaluation.range + METRIC_DELAY


@given(st.data(), EVALUATIONS, THREE_SPANS, st.booleans())
def test_data_wholly_of_before_the_deployments_end_never_fail_as_long_as_they_can_last(
    data: st.DataObject, evaluation: Evaluation, spans: tuple[timedelta, timedelta, timedelta], burning: bool
) -> None:
    age, late, more = spans
    newest = DEPLOYED - evaluation.period - age
    points = data.draw(data_until(evaluation, newest))
    if len(points.datapoints) < evaluation.periods and evaluation.missing == "breaching":
        late = min(late, age)  # the missing ones may be newer: of before is what fired before
    started = newest + evaluation.period + late
    now = min(started + more, settled(evaluation))
    if started > now:
        return
    firing = Firing("prod-cpu", started, None if burning else now, "", points)
    assert told(firing, evaluation, now) is (Status.INCONCLUSIVE if burning else Status.PASS)


@given(st.data(), EVALUATIONS, THREE_SPANS, st.booleans(), st.booleans())
def test_data_of_after_are_never_a_pass(
    data: st.DataObject,
    evaluation: Evaluation,
    spans: tuple[timedelta, timedelta, timedelta],
    burning: bool,
    known: bool,
) -> None:
    age, late, more = spans
    newest = DEPLOYED + age
    started = newest + evaluation.period + late
    points = data.draw(data_until(evaluation, newest)) if known else StateData()
    firing = Firing("prod-cpu", started, None if burning else started + more, "", points)
    status = told(firing, evaluation, started + more)
    assert status is Status.FAIL if known and evaluation.missing != "breaching" else status is not Status.PASS


@given(st.data(), EVALUATIONS, st.datetimes(BEGIN.replace(tzinfo=None)), SPANS, st.booleans())
def test_in_alarm_past_a_full_range_after_the_deployment_always_fails(
    data: st.DataObject, evaluation: Evaluation, began: datetime, more: timedelta, known: bool
) -> None:
    now = settled(evaluation) + timedelta(seconds=1) + more
    started = min(began.replace(tzinfo=BEGIN.tzinfo), now)
    newest = started - evaluation.period
    firing = Firing("prod-cpu", started, None, "", data.draw(data_until(evaluation, newest)) if known else StateData())
    assert told(firing, evaluation, now) is Status.FAIL


@given(EVALUATIONS, SPANS, SPANS)
def test_no_age_is_negative(evaluation: Evaluation, more: timedelta, late: timedelta) -> None:
    """Whatever the clocks say: an end before its beginning, too."""
    firing = Firing("prod-cpu", DEPLOYED + more, DEPLOYED + more - late, "")
    finding = judge(firing, by_time(firing, evaluation, DEPLOYED), DEPLOYED)
    assert ", -" not in finding.text
