"""Every resource type at once through the real CLI and engine, which are not asked to be gentle."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from sandbox.environment import exec_environment
from sandbox.plugins.install import install
from sandbox.plugins.values import Values
from sandbox.world import World
from tests.sandbox.plugins.cases import CASES
from tests.sandbox.plugins.cases.monitoring import ONE_METRIC
from tests.sandbox.plugins.cases.parts import ALARM, DESTINATION, LOAD_BALANCER, LOG_GROUP, SOURCE
from tests.sandbox.plugins.conftest import DEFAULT_TAGS, Call
from tests.sandbox.plugins.test_github import PROGRAM as PROTECTION
from tests.sandbox.plugins.test_github import TOKEN as BRANCH_PROTECTION
from tests.sandbox.plugins.test_replacing import COMPOSITE, DELIVERY
from tests.sandbox.sample import ACCOUNT_ID, REGION, up_at

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("engine")]  # one stack, made once

SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
SECRET = "operations@helios.id"
OTHER = LOAD_BALANCER.replace("/web/", "/other/")


class Project:
    """The program, its stack, and the CLI."""

    def __init__(self, folder: Path, world: World) -> None:
        self._folder = folder
        self._environ = exec_environment(world.paths, up_at(world.endpoint), os.environ)
        shutil.copytree(Path(__file__).parent / "everything", folder, dirs_exist_ok=True)
        world.paths.backend.mkdir(exist_ok=True)
        install(world.paths.pulumi_home)
        self._stack = folder.name
        self._checkpoint = world.paths.backend / ".pulumi" / "stacks" / "everything" / f"{self._stack}.json"
        self.declare([])
        self("stack", "init", self._stack)

    def declare(self, resources: list[Values]) -> None:
        declared: Values = {
            "providers": {
                "aws": {"region": REGION, "defaultTags": {"tags": DEFAULT_TAGS}},
                "github": {"owner": "helios"},
            },
            "versions": {name: version(f"pulumi_{name}") for name in ("aws", "github")},
            "resources": resources,
        }
        (self._folder / "resources.json").write_text(json.dumps(declared))

    def __call__(self, *command: str, fails: bool = False) -> str:
        """What `pulumi …` prints; it must succeed, or must fail."""
        ended = subprocess.run(
            ["pulumi", *command, "--non-interactive"],
            cwd=self._folder,
            env=self._environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ended.returncode != 0) == fails, ended.stdout + ended.stderr
        return ended.stdout + ended.stderr

    @property
    def state(self) -> list[dict[str, Any]]:
        """The stack's resources as the engine wrote them down."""
        return json.loads(self._checkpoint.read_text())["checkpoint"]["latest"]["resources"]


