"""The last of the end-to-end tests: an environment goes, and leaves the other alone."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import SandboxUnderTest

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("sandbox")]


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
