"""Looking first: one cheap read of each API, one cause said once, and no check that is hidden by it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError

from scripts import preflight
from scripts.checks import promotion_checks, verify_checks
from scripts.checks.context import Context
from scripts.errors import ConfigurationError
from scripts.reports.summary import observations, to_do
from scripts.results import Report, Status
from scripts.verify import verify
from sop.outputs import StackOutputs
from tests.scripts.fake_aws import Refusal
from tests.scripts.release import NOW, Release

URL = "https://monitoring.ap-southeast-2.amazonaws.com/"
FIRST_READS = [
    "ListPipelineExecutions",
    "DescribeStacks",
    "DescribeTargetHealth",
    "DescribeAutoScalingGroups",
    "DescribeInstanceStatus",
    "GetDashboard",
    "ListSubscriptionsByTopic",
    "DescribeLogGroups",
]


def verified(release: Release) -> tuple[Report, list[str]]:
    """The report, and what was said before the checks."""
    said: list[str] = []
    report = verify(
        verify_checks(),
        outputs=StackOutputs.parse(release.outputs),
        aws=release.aws.aws,
        clock=lambda: NOW,
        execution_id=release.execution_id,
        say=said.append,
    )
    return report, said


def with_status(report: Report, status: Status) -> list[str]:
    return [result.id for result in report.checks if result.status is status]


def refuse_all(release: Release, refusal: Refusal | Exception, *operations: str) -> None:
    for operation in operations:
        release.aws.answer(operation, refusal)


def test_every_api_is_asked_once_before_any_check(release: Release) -> None:
    preflight.look(verify_checks(), release.context(), lambda _: None)
    assert Counter(operation for operation, _ in release.aws.calls) == Counter(FIRST_READS)


def test_every_api_that_the_checks_declare_has_a_first_read() -> None:
    declared = {
        action.split(":")[0] for check in (*verify_checks(), *promotion_checks()) for action in check.permissions
    }
    # these are asked beside others only, about what the topic and the pipeline name
    asked_beside = {"codebuild", "codeconnections", "codestar-connections", "kms"}
    assert {probe.action.split(":")[0] for probe in preflight.PROBES} == declared - asked_beside


def test_an_api_that_no_check_needs_is_not_asked(release: Release) -> None:
    preflight.look(promotion_checks(), release.context(), lambda _: None)
    asked = {operation for operation, _ in release.aws.calls}
    assert asked == {
        "ListPipelineExecutions",
        "DescribeStacks",
        "DescribeTargetHealth",
        "DescribeAutoScalingGroups",  # target-health is held to it
        "DescribeAlarms",
        "DescribeLogGroups",  # the soak's error lines
    }


def test_the_first_reads_are_small(release: Release) -> None:
    asked_alone = [one for one in verify_checks() if one.id in ("instance-status", "access-logs")]
    preflight.look(asked_alone, release.context(), lambda _: None)
    assert release.aws.called("DescribeInstanceStatus") == [{"MaxResults": 5}]
    (search,) = release.aws.called("FilterLogEvents")
    assert search["limit"] == 1
    assert search["endTime"] - search["startTime"] == 60_000


def test_before_the_first_deployment_there_is_no_server_to_ask_about(release: Release) -> None:
    release.outputs["workload"] = None
    preflight.look(verify_checks(), release.context(), lambda _: None)
    asked = {operation for operation, _ in release.aws.calls}
    assert asked == {"ListPipelineExecutions", "DescribeStacks", "GetDashboard", "ListSubscriptionsByTopic"}


def test_a_good_release_has_nothing_to_say(release: Release) -> None:
    assert verified(release)[1] == []


def test_a_denied_read_is_said_once_with_its_iam_action_and_is_one_step(release: Release) -> None:
    refuse_all(release, Refusal("AccessDeniedException"), "ListPipelineExecutions")
    report, said = verified(release)
    assert said == ["Access denied: codepipeline:ListPipelineExecutions is not allowed."]
    (step,) = to_do(report)
    assert sorted(one.id for one in step) == sorted(with_status(report, Status.ERROR))
    assert len(step) == 10
    assert observations(step) == said
    assert f"`release iam-policy --stack {report.stack}`" in step[0].fix


def test_what_is_denied_of_one_resource_is_asked_of_another(release: Release) -> None:
    release.logs(application=[], access=[])
    answered = release.aws._answers["FilterLogEvents"]
    assert callable(answered)

    def only_access_logs(request: dict[str, str]) -> object:
        denied = request["logGroupName"] == "/aws/ec2/web-server"
        return Refusal("AccessDeniedException") if denied else answered(request)

    release.aws.answer("FilterLogEvents", only_access_logs)  # type: ignore[arg-type]
    report, _ = verified(release)
    assert with_status(report, Status.ERROR) == ["application-logs"]
    assert with_status(report, Status.INCONCLUSIVE) == ["access-logs"]


def test_throttling_of_everything_is_said_once_and_is_one_step(release: Release) -> None:
    refuse_all(release, Refusal("ThrottlingException"), *FIRST_READS, "DescribeAlarms")
    report, said = verified(release)
    (line,) = said
    assert line.startswith("AWS throttles codepipeline:ListPipelineExecutions, cloudformation:DescribeStacks, ")
    (step,) = to_do(report)
    assert len(step) == len(report.checks) == 14
    assert (report.verdict, report.exit_code) == (Status.ERROR, 4)


def test_an_api_that_cannot_be_reached_is_not_asked_again_and_its_endpoint_is_named(release: Release) -> None:
    refuse_all(release, EndpointConnectionError(endpoint_url=URL), "GetDashboard")
    report, said = verified(release)
    assert said == [f'AWS cannot be reached: Could not connect to the endpoint URL: "{URL}".']
    assert not release.aws.called("DescribeAlarms")
    assert with_status(report, Status.ERROR) == ["dashboard", "dashboard-data", "alarms"]
    (step,) = to_do(report)
    assert observations(step) == said
    assert report.api_calls == len(release.aws.calls)


def test_one_endpoint_for_several_apis_is_said_once(release: Release) -> None:
    refuse_all(
        release, EndpointConnectionError(endpoint_url=URL), "GetDashboard", "DescribeStacks", "DescribeLogGroups"
    )
    report, said = verified(release)
    assert len(said) == len(to_do(report)) == 1


def test_credentials_that_one_api_refuses_are_not_shown_to_it_again(release: Release) -> None:
    refuse_all(release, Refusal("ExpiredTokenException"), "ListPipelineExecutions")
    report, said = verified(release)
    assert said == ["The AWS credentials have expired (ExpiredTokenException)."]
    assert not release.aws.called("ListActionExecutions")
    assert len(release.aws.called("ListPipelineExecutions")) == 1
    assert len(to_do(report)) == 1


def test_what_the_other_apis_know_to_be_bad_stays_bad(release: Release) -> None:
    refuse_all(release, ConnectTimeoutError(endpoint_url=URL), "ListPipelineExecutions")
    release.targets(("i-0a", "unhealthy"))
    report, _ = verified(release)
    assert with_status(report, Status.FAIL) == ["target-health"]
    assert report.exit_code == 3


def test_a_check_that_can_do_without_an_api_has_its_own_answer(release: Release) -> None:
    release.outputs["endpointUrl"] = "https://www.example.com/"
    refuse_all(release, EndpointConnectionError(endpoint_url=URL), "DescribeStacks")
    report, _ = verified(release)
    assert "endpoint" in with_status(report, Status.PASS)
    assert "target-health" in with_status(report, Status.ERROR)


def test_a_call_that_is_denied_after_the_first_read_is_its_own_error(release: Release) -> None:
    refuse_all(release, Refusal("AccessDenied"), "GetMetricData")
    report, said = verified(release)
    assert said == []
    assert with_status(report, Status.ERROR) == ["dashboard-data"]


@pytest.mark.parametrize("operation", ["DescribeLogGroups", "FilterLogEvents", "DescribeInstanceStatus"])
def test_a_first_read_that_fails_otherwise_hides_no_check(release: Release, operation: str) -> None:
    refuse_all(release, Refusal("InternalFailure", "oops"), operation)
    report, said = verified(release)
    assert said == []
    for result in report.checks:
        if result.status is Status.ERROR:
            assert result.observed == f"{operation} failed with InternalFailure: oops"
            assert "Run the same command again" in result.fix
    assert 1 <= len(with_status(report, Status.ERROR)) <= 2


def test_a_bug_in_looking_first_hides_no_check(
    release: Release, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_: Context) -> object:
        raise KeyError("oops")

    monkeypatch.setattr(preflight, "PROBES", [replace(preflight.PROBES[0], read=broken), *preflight.PROBES[1:]])
    release.targets(("i-0a", "unhealthy"))
    report, _ = verified(release)
    assert with_status(report, Status.FAIL) == ["target-health"]
    monkeypatch.setattr(preflight, "PROBES", None)
    report, _ = verified(release)
    assert with_status(report, Status.FAIL) == ["target-health"]
    assert capsys.readouterr().err.count("preflight: internal error") == 2


def test_an_execution_that_does_not_exist_ends_it_before_the_checks(release: Release) -> None:
    release.execution_id = "typo"
    with pytest.raises(ConfigurationError, match="typo"):
        verified(release)
    assert not release.aws.called("DescribeAlarms")
