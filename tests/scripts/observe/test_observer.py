"""`release observe` from the deployment's end to its verdict, with every way it can be disturbed."""

from __future__ import annotations

import errno
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from scripts.clients.aws import Aws
from scripts.clients.clock import AwsClock
from scripts.errors import ConfigurationError
from scripts.observe.watch import LAST_RETRIES
from scripts.observe.windows import METRIC_DELAY
from scripts.reports.plots import plots_of
from scripts.reports.summary import tally
from scripts.results import Status
from scripts.text import utc
from tests.scripts.fake_aws import Params, Refusal
from tests.scripts.observe.observed import DEPLOYED, GOOD, MINUTE, Observed, statuses
from tests.scripts.prod_stack import EXECUTION, NESTED_ID
from tests.scripts.release import GOOD_ACTIONS, Release, action, at, event, execution, update

PASS, FAIL, INCONCLUSIVE, ERROR = Status.PASS, Status.FAIL, Status.INCONCLUSIVE, Status.ERROR
IDS = ("response-time", "cpu", "error-rate")
OVER = DEPLOYED + timedelta(hours=1) + METRIC_DELAY


@pytest.fixture
def observed(release: Release, tmp_path: Path) -> Observed:
    return Observed(release, tmp_path)


def all_of(status: Status) -> dict[str, Status]:
    return dict.fromkeys(IDS, status)


class TestTheHour:
    def test_a_young_deployment_is_waited_for_and_passes(self, observed: Observed) -> None:
        report = observed.run()
        assert (statuses(report), report.exit_code) == (all_of(PASS), 0)
        assert (report.command, report.execution_id, report.finished_at) == ("observe", EXECUTION, OVER)
        assert observed.waits[-1] == OVER
        assert observed.waits[1:] == [moment + 5 * MINUTE for moment in observed.waits[:-1]]

    def test_an_hour_that_has_passed_is_read_back_at_once_in_one_call(self, observed: Observed) -> None:
        observed.now = OVER
        report = observed.run()
        assert statuses(report) == all_of(PASS)
        assert not observed.waits
        (call,) = observed.release.aws.called("GetMetricData")
        assert (call["StartTime"], call["EndTime"]) == (DEPLOYED, DEPLOYED + timedelta(hours=1))
        assert report.api_calls == len(observed.release.aws.calls)

    def test_each_figure_can_be_plotted_from_the_deployments_end_on(self, observed: Observed) -> None:
        observed.now = OVER
        plots = [plot for result in observed.run().checks for plot in plots_of(result)]
        assert [plot.name for plot in plots] == ["Average response time", "Average CPU", "Share of 5xx"]
        assert {(plot.deployed, len(plot.steps), plot.judged) for plot in plots} == {(DEPLOYED, 12, True)}

    def test_each_window_is_said_with_figures_and_limits(self, observed: Observed) -> None:
        observed.run(duration=10)
        lines = [line for line in observed.said if "/2  " in line]
        assert lines[0] == (
            "2026-03-10T01:12:00Z  1/2  response-time 0.2 s (< 1 s)  cpu 30 % (< 80 %)  error-rate 0 % (< 5 %)"
        )
        assert len(lines) == 2

    def test_why_and_how_long_there_is_silence_is_said_once(self, observed: Observed) -> None:
        observed.run(duration=20)
        assert observed.waits == [at(25), at(30)]
        (line,) = (line for line in observed.said if "Ctrl-C" in line)
        assert line.startswith(
            "The next figures come at 2026-03-10T01:25:00Z, then every 5 min; metrics arrive 3 min late."
        )

    def test_spans_below_a_period_are_rounded_up_and_said(self, observed: Observed) -> None:
        assert statuses(observed.run(duration=3, interval=0.5)) == all_of(PASS)
        assert "rounded up to 1 min" in observed.said[0]

    @pytest.mark.parametrize(
        ("metric", "value", "check"),
        [("seconds", 20.0, "response-time"), ("percent", 160.0, "cpu"), ("errors", 1.0, "error-rate")],
    )
    def test_a_figure_at_its_limit_fails_its_own_check_alone(
        self, observed: Observed, metric: str, value: float, check: str
    ) -> None:
        observed.now, observed.minutes = OVER, lambda _: GOOD | {metric: value}
        report = observed.run()
        assert statuses(report) == all_of(PASS) | {check: FAIL}
        assert report.exit_code == 3

    def test_no_requests_are_inconclusive_and_do_not_touch_cpu(self, observed: Observed) -> None:
        observed.now, observed.minutes = OVER, lambda _: {"percent": 60.0, "values": 2.0}
        report = observed.run()
        assert statuses(report) == all_of(INCONCLUSIVE) | {"cpu": PASS}
        assert "no requests" in report.checks[-1].observed

    def test_errors_before_the_deployment_ended_do_not_count(self, observed: Observed) -> None:
        observed.now, observed.minutes = OVER, lambda moment: GOOD | {"errors": 20.0 * (moment < DEPLOYED)}
        assert statuses(observed.run()) == all_of(PASS)

    def test_a_minute_counts_in_one_window_only(self, observed: Observed) -> None:
        observed.now, observed.minutes = OVER, lambda moment: GOOD | {"errors": 20.0 * (moment == at(12))}
        _, *broken = observed.run().checks[-1].observed.splitlines()
        assert broken == ["2026-03-10T01:12:00Z to 2026-03-10T01:17:00Z: 20 %"]


