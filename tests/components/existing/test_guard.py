"""Nothing is created over what is there: in a preview, in an up, and for whoever tries to get around it."""

from __future__ import annotations

import asyncio
import json
import shlex
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from components.account import Account
from components.existing import guard
from components.existing.findings import Existing, Findings
from components.existing.guard import HOOK, Guard
from components.existing.lookups import LOOKUPS, NOT_LOOKED_FOR
from tests.clock import PATIENCE
from tests.components.recorder import ACCOUNT, Plan, refusal

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
PLACE = "urn:pulumi:api-prod::release"
URN = f"{PLACE}::release:index:Monitoring$release:index:Alarms${ALARM}::monitoring-alarms-cpu"
LINE = f"pulumi import {ALARM} monitoring-alarms-cpu prod-cpu"
OPTIONS = (
    f"--provider {PLACE}::pulumi:providers:aws::aws "
    f"--parent '{PLACE}::release:index:Monitoring$release:index:Alarms::monitoring-alarms' "
    "--protect=false --generate-code=false --stack api-prod"
)


class CloudWatch:
    """Has the alarms of these names, or fails."""

    def __init__(self, there: Mapping[str, list[str]], error: Exception | None) -> None:
        self.regions: list[str] = []
        self._there = there
        self._error = error

    def client(self, service: str, region: str) -> Any:
        assert service == "cloudwatch"
        self.regions.append(region)
        return SimpleNamespace(can_paginate=lambda _: False, describe_alarms=lambda **asked: self._answer(asked))

    def _answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        if self._error:
            raise self._error
        there = self._there.get(self.regions[-1], [])
        return {"MetricAlarms": [{"AlarmName": name} for name in asked["AlarmNames"] if name in there]}


