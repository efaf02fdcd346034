"""Dashboards over the wire: kept word for word, checked widget by widget."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.cloudwatch.shapes import code_of


def metric_widget(**properties: Any) -> dict[str, Any]:
    good = {"region": "ap-southeast-2", "metrics": [["N", "M", "D", "V"]]}
    kept = {key: value for key, value in (good | properties).items() if value is not None}
    return {"type": "metric", "x": 0, "y": 0, "width": 12, "height": 6, "properties": kept}


def put_dashboard(client: Any, *widgets: dict[str, Any]) -> list[dict[str, str]]:
    body = json.dumps({"widgets": widgets})
    return client.put_dashboard(DashboardName="d", DashboardBody=body)["DashboardValidationMessages"]


def test_a_dashboard_is_kept_word_for_word(client: Any) -> None:
    assert put_dashboard(client, metric_widget()) == []
    body = json.dumps({"widgets": [metric_widget()]})
    assert client.get_dashboard(DashboardName="d")["DashboardBody"] == body
    (entry,) = client.list_dashboards(DashboardNamePrefix="d")["DashboardEntries"]
    assert entry["Size"] == len(body)
    client.delete_dashboards(DashboardNames=["d"])
    with pytest.raises(ClientError, match="does not exist") as failure:
        client.get_dashboard(DashboardName="d")
    assert code_of(failure) == "ResourceNotFound"


@pytest.mark.parametrize(
    ("widget", "path"),
    [
        (metric_widget(region=None), "/widgets/0/properties"),
        (metric_widget(metrics=None), "/widgets/0/properties"),
        (metric_widget(metrics=[["N"]]), "/widgets/0/properties/metrics/0"),
        (metric_widget(metrics=[[".", "M"]]), "/widgets/0/properties/metrics/0"),
        (metric_widget(metrics=[["N", 5]]), "/widgets/0/properties/metrics/0"),
        (metric_widget(view="clock"), "/widgets/0/properties/view"),
        (metric_widget() | {"x": 24}, "/widgets/0/x"),
        (metric_widget() | {"width": 25}, "/widgets/0/width"),
        ({"type": "picture", "properties": {}}, "/widgets/0/type"),
        ({"type": "text", "properties": {}}, "/widgets/0/properties"),
        ({"type": "text"}, "/widgets/0"),
    ],
)
def test_a_wrong_widget_is_refused_with_its_path(client: Any, widget: dict[str, Any], path: str) -> None:
    with pytest.raises(ClientError, match="dashboard body is invalid") as failure:
        put_dashboard(client, widget)
    assert f'"dataPath": "{path}"' in str(failure.value)


def test_a_doubtful_widget_is_kept_with_a_message(client: Any) -> None:
    (message,) = put_dashboard(client, metric_widget(period=61))
    assert message["DataPath"] == "/widgets/0/properties/period"


@pytest.mark.parametrize("body", ["no json", "[]", "{}"])
def test_a_body_that_is_no_dashboard_is_refused(client: Any, body: str) -> None:
    with pytest.raises(ClientError, match="validation errors"):
        client.put_dashboard(DashboardName="d", DashboardBody=body)
