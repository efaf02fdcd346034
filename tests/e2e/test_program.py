"""The Pulumi program through the real CLI and engine, on the sandbox as the rehearsal left it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from sandbox.paths import PROJECT
from sop.outputs import StackOutputs
from tests.e2e.conftest import SandboxUnderTest

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("sandbox")]

STACKS = ("dev", "prod")


def test_a_second_preview_shows_no_change_and_leaves_the_stack_file_alone(sandbox: SandboxUnderTest) -> None:
    """Of dev; prod's is asked with one threshold changed, and shows that one's changes only."""
    before = (PROJECT / "Pulumi.dev.yaml").read_bytes()
    preview = sandbox.pulumi("preview", "--stack", "dev", "--expect-no-changes")
    assert preview.code == 0, preview.output + preview.errors
    assert (PROJECT / "Pulumi.dev.yaml").read_bytes() == before


def test_a_refresh_shows_no_change(sandbox: SandboxUnderTest) -> None:
    """Of dev; prod's is asked once another service has come and gone (test_existing_resources.py)."""
    refreshed = sandbox.pulumi("refresh", "--stack", "dev", "--yes", "--expect-no-changes")
    assert refreshed.code == 0, refreshed.output + refreshed.errors


@pytest.mark.parametrize("stack", STACKS)
def test_the_outputs_are_the_contract(sandbox: SandboxUnderTest, stack: str) -> None:
    outputs = StackOutputs.parse(sandbox.pulumi("stack", "output", "--json", "--stack", stack).data)
    assert outputs.environment == stack
    assert outputs.workload is not None


def test_a_resource_changed_behind_pulumis_back_is_seen_by_refresh(sandbox: SandboxUnderTest) -> None:
    topic = sandbox.pulumi("stack", "output", "--json", "--stack", "prod").data["topicArn"]
    sandbox.aws("sns", "set-topic-attributes", "--topic-arn", topic, "--attribute-name", "DisplayName",
                "--attribute-value", "somebody was here")  # fmt: skip
    refreshed = sandbox.pulumi("refresh", "--stack", "prod", "--preview-only", "--expect-no-changes")
    assert refreshed.code != 0
    sandbox.aws("sns", "set-topic-attributes", "--topic-arn", topic, "--attribute-name", "DisplayName",
                "--attribute-value", "")  # fmt: skip


def test_one_threshold_changes_its_alarm_its_line_and_its_output_only(
    sandbox: SandboxUnderTest, project_copy: Path
) -> None:
    file = project_copy / "Pulumi.prod.yaml"
    changed = re.sub(r"(cpuPercent: *)\d+", r"\g<1>61", file.read_text())
    assert changed != file.read_text()
    file.write_text(changed)
    preview = sandbox.pulumi("preview", "--stack", "prod", "--json", cwd=project_copy)
    steps = {step["urn"].split("::")[-1]: step["op"] for step in preview.data["steps"] if step["op"] != "same"}
    assert set(steps.values()) == {"update"}
    kinds = sorted(step["urn"].split("::")[-2].split("$")[-1] for step in preview.data["steps"] if step["op"] != "same")
    assert kinds == [
        "aws:cloudwatch/dashboard:Dashboard",
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "aws:s3/bucketObjectv2:BucketObjectv2",  # the outputs, as the runner reads them
    ]


def test_bad_configuration_stops_before_anything_is_touched(sandbox: SandboxUnderTest, project_copy: Path) -> None:
    file = project_copy / "Pulumi.prod.yaml"
    text = re.sub(r"(release:repository: )\S+/", r"\1", file.read_text())
    file.write_text(re.sub(r"(cpuPercent: *)(?=\d)", r"\1-", text))
    ended = sandbox.pulumi("up", "--stack", "prod", "--yes", cwd=project_copy)
    said = ended.output + ended.errors
    assert ended.code != 0
    assert "release:repository" in said
    assert "cpuPercent" in said
    assert "pulumi config set" in said
    assert "--stack prod" in said
    assert "Traceback" not in said
    assert not re.search(r"\b[1-9]\d* (created|updated|deleted)", said)


def test_secrets_are_not_in_plain_text_in_the_state(sandbox: SandboxUnderTest) -> None:
    exported = sandbox.pulumi("stack", "export", "--stack", "prod").output
    webhooks = [
        resource for resource in json.loads(exported)["deployment"]["resources"]
        if resource["type"] == "aws:codebuild/webhook:Webhook"
    ]  # fmt: skip
    assert webhooks
    for webhook in webhooks:
        assert "ciphertext" in webhook["outputs"]["secret"]
        assert "ciphertext" in webhook["outputs"]["payloadUrl"]
