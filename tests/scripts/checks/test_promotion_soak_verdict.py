"""Whatever the hours hold: a soak passes only on what was truly observed, and never on nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from scripts.checks.promotion_soak import indicators, judge_soak, soak
from scripts.observe.deployments import Deployment
from scripts.observe.figures import Readings, Sample
from scripts.observe.windows import METRIC_DELAY
from scripts.results import Outcome, Status
from sop.outputs import StackOutputs
from tests.scripts.prod_stack import OUTPUTS

DEPLOYED = datetime(2026, 3, 10, 1, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)
THRESHOLDS = StackOutputs.parse(
    OUTPUTS | {"thresholds": OUTPUTS["thresholds"] | {"errorRateMinimumRequests": 20}}
).thresholds
WANTED = indicators(THRESHOLDS, HOUR)
GOOD = {"response-time": Sample(4, 20), "cpu": Sample(360, 12), "error-rate": Sample(0, 20)}
SAMPLES = {
    "response-time": st.sampled_from([Sample(4, 20), Sample(4, 20), Sample(0, 0), Sample(20, 20), Sample(9, 9)]),
    "cpu": st.sampled_from([Sample(360, 12), Sample(360, 12), Sample(360, 12), Sample(0, 0), Sample(960, 12)]),
    "error-rate": st.sampled_from([Sample(0, 20), Sample(0, 20), Sample(0, 0), Sample(1, 20), Sample(9, 9)]),
}
# Bad hours are rare, so that not every example is a FAIL.
HOURS = st.one_of(
    st.lists(st.just(GOOD), min_size=40, max_size=40),
    st.lists(st.sampled_from([GOOD, GOOD, {"cpu": GOOD["cpu"]}, {}]), min_size=40, max_size=40),
    st.lists(st.fixed_dictionaries({}, optional=SAMPLES), min_size=40, max_size=40),
)
PASSED = st.integers(0, 40 * 60).map(lambda minutes: timedelta(minutes=minutes))


def judged(hours: list[dict[str, Sample]], passed: timedelta, later: Deployment | None = None) -> Outcome:
    found = soak(DEPLOYED, 24 * HOUR, DEPLOYED + passed + METRIC_DELAY, later)
    readings: Readings = dict(zip(found.windows, hours, strict=False))
    return judge_soak(found, WANTED, readings)


@given(HOURS, PASSED)
def test_a_pass_has_the_hours_asked_for_and_no_limit_broken_in_any_since(
    hours: list[dict[str, Sample]], passed: timedelta
) -> None:
    if judged(hours, passed).status is Status.PASS:
        whole = hours[: passed // HOUR]
        assert len(whole) >= 24
        assert not [hour for hour in whole for one in WANTED if one.broken(hour.get(one.id, Sample(0, 0)))]


@given(HOURS, PASSED)
def test_a_pass_has_seen_the_servers_in_nearly_all_of_the_last_hours_and_visitors_in_a_quarter(
    hours: list[dict[str, Sample]], passed: timedelta
) -> None:
    if judged(hours, passed).status is Status.PASS:
        whole = hours[: passed // HOUR]
        assert sum("cpu" in hour and hour["cpu"].count >= 11 for hour in whole[-24:]) >= 22
        for name in ("response-time", "error-rate"):
            assert sum(name in hour and hour[name].count >= 20 for hour in whole) >= 6


@given(HOURS, st.timedeltas(timedelta(), 24 * HOUR - timedelta(seconds=1)))
def test_too_early_fails_whatever_the_hours_hold(hours: list[dict[str, Sample]], passed: timedelta) -> None:
    assert judged(hours, passed).status is Status.FAIL


@given(HOURS, PASSED, st.timedeltas(timedelta(), 40 * HOUR))
def test_a_later_deployment_never_makes_it_longer(
    hours: list[dict[str, Sample]], passed: timedelta, after: timedelta
) -> None:
    later = Deployment("later", DEPLOYED + after)
    if judged(hours, passed, later).status is Status.PASS:
        assert after >= 24 * HOUR
        assert passed >= 24 * HOUR


@given(HOURS, PASSED, st.integers(0, 39), st.sampled_from(["response-time", "cpu", "error-rate"]))
def test_a_broken_hour_more_is_never_better(
    hours: list[dict[str, Sample]], passed: timedelta, place: int, name: str
) -> None:
    broken = list(hours)
    broken[place] = {**hours[place], name: Sample(10_000, 100)}
    if place < passed // HOUR:
        assert judged(broken, passed).status is Status.FAIL


@given(PASSED)
def test_nothing_observed_never_passes(passed: timedelta) -> None:
    assert judged([{}] * 40, passed).status in (Status.FAIL, Status.INCONCLUSIVE)


def test_these_hours_can_pass() -> None:
    assert judged([GOOD] * 40, 24 * HOUR).status is Status.PASS
    assert judged([GOOD] * 6 + [{"cpu": GOOD["cpu"]}] * 34, 24 * HOUR).status is Status.PASS
