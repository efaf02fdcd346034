"""The last of the end-to-end tests: a site is watched no longer, an environment goes, and leaves the other alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.conftest import SandboxUnderTest

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("sandbox")]


def test_a_missing_output_deletes_nothing_until_release_workload_none_says_so(
    sandbox: SandboxUnderTest, project_copy: Path
) -> None:
    pushed = sandbox("push", "--branch", "dev", "--change", "missing-output")
    assert pushed.code == 0, pushed.output + pushed.errors
    watched = alarms(sandbox)
    for command in (("preview",), ("up", "--yes", "--skip-preview")):
        refused = sandbox.pulumi(*command, "--stack", "dev")
        said = refused.output + refused.errors
        assert refused.code != 0
        assert "web-infrastructure-dev (UPDATE_COMPLETE) has no output ApplicationLogGroupName" in said
        assert "deleted" not in said
        assert "Traceback" not in said
    assert alarms(sandbox) == watched

    gone = sandbox.pulumi("up", "--yes", "--skip-preview", "--stack", "dev", "-c", "release:workload=none",
                          cwd=project_copy)  # fmt: skip
    assert gone.code == 0, gone.output + gone.errors
    assert {"dev-cpu", "dev-response-time"} <= watched - alarms(sandbox)
    kept = sandbox.aws("logs", "describe-log-groups", "--log-group-name-prefix", "/aws/elasticloadbalancing/app-dev")
    assert len(kept["logGroups"]) == 1


def alarms(sandbox: SandboxUnderTest) -> set[str]:
    found = sandbox.aws("cloudwatch", "describe-alarms", "--alarm-name-prefix", "dev-")
    return {alarm["AlarmName"] for alarm in found["MetricAlarms"]}


def test_destroy_leaves_nothing_behind(sandbox: SandboxUnderTest) -> None:
    destroyed = sandbox.pulumi("destroy", "--stack", "dev", "--yes")
    assert destroyed.code == 0, destroyed.output + destroyed.errors
    assert sandbox.aws("codepipeline", "list-pipelines")["pipelines"][0]["name"] == "web-pipeline-prod"
    named_dev = {
        "alarms": sandbox.aws("cloudwatch", "describe-alarms", "--alarm-name-prefix", "dev-", "--alarm-types",
                              "MetricAlarm", "CompositeAlarm"),
        "dashboards": sandbox.aws("cloudwatch", "list-dashboards", "--dashboard-name-prefix", "dev-"),
        "roles": sandbox.aws("iam", "list-roles", "--query", "Roles[?starts_with(RoleName, 'web-pipeline-dev')]"),
        "topics": sandbox.aws("sns", "list-topics", "--query", "Topics[?contains(TopicArn, ':dev-')]"),
        "rules": sandbox.aws("events", "list-rules", "--query", "Rules[?contains(Name, 'dev')]"),
        "projects": sandbox.aws("codebuild", "list-projects", "--query", "projects[?contains(@, 'dev')]"),
    }  # fmt: skip
    left = {
        kind: [entry for entries in (found.values() if isinstance(found, dict) else [found]) for entry in entries]
        for kind, found in named_dev.items()
    }
    assert not any(left.values()), left
