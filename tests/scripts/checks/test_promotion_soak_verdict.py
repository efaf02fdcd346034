"""Whatever the hours hold: a soak passes only on what was truly observed, and never on nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from scripts.checks.promotion_soak import soak
from scripts.checks.promotion_verdict import judge_soak
from scripts.observe.deployments import Deployment
from scripts.observe.figures import FIVE_MINUTES, NONE, Readings, Sample, indicators
from scripts.observe.judging import Progress, judge
from scripts.observe.windows import METRIC_DELAY
from scripts.results import Outcome, Status
from sop.outputs import StackOutputs
from tests.scripts.prod_stack import OUTPUTS

DEPLOYED = datetime(2026, 3, 10, 1, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)
THRESHOLDS = StackOutputs.parse(
    OUTPUTS | {"thresholds": OUTPUTS["thresholds"] | {"errorRateMinimumRequests": 20}}
).thresholds
WANTED = indicators(THRESHOLDS, FIVE_MINUTES)
GOOD = {"response-time": Sample(4, 20), "cpu": Sample(30, 1), "error-rate": Sample(0, 20)}
SAMPLES = {
    "response-time": st.sampled_from([Sample(4, 20), Sample(4, 20), Sample(0, 0), Sample(20, 20), Sample(9, 9)]),
    "cpu": st.sampled_from([Sample(30, 1), Sample(30, 1), Sample(30, 1), Sample(0, 0), Sample(80, 1)]),
    "error-rate": st.sampled_from([Sample(0, 20), Sample(0, 20), Sample(0, 0), Sample(1, 20), Sample(9, 9)]),
}
Hour = list[dict[str, Sample]]  # its five minutes
ALIKE = st.sampled_from([GOOD, GOOD, {"cpu": GOOD["cpu"]}, {}]).map(lambda five: [five] * 12)
MIXED = st.lists(st.fixed_dictionaries({}, optional=SAMPLES), min_size=12, max_size=12)
# Bad hours are rare, so that not every example is a FAIL.
HOURS = st.one_of(
    st.lists(st.just([GOOD] * 12), min_size=40, max_size=40),
    st.lists(ALIKE, min_size=40, max_size=40),
    st.tuples(st.lists(ALIKE, min_size=39, max_size=39), st.integers(0, 39), MIXED).map(
        lambda drawn: [*drawn[0][: drawn[1]], drawn[2], *drawn[0][drawn[1] :]]
    ),
)
PASSED = st.integers(0, 40 * 60).map(lambda minutes: timedelta(minutes=minutes))


def judged(hours: Sequence[Hour], passed: timedelta, later: Deployment | None = None) -> Outcome:
    found = soak(DEPLOYED, 24 * HOUR, DEPLOYED + passed + METRIC_DELAY, later)
    fives = [five for hour in hours for five in hour]
    readings: Readings = dict(zip(found.windows, fives, strict=False))
    return judge_soak(found, THRESHOLDS, readings)


def seen(hours: Sequence[Hour], passed: timedelta, name: str) -> list[float]:
    """How many samples each whole hour has."""
    return [sum(five.get(name, NONE).count for five in hour) for hour in hours[: passed // HOUR]]


@given(HOURS, PASSED)
def test_a_pass_has_the_hours_asked_for_and_no_limit_broken_in_any_since(hours: list[Hour], passed: timedelta) -> None:
    if judged(hours, passed).status is Status.PASS:
        assert passed // HOUR >= 24
        fives = [five for hour in hours for five in hour][: passed // FIVE_MINUTES]
        assert not [five for five in fives for one in WANTED if one.broken(five.get(one.id, NONE))]


# A single window at its limit, or hardly above: what its hour and the whole hardly show.
BARELY = {"response-time": Sample(21, 20), "cpu": Sample(81, 1), "error-rate": Sample(1, 20)}


@given(st.integers(0, 29 * 12), st.integers(0, 11), st.sampled_from(sorted(BARELY)), PASSED)
def test_what_observe_calls_a_failure_of_an_hour_within_it_is_one_of_the_soak(
    begin: int, at: int, name: str, passed: timedelta
) -> None:
    fives = [dict(GOOD) for _ in range(40 * 12)]
    fives[begin + at][name] = BARELY[name]
    windows = soak(DEPLOYED, 24 * HOUR, DEPLOYED + 40 * HOUR + METRIC_DELAY).windows
    hour = windows[begin : begin + 12]
    progress = Progress(hour, dict(zip(hour, fives[begin:], strict=False)), consecutive=3)
    (one,) = (one for one in WANTED if one.id == name)
    assert judge(one, progress).status is Status.FAIL
    if begin + at < passed // FIVE_MINUTES:
        assert judged([fives[hour : hour + 12] for hour in range(0, 480, 12)], passed).status is Status.FAIL


@given(HOURS, PASSED)
def test_a_pass_has_seen_the_servers_in_nearly_all_of_the_last_hours_and_visitors_in_a_quarter(
    hours: list[Hour], passed: timedelta
) -> None:
    if judged(hours, passed).status is Status.PASS:
        assert sum(count >= 11 for count in seen(hours, passed, "cpu")[-24:]) >= 22
        for name in ("response-time", "error-rate"):
            assert sum(count >= 20 for count in seen(hours, passed, name)) >= 6


@given(HOURS, st.timedeltas(timedelta(), 24 * HOUR - timedelta(seconds=1)))
def test_too_early_fails_whatever_the_hours_hold(hours: list[Hour], passed: timedelta) -> None:
    assert judged(hours, passed).status is Status.FAIL


@given(HOURS, PASSED, st.timedeltas(timedelta(), 40 * HOUR))
def test_a_later_deployment_never_makes_it_longer(hours: list[Hour], passed: timedelta, after: timedelta) -> None:
    later = Deployment("later", DEPLOYED + after)
    if judged(hours, passed, later).status is Status.PASS:
        assert after >= 24 * HOUR
        assert passed >= 24 * HOUR


@given(HOURS, PASSED, st.integers(0, 40 * 12 - 1), st.sampled_from(["response-time", "cpu", "error-rate"]))
def test_five_bad_minutes_more_are_never_better(hours: list[Hour], passed: timedelta, place: int, name: str) -> None:
    hour, five = divmod(place, 12)
    broken = [list(one) for one in hours]
    broken[hour][five] = {**hours[hour][five], name: Sample(10_000, 100)}
    if place < passed // FIVE_MINUTES:
        assert judged(broken, passed).status is Status.FAIL


@given(PASSED)
def test_nothing_observed_never_passes(passed: timedelta) -> None:
    assert judged([[{}] * 12] * 40, passed).status in (Status.FAIL, Status.INCONCLUSIVE)


def test_these_hours_can_pass() -> None:
    assert judged([[GOOD] * 12] * 40, 24 * HOUR).status is Status.PASS
    assert judged([[GOOD] * 12] * 6 + [[{"cpu": GOOD["cpu"]}] * 12] * 34, 24 * HOUR).status is Status.PASS