@pytest.fixture(scope="module")
def project(world: World, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Each test leaves its stack as empty as it was."""
    return Project(tmp_path_factory.mktemp("engine"), world)


def resources(*, changed: bool) -> list[Values]:
    """All cases as resources, each after what it needs; a need's name is made its own."""
    declared: list[Values] = []
    for token, case in CASES.items():
        names = {need: f"{own_name(token)}-{need}" for need in case.needs}
        done: list[str] = []
        for need, (kind, inputs) in case.needs.items():
            declared.append(
                {"name": names[need], "token": kind, "inputs": _named(inputs, names), "after": [*done], "secret": []}
            )
            done.append(names[need])
        inputs = _named(case.inputs | case.update if changed else case.inputs, names)
        secret = ["endpoint"] if token == SUBSCRIPTION else []
        declared.append({"name": own_name(token), "token": token, "inputs": inputs, "after": done, "secret": secret})
    protection = {**PROTECTION, "enforceAdmins": not changed}
    declared.append({"name": "protection", "token": BRANCH_PROTECTION, "inputs": protection})
    return declared


def own_name(token: str) -> str:
    return token.rsplit(":", 1)[-1]


def _named(inputs: Values, names: dict[str, str]) -> Values:
    text = json.dumps(inputs)
    for need, name in names.items():
        text = text.replace(f"{{{need}}}", f"{{{name}}}")
    return json.loads(text)


def test_every_type_through_the_engine(project: Project, behind: Call) -> None:
    project.declare(resources(changed=False))
    shown = project("up", "--yes", "--skip-preview", "--diff")
    assert SECRET not in shown
    assert SECRET not in json.dumps(project.state)
    project("preview", "--refresh", "--expect-no-changes")

    ids = {resource["urn"].rsplit("::", 1)[-1]: resource.get("id", "") for resource in project.state}
    for token, case in CASES.items():
        case.drift(behind, ids[own_name(token)])
    seen = project("refresh", "--yes", "--skip-preview")
    for token, case in CASES.items():
        change = "deleted" if case.seen == "(gone)" else "updated"
        assert re.search(rf" {own_name(token)} .*{change}", seen), f"{token} was disturbed\n{seen}"

    project.declare(resources(changed=True))
    project("up", "--yes", "--skip-preview")
    assert SECRET not in json.dumps(project.state)
    project("preview", "--refresh", "--expect-no-changes")
    project("destroy", "--yes", "--skip-preview")
    assert behind("cloudwatch", "describe_alarms")["MetricAlarms"] == []


def test_a_preview_says_what_aws_would_refuse(project: Project) -> None:
    project.declare([{"name": "group", "token": LOG_GROUP, "inputs": {"name": "a b", "retentionInDay": 3}}])
    shown = project("preview", fails=True)
    assert "did you mean retentionInDays?" in shown
    assert "does not match" in shown


@pytest.fixture(scope="module")
def refused(project: Project) -> Iterator[str]:
    """Alarms under composites are renamed, and load balancers' logs are another's: what `up` prints where it fails.

    The orders that work are tried alone before, and do.
    """

    def declare(working: bool, other: bool) -> None:
        """Whether the names and load balancers are the new ones, where it works and where it doesn't."""
        alarms = {False: working, None: other}
        deliveries = {True: working, None: other}
        made = [alarm_under_a_composite(first, renamed=new) for first, new in alarms.items()]
        made += [delivery(first, OTHER if new else LOAD_BALANCER) for first, new in deliveries.items()]
        project.declare([resource for each in made for resource in each])

    for working in (False, True):
        declare(working, other=False)
        project("up", "--yes", "--skip-preview")
    declare(working=True, other=True)
    yield project("up", "--yes", "--skip-preview", "--continue-on-error", fails=True)
    project("destroy", "--yes", "--skip-preview")


def alarm_under_a_composite(first: bool | None, *, renamed: bool) -> list[Values]:
    alarm = f"alarm-{first}"
    rule = {"alarmName": f"over-{first}", "alarmRule": f'ALARM("{{{alarm}}}")'}
    inputs = {"name": f"under-{first}-renamed" if renamed else f"under-{first}", **ONE_METRIC}
    return [
        {"name": alarm, "token": ALARM, "inputs": inputs, "deleteBeforeReplace": first},
        {"name": f"composite-{first}", "token": COMPOSITE, "inputs": rule},
    ]


def delivery(first: bool | None, load_balancer: str) -> list[Values]:
    group, source, destination = f"group-{first}", f"source-{first}", f"destination-{first}"
    logs = f"arn:aws:logs:{REGION}:{ACCOUNT_ID}"
    to = {"destinationResourceArn": f"{logs}:log-group:/delivered/{first}"}
    inputs = {**CASES[SOURCE].inputs, "name": f"of-{first}", "resourceArn": load_balancer}
    delivered = {
        "deliverySourceName": f"{{{source}}}",
        "deliveryDestinationArn": f"{logs}:delivery-destination:to-{first}",
    }
    return [
        {"name": group, "token": LOG_GROUP, "inputs": {"name": f"/delivered/{first}"}},
        {"name": source, "token": SOURCE, "inputs": inputs, "deleteBeforeReplace": first},
        {
            "name": destination,
            "token": DESTINATION,
            "inputs": {"name": f"to-{first}", "deliveryDestinationConfiguration": to},
            "after": [group],
        },
        {"name": f"delivery-{first}", "token": DELIVERY, "inputs": delivered, "after": [destination]},
    ]


def test_renaming_an_alarm_under_a_composite_works_only_if_the_new_one_is_made_first(
    refused: str, behind: Call
) -> None:
    assert "Cannot delete under-None as there are composite alarm(s) depending on it" in refused
    found = behind("cloudwatch", "describe_alarms", AlarmNamePrefix="under-False")["MetricAlarms"]
    assert [alarm["AlarmName"] for alarm in found] == ["under-False-renamed"]


def test_another_load_balancer_s_logs_are_delivered_only_if_the_old_source_goes_first(
    refused: str, behind: Call
) -> None:
    assert "Update to existing Delivery Source with new ResourceId is not allowed" in refused
    assert behind("logs", "get_delivery_source", name="of-True")["deliverySource"]["resourceArns"] == [OTHER]
