"""The last of the end-to-end tests: a site is watched no longer, an environment goes, and leaves the other alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.conftest import SandboxUnderTest
from tests.e2e.stacks import DEV, PROD

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("sandbox")]


def test_a_missing_output_deletes_nothing_until_release_workload_none_says_so(
    sandbox: SandboxUnderTest, project_copy: Path
) -> None:
    pushed = sandbox("push", "--branch", DEV.branch, "--change", "missing-output")
    assert pushed.code == 0, pushed.output + pushed.errors
    watched = alarms(sandbox)
    for command in (("preview",), ("up", "--yes", "--skip-preview")):
        refused = sandbox.pulumi(*command, "--stack", "dev")
        said = refused.output + refused.errors
        assert refused.code != 0
        assert f"{DEV.names.cloudformation_stack} (UPDATE_COMPLETE) has no output ApplicationLogGroupName" in said
        assert "deleted" not in said
        assert "Traceback" not in said
    assert alarms(sandbox) == watched

    gone = sandbox.pulumi("up", "--yes", "--skip-preview", "--stack", "dev", "-c", "release:workload=none",
                          cwd=project_copy)  # fmt: skip
    assert gone.code == 0, gone.output + gone.errors
    assert {DEV.names.alarm(subject) for subject in ("cpu", "response-time")} <= watched - alarms(sandbox)
    kept = sandbox.aws("logs", "describe-log-groups", "--log-group-name-prefix", DEV.names.access_log_group)
    assert len(kept["logGroups"]) == int(DEV.access_log_delivery)


def alarms(sandbox: SandboxUnderTest) -> set[str]:
    found = sandbox.aws("cloudwatch", "describe-alarms", "--alarm-name-prefix", DEV.names.alarm_prefix)
    return {alarm["AlarmName"] for alarm in found["MetricAlarms"]}


def test_destroy_leaves_nothing_behind(sandbox: SandboxUnderTest) -> None:
    destroyed = sandbox.pulumi("destroy", "--stack", "dev", "--yes")
    assert destroyed.code == 0, destroyed.output + destroyed.errors
    assert [each["name"] for each in sandbox.aws("codepipeline", "list-pipelines")["pipelines"]] == [
        PROD.names.pipeline
    ]
    names, prefix = DEV.names, DEV.names.alarm_prefix
    named_dev = {
        "alarms": sandbox.aws("cloudwatch", "describe-alarms", "--alarm-name-prefix", prefix, "--alarm-types",
                              "MetricAlarm", "CompositeAlarm"),
        "dashboards": sandbox.aws("cloudwatch", "list-dashboards", "--dashboard-name-prefix", names.dashboard),
        "roles": sandbox.aws("iam", "list-roles", "--query", f"Roles[?starts_with(RoleName, '{names.pipeline}-')]"),
        "topics": sandbox.aws("sns", "list-topics", "--query", f"Topics[?contains(TopicArn, ':{names.topic}')]"),
        "rules": sandbox.aws("events", "list-rules", "--query", f"Rules[?starts_with(Name, '{names.pipeline}-')]"),
        "projects": sandbox.aws("codebuild", "list-projects", "--query",
                                f"projects[?starts_with(@, '{names.pipeline}-')]"),
    }  # fmt: skip
    left = {
        kind: [entry for entries in (found.values() if isinstance(found, dict) else [found]) for entry in entries]
        for kind, found in named_dev.items()
    }
    assert not any(left.values()), left
