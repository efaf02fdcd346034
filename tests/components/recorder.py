"""Runs the program without an engine and records what it registers, asks for, says and exports."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import os
import runpy
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import yaml
from botocore.exceptions import ClientError
from pulumi import resource_hooks
from pulumi.runtime import config as engine_config
from pulumi.runtime import mocks, resource, rpc, settings, stack
from pulumi.runtime.proto.source_pb2 import StackTrace

from components import asking
from components.deployers.stack_file import engine_text
from components.runner import files

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "tests" / "sample"  # stack files for tests that are not about this repository's own
ACCOUNT = "123456789012"
SECRET = "[secret]"
WHEELS, LOCK = SAMPLE / "dist", SAMPLE / "requirements-release.txt"  # what `make wheel` and `make lock` make
ENCRYPTED = {
    "release:slackWorkspaceId": "T0SAMPLE1",
    "release:slackChannelId": "C0SAMPLE1",
    "release:slackToken": "xoxb-0-SAMPLE1",
    "release:githubToken": "github_pat_SAMPLE1",
}
# What the providers would take from the machine
AMBIENT = ("AWS_REGION", "AWS_DEFAULT_REGION", "GITHUB_BASE_URL")

STACK_OUTPUTS = {
    "VpcId": "vpc-0a1b2c3d",
    "LoadBalancerDnsName": "web-{env}-1234567890.{region}.elb.amazonaws.com",
    "LoadBalancerFullName": "app/web-{env}/50dc6c495c0c9188",
    "TargetGroupArn": "arn:aws:elasticloadbalancing:{region}:{account}:targetgroup/web-{env}/73e2d6bc24d8a067",
    "TargetGroupFullName": "targetgroup/web-{env}/73e2d6bc24d8a067",
    "AutoScalingGroupName": "web-{env}",
    "ApplicationLogGroupName": "/aws/ec2/web-server",
}


@dataclass(frozen=True)
class Registration:
    """One resource as the program asked for it."""

    type: str
    name: str
    urn: str
    parent: str  # urn
    inputs: dict[str, Any]
    depends_on: frozenset[str]
    provider: str
    secret_outputs: tuple[str, ...]
    options: dict[str, Any]
    """What else the engine is asked for: deleteBeforeReplace, retainOnDelete, importId, protect."""

    @property
    def is_component(self) -> bool:
        """Whether it is one of this program's own components."""
        return self.type.startswith("release:")


@dataclass
class Plan:
    """Everything one run of the program did."""

    registrations: list[Registration] = field(default_factory=list)
    invokes: list[tuple[str, dict[str, Any], str]] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    messages: list[tuple[str, str]] = field(default_factory=list)

    def of_type(self, type_: str) -> list[Registration]:
        """The providers' resources of one type, given by the last part of its token: `Pipeline`."""
        return [r for r in self.registrations if r.type.endswith(f":{type_}") and not r.is_component]

    def only(self, type_: str, name: str = "") -> Registration:
        """The one resource of this type whose name contains `name`."""
        (found,) = [r for r in self.of_type(type_) if name in r.name]
        return found


@dataclass(frozen=True)
class World:
    """What the program finds when it looks: `stack` is the deployed stack's outputs, None without one, or an error."""

    stack: Mapping[str, str] | Exception | None = None
    status: str = "CREATE_COMPLETE"
    connection: str = "AVAILABLE"
    log_groups: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    refused_patterns: tuple[str, ...] = ()
    channels: tuple[Mapping[str, Any], ...] = ()  # Slack channel configurations
    account: str = ACCOUNT
    region: str = "ap-southeast-2"
    wheels: Path = WHEELS

    def deployed(self, environment: str) -> World:
        """The same after the first deployment of `environment`."""
        at = {"env": environment, "region": self.region, "account": self.account}
        return replace(self, stack={key: value.format(**at) for key, value in STACK_OUTPUTS.items()})


def deployed(environment: str) -> World:
    """The sample's world after the first deployment of `environment`."""
    return World().deployed(environment)


def configuration(stack_name: str, folder: Path = SAMPLE) -> dict[str, str]:
    """What the engine hands the program for Pulumi.<stack>.yaml: text, groups as JSON, defaults filled in."""
    return configured(stack_name, folder)[0]