class TestEarlyEnd:
    def test_what_is_over_its_limit_is_shown_at_once(self, observed: Observed) -> None:
        observed.minutes = lambda moment: GOOD | {"errors": 5.0 * (at(12) <= moment < at(17))}
        observed.run(duration=15)
        assert [line for line in observed.said if "OVER" in line] == [
            "2026-03-10T01:17:00Z  2/3  response-time 0.2 s (< 1 s)  cpu 30 % (< 80 %)  "
            "error-rate 25 % (OVER THE LIMIT: < 5 %)"
        ]

    def test_so_many_broken_windows_in_a_row_end_it(self, observed: Observed) -> None:
        observed.minutes = lambda _: GOOD | {"errors": 5.0}
        report = observed.run(consecutive=3)
        assert statuses(report) == all_of(INCONCLUSIVE) | {"error-rate": FAIL}
        assert report.finished_at == DEPLOYED + 15 * MINUTE + METRIC_DELAY

    def test_a_single_broken_window_is_waited_out_and_fails_at_the_end(self, observed: Observed) -> None:
        observed.minutes = lambda moment: GOOD | {"errors": 5.0 * (moment < at(12))}
        report = observed.run()
        assert (report.finished_at, statuses(report)["error-rate"]) == (OVER, FAIL)


class TestChangedByHand:
    """A change of the stack in the hour: what follows shows something else than the deployment."""

    def change(self, observed: Observed, minute: float, **more: Any) -> None:
        group = "AWS::AutoScaling::AutoScalingGroup"
        rolled = event("Group", "UPDATE_IN_PROGRESS", minute=minute, stack_id=NESTED_ID, kind=group, token="", **more)
        own = update(minute, minute + 1, stack_id=NESTED_ID, token="")
        observed.release.events(*update(), nested=[own[0], rolled, own[1]])

    def test_servers_that_were_replaced_fail_whatever_the_figures(self, observed: Observed) -> None:
        observed.now = OVER
        self.change(observed, 40, reason="Rolling update initiated. Terminating 2 obsolete instance(s)")
        report = observed.run()
        assert statuses(report) == all_of(FAIL)
        assert "The servers of Group were replaced" in report.checks[0].observed
        assert [one["value"] is None for one in report.checks[0].evidence["windows"]] == [False] * 6 + [True] * 6

    def test_a_change_in_place_is_inconclusive_and_ends_it(self, observed: Observed) -> None:
        self.change(observed, 21)
        report = observed.run()
        assert statuses(report) == all_of(INCONCLUSIVE)
        assert report.finished_at < OVER

    def test_one_after_the_hour_says_nothing_about_it(self, observed: Observed) -> None:
        observed.now = at(100)
        self.change(observed, 90)
        assert statuses(observed.run()) == all_of(PASS)

    def test_a_stack_that_is_gone_fails(self, observed: Observed) -> None:
        aws = observed.release.aws
        there = aws.aws.cloudformation.describe_stacks(StackName="web-infrastructure-prod")["Stacks"]
        gone = Refusal("ValidationError", "Stack with id web-infrastructure-prod does not exist")
        observed.now = OVER
        aws.answer("DescribeStacks", lambda _: {"Stacks": there} if len(aws.called("DescribeStacks")) == 2 else gone)
        assert statuses(observed.run()) == all_of(FAIL)


