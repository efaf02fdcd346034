"""All checks at once: one report, whatever goes wrong in any of them."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from botocore.exceptions import EndpointConnectionError

from scripts.checks import all_checks, gate_checks, promotion_checks, verify_checks
from scripts.checks.context import Context
from scripts.errors import ConfigurationError
from scripts.evidence.redaction import redacted
from scripts.reports import Format, writer
from scripts.reports.json_report import as_data
from scripts.results import Outcome, Report, Status, passed
from scripts.verify import verify
from sop.names import Environment
from sop.outputs import EXPECTED_STACK_OUTPUTS, StackOutputs
from tests.scripts.fake_aws import Refusal
from tests.scripts.prod_stack import ALARMS, COMPOSITE, EXECUTION, REVISION, STACK_OUTPUTS
from tests.scripts.release import GOOD_ACTIONS, NOW, Release, action, execution, line

IDS = [
    "pipeline-stages",
    "pipeline-duration",
    "stack-status",
    "stack-events",
    "stack-outputs",
    "target-health",
    "instance-status",
    "endpoint",
    "dashboard",
    "dashboard-data",
    "alarms",
    "subscriptions",
    "application-logs",
    "access-logs",
]


def run(release: Release, clock: Callable[[], datetime] = lambda: NOW) -> Report:
    return verify(
        verify_checks(),
        outputs=StackOutputs.parse(release.outputs),
        aws=release.aws.aws,
        clock=clock,
        execution_id=release.execution_id,
    )


def by_status(report: Report) -> dict[Status, list[str]]:
    return {
        status: [result.id for result in report.checks if result.status is status]
        for status in {result.status for result in report.checks}
    }


def test_a_good_release_passes_every_check_in_the_sops_order(release: Release) -> None:
    report = run(release)
    assert by_status(report) == {Status.PASS: IDS}
    assert (report.verdict, report.exit_code) == (Status.PASS, 0)
    assert (report.stack, report.execution_id, report.revision) == ("prod", EXECUTION, REVISION)


def test_the_times_are_the_clocks(release: Release) -> None:
    times = iter([NOW, NOW.replace(second=3)])
    report = run(release, lambda: next(times))
    assert (report.finished_at - report.started_at).total_seconds() == 3


def test_facts_that_several_checks_need_are_fetched_once(release: Release) -> None:
    report = run(release)
    for operation in ("ListPipelineExecutions", "ListActionExecutions", "ListRuleExecutions", "DescribeStacks"):
        assert len(release.aws.called(operation)) == 1
    assert report.api_calls == len(release.aws.calls) == 30


def test_each_result_says_how_long_its_check_took(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([10.0, 11.5])
    monkeypatch.setattr("scripts.verify.monotonic", lambda: next(times))
    checks = [one for one in verify_checks() if one.id == "subscriptions"]
    report = verify(checks, outputs=StackOutputs.parse(release.outputs), aws=release.aws.aws, clock=lambda: NOW)
    assert [result.seconds for result in report.checks] == [1.5]


def test_a_rolled_back_deployment_fails_with_its_reason(release: Release) -> None:
    release.executions(execution("Failed"))
    release.actions(*GOOD_ACTIONS[:2], action("Deploy", "Failed", 3, 7))
    release.stack("UPDATE_ROLLBACK_COMPLETE")
    report = run(release)
    assert by_status(report)[Status.FAIL] == ["pipeline-stages", "stack-status"]
    assert report.exit_code == 3


def test_a_release_that_waits_for_its_window_is_inconclusive_not_failed(release: Release) -> None:
    release.executions(execution("InProgress"))
    release.actions(*GOOD_ACTIONS[:2])
    release.stages()
    release.now = NOW
    report = run(release, lambda: NOW.replace(minute=5))
    assert Status.FAIL not in by_status(report)
    assert report.exit_code == 4


def test_denied_calls_are_errors_that_name_the_iam_action(release: Release) -> None:
    said = "User: arn:aws:sts::123456789012:user/x is not authorized to perform: sns:ListSubscriptionsByTopic"
    release.aws.answer("ListSubscriptionsByTopic", Refusal("AuthorizationError", said))
    release.aws.answer("DescribeTargetHealth", Refusal("AccessDenied", "no"))
    report = run(release)
    assert by_status(report)[Status.ERROR] == ["target-health", "subscriptions"]
    observed = {result.id: result.observed for result in report.checks}
    assert observed["subscriptions"] == "Access denied: sns:ListSubscriptionsByTopic is not allowed."
    assert observed["target-health"] == "Access denied: elasticloadbalancing:DescribeTargetHealth is not allowed."
    assert report.exit_code == 4


@pytest.mark.parametrize(
    "code", ["Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException"]
)
def test_throttling_is_an_error_and_never_a_failed_release(release: Release, code: str) -> None:
    for operation in ("ListPipelineExecutions", "DescribeStacks", "DescribeAlarms"):
        release.aws.answer(operation, Refusal(code, "Rate exceeded"))
    report = run(release)
    assert set(by_status(report)) == {Status.PASS, Status.ERROR}
    assert report.checks[0].observed == f"AWS throttled ListPipelineExecutions ({code}), 4 times in a row."
    assert (report.execution_id, report.revision) == (None, None)
    assert report.exit_code == 4


def test_a_lost_connection_is_an_error(release: Release) -> None:
    release.aws.answer("DescribeAlarms", EndpointConnectionError(endpoint_url="https://monitoring"))
    assert by_status(run(release))[Status.ERROR] == ["alarms"]


def test_fail_is_worse_than_an_error(release: Release) -> None:
    release.aws.answer("DescribeAlarms", Refusal("Throttling"))
    release.targets()
    assert run(release).exit_code == 3


def test_a_bug_in_one_check_is_its_error_and_hides_nothing(
    release: Release, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Context) -> Outcome:
        raise KeyError("TargetHealth")

    healthy, *_ = verify_checks()
    checks = [replace(healthy, id="broken", run=broken), replace(healthy, run=lambda _: passed("fine"))]
    outputs = StackOutputs.parse(release.outputs)
    monkeypatch.delenv("RELEASE_TRACEBACK", raising=False)
    report = verify(checks, outputs=outputs, aws=release.aws.aws, clock=lambda: NOW)
    assert [result.status for result in report.checks] == [Status.ERROR, Status.PASS]
    assert report.exit_code == 4
    error = capsys.readouterr().err
    assert "RELEASE_TRACEBACK=1" in error
    assert "Traceback" not in error


def test_an_execution_that_does_not_exist_ends_the_command(release: Release) -> None:
    release.execution_id = "typo"
    with pytest.raises(ConfigurationError, match="typo"):
        run(release)


def test_no_checks_are_no_pass(release: Release) -> None:
    outputs = StackOutputs.parse(release.outputs)
    assert verify([], outputs=outputs, aws=release.aws.aws, clock=lambda: NOW).exit_code == 4


@pytest.mark.parametrize("report_format", list(Format))
def test_no_report_has_a_secret_that_a_log_or_an_output_has(release: Release, report_format: Format) -> None:
    errors = ["password=hunter2", "cannot reach postgres://app:hunter2@db/app", "DB_PASS=hunter2 csrftoken=hunter2"]
    release.logs(errors=[line(f"[error] {error}", 10) for error in errors], application=[], access=[])
    release.stack(outputs={**STACK_OUTPUTS, "DbPassword": "hunter2", "CacheUrl": "redis://:hunter2@cache:6379"})
    target = io.StringIO()
    writer(report_format)(run(release), target)
    assert "hunter2" not in target.getvalue()
    assert "redacted" in target.getvalue()


def test_a_good_report_loses_nothing_to_redaction(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:prod/db-AbCdEf"
    release.stack(outputs={**dict.fromkeys(EXPECTED_STACK_OUTPUTS, "value"), **STACK_OUTPUTS, "DbSecretArn": secret})
    others = dict.fromkeys(["prod-auth-token-errors", "prod-password-resets", "prod-secret"], "OK")
    release.alarms({**dict.fromkeys(ALARMS, "OK"), **others}, {COMPOSITE: "OK"})
    report = as_data(run(release))["checks"]
    monkeypatch.setattr("scripts.verify.redacted", lambda evidence: evidence)
    monkeypatch.setattr("scripts.verify.redacted_text", lambda text: text)
    assert {check["status"] for check in report} == {"PASS"}
    assert report == as_data(run(release))["checks"]


@pytest.mark.parametrize("check", all_checks(), ids=lambda check: check.id)
def test_what_a_check_declares_is_no_secret(check: object) -> None:
    declared = {name: value for name, value in vars(check).items() if isinstance(value, str)}
    assert redacted(declared) == declared


# Those of templates and of an observation have their own tests: they look at something else than a stack.
STACK_CHECKS = list({check.id: check for check in (*verify_checks(), *promotion_checks())}.values())


class TestDeclarations:
    def test_verify_has_the_checks_of_the_sop(self) -> None:
        assert [check.id for check in verify_checks()] == IDS

    @pytest.mark.parametrize("check", all_checks(), ids=lambda check: check.id)
    def test_every_check_says_why_what_is_expected_and_what_to_do(self, check: object) -> None:
        declared = vars(check)
        assert all(declared[field] for field in ("title", "why", "expected", "fix", "runbook"))
        asks_no_aws = {"template-lint", *(one.id for one in gate_checks(Environment.PROD))}
        assert declared["permissions"] or declared["id"] in asks_no_aws

    @pytest.mark.parametrize("check", STACK_CHECKS, ids=lambda check: check.id)
    def test_every_call_that_a_check_makes_is_among_its_permissions(self, release: Release, check: object) -> None:
        declared = {action.split(":")[1] for action in vars(check)["permissions"]}
        release.check(vars(check)["id"])
        assert {operation for operation, _ in release.aws.calls} <= declared
