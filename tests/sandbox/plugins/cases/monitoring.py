"""The lives of alarms and dashboards."""

from __future__ import annotations

import json

from sandbox.plugins.values import Values
from tests.sandbox.plugins.cases.case import Case
from tests.sandbox.plugins.cases.parts import ALARM, TOPIC
from tests.sandbox.sample import REGION

ONE_METRIC: Values = {
    "comparisonOperator": "GreaterThanThreshold",
    "evaluationPeriods": 2,
    "metricName": "CPUUtilization",
    "namespace": "AWS/EC2",
    "period": 60,
    "statistic": "Average",
    "threshold": 80.5,
    "treatMissingData": "breaching",
    "dimensions": {"AutoScalingGroupName": "web"},
}


def widgets(threshold: int) -> str:
    annotation = {"horizontal": [{"value": threshold}]}
    properties = {"metrics": [["AWS/EC2", "CPUUtilization"]], "region": REGION, "annotations": annotation}
    widget = {"type": "metric", "x": 0, "y": 0, "width": 12, "height": 6, "properties": properties}
    return json.dumps({"widgets": [widget]})


CASES: dict[str, Case] = {
    ALARM: Case(
        needs={"topic": (TOPIC, {"name": "life-alarm"})},
        inputs={"name": "life-alarm", "alarmDescription": "CPU", "alarmActions": ["{topic}"], **ONE_METRIC},
        update={"threshold": 90, "okActions": ["{topic}"], "tags": {"Kind": "alarm"}},
        drift=lambda behind, name: behind("cloudwatch", "disable_alarm_actions", AlarmNames=[name]),
        seen="actionsEnabled",
    ),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": Case(
        needs={"alarm": (ALARM, {"name": "life-part", **ONE_METRIC})},
        inputs={"alarmName": "life-composite", "alarmDescription": "Health", "alarmRule": 'ALARM("life-part")'},
        update={"alarmRule": 'NOT ALARM("life-part")'},
        drift=lambda behind, name: behind(
            "cloudwatch", "put_composite_alarm", AlarmName=name, AlarmRule='ALARM("life-part")', AlarmDescription="Else"
        ),
        seen="alarmDescription",
    ),
    "aws:cloudwatch/dashboard:Dashboard": Case(
        inputs={"dashboardName": "life-dashboard", "dashboardBody": widgets(80)},
        update={"dashboardBody": widgets(90)},
        drift=lambda behind, name: behind("cloudwatch", "put_dashboard", DashboardName=name, DashboardBody=widgets(70)),
        seen="dashboardBody",
        gone="ResourceNotFound",
    ),
}