class Run:
    """One run of a program that is about to create an alarm."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        there: Mapping[str, list[str]],
        state: Mapping[str, Any] | None = None,
        *,
        preview: bool = False,
        error: Exception | None = None,
    ) -> None:
        self.aws = CloudWatch(there, error)
        self.asked_github: list[str] = []
        self._transformations: list[Callable[[pulumi.ResourceTransformationArgs], Any]] = []
        monkeypatch.setattr(pulumi, "ResourceHook", lambda *_: None)
        monkeypatch.setattr(pulumi, "get_stack", lambda: "api-prod")
        monkeypatch.setattr(pulumi.runtime, "register_stack_transformation", self._transformations.append)
        monkeypatch.setattr(guard, "is_dry_run", lambda: preview)
        monkeypatch.setattr(guard, "read_state", lambda: state or {})
        monkeypatch.setattr(guard, "read_patterns", self._patterns)
        monkeypatch.setattr(guard.asking, "client", self.aws.client)
        self.guard = Guard(Account(account_id=ACCOUNT, region="ap-southeast-2"), "site", pulumi.InvokeOptions())

    def _patterns(self, repository: str, _: pulumi.InvokeOptions) -> list[str]:
        self.asked_github.append(repository)
        return ["main"]

    def create(self, **inputs: Any) -> None:
        asyncio.run(self.guard.before_create(self.asked(**inputs)))

    def asked(self, **inputs: Any) -> pulumi.ResourceHookArgs:
        """What the engine calls the hook with, of a resource that the program has constructed."""
        parent: Any = SimpleNamespace(pulumi_resource_name="monitoring-alarms")
        opts = SimpleNamespace(parent=parent, hooks=None)
        resource: Any = SimpleNamespace()
        for transform in self._transformations:
            transform(pulumi.ResourceTransformationArgs(resource, ALARM, "monitoring-alarms-cpu", inputs, opts))  # pyright: ignore[reportArgumentType]
        return pulumi.ResourceHookArgs(URN, "", "monitoring-alarms-cpu", ALARM, new_inputs=inputs)

    def conclude(self, ids: Path | None = None) -> None:
        self.guard.findings.conclude("api-prod", ids)


Started = Callable[..., Run]
HERE = {"ap-southeast-2": ["prod-cpu"]}


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    return lambda *given, **options: Run(monkeypatch, *given, **options)


def test_every_resource_of_the_plan_is_looked_for_before_anything_else_or_it_is_said_why_not(
    dev: Plan, everything: Plan
) -> None:
    for one in [*dev.registrations, *everything.registrations]:
        if one.is_component or one.type.startswith("pulumi:"):
            continue
        assert (one.options.get("beforeCreate", [])[:1] == [HOOK]) == (one.type in LOOKUPS), one
        assert one.type in LOOKUPS or one.type in NOT_LOOKED_FOR, one


def test_an_up_refuses_what_is_there_with_the_line_that_imports_it(started: Started) -> None:
    with pytest.raises(pulumi.RunError) as refused:
        started(HERE).create(name="prod-cpu")
    assert f"{LINE} {OPTIONS}\n" in str(refused.value)
    assert "pulumi config set release:service NAME --stack api-prod" in str(refused.value)


@pytest.mark.parametrize("lacking", [0, 1])
def test_an_import_by_its_line_is_proposed_only_where_the_state_has_what_the_line_names(
    started: Started, lacking: int
) -> None:
    named = [word for word in shlex.split(OPTIONS) if word.startswith("urn:")]
    state = {urn: {"type": "component", "outputs": {}} for urn in named[lacking:]}
    with pytest.raises(pulumi.RunError) as refused:
        started(HERE, state).create(name="prod-cpu")
    proposed = str(refused.value).splitlines()[-1]
    assert ("the lines above import it" in proposed) == (not lacking)
    assert ("import it by a file" in proposed) == bool(lacking)


def test_what_is_not_there_is_created(started: Started) -> None:
    started({"ap-southeast-2": ["prod-cpu-2"]}).create(name="prod-cpu")


def test_a_preview_goes_on_and_is_refused_by_all_at_its_end(started: Started) -> None:
    run = started({"ap-southeast-2": ["prod-cpu", "prod-errors"]}, preview=True)
    run.create(name="prod-cpu")
    run.create(name="prod-errors")
    with pytest.raises(pulumi.RunError) as refused:
        run.conclude()
    assert "2 resources of stack api-prod would be created over what is there" in str(refused.value)
    assert LINE in str(refused.value)
    assert "monitoring-alarms-cpu prod-errors" in str(refused.value)


def test_a_preview_that_finds_nothing_is_not_refused(started: Started) -> None:
    run = started({}, preview=True)
    run.create(name="prod-cpu")
    run.conclude()


@pytest.mark.parametrize("preview", [False, True])
def test_what_is_replaced_is_this_stacks_own(started: Started, preview: bool) -> None:
    outputs = {"name": "prod-cpu", "region": "ap-southeast-2", "threshold": 80}
    run = started(HERE, {URN: {"type": ALARM, "outputs": outputs}}, preview=preview)
    run.create(name="prod-cpu", region="ap-southeast-2")
    run.conclude()


@pytest.mark.parametrize(
    "state",
    [
        pytest.param({}, id="nothing, as after pulumi state delete"),
        pytest.param(
            {URN: {"type": ALARM, "outputs": {"name": "prod-shop-cpu"}}}, id="another name, which this one gives up"
        ),
        pytest.param(
            {URN: {"type": ALARM, "outputs": {"name": "prod-cpu", "region": "us-east-1"}}},
            id="the name in another region",
        ),
        pytest.param({f"{URN}-2": {"type": ALARM, "outputs": {"name": "prod-cpu"}}}, id="the name of another resource"),
        pytest.param({URN: {"type": ALARM, "outputs": {}}}, id="something without a name"),
    ],
)
def test_what_the_state_has_otherwise_is_not_this_resource(started: Started, state: dict[str, Any]) -> None:
    with pytest.raises(pulumi.RunError, match="not this stack's"):
        started(HERE, state).create(name="prod-cpu", region="ap-southeast-2")


def test_this_stacks_tags_prove_nothing(started: Started) -> None:
    with pytest.raises(pulumi.RunError, match="not this stack's"):
        started(HERE).create(name="prod-cpu", tagsAll={"Project": "release-process", "Service": "api"})


def test_the_name_in_another_region_is_another_thing(started: Started) -> None:
    run = started(HERE)
    run.create(name="prod-cpu", region="us-east-1")
    assert run.aws.regions == ["us-east-1"]


@pytest.mark.parametrize(
    "error",
    [
        refusal("AccessDenied", "User is not authorized to perform: cloudwatch:DescribeAlarms", "DescribeAlarms"),
        refusal("Throttling", "Rate exceeded", "DescribeAlarms"),
        EndpointConnectionError(endpoint_url="https://monitoring"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words_in_an_up_and_in_a_preview(started: Started, error: Exception) -> None:
    with pytest.raises(pulumi.RunError) as refused:
        started({}, error=error).create(name="prod-cpu")
    run = started({}, error=error, preview=True)
    run.create(name="prod-cpu")
    with pytest.raises(pulumi.RunError) as previewed:
        run.conclude()
    for said in (str(refused.value), str(previewed.value)):
        assert "cannot tell whether 1 resource of stack api-prod would be created over what is there" in said
        assert f"{ALARM} monitoring-alarms-cpu: {error}" in said


def protect(run: Run, branch: str) -> None:
    kind = "github:index/branchProtection:BranchProtection"
    urn = f"{PLACE}::release:index:ProtectedBranch${kind}::branch-protection"
    args = pulumi.ResourceHookArgs(urn, "", "branch-protection", kind, new_inputs={"pattern": branch})
    asyncio.run(run.guard.before_create(args))


def test_a_branch_that_is_protected_already_is_told_before_github_refuses_it(started: Started) -> None:
    with pytest.raises(pulumi.RunError, match=r"branch-protection site:main --provider \S+github::github"):
        protect(started({}), "main")
    protect(started({}), "dev")


def test_where_the_state_has_the_protection_github_is_not_asked(started: Started) -> None:
    kind = "github:index/branchProtection:BranchProtection"
    run = started({}, {f"{PLACE}::{kind}::branch-protection": {"type": kind, "outputs": {"pattern": "main"}}})
    assert run.asked_github == []
    protect(run, "main")


def test_a_name_that_is_not_known_yet_is_asked_for_by_the_up_and_never_left_out(started: Started) -> None:
    started(HERE, preview=True).create(name=pulumi.UNKNOWN)
    with pytest.raises(pulumi.RunError, match="it has no name"):
        started(HERE).create(name=pulumi.UNKNOWN)


def test_to_adopt_it_a_preview_writes_the_ids_and_is_not_refused(
    started: Started, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", said.append)
    run = started(HERE, preview=True)
    run.create(name="prod-cpu")
    run.conclude(tmp_path / "ids.json")
    assert json.loads((tmp_path / "ids.json").read_text()) == {f"{ALARM}::monitoring-alarms-cpu": "prod-cpu"}
    assert str(tmp_path / "ids.json") in said[0]


def test_ids_that_cannot_be_written_are_told(tmp_path: Path) -> None:
    with pytest.raises(pulumi.RunError, match="cannot write the ids"):
        Findings([Existing(ALARM, "a", "b", URN, None)]).conclude("prod", tmp_path / "none" / "ids.json")


def test_a_hook_ends_while_all_of_pulumis_threads_wait_for_the_engine(started: Started) -> None:
    answered = threading.Event()

    async def busy(run: Run) -> None:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(max_workers=1))
        waiting = loop.run_in_executor(None, answered.wait)
        try:
            async with asyncio.timeout(PATIENCE):
                await run.guard.before_create(run.asked(name="prod-cpu"))
        finally:
            answered.set()
            await waiting

    asyncio.run(busy(started({})))


@pytest.mark.parametrize("token", sorted(LOOKUPS))
def test_only_an_answer_that_says_that_there_is_none_counts_as_none(token: str) -> None:
    lookup = LOOKUPS[token]

    def fails(code: str) -> Any:
        def ask(**_: Any) -> None:
            raise ClientError({"Error": {"Code": code, "Message": ""}}, lookup.operation)

        return SimpleNamespace(can_paginate=lambda _: False, **{lookup.operation: ask})

    values = dict.fromkeys(lookup.names, "x") | {"account": "1", "partition": "aws", "region": "r"}
    for code in lookup.gone:
        assert lookup.ask(fails(code), values) is None
    for code in ("AccessDenied", "ThrottlingException", "403", "InternalError"):
        with pytest.raises(ClientError):
            lookup.ask(fails(code), values)
