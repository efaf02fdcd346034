"""Evidence: every answer behind a check, whole, by the check that used it, and no secret in it."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from botocore.exceptions import EndpointConnectionError

from scripts.checks import verify_checks
from scripts.errors import ConfigurationError
from scripts.evidence.calls import Call
from scripts.evidence.keeping import Evidence
from scripts.evidence.recorder import SLOT, Recorder
from scripts.evidence.redaction import REDACTED, redacted, redacted_text
from scripts.results import Report
from scripts.verify import verify
from sop.outputs import StackOutputs
from tests.scripts.fake_aws import Refusal
from tests.scripts.prod_stack import EXECUTION, NESTED_ID
from tests.scripts.release import NOW, Release, at, event, line

HIDDEN = "hunter2-hunter2"


def verified(release: Release, folder: Path | None) -> Report:
    kept = Evidence(folder)
    report = verify(
        verify_checks(), outputs=StackOutputs.parse(release.outputs), aws=kept.of(release.aws.aws), clock=lambda: NOW
    )
    kept.write(report)
    return report


def read(folder: Path, name: str) -> dict[str, Any]:
    return json.loads((folder / f"{name}.json").read_text())


def operations(folder: Path, name: str) -> list[str]:
    return [call["operation"] for call in read(folder, name)["calls"]]


class TestFiles:
    def test_there_is_a_file_for_each_check_and_one_for_the_run(self, release: Release, tmp_path: Path) -> None:
        report = verified(release, tmp_path)
        names = {file.name for file in tmp_path.iterdir()}
        assert names == {f"{result.id}.json" for result in report.checks} | {"verify.json"}

    def test_a_file_says_what_the_report_says(self, release: Release, tmp_path: Path) -> None:
        report = verified(release, tmp_path)
        for result in report.checks:
            data = read(tmp_path, result.id)
            assert (data["check"], data["status"], data["observed"]) == (result.id, result.status, result.observed)
            assert (data["execution_id"], data["evidence"]) == (
                EXECUTION,
                json.loads(json.dumps(dict(result.evidence))),
            )

    def test_the_endpoints_hops_are_in_its_file(self, release: Release, tmp_path: Path) -> None:
        verified(release, tmp_path)
        assert read(tmp_path, "endpoint")["evidence"]["hops"][0]["status"] == 200

    def test_nobody_else_may_read_them(self, release: Release, tmp_path: Path) -> None:
        folder = tmp_path / "new"
        (tmp_path / "old").mkdir()
        (tmp_path / "old" / "alarms.json").write_text("earlier")
        (tmp_path / "old" / "alarms.json").chmod(0o644)
        for one in (folder, tmp_path / "old"):
            verified(Release(), one)
            assert {stat.S_IMODE(file.stat().st_mode) for file in one.iterdir()} == {0o600}
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700

    def test_without_a_folder_nothing_is_recorded(self, release: Release, tmp_path: Path) -> None:
        report = verified(release, None)
        assert not report.calls
        assert not any(result.calls for result in report.checks)

    def test_a_later_run_replaces_what_an_earlier_one_left(self, release: Release, tmp_path: Path) -> None:
        verified(release, tmp_path)
        release.aws.answer("ListPipelineExecutions", EndpointConnectionError(endpoint_url="https://x/"))
        verified(release, tmp_path)
        assert read(tmp_path, "pipeline-stages")["status"] == "ERROR"


class TestCalls:
    def test_a_call_has_its_request_time_window_and_whole_answer(self, release: Release, tmp_path: Path) -> None:
        verified(release, tmp_path)
        (call,) = [one for one in read(tmp_path, "dashboard-data")["calls"] if one["operation"] == "GetMetricData"]
        assert call["request"]["EndTime"] == NOW.isoformat()
        assert call["request"]["MetricDataQueries"][0]["MetricStat"]["Metric"]["MetricName"] == "CPUUtilization"
        assert len(call["response"]["MetricDataResults"][0]["Values"]) == 52
        assert (call["service"], call["http_status"], call["problem"]) == ("cloudwatch", 200, "")
        assert call["endpoint"] == "https://monitoring.ap-southeast-2.amazonaws.com/"
        assert call["seconds"] >= 0

    def test_each_page_is_there(self, release: Release, tmp_path: Path) -> None:
        release.aws.pages("ListSubscriptionsByTopic", {"Subscriptions": []}, {"Subscriptions": []}, {})
        verified(release, tmp_path)
        calls = read(tmp_path, "subscriptions")["calls"]
        pages = [one["response"] for one in calls if one["operation"] == "ListSubscriptionsByTopic"]
        assert [page.get("NextToken") for page in pages] == ["page-1", "page-2", None]

    def test_a_shared_fact_is_evidence_of_every_check_that_used_it(self, release: Release, tmp_path: Path) -> None:
        verified(release, tmp_path)
        assert operations(tmp_path, "pipeline-duration") == [
            "ListPipelineExecutions",
            "ListActionExecutions",
            "ListRuleExecutions",
        ]
        assert "ListPipelineExecutions" in operations(tmp_path, "stack-status")
        assert set(operations(tmp_path, "stack-outputs")) == {
            "ListPipelineExecutions",
            "ListActionExecutions",
            "DescribeStacks",
        }
        targets = {"DescribeStacks", "DescribeTargetHealth", "DescribeAutoScalingGroups"}
        assert set(operations(tmp_path, "target-health")) == targets | {
            "DescribeTargetGroups",
            "DescribeListeners",
            "DescribeRules",
        }
        assert set(operations(tmp_path, "subscriptions")) == {
            "ListSubscriptionsByTopic",
            "GetSubscriptionAttributes",
            "GetTopicAttributes",
            "DescribeKey",
            "GetKeyPolicy",
        }

    def test_calls_from_a_checks_own_threads_are_its_evidence(self, release: Release, tmp_path: Path) -> None:
        nested = event("Servers", "UPDATE_COMPLETE", minute=5, physical_id=NESTED_ID)
        release.events(nested, nested=[event("Server", "UPDATE_COMPLETE", minute=5, stack_id=NESTED_ID)])
        verified(release, tmp_path)
        assert operations(tmp_path, "stack-events").count("DescribeStackEvents") == 2
        assert "DescribeInstanceStatus" in operations(tmp_path, "instance-status")
        assert "GetMetricData" in operations(tmp_path, "dashboard-data")

    def test_every_call_is_in_some_file(self, release: Release, tmp_path: Path) -> None:
        verified(release, tmp_path)
        written = [json.loads(file.read_text()) for file in tmp_path.iterdir()]
        assert len({(one["operation"], one["at"]) for data in written for one in data["calls"]}) == len(
            release.aws.calls
        )
        assert operations(tmp_path, "verify") == ["DescribeInstanceStatus"]

    def test_a_refusal_is_evidence_too(self, release: Release, tmp_path: Path) -> None:
        release.aws.answer("DescribeAlarms", Refusal("AccessDenied", "not authorized, says the SCP"))
        verified(release, tmp_path)
        (call,) = [one for one in read(tmp_path, "alarms")["calls"] if one["operation"] == "DescribeAlarms"]
        assert call["http_status"] == 400
        assert call["response"]["Error"]["Message"] == "not authorized, says the SCP"

    def test_no_headers_are_kept(self) -> None:
        kept: list[Call] = []
        recorder, context = Recorder(kept.append, lambda: NOW), {SLOT: (Call("sns", "Publish", {}, NOW), 0.0)}
        metadata = {"HTTPHeaders": {"x-amzn-authorization": HIDDEN}, "RequestId": "1", "RetryAttempts": 2}
        recorder._answered(Mock(status_code=200), {"Data": 1, "ResponseMetadata": metadata}, context)
        assert kept[0].response == {"Data": 1, "ResponseMetadata": {"RequestId": "1", "RetryAttempts": 2}}


class TestFolder:
    def test_a_file_in_its_place_is_wrong_use(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(ConfigurationError, match="it is a file"):
            Evidence(tmp_path / "file")

    def test_one_that_cannot_be_made_is_wrong_use(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(ConfigurationError, match=r"--evidence .*: Not a directory"):
            Evidence(tmp_path / "file" / "folder")


class TestJournal:
    """Where a run may last, calls are written as they end."""

    def test_each_call_is_a_line_at_once_and_none_is_kept(self, release: Release, tmp_path: Path) -> None:
        kept = Evidence(tmp_path, journal="observe.jsonl")
        aws = kept.of(release.aws.aws)
        for number in (1, 2):
            aws.identity()
            lines = (tmp_path / "observe.jsonl").read_text().splitlines()
            assert [json.loads(one)["operation"] for one in lines] == ["GetCallerIdentity"] * number
        assert not kept._calls

    def test_a_run_that_carries_on_adds_to_it(self, tmp_path: Path) -> None:
        for _ in range(2):
            Evidence(tmp_path, journal="observe.jsonl").of(Release().aws.aws).identity()
        assert (tmp_path / "observe.jsonl").read_text().count("\n") == 2
        assert stat.S_IMODE((tmp_path / "observe.jsonl").stat().st_mode) == 0o600

    def test_a_call_does_not_fail_for_want_of_space_but_the_end_says_so(self, release: Release, tmp_path: Path) -> None:
        kept = Evidence(tmp_path, journal="observe.jsonl")
        (tmp_path / "observe.jsonl").mkdir()
        kept.of(release.aws.aws).identity()
        with pytest.raises(OSError, match="directory"):
            kept.write(Report("observe", "prod", None, None, NOW, NOW, 1, ()))


class TestRedaction:
    @pytest.mark.parametrize(
        "text",
        [
            f"login failed, password={HIDDEN} for bob",
            f"DB_PASSWORD: '{HIDDEN}'",
            f'{{"user": "bob", "password": "{HIDDEN}"}}',
            f'{{\\"password\\": \\"{HIDDEN}\\"}}',
            f"Authorization: Basic {HIDDEN}",
            f"authorization: AWS4-HMAC-SHA256 Credential=x/y, Signature={HIDDEN}",
            f"Authorization: Bearer {HIDDEN}",
            f"sent bearer {HIDDEN}",
            f"Cookie: session={HIDDEN}; theme=dark",
            f"x-amz-security-token:{HIDDEN}",
            f"https://x.example/?a=1&X-Amz-Signature={HIDDEN}&b=2",
            f"GET /?access_token={HIDDEN} 200",
            f"api_key={HIDDEN}",
            f"apiKey: {HIDDEN}",
            f"aws_secret_access_key = {HIDDEN}",
            f"postgres://bob:{HIDDEN}@db.example/x",
            f"postgres://bob:p@{HIDDEN}@db.example/x",
            f"redis://:{HIDDEN}@cache:6379",
            f"DB_PASS={HIDDEN}",
            f"DB_PWD={HIDDEN}",
            f"dbPass: {HIDDEN}",
            f"POST /login user=bob&pass={HIDDEN}",
            f'{{"user": "bob", "pass": "{HIDDEN}"}}',
            f"csrftoken={HIDDEN}",
            f"X-XSRF-TOKEN: {HIDDEN}",
            f"arn:aws:iam::123456789012:role/x password={HIDDEN}",
            f"arn:aws:iam::123456789012:role/x:password={HIDDEN}",
            f"-----BEGIN PRIVATE KEY-----\n{HIDDEN}\n-----END PRIVATE KEY-----",
            f"-----BEGIN PRIVATE KEY-----\n{HIDDEN}",
        ],
    )
    def test_what_a_name_says_is_secret_is_left_out_of_text(self, text: str) -> None:
        clean = redacted_text(text)
        assert HIDDEN not in clean
        assert REDACTED in clean
        assert redacted_text(clean) == clean, "reports are redacted, and evidence of them once more"

    @pytest.mark.parametrize(
        "secret",
        [
            "AKIA" + "IOSFODNN7EXAMPLE",
            "ASIA" + "IOSFODNN7EXAMPLE",
            "ghp_" + "a1" * 18,
            "github_pat_" + "a1" * 20,
            "xoxb-" + "1234-5678-abcd",
            "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
        ],
    )
    def test_what_has_a_secrets_form_is_left_out(self, secret: str) -> None:
        assert redacted_text(f"see {secret}, please") == f"see {REDACTED}, please"

    def test_a_slack_hook_keeps_its_address_and_loses_its_secret(self) -> None:
        assert redacted_text("https://hooks.slack.com/services/T0/B0/abc!") == (
            f"https://hooks.slack.com/services/{REDACTED}!"
        )

    @pytest.mark.parametrize(
        "text",
        [
            "arn:aws:sns:ap-southeast-2:123456789012:prod-alerts",
            '10.0.0.1 - - [10/Mar/2026:01:19:00 +0000] "GET / HTTP/1.1" 200 2',
            "9b1d5e0f2c7a4b3d8e6f1a2b3c4d5e6f7a8b9c0d",
            "https://console.example/builds?a=1&b=2",
            "Threshold Crossed: 5 datapoints were greater than the threshold (80.0).",
            "the token bucket is empty",
            "ExpiredToken: The security token included in the request is expired",
            "Unexpected token: none; PASS: 3 passed",
            "NextToken=page-1&ContinuationToken=2, nextForwardToken: f/1, ClientRequestToken: 7d3f",
            "arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:prod/db-AbCdEf",
            "valueFrom: arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:prod/db-AbCdEf:password::",
            "DbSecret: arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:prod/db-AbCdEf",
            "not authorized to perform: secretsmanager:GetSecretValue",
            "prod-auth-token: ALARM, prod-password-resets is in ALARM since 2026-03-10T01:08:00Z: Threshold Crossed",
            "/aws/lambda/secret-rotator has no error line; i-0a/error: AWS/Cognito TokenRefreshSuccesses",
            "3f0c0000-0000-4000-8000-000000000001",
            "10:19 http://web.example:8080/ operations@helios.id",
        ],
    )
    def test_what_is_no_secret_stays_as_it_is(self, text: str) -> None:
        assert redacted_text(text) == text

    def test_values_under_a_secrets_name_are_left_out_at_any_depth(self) -> None:
        data = {"Credentials": {"SecretAccessKey": HIDDEN, "SessionToken": HIDDEN}, "list": [{"dbPassword": HIDDEN}]}
        assert HIDDEN not in json.dumps(redacted(data))
        assert data["list"] == [{"dbPassword": HIDDEN}], "the original is somebody else's"

    def test_names_and_values_side_by_side_are_read_together(self) -> None:
        outputs = [{"OutputKey": "DbPassword", "OutputValue": HIDDEN}, {"OutputKey": "VpcId", "OutputValue": "vpc-1"}]
        assert redacted(outputs) == [{"OutputKey": "DbPassword", "OutputValue": REDACTED}, outputs[1]]
        assert redacted({"name": "GITHUB_TOKEN", "value": HIDDEN}) == {"name": "GITHUB_TOKEN", "value": REDACTED}

    def test_tokens_of_paging_stay(self) -> None:
        page = {"NextToken": "page-1", "nextToken": "page-2", "ClientRequestToken": "7d3f"}
        assert redacted(page) == page

    def test_a_secret_in_a_log_is_not_in_the_files(self, release: Release, tmp_path: Path) -> None:
        release.logs(errors=[line(f"ERROR password={HIDDEN}", 10)], application=[], access=[])
        report = verified(release, tmp_path)
        assert any(REDACTED in result.observed for result in report.checks), "the secret must have been seen"
        assert not [file for file in tmp_path.iterdir() if HIDDEN in file.read_text()]

    def test_a_secret_in_what_was_asked_is_not_in_a_journals_line(self) -> None:
        from scripts.evidence.folder import line as written

        call = Call("logs", "FilterLogEvents", {"filterPattern": f"password={HIDDEN}"}, at(1))
        assert HIDDEN not in written(call)
