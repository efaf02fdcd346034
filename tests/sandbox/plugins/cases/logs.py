"""The lives of log groups and deliveries."""

from __future__ import annotations

from tests.sandbox.plugins.cases.case import Case
from tests.sandbox.plugins.cases.parts import DESTINATION, LOAD_BALANCER, LOG_GROUP, SOURCE, policy
from tests.sandbox.sample import ACCOUNT_ID, REGION

CASES: dict[str, Case] = {
    LOG_GROUP: Case(
        inputs={"name": "/life/group", "retentionInDays": 30, "tags": {"Kind": "logs"}},
        update={"retentionInDays": 90},
        drift=lambda behind, name: behind("logs", "delete_retention_policy", logGroupName=name),
        seen="retentionInDays",
    ),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": Case(
        needs={"group": (LOG_GROUP, {"name": "/life/filter"})},
        inputs={
            "name": "life-filter",
            "logGroupName": "{group}",
            "pattern": "?ERROR ?FATAL",
            "metricTransformation": {
                "name": "ApplicationErrors",
                "namespace": "Release/dev",
                "value": "1",
                "defaultValue": "0",
            },
        },
        update={"pattern": "?ERROR"},
        drift=lambda behind, name: behind(
            "logs",
            "put_metric_filter",
            logGroupName="/life/filter",
            filterName=name,
            filterPattern="?ERROR ?FATAL",
            metricTransformations=[
                {"metricName": "ApplicationErrors", "metricNamespace": "Release/dev", "metricValue": "2"}
            ],
        ),
        seen="metricTransformation.value",
    ),
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": Case(
        inputs={"policyName": "life-logs", "policyDocument": policy("logs:PutLogEvents")},
        update={"policyDocument": policy("logs:CreateLogStream")},
        drift=lambda behind, name: behind(
            "logs", "put_resource_policy", policyName=name, policyDocument=policy("logs:*")
        ),
        seen="policyDocument",
    ),
    SOURCE: Case(
        inputs={"name": "life-source", "logType": "ALB_ACCESS_LOGS", "resourceArn": LOAD_BALANCER},
        update={"tags": {"Kind": "logs"}},
        drift=lambda behind, name: behind("logs", "delete_delivery_source", name=name),
        seen="(gone)",
    ),
    DESTINATION: Case(
        needs={"group": (LOG_GROUP, {"name": "/life/destination"})},
        inputs={
            "name": "life-destination",
            "deliveryDestinationConfiguration": {
                "destinationResourceArn": f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:/life/destination"
            },
        },
        update={"tags": {"Kind": "logs"}},
        drift=lambda behind, name: behind("logs", "delete_delivery_destination", name=name),
        seen="(gone)",
    ),
    "aws:cloudwatch/logDelivery:LogDelivery": Case(
        needs={
            "group": (LOG_GROUP, {"name": "/life/delivery"}),
            "source": (SOURCE, {"name": "life-delivered", "logType": "ALB_ACCESS_LOGS", "resourceArn": LOAD_BALANCER}),
            "destination": (
                DESTINATION,
                {
                    "name": "life-delivered-to",
                    "deliveryDestinationConfiguration": {
                        "destinationResourceArn": f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:/life/delivery"
                    },
                },
            ),
        },
        inputs={
            "deliverySourceName": "{source}",
            "deliveryDestinationArn": f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:delivery-destination:life-delivered-to",
        },
        update={"tags": {"Kind": "logs"}},
        drift=lambda behind, identifier: behind("logs", "delete_delivery", id=identifier),
        seen="(gone)",
    ),
}
