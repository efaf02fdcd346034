from __future__ import annotations

from collections.abc import Iterator

import pytest
from moto.moto_api._internal.models import moto_api_backend

from tests.sandbox.conftest import MakeWorld
from tests.sandbox.faults.released import Released, released
from tests.sandbox.workload.deployed import Deployed, deploy

ALB, EC2 = "AWS/ApplicationELB", "AWS/EC2"
EMAIL = "operations@helios.id"
DASHBOARD = "prod-infrastructure-dashboard"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Released]:
    """An account with releases in both environments, made once a module."""
    moto_api_backend.reset()
    with released(tmp_path_factory.mktemp("released")) as there:
        yield there


@pytest.fixture
def site(make_world: MakeWorld) -> Deployed:
    """Production as the program leaves it: alarms on the site, a composite, a dashboard, a subscriber."""
    site = deploy(make_world)
    cloudwatch = site.world.service("cloudwatch")
    for name, metric, dimensions, threshold in (
        ("prod-cpu", f"{EC2}/CPUUtilization", {"AutoScalingGroupName": "web-prod"}, 80),
        ("prod-errors", f"{ALB}/HTTPCode_Target_5XX_Count", site.load_balancer, 3),
        ("prod-response-time", f"{ALB}/TargetResponseTime", site.load_balancer, 1),
        ("prod-unhealthy-hosts", f"{ALB}/UnHealthyHostCount", site.target_group, 0.5),
    ):
        namespace, _, metric_name = metric.rpartition("/")
        cloudwatch.put_metric_alarm(
            {
                "AlarmName": name,
                "Namespace": namespace,
                "MetricName": metric_name,
                "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
                "Statistic": "Sum" if "Count" in metric else "Average",
                "Period": 60,
                "EvaluationPeriods": 3,
                "Threshold": threshold,
                "ComparisonOperator": "GreaterThanThreshold",
                "TreatMissingData": "notBreaching",
            }
        )
    cloudwatch.put_composite_alarm({"AlarmName": "prod-release-health", "AlarmRule": "ALARM(prod-cpu)"})
    cloudwatch.put_dashboard({"DashboardName": DASHBOARD, "DashboardBody": '{"widgets": []}'})
    sns = site.world.service("sns")
    topic = site.world.client("sns").create_topic(Name="prod-alerts")["TopicArn"]
    subscription = sns.subscribe(
        {"TopicArn": topic, "Protocol": "email", "Endpoint": EMAIL, "ReturnSubscriptionArn": True}
    )
    sns.confirm(subscription["SubscriptionArn"])
    cloudwatch.alarms.evaluate()
    site.pass_time(seconds=1)
    return site
