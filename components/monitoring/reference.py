"""docs/reference/alarms.md, made from the indicators themselves."""

from __future__ import annotations

from collections.abc import Iterator

from components.monitoring.indicators import Bad, Indicator, Silence, pipeline_indicators, workload_indicators
from components.workload import Workload
from sop.names import Environment, Names
from sop.thresholds import Thresholds, limits
from sop.wire import camel_case

_INTRODUCTION = """\
# Alarms

Written by `make docs`. What is watched in each environment, shown with the SOP's names of prod. Every alarm tells the
alerts topic when it begins and when it ends, and each is a widget of the dashboard with its limit. A limit in words is
`release:thresholds` of the stack's file; `release verify` holds every alarm to what was deployed, and passes no earlier
than the slowest could have fired.
"""
_HEAD = "| alarm | what it says | its limit | looked at | no data | runbook |\n| --- | --- | --- | --- | --- | --- |"
_SILENCE = {
    Silence.IS_GOOD: "is good: it reports only when something goes wrong",
    Silence.IS_BAD: "is an alarm",
    Silence.IS_UNKNOWN: "is unknown: INSUFFICIENT_DATA",
}
_MANY = 900_000  # each limit stands for itself, by a number that no alarm has


def page() -> str:
    """The Markdown page."""
    names = Names(Environment.PROD)
    standing_for = {_MANY + place: camel_case(name) for place, name in enumerate(limits())}
    thresholds = Thresholds(**dict(zip(limits(), standing_for, strict=True)))
    workload = Workload(
        load_balancer_dns_name="",
        load_balancer_full_name="",
        target_group_arn="",
        target_group_full_name="",
        auto_scaling_group_name="",
        log_group_name=names.application_log_group,
    )
    parts = [
        _INTRODUCTION,
        "## From the first `up` on\n",
        _table(names, pipeline_indicators(names, thresholds)),
        "\n## Once the web infrastructure is deployed\n",
        _table(names, workload_indicators(names, workload, thresholds)),
        "\n`cpu` is left out where no Auto Scaling group serves (`release:workload: targets`).",
        "\n## Over all\n",
        f"`{names.composite_alarm}` is in alarm as soon as one of the others is. [incident-response.md]"
        "(../runbooks/incident-response.md)",
    ]
    text = "\n".join(parts) + "\n"
    for number, key in standing_for.items():
        text = text.replace(str(number), f"`{key}`")
    return text


def _table(names: Names, indicators: list[Indicator]) -> str:
    return "\n".join([_HEAD, *(f"| {' | '.join(_cells(names, one))} |" for one in indicators)])


def _cells(names: Names, one: Indicator) -> Iterator[str]:
    yield f"`{names.alarm(one.subject)}`"
    yield one.explanation
    limit = f"{one.threshold:g} {one.unit}"
    yield f"above {limit}" if one.bad is Bad.ABOVE else f"from {limit} on"
    minutes = one.period // 60

    if minutes >= _MANY:
        yield "5 to 10 minutes more than its limit"
    else:
        yield f"{one.periods} times {minutes} minutes in a row" if one.periods > 1 else f"{minutes} minutes"
    yield _SILENCE[one.silence]
    yield f"[{one.runbook}](../runbooks/{one.runbook})"
