"""The dashboard: CloudWatch swallows mistakes in it without a word, so its body is checked here."""

from __future__ import annotations

import json
import re
from itertools import combinations
from typing import Any

from tests.components.monitoring.test_alarms import alarms
from tests.components.recorder import Plan, deployed, run_program


def widgets(plan: Plan, kind: str = "") -> list[dict[str, Any]]:
    body = json.loads(plan.only("Dashboard").inputs["dashboardBody"])
    assert set(body) == {"widgets"}
    return [widget for widget in body["widgets"] if kind in ("", widget["type"])]


def graphs(plan: Plan) -> dict[str, dict[str, Any]]:
    return {widget["properties"]["title"]: widget["properties"] for widget in widgets(plan, "metric")}


def metrics(plan: Plan) -> set[tuple[str, str]]:
    rows = [row for graph in graphs(plan).values() for row in graph["metrics"]]
    return {(row[0], row[1]) for row in rows if isinstance(row[0], str)}


def test_its_name_is_the_sops_and_in_aws_alphabet(prod: Plan) -> None:
    name = prod.only("Dashboard").inputs["dashboardName"]
    assert name == "prod-infrastructure-dashboard" == prod.outputs["dashboardName"]
    assert re.fullmatch(r"[0-9A-Za-z_-]+", name)


def test_every_widget_lies_within_the_24_columns(prod: Plan) -> None:
    for widget in widgets(prod):
        assert 0 <= widget["x"] <= 23
        assert 1 <= widget["width"] <= 24
        assert widget["x"] + widget["width"] <= 24


def test_no_two_widgets_overlap(prod: Plan) -> None:
    def cells(widget: dict[str, Any]) -> set[tuple[int, int]]:
        columns = range(widget["x"], widget["x"] + widget["width"])
        return {(x, y) for x in columns for y in range(widget["y"], widget["y"] + widget["height"])}

    for one, other in combinations(widgets(prod), 2):
        assert cells(one).isdisjoint(cells(other))


def test_it_shows_pipeline_load_balancer_servers_alarms_and_logs(prod: Plan) -> None:
    namespaces = {namespace for namespace, _ in metrics(prod)}
    assert namespaces == {
        "AWS/ApplicationELB",
        "AWS/CodeBuild",
        "AWS/CodePipeline",
        "AWS/EC2",
        "AWS/Events",
        "WebInfrastructure/prod",
    }
    queries = [widget["properties"]["query"] for widget in widgets(prod, "log")]
    assert [query.split("'")[1] for query in queries] == [
        "/aws/ec2/web-server",
        "/aws/elasticloadbalancing/app",
    ]


def test_before_the_first_deployment_it_shows_the_pipeline_and_says_so(first: Plan) -> None:
    assert {namespace for namespace, _ in metrics(first)} == {"AWS/CodeBuild", "AWS/CodePipeline", "AWS/Events"}
    assert widgets(first, "log") == []
    assert "Not deployed yet" in widgets(first, "text")[0]["properties"]["markdown"]


def test_every_alarm_is_shown_by_its_arn(prod: Plan) -> None:
    (widget,) = widgets(prod, "alarm")
    names = [arn.rpartition(":alarm:")[2] for arn in widget["properties"]["alarms"]]
    assert sorted(names) == sorted(prod.outputs["alarms"])


def test_each_alarms_limit_is_the_line_on_its_graph(prod: Plan) -> None:
    lines = [
        graph["annotations"]["horizontal"][0]["value"] for graph in graphs(prod).values() if "annotations" in graph
    ]
    assert sorted(lines) == sorted(alarm["threshold"] for alarm in alarms(prod).values())


def test_the_graph_and_the_alarm_look_at_the_same_figure(prod: Plan) -> None:
    expressions = [
        row[0]["expression"] for graph in graphs(prod).values() for row in graph["metrics"] if isinstance(row[0], dict)
    ]
    of_alarms = [
        query["expression"]
        for alarm in alarms(prod).values()
        for query in alarm.get("metricQueries", [])
        if "expression" in query
    ]
    assert sorted(expressions) == sorted(of_alarms)


def test_what_only_feeds_an_expression_is_hidden(prod: Plan) -> None:
    rows = graphs(prod)["Error rate"]["metrics"]
    assert [row[-1].get("visible") for row in rows[:-1]] == [False, False, False, False]
    assert graphs(prod)["CPU"]["metrics"][0][-1]["visible"] is True


def test_every_graph_names_its_region_and_period(prod: Plan) -> None:
    for graph in graphs(prod).values():
        assert graph["region"] == "ap-southeast-2"
        assert graph["period"] in (300, 1200)


def test_the_body_is_the_same_every_time(prod: Plan) -> None:
    again = run_program("prod", deployed("prod"))
    assert again.only("Dashboard").inputs == prod.only("Dashboard").inputs
