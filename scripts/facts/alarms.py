"""CloudWatch alarms as they are now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from scripts.facts.alarm_data import Evaluation, StateData, evaluation_of, evaluation_of_composite, state_data
from sop.alarms import Definition, canonical

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.literals import AlarmTypeType
    from mypy_boto3_cloudwatch.type_defs import CompositeAlarmTypeDef, MetricAlarmTypeDef

# Composite alarms are left out unless asked for by type.
ALARM_TYPES: Sequence[AlarmTypeType] = ("MetricAlarm", "CompositeAlarm")


@dataclass(frozen=True)
class Alarm:
    """An alarm as it is now; `data` is what its state rests on, `definition` is in canonical form.

    `configured` is when it was made or changed last, by whomever; CloudWatch tells of what is as it was, too.
    """

    name: str
    arn: str
    definition: Definition
    state: str
    reason: str
    since: datetime | None
    configured: datetime | None
    evaluation_problem: str
    evaluation: Evaluation
    data: StateData


def read_alarms(client: CloudWatchClient, prefix: str) -> list[Alarm]:
    """Every metric and composite alarm whose name begins with `prefix`."""
    alarms: list[Alarm] = []
    pages = client.get_paginator("describe_alarms").paginate(
        AlarmNamePrefix=prefix, AlarmTypes=ALARM_TYPES, PaginationConfig={"PageSize": 100}
    )
    for page in pages:
        alarms += [_alarm(one, evaluation_of(one)) for one in page.get("MetricAlarms", [])]
        alarms += [_alarm(one, evaluation_of_composite(one)) for one in page.get("CompositeAlarms", [])]
    return sorted(alarms, key=lambda alarm: alarm.name)


def read_tags(client: CloudWatchClient, alarm: Alarm) -> Mapping[str, str]:
    """The tags of one alarm."""
    answer = client.list_tags_for_resource(ResourceARN=alarm.arn)
    return {tag["Key"]: tag["Value"] for tag in answer.get("Tags", [])}


def _alarm(alarm: MetricAlarmTypeDef | CompositeAlarmTypeDef, evaluation: Evaluation) -> Alarm:
    state = alarm.get("StateValue", "unknown")
    return Alarm(
        name=alarm.get("AlarmName", ""),
        arn=alarm.get("AlarmArn", ""),
        definition=canonical(cast("Mapping[str, Any]", alarm)),
        state=state,
        reason=alarm.get("StateReason", ""),
        since=alarm.get("StateTransitionedTimestamp", alarm.get("StateUpdatedTimestamp")),
        configured=alarm.get("AlarmConfigurationUpdatedTimestamp"),
        evaluation_problem=str(alarm.get("EvaluationState", "")),
        evaluation=evaluation,
        data=state_data(alarm.get("StateReasonData")) if state == "ALARM" else StateData(),
    )