class TestInterrupted:
    def interrupt(self, observed: Observed, after: int) -> None:
        def stop(_: datetime) -> None:
            if len(observed.waits) == after:
                raise KeyboardInterrupt

        observed.on_wait = stop

    def test_it_is_inconclusive_with_the_command_that_carries_on(self, observed: Observed) -> None:
        self.interrupt(observed, after=4)
        report = observed.run()
        assert (statuses(report), report.exit_code) == (all_of(INCONCLUSIVE), 4)
        assert report.checks[0].fix == f"Carry on with `release observe --stack prod --execution-id {EXECUTION}`."

    def test_the_same_command_carries_on_and_reads_the_missed_windows(self, observed: Observed) -> None:
        self.interrupt(observed, after=4)
        observed.run()
        observed.on_wait = lambda _: None
        seen = DEPLOYED + 25 * MINUTE
        observed.now = seen + timedelta(minutes=17)
        calls = len(observed.release.aws.called("GetMetricData"))
        assert statuses(observed.run()) == all_of(PASS)
        assert observed.release.aws.called("GetMetricData")[calls]["StartTime"] == seen

    def test_what_was_broken_before_the_interruption_still_counts(self, observed: Observed) -> None:
        observed.minutes = lambda moment: GOOD | {"errors": 5.0 * (moment < at(12))}
        self.interrupt(observed, after=4)
        assert statuses(observed.run())["error-rate"] is INCONCLUSIVE
        observed.on_wait, observed.minutes = lambda _: None, lambda _: GOOD
        assert statuses(observed.run())["error-rate"] is FAIL


