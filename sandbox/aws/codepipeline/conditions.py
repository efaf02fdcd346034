"""Stage conditions: begun, evaluated until all rules have decided, abandoned."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from sandbox.aws.codepipeline.runs import ConditionRun, ConditionType, Declaration, RuleRun, Status, Verdict


class Rules(Protocol):
    """Looks at one rule."""

    def look(self, rule: RuleRun) -> Verdict | None:
        """The rule's verdict, or None while it is open; `rule.summary` may be brought up to date."""
        ...


class Conditions:
    """Evaluates conditions with the rules it is given."""

    def __init__(self, now: Callable[[], datetime], rules: Rules) -> None:
        self._now = now
        self._rules = rules

    def begin(self, stage: Declaration, type_: ConditionType) -> ConditionRun | None:
        """The stage's condition of this type, in progress; None where it declares none."""
        declared = stage.get(type_.key, {}).get("conditions")
        if not declared:
            return None
        now = self._now()
        rules = [RuleRun(rule, now, now) for rule in declared[0].get("rules", [])]
        return ConditionRun(type_, declared[0], rules, now)

    def evaluate(self, condition: ConditionRun) -> None:
        """Look at every open rule; the condition is decided once all are, or one has failed."""
        if condition.status is not Status.IN_PROGRESS:
            return
        for rule in condition.rules:
            if rule.status is Status.IN_PROGRESS:
                self._look(rule)
        failed = [rule for rule in condition.rules if rule.status is Status.FAILED]
        if failed:
            self.abandon_rules(condition)
            self._decide(condition, Status.FAILED, "; ".join(f"{rule.name}: {rule.summary}" for rule in failed))
        elif all(rule.status is Status.SUCCEEDED for rule in condition.rules):
            self._decide(condition, Status.SUCCEEDED, "All rules succeeded")
        else:
            condition.summary = "; ".join(rule.summary for rule in condition.rules if rule.summary)

    def abandon(self, condition: ConditionRun) -> None:
        self.abandon_rules(condition)
        self._decide(condition, Status.ABANDONED, "The execution went no further")

    def override(self, condition: ConditionRun) -> None:
        self.abandon_rules(condition)
        self._decide(condition, Status.OVERRIDDEN, "The condition was overridden")

    def abandon_rules(self, condition: ConditionRun) -> None:
        for rule in condition.rules:
            if rule.status is Status.IN_PROGRESS:
                rule.status = Status.ABANDONED
                rule.updated = self._now()

    def _look(self, rule: RuleRun) -> None:
        verdict = self._rules.look(rule)
        # AWS documents no default: a rule that declares none waits here as long as it takes.
        minutes = rule.declaration.get("timeoutInMinutes")
        if verdict is None and minutes and self._now() - rule.started >= timedelta(minutes=minutes):
            verdict = Verdict(False, f"Timed out after {minutes} minutes. {rule.summary}", "Timeout")
        if verdict is None:
            return
        rule.status = Status.SUCCEEDED if verdict.succeeded else Status.FAILED
        rule.summary, rule.error_code = verdict.summary, verdict.error_code
        rule.updated = self._now()

    def _decide(self, condition: ConditionRun, status: Status, summary: str) -> None:
        condition.status = status
        condition.summary = summary
        condition.updated = self._now()
