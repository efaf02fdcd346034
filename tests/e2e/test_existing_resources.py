"""Another service beside the SOP's, whose alarm somebody has already: refused, adopted, and gone without a trace."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from sandbox.paths import PROJECT
from tests.e2e.conftest import BIN, Ended, SandboxUnderTest

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("sandbox")]

STACK = "api-prod"
ALARM = "prod-api-pipeline-failed"
SETTINGS = {
    "release:service": "api",
    "release:names": {},
    "release:branchProtection": {"manage": False},
    "release:pullRequestCheck": {"webhook": False},
}


def test_a_second_service_adopts_what_it_would_have_taken_over_and_goes_without_a_trace_in_the_first(
    sandbox: SandboxUnderTest, project_copy: Path
) -> None:
    stack_file = yaml.safe_load((project_copy / "Pulumi.prod.yaml").read_text())
    stack_file["config"] |= SETTINGS
    (project_copy / f"Pulumi.{STACK}.yaml").write_text(yaml.safe_dump(stack_file))
    for purpose in ("preview", "up"):
        allowed = python(sandbox, project_copy, "components.deployers", "--stack", STACK, "--for", purpose)
        (project_copy / f"{purpose}.json").write_text(allowed.output)

    def pulumi(policy: str, *command: str, **variables: str) -> Ended:
        """With what that policy of the stack allows, and nothing else."""
        around = ("env", *(f"{name}={value}" for name, value in variables.items())) if variables else ()
        options = ("--stack", STACK, "--non-interactive")
        return sandbox(
            "exec", "--iam-policy", f"{policy}.json", "--", *around, "pulumi", *command, *options, cwd=project_copy
        )

    done(sandbox.run("pulumi", "stack", "init", STACK, "--non-interactive", cwd=project_copy))
    sandbox.aws("cloudwatch", "put-metric-alarm", "--alarm-name", ALARM, "--namespace", "Ours", "--metric-name", "Lost",
                "--statistic", "Sum", "--period", "60", "--evaluation-periods", "1", "--threshold", "7",
                "--comparison-operator", "GreaterThanThreshold")  # fmt: skip

    refused = pulumi("preview", "preview")
    assert refused.code != 0
    line = f"pulumi import aws:cloudwatch/metricAlarm:MetricAlarm monitoring-alarms-pipeline-failed {ALARM} "
    assert line in refused.output + refused.errors
    assert threshold(sandbox) == 7

    done(pulumi("preview", "preview", "--import-file", "import.json", RELEASE_ADOPT="ids.json"))
    done(python(sandbox, project_copy, "components.existing", "ids.json", "import.json"))
    done(pulumi("up", "import", "--file", "import.json", "--protect=false", "--generate-code=false", "--yes"))
    upped = done(pulumi("up", "up", "--yes", "--skip-preview", "--policy-pack", str(PROJECT / "policies")))
    steps = re.findall(r"(\S+) +aws:cloudwatch:MetricAlarm monitoring-alarms-pipeline-failed (\w+)", upped.output)
    assert ("~", "updated") in steps
    assert {sign for sign, _ in steps} == {"~"}, steps
    assert threshold(sandbox) == 1
    done(pulumi("preview", "refresh", "--preview-only", "--expect-no-changes"))

    done(pulumi("up", "state", "unprotect", "--all", "--yes"))
    done(pulumi("up", "destroy", "--yes", "--skip-preview"))
    done(sandbox.pulumi("refresh", "--stack", "prod", "--preview-only", "--expect-no-changes"))


def threshold(sandbox: SandboxUnderTest) -> float:
    (alarm,) = sandbox.aws("cloudwatch", "describe-alarms", "--alarm-names", ALARM)["MetricAlarms"]
    return alarm["Threshold"]


def python(sandbox: SandboxUnderTest, project: Path, module: str, *arguments: str) -> Ended:
    return done(sandbox.run(str(BIN / "python"), "-m", module, *arguments, cwd=project))


def done(ended: Ended) -> Ended:
    assert ended.code == 0, ended.output + ended.errors
    return ended