def configured(stack_name: str, folder: Path) -> tuple[dict[str, str], list[str]]:
    """The same, with something else for what is encrypted, and the keys of that."""
    declared = _read(ROOT / "Pulumi.yaml")["config"]
    given = _read(folder / f"Pulumi.{stack_name}.yaml")["config"]
    encrypted = {key: ENCRYPTED.get(key, "secret") for key, value in given.items() if "secure" in _members(value)}
    values = {key: entry["default"] for key, entry in declared.items()} | given | encrypted
    return {key: engine_text(value) for key, value in values.items()}, sorted(encrypted)


@cache
def _read(path: Path) -> dict[str, Any]:
    return yaml.load(path.read_text(), yaml.CSafeLoader)


def _members(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def run_program(
    stack_name: str,
    world: World | None = None,
    config: Mapping[str, str] | None = None,
    secrets: list[str] | None = None,
) -> Plan:
    """Run `__main__.py` as the engine would for this stack, in a world of its own."""
    values = dict(config if config is not None else configuration(stack_name))
    world = world or World()
    client = mock.patch.object(asking, "client", side_effect=lambda service, _: _CLIENTS[service](world))
    # The mocks have no engine to call a hook back
    hook = mock.patch.object(resource_hooks, "register_resource_hook", side_effect=_registered)
    wheels, lock = mock.patch.object(files, "FOLDER", world.wheels), mock.patch.object(files, "LOCK", LOCK)
    # Where in the source each resource is made costs a quarter of the time, and nobody asks for it here
    trace = mock.patch.object(resource, "_get_stack_trace", return_value=StackTrace())
    with mock.patch.dict(os.environ), client, hook, wheels, lock, trace:
        for variable in AMBIENT:
            os.environ.pop(variable, None)
        return contextvars.copy_context().run(_run, stack_name, world, values, secrets or [], asyncio.new_event_loop())


@cache
def sample_plan(stack_name: str, *, is_deployed: bool = True) -> Plan:
    """The sample's plan, made once for all who only look at it."""
    return run_program(stack_name, deployed(stack_name) if is_deployed else World())


def _registered(_: resource_hooks.ResourceHook) -> asyncio.Future[None]:
    done: asyncio.Future[None] = asyncio.get_event_loop().create_future()
    done.set_result(None)
    return done


def _run(
    stack_name: str,
    world: World,
    config: dict[str, str],
    secrets: list[str],
    loop: asyncio.AbstractEventLoop,
) -> Plan:
    plan = Plan()
    asyncio.set_event_loop(loop)
    engine_config.set_all_config(config, secrets)
    monitor = _Monitor(_Cloud(world), plan)
    settings.configure(
        mocks.MockSettings(
            monitor=monitor,
            engine=mocks.MockEngine(_logger(plan)),
            project="release",
            stack=stack_name,
            dry_run=False,
        )
    )

    def program() -> None:
        runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")

    try:
        loop.run_until_complete(stack.run_in_stack(program))
    finally:
        loop.close()
    plan.registrations.sort(key=lambda r: (r.type, r.name))
    return plan


def refusal(code: str, message: str, operation: str = "DescribeStacks") -> ClientError:
    """What botocore raises when AWS refuses the operation."""
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


class _CloudFormation:
    """CloudFormation, as far as the program asks it."""

    def __init__(self, world: World) -> None:
        self._world = world

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803 - AWS's own
        if self._world.stack is None:
            raise refusal("ValidationError", f"Stack with id {StackName} does not exist")
        if isinstance(self._world.stack, Exception):
            raise self._world.stack
        outputs = [{"OutputKey": key, "OutputValue": value} for key, value in self._world.stack.items()]
        return {"Stacks": [{"StackName": StackName, "StackStatus": self._world.status, "Outputs": outputs}]}


class _CodeBuild:
    """CodeBuild, as far as the program asks it."""

    def __init__(self, world: World) -> None:
        self._world = world

    def batch_get_projects(self, names: list[str]) -> dict[str, Any]:
        return {"projects": [{"name": name} for name in names if name in self._world.projects]}


class _Logs:
    """CloudWatch Logs, as far as the program asks it."""

    def __init__(self, world: World) -> None:
        self._world = world

    def test_metric_filter(self, filterPattern: str, logEventMessages: list[str]) -> dict[str, Any]:  # noqa: N803
        if filterPattern in self._world.refused_patterns:
            raise refusal("InvalidParameterException", f"Invalid pattern: {filterPattern}", "TestMetricFilter")
        return {"matches": []}


class _Chatbot:
    """Amazon Q, as far as the program asks it."""

    def __init__(self, world: World) -> None:
        self._world = world

    def get_paginator(self, operation: str) -> _Chatbot:
        assert operation == "describe_slack_channel_configurations"
        return self

    def paginate(self) -> list[dict[str, Any]]:
        return [{"SlackChannelConfigurations": list(self._world.channels)}]


_CLIENTS = {"chatbot": _Chatbot, "cloudformation": _CloudFormation, "codebuild": _CodeBuild, "logs": _Logs}


class _Monitor(mocks.MockMonitor):
    def __init__(self, cloud: _Cloud, plan: Plan) -> None:
        super().__init__(cloud)
        self._plan = plan

    def Invoke(self, request: Any) -> Any:  # noqa: N802 - the engine's protocol
        arguments = rpc.deserialize_properties(request.args)
        self._plan.invokes.append((request.tok, arguments, request.provider))
        return super().Invoke(request)

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802
        response = super().RegisterResource(request)
        if request.type != "pulumi:pulumi:Stack":
            self._plan.registrations.append(
                Registration(
                    type=request.type,
                    name=request.name,
                    urn=response.urn,
                    parent=request.parent,
                    inputs=_plain(rpc.deserialize_properties(request.object)),
                    depends_on=frozenset(request.dependencies),
                    provider=request.provider or ",".join(sorted(request.providers.values())),
                    secret_outputs=tuple(request.additionalSecretOutputs),
                    options=_options(request),
                )
            )
        return response

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802
        if "::pulumi:pulumi:Stack::" in request.urn:
            self._plan.outputs = _plain(rpc.deserialize_properties(request.outputs))
        return super().RegisterResourceOutputs(request)


class _Cloud(mocks.Mocks):
    """Answers with the inputs, and what the program needs of what AWS would add."""

    def __init__(self, world: World) -> None:
        self._world = world

    def call(self, args: mocks.MockCallArgs) -> Any:
        match args.token.rpartition(":")[2]:
            case "getCallerIdentity":
                account = self._world.account
                return {"accountId": account, "arn": f"arn:aws:iam::{account}:user/engineer"}
            case "getRepository":
                return {"name": args.args["name"], "nodeId": f"R_{args.args['name']}"}
            case "getConnection":
                return {"connectionStatus": self._world.connection}
            case "getBranchProtectionRules":
                return {"rules": []}
            case "readStackResourceOutputs":
                return {"name": args.args["stackName"], "outputs": {}}
            case "getLogGroups":
                prefix = args.args["logGroupNamePrefix"]
                return {"logGroupNames": [name for name in self._world.log_groups if name.startswith(prefix)]}
        raise AssertionError(f"the program asks for {args.token}, which no one answers")

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        kind = args.typ.rpartition(":")[2]
        known = {"arn": _arn(self._world, kind, args.name, args.inputs), "keyId": f"{args.name}-id"}
        return f"{args.name}-id", {**known, **args.inputs}


def _arn(world: World, kind: str, name: str, inputs: Mapping[str, Any]) -> str:
    called = inputs.get("name", name)
    regional = f"{world.region}:{world.account}"
    return {
        "Bucket": f"arn:aws:s3:::{inputs.get('bucket')}",
        "Role": f"arn:aws:iam::{world.account}:role/{called}",
        "Topic": f"arn:aws:sns:{regional}:{called}",
        "LogGroup": f"arn:aws:logs:{regional}:log-group:{called}",
        "Project": f"arn:aws:codebuild:{regional}:project/{called}",
        "Key": f"arn:aws:kms:{regional}:key/{name}",
    }.get(kind, f"arn:aws:example:{regional}:{kind}/{called}")


def _options(request: Any) -> dict[str, Any]:
    asked: dict[str, Any] = {}
    if request.deleteBeforeReplaceDefined:
        asked["deleteBeforeReplace"] = request.deleteBeforeReplace
    if request.retainOnDelete:
        asked["retainOnDelete"] = True
    if request.importId:
        asked["importId"] = request.importId
    if request.hooks.before_create:
        asked["beforeCreate"] = list(request.hooks.before_create)
    if request.hooks.before_update:
        asked["beforeUpdate"] = list(request.hooks.before_update)
    if request.protect:
        asked["protect"] = True
    return asked


def _plain(value: Any) -> Any:
    """Without the engine's wrappers: a secret shows as one and not what it is, whole numbers are whole."""
    if rpc.is_rpc_secret(value):
        return SECRET
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items() if not key.startswith("__")}
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _logger(plan: Plan) -> logging.Logger:
    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            plan.messages.append((record.levelname, record.getMessage()))

    logger = logging.Logger("engine", level=logging.INFO)
    logger.addHandler(Keep())
    return logger
