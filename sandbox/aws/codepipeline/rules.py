"""The rules of stage conditions that the sandbox carries out: DeploymentWindow and CloudWatchAlarm."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.aws.codepipeline.cron import DeploymentWindow
from sandbox.aws.codepipeline.runs import RuleRun, Verdict
from sandbox.aws.ports import ALARM_STATES

if TYPE_CHECKING:
    from sandbox.core.account import Account
    from sandbox.core.clock import Clock

_SHOWN = "%a %d %b %Y %H:%M %Z"


def window_of(configuration: dict[str, str]) -> DeploymentWindow:
    """A DeploymentWindow rule's configuration, read. Raises CronError."""
    return DeploymentWindow.parse(configuration["Cron"], configuration.get("TimeZone", "UTC"))


class AccountRules:
    """Looks at rules with the account's clock and alarms."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def look(self, rule: RuleRun) -> Verdict | None:
        provider = rule.declaration["ruleTypeId"]["provider"]
        configuration: dict[str, str] = rule.declaration.get("configuration", {})
        if provider == "DeploymentWindow":
            return look_at_window(rule, window_of(configuration), self._account.clock)
        if provider == "CloudWatchAlarm":
            return self._look_at_alarm(rule, configuration)
        return Verdict(False, f"The sandbox does not carry out {provider} rules", "SandboxUnknownRule")

    def _look_at_alarm(self, rule: RuleRun, configuration: dict[str, str]) -> Verdict | None:
        """Fails as soon as the alarm is in one of the states; succeeds when WaitTime (minutes) is over."""
        name = configuration["AlarmName"]
        found: dict[str, Any] = self._account.reach(ALARM_STATES).describe_alarms(
            {"AlarmNames": [name], "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
        )
        alarms = [*found.get("MetricAlarms", []), *found.get("CompositeAlarms", [])]
        if not alarms:
            return Verdict(False, f"There is no alarm named {name}", "AlarmNotFound")
        state = alarms[0]["StateValue"]
        bad_states = [part.strip() for part in configuration.get("AlarmStates", "ALARM").split(",")]
        if state in bad_states:
            return Verdict(False, f"Alarm {name} is in state {state}", "AlarmInState")
        wait = timedelta(minutes=int(configuration.get("WaitTime", "0")))
        if self._account.clock.now() - rule.started < wait:
            rule.summary = f"Alarm {name} is in state {state}"
            return None
        return Verdict(True, f"Alarm {name} was in none of the states {', '.join(bad_states)}")


def look_at_window(rule: RuleRun, window: DeploymentWindow, clock: Clock) -> Verdict | None:
    """Succeeds while the window is open, and waits for it otherwise."""
    now = clock.now()
    if window.is_open(now):
        return Verdict(True, f"The deployment window is open until {_local(window, window.closes(now))}")
    opening = window.next_opening(now)
    if opening is None:
        return Verdict(False, "The deployment window does not open again", "NoOpening")
    rule.summary = f"Waiting for the deployment window, which opens {_local(window, opening)}"
    return None


def _local(window: DeploymentWindow, at: datetime) -> str:
    return at.astimezone(window.zone).strftime(_SHOWN)
