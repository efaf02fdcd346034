"""The contract between the program and the command: what `pulumi stack output --json` holds.

`components/` exports exactly these keys (camelCase on the wire), `scripts/` reads nothing else.
"""

from __future__ import annotations

import math
import types
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from reprlib import repr as shown
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

from sop.names import Environment, Names
from sop.thresholds import Thresholds

CONTRACT = 1

# What Pulumi prints in the place of a secret, and the key under which a stack's state has it encrypted.
MASK = "[secret]"
SIGNATURE = "4dabf18193072939515e22adb298388d"
HIDDEN = "a secret"  # how the problem of such an output ends

# Outputs that the CloudFormation stack of the web infrastructure must have (SOP 4.2).
EXPECTED_STACK_OUTPUTS = (
    "VpcId",
    "LoadBalancerDnsName",
    "LoadBalancerFullName",
    "TargetGroupArn",
    "TargetGroupFullName",
    "AutoScalingGroupName",
    "ApplicationLogGroupName",
)


class OutputsError(ValueError):
    """The outputs are not those of this contract; `problems` has one line a key."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class ReleaseWindowOutput:
    """When the Deploy stage opens (SOP 6.1); `cron` is CodePipeline's DeploymentWindow expression."""

    days: list[str]
    opens: str
    closes: str
    time_zone: str
    cron: str


@dataclass(frozen=True)
class WorkloadOutput:
    """What the first deployment created, as CloudWatch names it."""

    load_balancer_dns_name: str
    load_balancer_full_name: str
    target_group_arn: str
    target_group_full_name: str
    auto_scaling_group_name: str


@dataclass(frozen=True)
class StackOutputs:
    """All of one Pulumi stack's outputs."""

    contract: int
    stack: str  # the Pulumi stack's name: dev, prod or LABEL-dev|prod
    environment: str
    service: str
    region: str
    account_id: str
    repository: str
    branch: str
    connection_arn: str
    connection_status: str
    required_approvals: int | None  # None: another stack protects the branch
    pull_request_webhook: bool
    pipeline_name: str
    pipeline_stages: list[str]
    build_project_name: str
    deploy_project_name: str
    pull_request_project_name: str | None  # None: pull requests are not checked
    artifact_bucket_name: str
    cloudformation_stack_name: str
    expected_stack_outputs: list[str]
    topic_arn: str
    topic_policy_digest: str
    chat_topic_arn: str | None  # of the topic that only Amazon Q reads; None: alerts go to no chat
    chat_topic_policy_digest: str | None
    topic_key_arn: str
    topic_key_policy_digest: str
    alert_emails: list[str]
    dashboard_name: str
    dashboard_digest: str
    alarms: dict[str, dict[str, Any]]  # by name, the composite too: each one's definition (sop.alarms.canonical)
    composite_alarm_name: str
    application_log_group_name: str
    application_error_pattern: str
    metric_namespace: str  # where the lines of that pattern are counted
    access_log_group_name: str
    access_logs_delivered: bool
    endpoint_url: str | None  # of the page that must answer (SOP 4.3); None: the load balancer's own
    status_check: str
    runbooks: str  # web address of their folder
    thresholds: Thresholds
    release_window: ReleaseWindowOutput | None
    workload: WorkloadOutput | None

    @property
    def topics(self) -> dict[str, str]:
        """The digest of the policy by each alerts topic's ARN: that which people read, and that for Amazon Q."""
        chat = {self.chat_topic_arn: self.chat_topic_policy_digest or ""} if self.chat_topic_arn else {}
        return {self.topic_arn: self.topic_policy_digest, **chat}

    @property
    def alarm_prefix(self) -> str:
        """What every alarm of the stack begins with; those of other services may, too."""
        return Names(Environment(self.environment), service=self.service).alarm_prefix

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> StackOutputs:
        """Read the JSON of `pulumi stack output --json`.

        Raises:
            OutputsError: every key that is missing or has another type, at once.
        """
        problems: list[str] = []
        contract = raw.get("contract")
        if contract not in (None, CONTRACT) and not _is_secret(contract):
            raise OutputsError([f"contract: {shown(contract)}, this command reads {CONTRACT}"])
        parsed = _decode(cls, raw, "", problems)
        if problems:
            raise OutputsError(problems)
        return cast("StackOutputs", parsed)


