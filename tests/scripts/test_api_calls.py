"""How often AWS is asked: by AWS's own page sizes and no more, however large the stack is."""

from __future__ import annotations

import json
import threading
from collections import Counter
from typing import Any

import pytest

from scripts.checks import alarm_origin, promotion_checks, verify_checks
from scripts.results import Report, Status
from scripts.verify import verify
from sop.digest import json_digest
from sop.outputs import StackOutputs
from tests.clock import PATIENCE
from tests.scripts.checks.alarm_changes import fired
from tests.scripts.checks.test_stack_changes import nested_resource
from tests.scripts.fake_aws import REGION, Params
from tests.scripts.prod_stack import ALARMS, COMPOSITE
from tests.scripts.release import NOW, Release, alarm, line, update


def verified(release: Release) -> Report:
    return verify(verify_checks(), outputs=StackOutputs.parse(release.outputs), aws=release.aws.aws, clock=lambda: NOW)


def one(report: Report, check_id: str) -> Status:
    return next(result.status for result in report.checks if result.id == check_id)


def test_a_good_release_takes_so_many_calls_and_no_question_is_put_twice(release: Release) -> None:
    report = verified(release)
    counted = Counter(operation for operation, _ in release.aws.calls)
    assert report.api_calls == counted.total() == 30
    questions = [json.dumps([operation, params], default=str) for operation, params in release.aws.calls]
    assert len(set(questions)) == len(questions)
    # first a small read, then what is asked: EC2 by ids; the logs for errors, any line, and access
    assert {operation: number for operation, number in counted.items() if number > 1} == {
        "DescribeInstanceStatus": 2,
        "FilterLogEvents": 3,
    }


def test_the_events_of_a_nested_stack_wait_for_no_others(release: Release) -> None:
    nested = "arn:aws:cloudformation:ap-southeast-2:123456789012:stack/web-infrastructure-prod-Web/1"
    asked = threading.Barrier(2)

    def resources(request: Params) -> Params:
        return {"StackResourceSummaries": [] if request["StackName"] == nested else [nested_resource(nested)]}

    def events(request: Params) -> Params:
        asked.wait(PATIENCE)  # until the other is asked, too
        return {"StackEvents": [] if request["StackName"] == nested else update()[::-1]}

    release.aws.answer("ListStackResources", resources)
    release.aws.answer("DescribeStackEvents", events)
    assert one(verified(release), "stack-events") is Status.PASS
    assert len(release.aws.called("ListStackResources")) == 2


@pytest.mark.parametrize(("number", "pages"), [(100, 1), (101, 2), (1000, 10)])
def test_alarms_take_one_call_per_100(release: Release, number: int, pages: int) -> None:
    promised = release.outputs["alarms"]
    names = [*ALARMS, *(f"prod-other-{count}" for count in range(number - len(promised) + 1))]
    described = [alarm(name, "OK") for name in names]
    parts: list[Params] = [{"MetricAlarms": described[start : start + 100]} for start in range(0, number, 100)]
    parts[-1]["CompositeAlarms"] = [alarm(COMPOSITE, "OK")]
    release.aws.pages("DescribeAlarms", *parts)
    assert one(verified(release), "alarms") is Status.PASS
    asked = release.aws.called("DescribeAlarms")
    assert len(asked) == pages
    assert {call["MaxRecords"] for call in asked} == {100}
    assert release.aws.called("DescribeAlarmHistory") == []  # none has changed its state since


def test_history_takes_one_call_for_each_promised_alarm_that_changed(release: Release) -> None:
    strangers = [f"prod-other-{number}" for number in range(100)]
    release.alarms(dict.fromkeys([*ALARMS, *strangers], "OK"), {COMPOSITE: "OK"})
    release.history(*fired("prod-cpu", 4, 6), *(one for name in strangers for one in fired(name, 9, 14)))
    assert one(verified(release), "alarms") is Status.PASS
    assert [call["AlarmName"] for call in release.aws.called("DescribeAlarmHistory")] == ["prod-cpu"]


def test_history_of_many_alarms_that_changed_is_one_question(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarm_origin, "MANY", 1)
    release.alarms(dict.fromkeys(ALARMS, "OK"), {COMPOSITE: "OK"})
    changes = [*fired("prod-cpu", 4, 6), *fired("prod-error-rate", 4, 6)]
    release.history(*changes)
    release.aws.answer("DescribeAlarmHistory", {"AlarmHistoryItems": changes})
    assert one(verified(release), "alarms") is Status.PASS
    (asked,) = release.aws.called("DescribeAlarmHistory")
    assert "AlarmName" not in asked


@pytest.mark.parametrize(("number", "calls"), [(500, 1), (501, 2), (1200, 3)])
def test_metrics_take_one_call_per_500(release: Release, number: int, calls: int) -> None:
    shown = [["AWS/EC2", f"Metric{count}", "AutoScalingGroupName", "web-prod"] for count in range(number)]
    properties: dict[str, Any] = {"title": "All", "region": REGION, "period": 300, "metrics": shown}
    body = json.dumps({"widgets": [{"type": "metric", "properties": properties}]})
    release.dashboard(body)
    release.outputs["dashboardDigest"] = json_digest(body)
    assert one(verified(release), "dashboard-data") is Status.PASS
    asked = release.aws.called("GetMetricData")
    assert len(asked) == calls
    assert sum(len(call["MetricDataQueries"]) for call in asked) == number


@pytest.mark.parametrize(("number", "calls"), [(100, 1), (101, 2), (250, 3)])
def test_instances_take_one_call_per_100(release: Release, number: int, calls: int) -> None:
    names = [f"i-{count:03}" for count in range(number)]
    release.group(*((name, "InService") for name in names), wanted=number)

    def described(request: Params) -> Params:
        ok = {
            "InstanceState": {"Name": "running"},
            "InstanceStatus": {"Status": "ok"},
            "SystemStatus": {"Status": "ok"},
        }
        return {"InstanceStatuses": [{"InstanceId": name, **ok} for name in request.get("InstanceIds", [])]}

    release.aws.answer("DescribeInstanceStatus", described)
    assert one(verified(release), "instance-status") is Status.PASS
    by_ids = [call["InstanceIds"] for call in release.aws.called("DescribeInstanceStatus") if "InstanceIds" in call]
    assert len(by_ids) == calls
    assert sorted(name for ids in by_ids for name in ids) == names


def test_targets_take_one_call_whatever_their_number(release: Release) -> None:
    names = [f"i-{count:03}" for count in range(1000)]
    release.targets(*((name, "healthy") for name in names))
    release.group(*((name, "InService") for name in names))
    assert one(verified(release), "target-health") is Status.PASS
    assert len(release.aws.called("DescribeTargetHealth")) == 1


def test_counting_errors_in_logs_ends(release: Release) -> None:
    release.logs(errors=[line("ERROR", 10)] * 5000, application=[], access=[])
    assert one(verified(release), "application-logs") is Status.FAIL
    assert len(release.aws.called("FilterLogEvents")) == 4


def test_what_promotion_and_verification_share_is_asked_once(release: Release) -> None:
    both = {check.id: check for check in (*verify_checks(), *promotion_checks())}
    outputs = StackOutputs.parse(release.outputs)
    verify(list(both.values()), outputs=outputs, aws=release.aws.aws, clock=lambda: NOW)
    for operation in ("ListPipelineExecutions", "DescribeStacks", "DescribeTargetHealth"):
        assert len(release.aws.called(operation)) == 1
