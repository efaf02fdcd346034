"""SOP 4.5: no error since the deployment, and no silence taken for health."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scripts.results import Status
from tests.scripts.fake_aws import Params, Refusal
from tests.scripts.prod_stack import LOAD_BALANCER_NAME
from tests.scripts.release import BOTH_WRITE, Release, action, at, execution, line, request

GROUP = "/aws/ec2/web-server"
PATTERN = '?ERROR ?"[error]"'


class TestApplicationLogs:
    CHECK = "application-logs"

    def test_lines_and_no_error_pass(self, release: Release) -> None:
        release.outputs["applicationErrorPattern"] = PATTERN
        result = release.check(self.CHECK)
        assert (result.status, result.observed.splitlines()) == (
            Status.PASS,
            [
                "No error line since the deployment began at 2026-03-10T01:03:00Z; every instance in service (2) wrote "
                "since it ended.",
                f"An error line is one that matches {PATTERN}",
            ],
        )

    def test_a_long_pattern_is_cut(self, release: Release) -> None:
        release.outputs["applicationErrorPattern"] = f"%{'x' * 900}%"
        assert len(release.check(self.CHECK).observed.splitlines()[1]) < 100

    def test_an_error_fails_and_is_shown(self, release: Release) -> None:
        release.logs(application=BOTH_WRITE, errors=[line(f"[error] {number}\n", 8 + number) for number in range(5)])
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
        release.logs(application=BOTH_WRITE, errors=[line("[error]", minute)])
        assert release.check(self.CHECK).status is status

    @pytest.mark.parametrize("ahead", [1, 119])
    def test_an_error_dated_ahead_by_a_servers_fast_clock_counts(self, release: Release, ahead: float) -> None:
        """What CloudWatch Logs has, has happened: it was looked for up to now, and passed."""
        release.logs(application=BOTH_WRITE, errors=[line("[error]", 20 + ahead)])
        assert release.check(self.CHECK).status is Status.FAIL

    def test_the_configured_pattern_is_searched_for(self, release: Release) -> None:
        release.outputs["applicationErrorPattern"] = '?"[error]" ?FATAL'
        release.check(self.CHECK)
        assert {asked["filterPattern"] for asked in release.aws.called("FilterLogEvents")} == {'?"[error]" ?FATAL', ""}

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
        release.logs(application=[line("x", 10 * 24 * 60 - 1, one) for one in ("i-0a/health", "i-0b/health")])
        release.log_group(days=days)
        result = release.check(self.CHECK)
        assert result.status is status
        assert ("No error line in the 7 d that /aws/ec2/web-server keeps" in result.observed) == (days == 7)

    @pytest.mark.parametrize(("created", "status"), [(6.9, Status.PASS), (7.1, Status.INCONCLUSIVE)])
    def test_a_log_group_that_was_deleted_and_made_again_has_lost_its_errors(
        self, release: Release, created: float, status: Status
    ) -> None:
        """Nobody asked within a day until now, and a group made again passed."""
        release.log_group(created)
        result = release.check(self.CHECK)
        assert (result.status, "was created at" in result.observed) == (status, status is not Status.PASS)

    def test_an_instance_that_is_silent_beside_others_is_named(self, release: Release) -> None:
        """Any line of anybody passed until now."""
        release.logs(application=BOTH_WRITE[:1])
        result = release.check(self.CHECK)
        assert (result.status, result.observed) == (
            Status.INCONCLUSIVE,
            "No error line, but 1 of 2 instances in service wrote no line to /aws/ec2/web-server since "
            "2026-03-10T01:07:00Z: i-0b.",
        )
        assert result.again_at == release.now + timedelta(minutes=1)

    def test_an_instance_whose_lines_are_not_on_the_first_page_is_asked_for_alone(self, release: Release) -> None:
        release.logs(application=[BOTH_WRITE[0]] * 1000 + BOTH_WRITE[1:])
        assert release.check(self.CHECK).status is Status.PASS
        asked = [call.get("logStreamNamePrefix") for call in release.aws.called("FilterLogEvents")]
        assert [prefix for prefix in asked if prefix] == ["i-0b"]  # the error lines are searched for meanwhile

    @pytest.mark.parametrize("stream", ["web/i-0a/app", "i-0a.log", "prod.i-0a"])
    def test_the_instance_may_stand_anywhere_in_a_streams_name(self, release: Release, stream: str) -> None:
        release.logs(application=[line("x", 19, stream), line("x", 19, stream.replace("i-0a", "i-0b"))])
        assert release.check(self.CHECK).status is Status.PASS
        release.logs(application=[line("x", 19, stream), line("x", 19, "i-0b1/app")])
        assert release.check(self.CHECK).status is Status.INCONCLUSIVE

    def test_streams_that_name_no_instance_tell_of_none(self, release: Release) -> None:
        release.logs(application=[line("x", 19, "ip-10-0-0-1")])
        result = release.check(self.CHECK)
        assert (result.status, "no stream's name says" in result.observed) == (Status.INCONCLUSIVE, True)

    def test_an_instance_that_leaves_or_comes_need_not_write(self, release: Release) -> None:
        release.group(("i-0a", "InService"), ("i-0b", "Terminating"), ("i-0c", "Pending"))
        release.logs(application=BOTH_WRITE[:1])
        assert release.check(self.CHECK).status is Status.PASS

    @pytest.mark.parametrize("groups", [[], [{}]])
    def test_without_an_instance_in_service_somebodys_lines_say_nothing(
        self, release: Release, groups: list[object]
    ) -> None:
        release.group()
        if not groups:
            release.aws.answer("DescribeAutoScalingGroups", {"AutoScalingGroups": []})
        assert release.check(self.CHECK).status is Status.INCONCLUSIVE

    def test_of_many_silent_instances_some_are_named_and_some_asked(self, release: Release) -> None:
        release.group(*((f"i-{number:03}", "InService") for number in range(100)))
        release.logs(application=[line("x", 19, "i-000/app")])
        result = release.check(self.CHECK)
        assert result.status is Status.INCONCLUSIVE
        assert "99 of 100 instances" in result.observed
        assert "i-005 and 94 more (59 were not asked for one by one)" in result.observed
        assert len(release.aws.called("FilterLogEvents")) == 42

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
            f"Requests to {LOAD_BALANCER_NAME} are logged, the first after the deployment at 2026-03-10T01:18:00Z.",
        )

    def test_a_request_before_its_end_does_not_count(self, release: Release) -> None:
        release.logs(access=[request(6.9)])
        result = release.check(self.CHECK)
        assert (result.status, result.observed) == (
            Status.INCONCLUSIVE,
            f"No request to {LOAD_BALANCER_NAME} is logged since the deployment ended at 2026-03-10T01:07:00Z, "
            "13 min ago.",
        )

    def test_a_log_that_has_fallen_silent_since_is_inconclusive(self, release: Release) -> None:
        release.now += timedelta(hours=1)
        result = release.check(self.CHECK)
        assert (result.status, result.observed) == (
            Status.INCONCLUSIVE,
            f"No request to {LOAD_BALANCER_NAME} is logged since 2026-03-10T02:05:00Z, 15 min ago.",
        )

    def test_long_after_the_deployment_a_recent_request_passes(self, release: Release) -> None:
        release.now += timedelta(hours=1)
        release.logs(access=[request(66)])
        result = release.check(self.CHECK)
        assert (result.status, result.observed) == (
            Status.PASS,
            f"Requests to {LOAD_BALANCER_NAME} are logged, in the last 15 min too.",
        )

    @pytest.mark.parametrize(
        "entry",
        [
            request(18, "app/web-dev/fedcba9876543210"),
            request(18, "app/web-dev/fedcba9876543210", agent=LOAD_BALANCER_NAME),
            line(f"{LOAD_BALANCER_NAME} was here", 18),
            line(f"http 2026-03-10T01:18:00Z app/web-dev/fedcba9876543210 x {LOAD_BALANCER_NAME}", 18),
            line(f'["elb", "{LOAD_BALANCER_NAME}"]', 18),
        ],
    )
    def test_a_request_to_another_load_balancer_is_not_this_ones(self, release: Release, entry: Params) -> None:
        """Any line of the group passed until now."""
        release.logs(access=[entry])
        result = release.check(self.CHECK)
        assert result.status is Status.INCONCLUSIVE
        assert f"has other lines, the first in stream {entry['logStreamName']}" in result.observed

    def test_an_entry_in_plain_fields_counts_as_one_in_json(self, release: Release) -> None:
        release.logs(access=[line(f"http 2026-03-10T01:18:00Z {LOAD_BALANCER_NAME} 192.0.2.1:4711 …", 18)])
        assert release.check(self.CHECK).status is Status.PASS

    def test_a_load_balancer_that_the_deployment_replaced_is_not_asked_for(self, release: Release) -> None:
        release.stack(outputs={"LoadBalancerFullName": "app/web-prod/2"})
        assert release.check(self.CHECK).status is Status.INCONCLUSIVE

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
