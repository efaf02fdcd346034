"""The checks and the commands that the SOP has people type agree, in good times and bad.

It runs before the tests that push to dev again: a command shows what is newest.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

from sandbox.paths import PROJECT
from sop.names import Environment
from sop.outputs import StackOutputs
from tests.e2e.conftest import SandboxUnderTest
from tests.e2e.release_command import Answer, Said, outputs_file
from tests.e2e.site import Site, site_of
from tests.e2e.sop_commands import COMMANDS, OBSERVED, PROMOTION, Typed
from tests.e2e.stacks import PROD

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("sandbox")]

# Of all that the commands look at. prod's pipeline and stack are in a bad way as the rehearsal left them.
FAULTS = (
    "target-unhealthy", "instance-impaired", "endpoint-500", "dashboard-missing", "subscription-pending",
    "errors-in-logs", "access-logs-silent", "high-error-rate", "alarm-firing",
)  # fmt: skip
AT_ONCE = 4
EXAMPLE = PROJECT / "examples" / "web-infrastructure"
BROKEN_TEMPLATE = "Resources: {Bucket: {Type: AWS::S3::Bucket}, Bucket: [}"


@pytest.fixture(scope="module")
def site(sandbox: SandboxUnderTest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_of(sandbox, tmp_path_factory.mktemp("typed")) as site:
        yield site


def type_(command: str, folder: Path = PROJECT) -> Any:
    """What the command prints, as data if it is JSON; what it complains of if it fails."""
    region = f" --region {PROD.region}" if command.startswith("aws ") else ""
    ended = subprocess.run(
        ["bash", "-c", f"{command}{region}"], cwd=folder, capture_output=True, text=True, check=False
    )
    printed = ended.stdout if ended.returncode == 0 else ended.stderr
    return json.loads(printed) if printed.startswith(("{", "[", '"')) else printed


def compare(site: Site, environment: Environment, commands: Sequence[Typed], *looks: Callable[[], Answer]) -> None:
    """What a command prints agrees with what was said before it; else with what is said after it, if that changed."""

    def look() -> dict[str, Said]:
        return {name: said for each in looks for name, said in each().checks.items()}

    before, after = look(), cache(look)
    values = values_of(site, environment, before)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        printed = list(pool.map(lambda typed: type_(typed.filled_in(values)), commands))
    for typed, output in zip(commands, printed, strict=True):
        try:
            typed.agree(output, before[typed.check])
        except AssertionError:
            if after()[typed.check].evidence == before[typed.check].evidence:
                raise
            typed.agree(output, after()[typed.check])


def values_of(site: Site, environment: Environment, checks: Mapping[str, Said]) -> Mapping[str, str]:
    """What stands for the SOP's placeholders: from the stack's outputs, instances and times from the evidence."""
    outputs = StackOutputs.parse(json.loads(outputs_file(site.command.folder, environment).read_text()))
    assert outputs.workload is not None
    values = {
        "target-group-arn": outputs.workload.target_group_arn,
        "alb-dns-name": outputs.workload.load_balancer_dns_name,
        "alb-name": outputs.workload.load_balancer_full_name,
        "sns-topic-arn": outputs.topic_arn,
        "pipeline": outputs.pipeline_name,
        "stack": outputs.cloudformation_stack_name,
        "dashboard": outputs.dashboard_name,
        "alarms": outputs.alarm_prefix,
        "application-log-group": outputs.application_log_group_name,
        "access-log-group": outputs.access_log_group_name,
    }
    if "instance-status" in checks:
        instances = list(checks["instance-status"].evidence["instances"])
        values |= {"instance-id": " ".join(instances), "one-instance-id": instances[0]}
    if "application-logs" in checks:
        looked = datetime.fromisoformat(checks["application-logs"].evidence["until"])
        values |= {"five-minutes-ago": str(int((looked - timedelta(minutes=5)).timestamp()))}
    if "cpu" in checks:
        windows = checks["cpu"].evidence["windows"]
        values |= {"begin": windows[0]["start"], "end": windows[-1]["end"]}
    return values


def test_in_good_times_the_commands_say_what_verify_says(site: Site) -> None:
    verified = site.verify()
    assert verified.code == 0
    compare(site, Environment.DEV, COMMANDS, site.verify)


def test_in_bad_times_the_commands_say_what_verify_says_and_what_observe_says(site: Site) -> None:
    with ExitStack() as broken:
        for fault in FAULTS:
            broken.enter_context(site.broken(fault, Environment.PROD))
        verify = partial(site.command, "verify", Environment.PROD)
        observe = partial(site.observe, Environment.PROD)
        verified = verify()
        good = {name for name, said in verified.checks.items() if said.status == "PASS"}
        assert good & {typed.check for typed in COMMANDS} == {"stack-outputs"}
        assert observe().checks["error-rate"].status == "FAIL"
        compare(site, Environment.PROD, (*COMMANDS, *OBSERVED), verify, observe)


def test_before_a_promotion_the_commands_say_what_verify_says(site: Site) -> None:
    assert site.promote().code == 0
    compare(site, Environment.DEV, PROMOTION, site.promote)


@pytest.mark.parametrize("good", [True, False])
def test_of_a_template_cloudformation_says_what_validate_says(site: Site, tmp_path: Path, good: bool) -> None:
    if not good:
        (tmp_path / "main.yaml").write_text(BROKEN_TEMPLATE)
    folder = EXAMPLE if good else tmp_path
    said = site.command.run("validate", str(folder)).checks["template-validation"]
    printed = type_("aws cloudformation validate-template --template-body file://main.yaml", folder)
    if good:
        assert (said.status, "Parameters" in printed) == ("PASS", True)
    else:
        reason = printed.strip().partition("operation: ")[2]
        assert reason
        assert (said.status, reason in said.observed) == ("FAIL", True)
