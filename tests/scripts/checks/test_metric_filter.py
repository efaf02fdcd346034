"""SOP 4.4: error lines are counted as deployed, or the alarm on them can never fire."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.results import Status
from sop.alarms import canonical
from tests.scripts.fake_aws import Params, Refusal
from tests.scripts.prod_stack import ALARM_ON_A_METRIC
from tests.scripts.release import Release, alarm

NAME, NAMESPACE, METRIC = "prod-application-errors", "WebInfrastructure/prod", "ApplicationErrors"
CHECKS = ("alarms", "dev-alarms")


def made(pattern: str = "%ERROR%", **changes: Any) -> Params:
    """A metric filter as it was deployed, but for the changes of what it makes of a line."""
    transformation = {"metricName": METRIC, "metricNamespace": NAMESPACE, "metricValue": "1", "defaultValue": 0.0}
    return {"filterName": NAME, "filterPattern": pattern, "metricTransformations": [{**transformation, **changes}]}


@pytest.fixture
def release(release: Release) -> Release:
    release.outputs["applicationErrorPattern"] = "%ERROR%"
    on_lines = {**ALARM_ON_A_METRIC, "Namespace": NAMESPACE, "MetricName": METRIC, "Dimensions": []}
    release.outputs["alarms"] = {NAME: canonical(on_lines)}
    release.describe_alarms([{**alarm(NAME, "OK"), **on_lines}], [])
    release.aws.answer("DescribeMetricFilters", {"metricFilters": [made()]})
    return release


@pytest.mark.parametrize("check", CHECKS)
def test_counted_as_deployed_passes(release: Release, check: str) -> None:
    assert release.check(check).status is Status.PASS
    assert release.aws.called("DescribeMetricFilters") == [{"logGroupName": "/aws/ec2/web-server"}]


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize(
    ("filters", "words"),
    [
        ([], "counts the lines that match %ERROR%"),
        ([made("NEVER")], "changed after it was deployed: prod-application-errors counts 1 for NEVER"),
        ([made("")], "counts 1 for any line"),
        ([made(metricValue="0")], "counts 0 for %ERROR%"),
        ([made(metricName="Other")], "counts the lines that match %ERROR%"),
        ([made(metricNamespace="WebInfrastructure/dev")], "counts the lines that match %ERROR%"),
        ([made(dimensions={"host": "$.host"})], "counts 1 for %ERROR%, by host"),
        # Nobody's lines come from there; and CloudWatch then has no metric without a dimension
        (
            [{**made(), "fieldSelectionCriteria": '@aws.account = "1"'}],
            'counts 1 for %ERROR%, only of @aws.account = "1"',
        ),
        ([{**made(), "applyOnTransformedLogs": True}], "only of lines that a transformer has changed"),
        ([{**made(), "emitSystemFieldDimensions": ["@aws.region"]}], "counts 1 for %ERROR%, by @aws.region"),
    ],
)
def test_otherwise_the_alarm_cannot_fire_and_that_fails(
    release: Release, filters: list[Params], words: str, check: str
) -> None:
    release.aws.answer("DescribeMetricFilters", {"metricFilters": filters})
    result = release.check(check)
    assert result.status is Status.FAIL
    assert f"{NAME} cannot fire as deployed: no metric filter of /aws/ec2/web-server counts" in result.observed
    assert words in result.observed
    assert "pulumi up --refresh --stack prod" in result.fix


def test_another_filter_beside_it_changes_nothing(release: Release) -> None:
    release.aws.pages(
        "DescribeMetricFilters",
        {"metricFilters": [made("WARN")]},
        {},
        {"metricFilters": [made()]},
        linked_by="nextToken",
    )
    assert release.check("alarms").status is Status.PASS


def test_a_second_filter_that_takes_the_lines_away_again_fails(release: Release) -> None:
    """Both made one sum of it: for each error line 1, and -1."""
    minus = {**made(metricValue="-1"), "filterName": "minus"}
    release.aws.answer("DescribeMetricFilters", {"metricFilters": [made(), minus]})
    result = release.check("alarms")
    assert (result.status, "minus counts -1 for %ERROR%" in result.observed) == (Status.FAIL, True)
    assert "delete-metric-filter --log-group-name /aws/ec2/web-server --filter-name minus" in result.fix


def test_a_log_group_that_is_gone_fails(release: Release) -> None:
    release.aws.answer("DescribeMetricFilters", Refusal("ResourceNotFoundException"))
    result = release.check("alarms")
    assert (result.status, "The log group /aws/ec2/web-server does not exist." in result.observed) == (
        Status.FAIL,
        True,
    )


def test_filters_that_cannot_be_read_are_an_error_and_hide_no_alarm_that_is_on(release: Release) -> None:
    release.aws.answer("DescribeMetricFilters", Refusal("AccessDeniedException"))
    result = release.check("alarms")
    assert (result.status, "logs:DescribeMetricFilters" in result.observed) == (Status.ERROR, True)
    on_lines = {**ALARM_ON_A_METRIC, "Namespace": NAMESPACE, "MetricName": METRIC, "Dimensions": []}
    release.describe_alarms([{**alarm(NAME, "ALARM"), **on_lines, "Threshold": 99.0}], [])
    assert release.check("alarms").status is Status.FAIL
