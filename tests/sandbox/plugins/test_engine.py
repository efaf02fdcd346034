"""Every resource type at once through the real CLI and engine, which are not asked to be gentle."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
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

pytestmark = pytest.mark.e2e

SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
SECRET = "operations@helios.id"


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


@pytest.fixture
def project(world: World, tmp_path: Path) -> Project:
    return Project(tmp_path, world)


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


@pytest.mark.parametrize("first", [None, False])
def test_renaming_an_alarm_under_a_composite_works_only_if_the_new_one_is_made_first(
    project: Project, behind: Call, first: bool | None
) -> None:
    name, composite = f"under-{first}", f"over-{first}"

    def declared(alarm: str) -> list[Values]:
        rule = {"alarmName": composite, "alarmRule": 'ALARM("{alarm}")'}
        return [
            {"name": "alarm", "token": ALARM, "inputs": {"name": alarm, **ONE_METRIC}, "deleteBeforeReplace": first},
            {"name": "composite", "token": COMPOSITE, "inputs": rule},
        ]

    project.declare(declared(name))
    project("up", "--yes", "--skip-preview")
    project.declare(declared(f"{name}-renamed"))
    shown = project("up", "--yes", "--skip-preview", fails=first is None)
    if first is None:
        assert f"Cannot delete {name} as there are composite alarm(s) depending on it" in shown
    else:
        found = behind("cloudwatch", "describe_alarms", AlarmNamePrefix=name)["MetricAlarms"]
        assert [alarm["AlarmName"] for alarm in found] == [f"{name}-renamed"]
    project("destroy", "--yes", "--skip-preview")


@pytest.mark.parametrize("first", [None, True])
def test_another_load_balancer_s_logs_are_delivered_only_if_the_old_source_goes_first(
    project: Project, behind: Call, first: bool | None
) -> None:
    def declared(load_balancer: str) -> list[Values]:
        source = {**CASES[SOURCE].inputs, "name": f"of-{first}", "resourceArn": load_balancer}
        group = f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:/delivered/{first}"
        destination = {
            "name": f"to-{first}",
            "deliveryDestinationConfiguration": {"destinationResourceArn": group},
        }
        arn = f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:delivery-destination:to-{first}"
        delivery = {"deliverySourceName": "{source}", "deliveryDestinationArn": arn}
        return [
            {"name": "group", "token": LOG_GROUP, "inputs": {"name": f"/delivered/{first}"}},
            {"name": "source", "token": SOURCE, "inputs": source, "deleteBeforeReplace": first},
            {"name": "destination", "token": DESTINATION, "inputs": destination, "after": ["group"]},
            {"name": "delivery", "token": DELIVERY, "inputs": delivery, "after": ["destination"]},
        ]

    project.declare(declared(LOAD_BALANCER))
    project("up", "--yes", "--skip-preview")
    other = LOAD_BALANCER.replace("/web/", "/other/")
    project.declare(declared(other))
    shown = project("up", "--yes", "--skip-preview", fails=first is None)
    if first is None:
        assert "Update to existing Delivery Source with new ResourceId is not allowed" in shown
    else:
        assert behind("logs", "get_delivery_source", name="of-True")["deliverySource"]["resourceArns"] == [other]
    project("destroy", "--yes", "--skip-preview")
