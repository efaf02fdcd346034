"""Whether the alarms are the promised ones, as they were deployed, and whether each can have fired by now."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from scripts.checks.alarm_firings import Finding
from scripts.checks.alarm_origin import METRIC_DELAY
from scripts.evidence.calls import carried
from scripts.facts.alarms import Alarm
from scripts.facts.mute_rules import Mute
from scripts.results import Status
from scripts.text import count, listing, span, utc
from sop.alarms import Definition, Difference, differences, evaluated
from sop.names import PROJECT, Environment, Names
from sop.outputs import StackOutputs

Tags = Mapping[str, str]

SHOWN = 5  # so many names, then how many more
# Of these the provider knows nothing, so that no refresh finds them changed; any update of the alarm takes them away.
UNSEEN_BY_THE_PROVIDER = {"ActionConfiguration"}


def deployed_again(outputs: StackOutputs) -> str:
    """The command that mends what was changed or deleted by hand: the stack's state alone does not know of it."""
    return f"Run `pulumi up --refresh --stack {outputs.stack}`, which puts the deployed one back."


def drift(found: Sequence[Alarm], outputs: StackOutputs) -> Iterator[Finding]:
    """Each promised alarm that is not as it was deployed, with what differs."""
    for alarm in found:
        changed = differences(outputs.alarms[alarm.name], alarm.definition)
        if not changed:
            continue
        fix = deployed_again(outputs)
        if {difference.field.partition(".")[0] for difference in changed} <= UNSEEN_BY_THE_PROVIDER:
            command = f"aws cloudwatch disable-alarm-actions --alarm-names {alarm.name} --region {outputs.region}"
            fix = f"Run `{command}`: no refresh sees it. {fix}"
        what = "; ".join(map(_said, changed))
        yield Finding(Status.FAIL, f"{alarm.name} was changed after it was deployed: {what}", fix=fix)


def muted(mutes: Sequence[Mute], outputs: StackOutputs) -> Iterator[Finding]:
    """That an alarm tells nobody, whatever actions it has: nobody deployed such a rule."""
    for mute in mutes:
        if not mute.active:
            text = f"Alarm mute rule {mute.rule} will keep the actions of {_shortened(mute.alarms)} back at its times"
            yield Finding(Status.PASS, text)
            continue
        text = f"Alarm mute rule {mute.rule} keeps the actions of {_shortened(mute.alarms)} back: nobody is told"
        command = f"aws cloudwatch delete-alarm-mute-rule --alarm-mute-rule-name {mute.rule} --region {outputs.region}"
        yield Finding(Status.FAIL, text, fix=f"Wait until it is over, or run `{command}`.")


def strangers(found: Sequence[Alarm], outputs: StackOutputs, tags_of: Callable[[Alarm], Tags]) -> Iterator[Finding]:
    """What alarms that this stack did not promise have to do with it: nothing, unless one is in ALARM.

    `tags_of` is asked about those in ALARM only; it answers with none where they cannot be read.
    """
    burning = [alarm for alarm in found if alarm.state == "ALARM"]
    with ThreadPoolExecutor(8) as beside:
        tags = list(beside.map(carried(tags_of), burning))
    for alarm, tagged in zip(burning, tags, strict=True):
        since = f" since {utc(alarm.since)}" if alarm.since else ""
        if service := _other_service(alarm, tagged, outputs):
            text = f"{alarm.name} is in ALARM{since}; it is of service {service}, by its tags, and decides nothing here"
            yield Finding(Status.PASS, text)
        else:
            text = f"{alarm.name}, which this stack did not make, is in ALARM{since}: {alarm.reason}"
            yield Finding(Status.INCONCLUSIVE, text, fix="Ask who made it whether it is about this release.")
    if quiet := [alarm.name for alarm in found if alarm.state != "ALARM"]:
        yield Finding(Status.PASS, f"Not among the promised alarms: {_shortened(quiet)}")


def too_early(definitions: Mapping[str, Definition], deployed: datetime | None, now: datetime) -> Iterator[Finding]:
    """That the slowest alarm cannot have fired yet: its periods pass after the deployment, and metrics come late."""
    if deployed is None:
        return
    name, looks_at = max(((name, evaluated(one)) for name, one in definitions.items()), key=lambda one: one[1])
    from_then = deployed + looks_at + METRIC_DELAY
    if now < from_then:
        text = (
            f"Too early: {name} looks at {span(looks_at)}, and can have fired {span(from_then - now)} from now "
            f"({utc(from_then)})"
        )
        yield Finding(Status.INCONCLUSIVE, text, from_then, "Run the same command again then.")


def made_since(found: Sequence[Alarm], deployed: datetime | None, now: datetime) -> Iterator[Finding]:
    """What alarms could not see that somebody has made or changed since the deployment, be they as deployed again.

    CloudWatch looks at a changed alarm's periods anew, those of before the change included. What a composite has missed
    the alarms under it tell.
    """
    if deployed is None:
        return
    changed = [(one.configured, one) for one in found if one.configured and one.configured > deployed]
    for at, alarm in changed:
        if now < (from_then := at + METRIC_DELAY):
            text = (
                f"Too early: {alarm.name} was made or changed at {utc(at)}, and can have fired from {utc(from_then)} on"
            )
            yield Finding(Status.INCONCLUSIVE, text, from_then, "Run the same command again then.")
    on_data = [(at - looked, one.name) for at, one in changed if (looked := evaluated(one.definition))]
    if unseen := {name: begin for begin, name in on_data if begin > deployed}:
        text = (
            f"Made or changed since the deployment: {_shortened(sorted(unseen))}; what happened before "
            f"{utc(max(unseen.values()))} is not in all of their states"
        )
        yield Finding(Status.PASS, text)


def _other_service(alarm: Alarm, tags: Tags, outputs: StackOutputs) -> str:
    """The service of this program that the alarm belongs to by tags and name; empty where it is none, or this one."""
    service = tags.get("Service", "")
    if tags.get("Project") != PROJECT or service in ("", outputs.service):
        return ""
    prefix = Names(Environment(outputs.environment), service=service).alarm_prefix
    return service if alarm.name.startswith(prefix) else ""


def _said(difference: Difference) -> str:
    return f"{difference.field} is {_shown(difference.found)}, deployed was {_shown(difference.promised)}"


def _shown(value: Any) -> str:
    if value is None or value == []:
        return "none"
    if isinstance(value, list):
        return listing(list(map(str, value)))
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)


def _shortened(names: Sequence[str]) -> str:
    more = len(names) - SHOWN
    return listing([*names[:SHOWN], count(more, "other")] if more > 0 else names)
