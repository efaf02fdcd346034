"""SOP 4.5: no error since the deployment, and no silence taken for health."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scripts.results import Status
from tests.scripts.fake_aws import Refusal
from tests.scripts.release import Release, action, at, execution, line

GROUP = "/aws/ec2/web-server"
WRITING = [line("GET / 200", 19)]


class TestApplicationLogs:
    CHECK = "application-logs"

    def test_lines_and_no_error_pass(self, release: Release) -> None:
        result = release.check(self.CHECK)
        assert (result.status, result.observed) == (
            Status.PASS,
            "No error line since the deployment began at 2026-03-10T01:03:00Z.",
        )

    def test_an_error_fails_and_is_shown(self, release: Release) -> None:
        release.logs(application=WRITING, errors=[line(f"[error] {number}\n", 8 + number) for number in range(5)])
        result = release.check(self.CHECK)
        assert result.status is Status.FAIL
        assert result.observed.splitlines() == [
            "5 error lines since the deployment began at 2026-03-10T01:03:00Z; the first:",
            "i-0a/error: [error] 0",
            "i-0a/error: [error] 1",
            "i-0a/error: [error] 2",
        ]
        assert (result.evidence["errors"], result.evidence["log_group"]) == (5, GROUP)

    @pytest.mark.parametrize(("minute", "status"), [(2.9, Status.PASS), (3.1, Status.FAIL), (19.9, Status.FAIL)])
    def test_errors_count_from_the_deployments_begin(self, release: Release, minute: float, status: Status) -> None:
        release.logs(application=WRITING, errors=[line("[error]", minute)])
        assert release.check(self.CHECK).status is status

    def test_the_configured_pattern_is_searched_for(self, release: Release) -> None:
        release.outputs["applicationErrorPattern"] = '?"[error]" ?FATAL'
        release.check(self.CHECK)
        assert release.aws.called("FilterLogEvents")[0]["filterPattern"] == '?"[error]" ?FATAL'

    def test_silence_is_not_health(self, release: Release) -> None:
        release.logs(application=[line("before it ended", 6)])
        result = release.check(self.CHECK)
        assert result.status is Status.INCONCLUSIVE
        assert "no other line either since 2026-03-10T01:07:00Z" in result.observed
        assert (result.evidence["silent_since"], result.evidence["log_group"]) == ("2026-03-10T01:07:00Z", GROUP)

    def test_a_log_that_fell_silent_later_is_not_health_either(self, release: Release) -> None:
        release.now = at(120)
        release.logs(application=[line("an hour ago", 60)])
        assert release.check(self.CHECK).status is Status.INCONCLUSIVE

    def test_an_empty_page_is_not_the_end(self, release: Release) -> None:
        release.aws.pages(
            "FilterLogEvents", {"events": []}, {"events": [line("[error]", 9)]}, {"events": []}, linked_by="nextToken"
        )
        assert release.check(self.CHECK).status is Status.FAIL

    def test_more_errors_than_one_counts_are_said_to_be_more(self, release: Release) -> None:
        release.logs(errors=[line("[error]", 8)] * 1001)
        assert release.check(self.CHECK).observed.startswith("at least 1000 error lines")

    def test_a_secret_at_the_place_where_a_line_is_cut_is_none_there(self, release: Release) -> None:
        before = "x" * (300 - len("postgres://app:hunter2"))
        release.logs(errors=[line(f"{before[:-1]} postgres://app:hunter2@db/site", 8)])
        assert "hunter2" not in release.check(self.CHECK).observed

    def test_a_long_line_is_cut(self, release: Release) -> None:
        release.logs(errors=[line("x" * 5000, 8)])
        assert len(release.check(self.CHECK).observed.splitlines()[-1]) < 400

    @pytest.mark.parametrize(("days", "status"), [(7, Status.INCONCLUSIVE), (20, Status.PASS), (None, Status.PASS)])
    def test_lines_that_have_expired_are_not_taken_for_none(
        self, release: Release, days: int | None, status: Status
    ) -> None:
        release.now = at(0) + timedelta(days=10)
        release.logs(application=[line("GET / 200", 10 * 24 * 60 - 1)])
        groups = [{"logGroupName": "/aws/ec2/web-server-dev", "retentionInDays": 1}, {"logGroupName": GROUP}]
        if days:
            groups[-1]["retentionInDays"] = days
        release.aws.answer("DescribeLogGroups", {"logGroups": groups})
        result = release.check(self.CHECK)
        assert result.status is status
        assert ("No error line in the 7 d that /aws/ec2/web-server keeps" in result.observed) == (days == 7)

    def test_within_a_day_nobody_asks_how_long_lines_are_kept(self, release: Release) -> None:
        release.check(self.CHECK)
        assert not release.aws.called("DescribeLogGroups")

    def test_a_log_group_that_the_deployment_replaced_is_not_taken_for_the_new_one(self, release: Release) -> None:
        release.stack(outputs={"ApplicationLogGroupName": "/aws/ec2/web-server-2"})
        result = release.check(self.CHECK)
        assert (result.status, result.fix) == (Status.INCONCLUSIVE, "Run `pulumi up --stack prod`.")

    def test_a_missing_log_group_fails(self, release: Release) -> None:
        release.aws.answer("FilterLogEvents", Refusal("ResourceNotFoundException", "does not exist"))
        result = release.check(self.CHECK)
        assert (result.status, result.observed) == (
            Status.FAIL,
            "The log group /aws/ec2/web-server does not exist.",
        )

    def test_no_pattern_is_inconclusive(self, release: Release) -> None:
        release.outputs["applicationErrorPattern"] = " "
        assert release.check(self.CHECK).status is Status.INCONCLUSIVE

    def test_before_the_deployment_has_ended_it_is_inconclusive(self, release: Release) -> None:
        release.executions(execution("InProgress"))
        release.actions(action("Deploy", "InProgress", 3, 3))
        assert release.check(self.CHECK).status is Status.INCONCLUSIVE


class TestAccessLogs:
    CHECK = "access-logs"

    def test_a_request_after_the_deployment_passes(self, release: Release) -> None:
        result = release.check(self.CHECK)
        assert (result.status, result.observed) == (
            Status.PASS,
            "Requests are logged, the first after the deployment at 2026-03-10T01:18:00Z.",
        )

    def test_a_request_before_its_end_does_not_count(self, release: Release) -> None:
        release.logs(access=[line("GET", 6.9)])
        result = release.check(self.CHECK)
        assert (result.status, result.observed) == (
            Status.INCONCLUSIVE,
            "No request is logged since the deployment ended at 2026-03-10T01:07:00Z, 13.0 min ago.",
        )

    def test_a_log_that_has_fallen_silent_since_is_inconclusive(self, release: Release) -> None:
        release.now += timedelta(hours=1)
        result = release.check(self.CHECK)
        assert (result.status, result.observed) == (
            Status.INCONCLUSIVE,
            "No request is logged since 2026-03-10T02:05:00Z, 15.0 min ago.",
        )

    def test_long_after_the_deployment_a_recent_request_passes(self, release: Release) -> None:
        release.now += timedelta(hours=1)
        release.logs(access=[line("GET", 66)])
        result = release.check(self.CHECK)
        assert (result.status, result.observed) == (
            Status.PASS,
            "Requests are logged, in the last 15.0 min too.",
        )

    def test_a_missing_log_group_fails(self, release: Release) -> None:
        release.aws.answer("FilterLogEvents", Refusal("ResourceNotFoundException", "does not exist"))
        assert release.check(self.CHECK).status is Status.FAIL

    def test_delivery_that_is_switched_off_is_skipped_without_asking(self, release: Release) -> None:
        release.outputs["accessLogsDelivered"] = False
        assert release.check(self.CHECK).status is Status.SKIPPED
        assert release.aws.called("FilterLogEvents") == []

    def test_before_the_first_deployment_is_known_it_is_inconclusive(self, release: Release) -> None:
        release.outputs["workload"] = None
        assert release.check(self.CHECK).status is Status.INCONCLUSIVE
