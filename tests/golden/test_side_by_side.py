"""Stacks that live in one account, by their plans: none has a name that is another's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from itertools import combinations, permutations

import pytest

from components.configuration.reading import read_settings
from components.deployers.grants import GRANTS
from components.deployers.policies import Purpose, policy
from components.existing.lookups import LOOKUPS, NOT_LOOKED_FOR
from sop.names import REGION, Environment
from tests.components.recorder import Plan, configuration, deployed, run_program

Stack = tuple[str, str, Environment]  # service, region, environment

# The SOP's service, another, and those whose names are made of words that all names are made of
STACKS: tuple[Stack, ...] = (
    *((service, REGION, environment) for service in ("web", "api") for environment in Environment),
    *((service, REGION, Environment.PROD) for service in ("pipeline", "web-pipeline", "dev")),
    *((service, "us-east-1", Environment.PROD) for service in ("web", "api")),
)
# An account has one of that name for all its regions (their ARNs have no region)
OF_THE_ACCOUNT = {"Role", "RolePolicy", "RolePolicyAttachment", "Dashboard", "SlackChannelConfiguration", "Bucket"}


@cache
def plan(stack: Stack) -> Plan:
    service, region, environment = stack
    label = "" if (service, region) == ("web", REGION) else f"{service}-{region}-"
    values = configuration(environment) | {"release:service": service, "aws:region": region}
    slack = {"release:slackWorkspaceId": "T0SAMPLE1", "release:slackChannelId": f"C0{abs(hash(stack))}"[:11]}
    return run_program(f"{label}{environment}", deployed(environment), values | slack, sorted(slack))


def taken(stack: Stack) -> Iterator[tuple[str, ...]]:
    """What nobody else can have: where it is, of which type, under which names."""
    _, region, _ = stack
    for one in plan(stack).registrations:
        kind = one.type.rpartition(":")[2]
        if kind.startswith("Bucket"):
            yield "everywhere", kind, one.inputs["bucket"]
        elif one.type in LOOKUPS and one.type.startswith("aws:"):
            where = "everywhere" if kind in OF_THE_ACCOUNT else region
            yield where, kind, *(str(one.inputs.get(name)) for name in sorted(LOOKUPS[one.type].names))
        if kind == "LogMetricFilter":
            metric = one.inputs["metricTransformation"]
            yield region, "metric", metric["namespace"], metric["name"]


def test_every_type_of_the_plans_is_compared_or_has_no_name_that_anybody_shares() -> None:
    compared = {kind for _, kind, *_ in taken(STACKS[0])}
    types = {one.type for one in plan(STACKS[0]).registrations if one.type.startswith("aws:")}
    left_out = {one for one in types if one.rpartition(":")[2] not in compared}
    assert left_out <= NOT_LOOKED_FOR.keys()
    assert len(list(taken(STACKS[0]))) > 40


@pytest.mark.parametrize("stack", STACKS, ids="-".join)
def test_a_plan_takes_each_name_once(stack: Stack) -> None:
    names = list(taken(stack))
    assert len(names) == len(set(names))


def test_no_two_stacks_of_an_account_share_a_name() -> None:
    of = {stack: set(taken(stack)) for stack in STACKS}
    shared = {(one, other): of[one] & of[other] for one, other in combinations(STACKS, 2) if of[one] & of[other]}
    assert not shared


def test_whoever_runs_a_stack_may_change_nothing_of_another() -> None:
    """Two names may differ where a policy goes by the beginning they share."""
    stacks = [stack for stack in STACKS if stack[0] in ("web", "api")]
    of = {stack: dict(allowed(stack)) for stack in stacks}
    for one, other in permutations(stacks, 2):
        for pattern in of[one]:
            assert [arn for arn in of[other] if fnmatchcase(arn, pattern)] == [], (one, other)


def allowed(stack: Stack) -> Iterator[tuple[str, str]]:
    """The ARNs that may be changed by who runs `up`; a key's tags say whose it is, a delivery's id nobody knows."""
    service, region, environment = stack
    values = configuration(environment) | {"release:service": service, "aws:region": region}
    changing = {grant.sid for grant in GRANTS if grant.changes}
    for statement in policy(Purpose.UP, read_settings(environment, values))["Statement"]:
        if statement["Sid"] not in changing:
            continue
        for arn in statement["Resource"]:
            if arn != "*" and not arn.endswith((":key/*", ":delivery:*")):
                yield arn, statement["Sid"]


def test_a_stack_that_leaves_the_branch_alone_shares_nothing_on_github_either() -> None:
    values = configuration("prod") | {
        "release:service": "api",
        "release:branchProtection": json.dumps({"manage": False}),
        "release:pullRequestCheck": json.dumps({"webhook": False}),
    }
    api = run_program("api-prod", deployed("prod"), values)
    assert not api.of_type("BranchProtection")
    assert not api.of_type("Webhook")