class TestUnreadable:
    def failing(self, observed: Observed, refusal: Refusal, until: datetime) -> None:
        def answer(request: Params) -> Params | Refusal:
            return refusal if observed.now < until else observed.metrics(request)

        observed.answered = answer

    @pytest.mark.parametrize("code", ["ExpiredToken", "Throttling", "InternalServiceFault"])
    def test_what_heals_in_time_is_read_back_with_new_clients(self, observed: Observed, code: str) -> None:
        self.failing(observed, Refusal(code), until=at(40))
        assert statuses(observed.run()) == all_of(PASS)
        assert observed.connections > 1

    @pytest.mark.parametrize(
        ("code", "status"),
        [("ExpiredToken", INCONCLUSIVE), ("Throttling", ERROR), ("InternalServiceFault", ERROR)],
    )
    def test_what_does_not_heal_is_never_a_verdict_and_names_the_command(
        self, observed: Observed, code: str, status: Status
    ) -> None:
        self.failing(observed, Refusal(code), until=at(1000))
        report = observed.run()
        assert (statuses(report), report.exit_code) == (all_of(status), 4)
        assert f"--execution-id {EXECUTION}`" in report.checks[0].fix

    def test_denied_access_is_not_waited_for(self, observed: Observed) -> None:
        self.failing(observed, Refusal("AccessDenied"), until=at(1000))
        report = observed.run()
        assert (statuses(report), observed.waits) == (all_of(ERROR), [])
        assert "cloudwatch:GetMetricData" in report.checks[0].observed

    def test_what_was_seen_before_access_was_denied_stays_in_evidence(self, observed: Observed) -> None:
        def answer(request: Params) -> Params | Refusal:
            return observed.metrics(request) if observed.now < at(21) else Refusal("AccessDenied")

        observed.answered = answer
        report = observed.run()
        assert statuses(report) == all_of(ERROR)
        assert [one["value"] for one in report.checks[0].evidence["windows"][:3]] == [0.2, 0.2, None]

    def test_partial_data_is_no_data(self, observed: Observed) -> None:
        def answer(request: Params) -> Params:
            whole = observed.metrics(request)
            (values,) = [each for each in whole["MetricDataResults"] if each["Id"] == "values"]
            values["StatusCode"] = "PartialData"
            return whole

        observed.now, observed.answered = OVER, answer
        report = observed.run()
        assert statuses(report) == all_of(ERROR)
        assert "values PartialData" in report.checks[0].observed

    def test_a_series_that_is_left_out_is_no_data(self, observed: Observed) -> None:
        observed.now = OVER
        observed.answered = lambda request: {"MetricDataResults": observed.metrics(request)["MetricDataResults"][:-1]}
        assert statuses(observed.run()) == all_of(ERROR)

    def test_pages_are_put_together_empty_ones_and_cut_ones_too(self, observed: Observed) -> None:
        def answer(request: Params) -> Params:
            whole = observed.metrics(request)["MetricDataResults"]
            number = int(request.get("NextToken", "0"))
            if number == 1:
                return {"MetricDataResults": [], "NextToken": "2"}
            first = number == 0
            for result in whole:
                half = slice(0, 30) if first else slice(30, None)
                result |= {"Timestamps": result["Timestamps"][half], "Values": result["Values"][half]}
                result["StatusCode"] = "PartialData" if first else "Complete"
            return {"MetricDataResults": whole, **({"NextToken": "1"} if first else {})}

        observed.now, observed.answered = OVER, answer
        report = observed.run()
        assert statuses(report) == all_of(PASS)
        assert "12 of 12" in report.checks[0].observed

    def test_what_arrives_later_than_usual_counts_before_there_is_a_verdict(self, observed: Observed) -> None:
        """Of each window the first minutes are there in time, and bad is what comes three minutes later."""
        observed.minutes = lambda moment: (
            GOOD | {"requests": 100.0, "errors": 40.0 * ((moment - DEPLOYED) // MINUTE in (58, 59))}
        )

        def answer(request: Params) -> Params:
            answered = observed.metrics(request)
            for one in answered["MetricDataResults"]:
                in_time = [at for at in one["Timestamps"] if at <= observed.now - timedelta(minutes=6)]
                one |= {"Timestamps": in_time, "Values": one["Values"][: len(in_time)]}
            return answered

        observed.answered = answer
        report = observed.run()
        assert statuses(report) == all_of(PASS) | {"error-rate": FAIL}
        assert report.finished_at > OVER

    def test_a_throttled_last_look_is_tried_again_like_every_other(self, observed: Observed) -> None:
        observed.now = OVER
        self.failing(observed, Refusal("Throttling"), until=OVER + 3 * MINUTE)
        assert statuses(observed.run()) == all_of(PASS)
        assert observed.waits == [OVER + number * MINUTE for number in (1, 2, 3)]

    def test_a_last_look_that_stays_throttled_ends_after_some_minutes(self, observed: Observed) -> None:
        observed.now = OVER
        self.failing(observed, Refusal("Throttling"), until=at(1000))
        assert statuses(observed.run()) == all_of(ERROR)
        assert len(observed.waits) == LAST_RETRIES

    def test_what_never_arrives_is_not_waited_for_long(self, observed: Observed) -> None:
        observed.minutes = lambda moment: GOOD if moment < DEPLOYED + 45 * MINUTE else {}
        report = observed.run()
        assert (statuses(report), report.finished_at) == (all_of(INCONCLUSIVE), OVER + LAST_RETRIES * MINUTE)

    def test_metrics_that_cloudwatch_has_forgotten_were_observed_all_the_same(self, observed: Observed) -> None:
        observed.now = OVER
        observed.run()
        observed.now, observed.minutes = OVER + timedelta(days=20), lambda _: {}
        assert statuses(observed.run()) == all_of(PASS)

    def test_credentials_that_cannot_be_renewed_at_the_moment_do_not_end_it(self, observed: Observed) -> None:
        self.failing(observed, Refusal("ExpiredToken"), until=at(40))
        connect = observed.connect

        def half_written() -> Aws:
            if observed.connections:
                observed.connections += 1
                raise ConfigurationError("The AWS configuration cannot be used.")
            return connect()

        observed.connect = half_written
        assert statuses(observed.run()) == all_of(PASS)
        assert any(line.endswith("The AWS configuration cannot be used.") for line in observed.said)

    def test_a_journal_that_cannot_be_written_is_told_and_does_not_end_it(
        self, observed: Observed, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(_file: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr("scripts.files.os.fsync", full)
        monkeypatch.setattr("scripts.observe.journal.sync_folder", lambda _folder: None)
        observed.now = OVER
        assert statuses(observed.run()) == all_of(PASS)
        assert any("No space left on device. What is observed is kept in memory" in line for line in observed.said)


class TestTime:
    """AWS's, whatever this machine's clock says, and whenever it is set."""

    def by_the_laptop(self, observed: Observed, ahead: Callable[[], timedelta]) -> AwsClock:
        clock = AwsClock(lambda: observed.now + ahead())
        observed.clock = clock.now
        observed.release.aws.aws.tell(clock)
        observed.on_ask = lambda: setattr(observed.release.aws, "date", format_datetime(observed.now, usegmt=True))
        observed.on_ask()
        observed.release.aws.aws.identity()
        return clock

    @pytest.mark.parametrize("ahead", [4 * MINUTE, -4 * MINUTE, timedelta(days=1)])
    def test_a_laptop_that_goes_wrong_misses_nothing(self, observed: Observed, ahead: timedelta) -> None:
        last = DEPLOYED + timedelta(minutes=59)
        observed.minutes = lambda moment: GOOD | {"errors": 20.0 * (moment == last)}
        self.by_the_laptop(observed, lambda: ahead)
        report = observed.run()
        assert statuses(report) == all_of(PASS) | {"error-rate": FAIL}
        assert report.finished_at == OVER

    @pytest.mark.parametrize("step", [timedelta(hours=3), -timedelta(hours=3)])
    def test_a_clock_that_is_set_while_it_waits_misses_nothing(self, observed: Observed, step: timedelta) -> None:
        observed.minutes = lambda moment: GOOD | {"errors": 20.0 * (moment == DEPLOYED + timedelta(minutes=59))}
        self.by_the_laptop(observed, lambda: step if observed.now > at(30) else timedelta())
        assert statuses(observed.run()) == all_of(PASS) | {"error-rate": FAIL}


class TestJournal:
    """What it holds is believed as far as CloudWatch says the same."""

    def edited(self, observed: Observed, samples: str) -> None:
        observed.run()
        file = observed.folder / f"{EXECUTION}.jsonl"
        text = file.read_text()
        assert '"error-rate": [100.0, 100.0' in text
        file.write_text(re.sub(r'"error-rate": \[100.0, 100.0, 5, 1, 5\]', f'"error-rate": {samples}', text))

    @pytest.fixture
    def broken(self, observed: Observed) -> Observed:
        observed.now, observed.minutes = OVER, lambda _: GOOD | {"errors": 20.0}
        return observed

    @pytest.mark.parametrize("samples", ["[0, 99, 5, 1, 5]", "[0, 100, 5, 1, 5]", "[-9, 100, 5, 1, 5]"])
    def test_what_was_made_less_is_read_again(self, broken: Observed, samples: str) -> None:
        self.edited(broken, samples)
        assert statuses(broken.run())["error-rate"] is FAIL

    def test_what_was_made_more_is_not_believed(self, broken: Observed) -> None:
        self.edited(broken, "[0, 1e6, 5, 1, 5]")
        result = broken.run().checks[-1]
        assert result.status is INCONCLUSIVE
        assert "has more of 12 windows between 2026-03-10T01:07:00Z and 2026-03-10T02:07:00Z" in result.observed
        assert result.fix == "Observe again with another --journal."

    def test_an_hour_that_was_made_up_is_not_believed(self, observed: Observed, tmp_path: Path) -> None:
        observed.now = OVER
        observed.run()
        observed.minutes = lambda _: {}
        assert statuses(observed.run()) == all_of(INCONCLUSIVE)

    def test_limits_are_those_of_now(self, observed: Observed) -> None:
        observed.now = OVER
        assert statuses(observed.run()) == all_of(PASS)
        observed.release.outputs["thresholds"]["cpuPercent"] = 30
        assert statuses(observed.run()) == all_of(PASS) | {"cpu": FAIL}

    def test_windows_of_another_length_are_read_themselves(self, observed: Observed) -> None:
        observed.now = OVER
        observed.run()
        observed.minutes = lambda moment: GOOD | {"errors": 20.0 * (moment < DEPLOYED + 10 * MINUTE)}
        assert statuses(observed.run(interval=10))["error-rate"] is FAIL


class TestPinned:
    @pytest.mark.parametrize("output", ["LoadBalancerFullName", "AutoScalingGroupName"])
    def test_a_workload_that_the_deployment_replaced_is_not_taken_for_the_new_one(
        self, observed: Observed, output: str
    ) -> None:
        observed.now = OVER
        observed.release.stack(outputs={output: "another"})
        report = observed.run()
        assert statuses(report) == all_of(INCONCLUSIVE)
        assert report.checks[0].fix == "Run `pulumi up --stack prod`."
        assert not observed.release.aws.called("GetMetricData")

    def test_a_later_deployment_ends_it(self, observed: Observed) -> None:
        later = action("Deploy", "InProgress", 33, 34) | {"pipelineExecutionId": "later"}
        observed.release.actions(*GOOD_ACTIONS)
        observed.now = at(40)

        def answer(request: Params) -> Params:
            pinned = "filter" in request
            return {"actionExecutionDetails": list(GOOD_ACTIONS) if pinned else [later, *GOOD_ACTIONS]}

        observed.release.aws.answer("ListActionExecutions", answer)
        report = observed.run()
        assert statuses(report) == all_of(INCONCLUSIVE)
        assert "Execution later began to deploy at 2026-03-10T01:33:00Z" in report.checks[0].observed
        evidence = report.checks[0].evidence
        assert (evidence["deployed"], evidence["next_deployment"]) == (utc(DEPLOYED), "2026-03-10T01:33:00Z")
        assert "5 of 12 windows observed" in report.checks[0].observed

    def test_its_own_deployment_is_no_later_one_even_if_it_took_no_time(self, observed: Observed) -> None:
        observed.release.actions(*GOOD_ACTIONS[:2], action("Deploy", "Succeeded", 7, 7))
        observed.now = OVER
        assert statuses(observed.run()) == all_of(PASS)

    def test_a_failed_deployment_is_not_observed(self, observed: Observed) -> None:
        observed.release.executions(execution("Failed"))
        observed.release.actions(*GOOD_ACTIONS[:2], action("Deploy", "Failed", 3, 7))
        assert statuses(observed.run()) == all_of(INCONCLUSIVE)

    def test_a_running_deployment_is_not_observed(self, observed: Observed) -> None:
        observed.release.executions(execution("InProgress"))
        observed.release.actions(*GOOD_ACTIONS[:2], action("Deploy", "InProgress", 3, 7))
        assert statuses(observed.run()) == all_of(INCONCLUSIVE)

    def test_a_rollback_is_not_observed(self, observed: Observed) -> None:
        observed.release.executions(execution(executionType="ROLLBACK"))
        assert statuses(observed.run()) == all_of(INCONCLUSIVE)

    def test_an_unknown_workload_is_not_observed(self, observed: Observed) -> None:
        observed.release.outputs["workload"] = None
        assert statuses(observed.run()) == all_of(INCONCLUSIVE)


class TestWithoutGroup:
    @pytest.fixture(autouse=True)
    def containers(self, observed: Observed) -> None:
        observed.release.without_group("10.0.0.11")
        observed.now = OVER

    def test_cpu_is_skipped_by_configuration_and_the_rest_is_judged(self, observed: Observed) -> None:
        report = observed.run()
        assert statuses(report) == all_of(PASS) | {"cpu": Status.SKIPPED}
        assert (report.verdict, tally(report)) == (PASS, "2 PASS, 1 skipped by configuration")

    def test_nothing_is_asked_of_servers(self, observed: Observed) -> None:
        observed.run()
        (call,) = observed.release.aws.called("GetMetricData")
        assert not {"percent", "values"} & {query["Id"] for query in call["MetricDataQueries"]}

    def test_a_group_that_is_deployed_all_the_same_is_named(self, observed: Observed) -> None:
        observed.release.stack()
        report = observed.run()
        assert statuses(report) == all_of(INCONCLUSIVE)
        assert "no Auto Scaling group serves, but web-prod is deployed" in report.checks[0].observed