def camel_case(name: str) -> str:
    """`pipeline_name` -> `pipelineName`: how a field is called on the wire."""
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


def wire_names(contract: type) -> set[str]:
    """The keys that `contract`, one of this module's dataclasses, has on the wire."""
    return {camel_case(field.name) for field in fields(contract)}


def to_wire(value: Any) -> Any:
    """A contract object as plain camelCase data; anything else (an Output, say) is left as it is."""
    if is_dataclass(value) and not isinstance(value, type):
        return {camel_case(field.name): to_wire(getattr(value, field.name)) for field in fields(value)}
    return value


def _decode(expected: Any, value: Any, path: str, problems: list[str]) -> Any:
    options = get_args(expected) if get_origin(expected) in (Union, types.UnionType) else (expected,)
    if Any in options or (value is None and types.NoneType in options):
        return value
    expected = next(option for option in options if option is not types.NoneType)
    if _is_secret(value):
        problems.append(f"{path}: expected {_described(expected)}, found {HIDDEN}")
        return None
    if is_dataclass(expected):
        return _decode_object(cast("type", expected), value, path, problems)
    if get_origin(expected) in (list, dict):
        return _decode_collection(expected, value, path, problems)
    if not _is_scalar(expected, value):
        problems.append(f"{path}: expected {_described(expected)}, found {shown(value)}")
        return None
    # Pulumi keeps every number as a float, so a whole one may arrive as 2.0
    return expected(value)


def _decode_collection(expected: Any, value: Any, path: str, problems: list[str]) -> Any:
    item = get_args(expected)[-1]
    if get_origin(expected) is list and isinstance(value, list):
        entries = cast("list[Any]", value)
        return [_decode(item, entry, f"{path}[{i}]", problems) for i, entry in enumerate(entries)]
    if get_origin(expected) is dict and isinstance(value, Mapping):
        named = cast("Mapping[str, Any]", value)
        return {key: _decode(item, entry, f"{path}.{key}", problems) for key, entry in named.items()}
    problems.append(f"{path}: expected {_described(expected)}, found {shown(value)}")
    return None


def _is_scalar(expected: type, value: Any) -> bool:
    if expected not in (int, float):
        return isinstance(value, expected)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    try:
        # JSON has neither NaN nor Infinity, but Python reads them
        return math.isfinite(value) and (expected is float or value == int(value))
    except OverflowError:
        return False


def _is_secret(value: Any) -> bool:
    return value == MASK or (isinstance(value, Mapping) and SIGNATURE in value)


def _decode_object(expected: type, value: Any, path: str, problems: list[str]) -> Any:
    if not isinstance(value, Mapping):
        problems.append(f"{path}: expected {_described(expected)}, found {shown(value)}")
        return None
    given = cast("Mapping[str, Any]", value)
    hints = get_type_hints(expected)
    decoded: dict[str, Any] = {}
    for field in fields(expected):
        key = camel_case(field.name)
        at = f"{path}.{key}" if path else key
        if key not in given:
            if types.NoneType not in get_args(hints[field.name]):
                problems.append(f"{at}: missing")
            decoded[field.name] = None
            continue
        decoded[field.name] = _decode(hints[field.name], given[key], at, problems)
    return None if problems else expected(**decoded)


def _described(expected: Any) -> str:
    if is_dataclass(expected) or get_origin(expected) is dict:
        return "an object"
    if get_origin(expected) is list:
        return f"a list of {_described(get_args(expected)[0])}"
    return {str: "a string", int: "a whole number", float: "a number", bool: "true or false"}.get(
        expected, str(expected)
    )
