"""The alarms, as CloudWatch accepts and evaluates them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from sop.alarms import canonical
from tests.components.recorder import Plan

OF_PIPELINE = {"pipeline-failed", "pipeline-duration", "undelivered-alerts"}
OF_WORKLOAD = {"response-time", "error-rate", "unhealthy-hosts", "cpu", "application-errors"}
PLAIN = ("metricName", "namespace", "period", "statistic", "dimensions")


def alarms(plan: Plan) -> dict[str, dict[str, Any]]:
    found = {alarm.inputs["name"]: alarm.inputs for alarm in plan.of_type("MetricAlarm")}
    prefix = f"{plan.outputs['environment']}-"
    assert all(name.startswith(prefix) for name in found), "SOP 4.4 looks for alarms by this prefix"
    return {name.removeprefix(prefix): inputs for name, inputs in found.items()}


def figure(alarm: dict[str, Any]) -> dict[str, Any]:
    (returned,) = [query for query in alarm["metricQueries"] if query["returnData"]]
    return returned


def series(alarm: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {query["id"]: query["metric"] for query in alarm["metricQueries"] if "metric" in query}


def test_the_pipeline_is_watched_always_and_the_workload_once_it_is_there(prod: Plan, first: Plan) -> None:
    assert set(alarms(first)) == OF_PIPELINE
    assert set(alarms(prod)) == OF_PIPELINE | OF_WORKLOAD


def test_comparison_and_evaluation_periods_are_required_in_fact(prod: Plan) -> None:
    for alarm in alarms(prod).values():
        assert alarm["comparisonOperator"]
        assert 1 <= alarm["datapointsToAlarm"] <= alarm["evaluationPeriods"]


def test_an_alarm_with_queries_has_no_metric_of_its_own_and_one_result(prod: Plan) -> None:
    for alarm in alarms(prod).values():
        if "metricQueries" not in alarm:
            assert all(key in alarm for key in PLAIN if key != "dimensions")
            continue
        assert not any(key in alarm for key in PLAIN)
        assert figure(alarm)["expression"]
        assert all(("metric" in query) != ("expression" in query) for query in alarm["metricQueries"])
        assert all(re.fullmatch(r"[a-z][A-Za-z0-9_]*", query["id"]) for query in alarm["metricQueries"])


def test_every_alarm_tells_the_topic_when_it_begins_and_when_it_ends(prod: Plan) -> None:
    for alarm in [*prod.of_type("MetricAlarm"), prod.only("CompositeAlarm")]:
        topic = [prod.outputs["topicArn"]]
        assert alarm.inputs["alarmActions"] == alarm.inputs["okActions"] == topic


@pytest.mark.parametrize(
    ("subject", "treatment"),
    [
        # Error-only metrics report nothing when all is well
        ("pipeline-failed", "notBreaching"),
        ("pipeline-duration", "notBreaching"),
        ("error-rate", "notBreaching"),
        ("application-errors", "notBreaching"),
        # Continuous ones never fall silent in health
        ("unhealthy-hosts", "breaching"),
        ("cpu", "missing"),
        ("response-time", "missing"),
    ],
)
def test_missing_data_means_what_the_metrics_nature_says(prod: Plan, subject: str, treatment: str) -> None:
    assert alarms(prod)[subject]["treatMissingData"] == treatment


def test_a_failed_execution_is_codepipelines_own_metric_by_pipeline_name(prod: Plan) -> None:
    alarm = alarms(prod)["pipeline-failed"]
    assert (alarm["namespace"], alarm["metricName"]) == ("AWS/CodePipeline", "FailedPipelineExecutions")
    assert alarm["dimensions"] == {"PipelineName": "web-pipeline-prod"}
    assert (alarm["statistic"], alarm["threshold"]) == ("Sum", 1)


def test_build_and_deployment_time_leaves_out_waiting_for_a_window(prod: Plan) -> None:
    alarm = alarms(prod)["pipeline-duration"]
    assert figure(alarm)["expression"] == "(FILL(build, 0) + FILL(deploy, 0)) / 60"  # seconds to minutes
    assert {query["namespace"] for query in series(alarm).values()} == {"AWS/CodeBuild"}
    assert {id_: query["dimensions"]["ProjectName"] for id_, query in series(alarm).items()} == {
        "build": "web-pipeline-prod-build",
        "deploy": "web-pipeline-prod-deploy",
    }
    assert (alarm["threshold"], alarm["comparisonOperator"]) == (15, "GreaterThanThreshold")


def test_one_executions_builds_fall_into_one_period(prod: Plan) -> None:
    timeouts = sum(project.inputs["buildTimeout"] for project in prod.of_type("Project"))
    alarm = alarms(prod)["pipeline-duration"]
    (period,) = {query["period"] for query in series(alarm).values()}
    minutes = period / 60
    assert alarm["threshold"] + 5 <= minutes < timeouts
    assert minutes <= 20  # a release is not good before it is over


def test_the_error_rate_is_a_share_of_requests_and_needs_traffic(prod: Plan) -> None:
    alarm = alarms(prod)["error-rate"]
    asked = "FILL(requests, 0) + FILL(refused, 0)"  # of what was refused, RequestCount knows nothing
    expression = f"IF({asked} >= 20, 100 * (FILL(errors, 0) + FILL(unanswered, 0)) / ({asked}), 0)"
    assert figure(alarm)["expression"] == expression
    assert {id_: query["metricName"] for id_, query in series(alarm).items()} == {
        "requests": "RequestCount",
        "errors": "HTTPCode_Target_5XX_Count",
        "unanswered": "HTTPCode_ELB_5XX_Count",
        "refused": "HTTPCode_ELB_503_Count",
    }
    assert {query["stat"] for query in series(alarm).values()} == {"Sum"}
    assert alarm["threshold"] == 5


def test_an_event_that_could_not_be_published_alarms_because_nothing_else_says_so(prod: Plan) -> None:
    alarm = alarms(prod)["undelivered-alerts"]
    rules = {query["dimensions"]["RuleName"] for query in series(alarm).values()}
    assert rules == {rule.inputs["name"] for rule in prod.of_type("EventRule")}
    assert {(each["namespace"], each["metricName"]) for each in series(alarm).values()} == {
        ("AWS/Events", "FailedInvocations")
    }
    assert (alarm["threshold"], alarm["treatMissingData"]) == (1, "notBreaching")


def test_the_load_balancer_is_named_by_its_full_name(prod: Plan) -> None:
    # A DNS name or an ARN is accepted by AWS and never matches
    dimensions = alarms(prod)["response-time"]["dimensions"]
    assert dimensions == {"LoadBalancer": "app/web-prod/50dc6c495c0c9188"}
    for query in series(alarms(prod)["error-rate"]).values():
        assert query["dimensions"] == dimensions


def test_unhealthy_hosts_needs_both_dimensions(prod: Plan) -> None:
    alarm = alarms(prod)["unhealthy-hosts"]
    assert alarm["dimensions"] == {
        "LoadBalancer": "app/web-prod/50dc6c495c0c9188",
        "TargetGroup": "targetgroup/web-prod/73e2d6bc24d8a067",
    }
    assert (alarm["metricName"], alarm["statistic"]) == ("UnHealthyHostCount", "Maximum")


def test_cpu_is_the_groups_because_instances_come_and_go(prod: Plan) -> None:
    alarm = alarms(prod)["cpu"]
    assert (alarm["namespace"], alarm["metricName"]) == ("AWS/EC2", "CPUUtilization")
    assert alarm["dimensions"] == {"AutoScalingGroupName": "web-prod"}
    assert (alarm["statistic"], alarm["threshold"]) == ("Average", 80)


def test_application_errors_are_counted_by_a_filter_on_the_log_group_that_cloudformation_made(
    prod: Plan, first: Plan
) -> None:
    found = prod.only("LogMetricFilter").inputs
    alarm = alarms(prod)["application-errors"]
    transformation = found["metricTransformation"]
    assert found["logGroupName"] == "/aws/ec2/web-server" == prod.outputs["applicationLogGroupName"]
    assert found["pattern"] == prod.outputs["applicationErrorPattern"]
    assert (transformation["namespace"], transformation["name"]) == (alarm["namespace"], alarm["metricName"])
    assert (transformation["value"], transformation["defaultValue"]) == ("1", "0")
    assert first.of_type("LogMetricFilter") == []


def test_the_composite_is_over_all_other_alarms_and_in_the_outputs(prod: Plan, first: Plan) -> None:
    for plan in (prod, first):
        composite = plan.only("CompositeAlarm").inputs
        names = [f"prod-{subject}" for subject in alarms(plan)]
        assert set(re.findall(r'ALARM\("([^"]+)"\)', composite["alarmRule"])) == set(names)
        assert composite["alarmRule"].count(" OR ") == len(names) - 1
        assert composite["alarmName"] == "prod-release-health" == plan.outputs["compositeAlarmName"]
        assert set(plan.outputs["alarms"]) == {*names, "prod-release-health"}


def test_the_composite_comes_after_the_alarms_that_it_is_over(prod: Plan) -> None:
    depends_on = prod.only("CompositeAlarm").depends_on
    assert {alarm.urn for alarm in prod.of_type("MetricAlarm")} <= depends_on


def test_at_most_five_actions(prod: Plan) -> None:
    assert all(len(alarm["alarmActions"]) <= 5 for alarm in alarms(prod).values())


def test_a_renamed_alarm_is_made_before_the_old_one_goes_because_the_composite_names_it(prod: Plan) -> None:
    assert {alarm.options["deleteBeforeReplace"] for alarm in prod.of_type("MetricAlarm")} == {False}


def test_a_composite_whose_actions_were_switched_by_hand_goes_before_it_is_made_again(prod: Plan) -> None:
    assert prod.only("CompositeAlarm").options["deleteBeforeReplace"] is True


def test_the_outputs_define_each_alarm_as_cloudwatch_is_asked_for_it(prod: Plan, first: Plan) -> None:
    for plan in (prod, first):
        asked = {
            alarm.inputs["name"]: canonical(as_cloudwatch_has_it(alarm.inputs)) for alarm in plan.of_type("MetricAlarm")
        }
        composite = plan.only("CompositeAlarm").inputs
        asked[composite["alarmName"]] = canonical(as_cloudwatch_has_it(composite))
        assert plan.outputs["alarms"] == asked


def as_cloudwatch_has_it(value: Any) -> Any:
    """A resource's inputs in the words of CloudWatch's API."""
    if isinstance(value, list):
        return [as_cloudwatch_has_it(one) for one in value]
    if not isinstance(value, dict):
        return value
    renamed = {"metricQueries": "Metrics", "okActions": "OKActions", "name": "AlarmName"}
    told = {renamed.get(key, key[0].upper() + key[1:]): as_cloudwatch_has_it(one) for key, one in value.items()}
    if "dimensions" in value:
        told["Dimensions"] = [{"Name": name, "Value": one} for name, one in value["dimensions"].items()]
    if "metric" in value:
        metric = told.pop("Metric")
        told["MetricStat"] = {"Stat": metric.pop("Stat"), "Period": metric.pop("Period"), "Metric": metric}
    return told
