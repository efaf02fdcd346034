"""The operations on rules, their targets and their tags."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.aws.events.expression import EventPatternError
from sandbox.aws.events.pattern import EventPattern
from sandbox.aws.events.target import check_target
from sandbox.aws.paging import page
from sandbox.aws.service import AwsError, Params, Service, UnsupportedError

if TYPE_CHECKING:
    from sandbox.core.account import Account

DEFAULT_BUS = "default"
_DESCRIBED = ("EventPattern", "Description", "RoleArn")
_MOST_TARGETS = 5
_MOST_TAGS = 50
_A_PAGE = 100
_RATE = re.compile(r"rate\((1 (minute|hour|day)|(?!1 )[1-9]\d* (minutes|hours|days))\)")
_CRON = re.compile(r"cron\((?P<fields>[^()]+)\)")
_CRON_FIELDS = 6


@dataclass
class Rule:
    """A rule of the default event bus."""

    name: str
    arn: str
    pattern: EventPattern
    state: str
    described: Params
    targets: dict[str, Params] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def enabled(self) -> bool:
        return self.state != "DISABLED"

    def describe(self) -> Params:
        return {
            "Name": self.name,
            "Arn": self.arn,
            "State": self.state,
            "EventBusName": DEFAULT_BUS,
            **self.described,
        }


class Rules(Service):
    """Rules with an event pattern. A schedule is not acted on, and so it is refused."""

    name = "events"
    constraint_codes = ("ValidationException",)

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self._rules: dict[str, Rule] = {}
        self._lock = threading.RLock()

    def rules(self) -> list[Rule]:
        with self._lock:
            return [self._rules[name] for name in sorted(self._rules)]

    def put_rule(self, request: Params) -> Params:
        if "EventPattern" not in request and "ScheduleExpression" not in request:
            raise _invalid("Parameter(s) EventPattern or ScheduleExpression must be specified.")
        pattern = read_pattern(request["EventPattern"]) if "EventPattern" in request else None
        if "ScheduleExpression" in request:
            _check_schedule(request["ScheduleExpression"], request.get("EventBusName", DEFAULT_BUS))
        self.check_bus(request)
        if pattern is None or "ScheduleExpression" in request:
            raise UnsupportedError("The sandbox does not run rules on a schedule; AWS does.")
        name = request["Name"]
        with self._lock:
            known = self._rules.get(name)
            rule = Rule(
                name,
                known.arn if known else self._arn(f"rule/{name}"),
                pattern,
                request.get("State", "ENABLED"),
                {key: request[key] for key in _DESCRIBED if key in request},
                known.targets if known else {},
                known.tags if known else _tags(request.get("Tags", [])),
            )
            self._rules[name] = rule
        return {"RuleArn": rule.arn}

    def describe_rule(self, request: Params) -> Params:
        return {**self._rule(request, "Name").describe(), "CreatedBy": self.account.account_id}

    def list_rules(self, request: Params) -> Params:
        self.check_bus(request)
        prefix = request.get("NamePrefix", "")
        found = [rule.describe() for rule in self.rules() if rule.name.startswith(prefix)]
        return _page("Rules", found, request)

    def list_rule_names_by_target(self, request: Params) -> Params:
        self.check_bus(request)
        wanted = request["TargetArn"]
        found = [rule.name for rule in self.rules() if any(t["Arn"] == wanted for t in rule.targets.values())]
        return _page("RuleNames", found, request)

    def delete_rule(self, request: Params) -> None:
        self.check_bus(request)
        with self._lock:
            rule = self._rules.get(request["Name"])
            if rule is not None and rule.targets:
                raise _invalid("Rule can't be deleted since it has targets.")
            self._rules.pop(request["Name"], None)

    def enable_rule(self, request: Params) -> None:
        self._rule(request, "Name").state = "ENABLED"

    def disable_rule(self, request: Params) -> None:
        self._rule(request, "Name").state = "DISABLED"

    def put_targets(self, request: Params) -> Params:
        rule = self._rule(request, "Rule")
        for target in request["Targets"]:
            check_target(target)
        with self._lock:
            targets = rule.targets | {target["Id"]: target for target in request["Targets"]}
            if len(targets) > _MOST_TARGETS:
                raise AwsError("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
            rule.targets = targets
        return {"FailedEntryCount": 0, "FailedEntries": []}

    def remove_targets(self, request: Params) -> Params:
        rule = self._rule(request, "Rule")
        with self._lock:
            unknown = [each for each in request["Ids"] if each not in rule.targets]
            rule.targets = {key: target for key, target in rule.targets.items() if key not in request["Ids"]}
        failed = [
            {
                "TargetId": each,
                "ErrorCode": "ResourceNotFoundException",
                "ErrorMessage": f"Rule {rule.name} does not have a target with the Id {each}.",
            }
            for each in unknown
        ]
        return {"FailedEntryCount": len(failed), "FailedEntries": failed}

    def list_targets_by_rule(self, request: Params) -> Params:
        return _page("Targets", list(self._rule(request, "Rule").targets.values()), request)

    def list_tags_for_resource(self, request: Params) -> Params:
        return {"Tags": [{"Key": key, "Value": value} for key, value in self._tagged(request).items()]}

    def tag_resource(self, request: Params) -> None:
        tags = self._tagged(request)
        if len(tags | _tags(request["Tags"])) > _MOST_TAGS:
            raise AwsError("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
        tags.update(_tags(request["Tags"]))

    def untag_resource(self, request: Params) -> None:
        tags = self._tagged(request)
        for key in request["TagKeys"]:
            tags.pop(key, None)

    def check_bus(self, request: Params, key: str = "EventBusName") -> None:
        """Raises AwsError ResourceNotFoundException for another bus than the default one."""
        name = request.get(key, DEFAULT_BUS)
        if name not in (DEFAULT_BUS, self._arn(f"event-bus/{DEFAULT_BUS}")):
            raise _not_found(f"Event bus {name.split('event-bus/')[-1]} does not exist.")

    def _rule(self, request: Params, key: str) -> Rule:
        self.check_bus(request)
        with self._lock:
            return self._named(request[key])

    def _named(self, name: str) -> Rule:
        if name not in self._rules:
            raise _not_found(f"Rule {name} does not exist on EventBus {DEFAULT_BUS}.")
        return self._rules[name]

    def _tagged(self, request: Params) -> dict[str, str]:
        kind, _, name = request["ResourceARN"].split(":", 5)[-1].partition("/")
        if kind == "event-bus":
            self.check_bus({"EventBusName": name})
            raise UnsupportedError("The sandbox does not know tags of event buses; AWS does.")
        bus, slash, own = name.partition("/")
        if slash:
            raise _not_found(f"Rule {own} does not exist on EventBus {bus}.")
        with self._lock:
            return self._named(name).tags

    def _arn(self, resource: str) -> str:
        return f"arn:aws:events:{self.account.region}:{self.account.account_id}:{resource}"


def read_pattern(text: str) -> EventPattern:
    """Raises AwsError InvalidEventPatternException."""
    try:
        return EventPattern.parse(text)
    except EventPatternError as error:
        raise AwsError("InvalidEventPatternException", f"Event pattern is not valid. Reason: {error}") from error


def _check_schedule(expression: str, bus: str) -> None:
    if bus.rsplit("/", maxsplit=1)[-1] != DEFAULT_BUS:
        raise _invalid("ScheduleExpression is supported only on the default event bus.")
    cron = _CRON.fullmatch(expression)
    if not _RATE.fullmatch(expression) and not (cron and _is_cron(cron["fields"].split())):
        raise _invalid("Parameter ScheduleExpression is not valid.")


def _is_cron(fields: list[str]) -> bool:
    """Six fields in their ranges, a `?` for exactly one of the days."""
    if len(fields) != _CRON_FIELDS or (fields[2] == "?") == (fields[4] == "?"):
        return False
    months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
    days = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
    ranges = (range(60), range(24), range(1, 32), range(1, 13), range(1, 8), range(1970, 2200))
    names = ((), (), (), months, days, ())
    return all(map(_is_cron_field, fields, ranges, names))


def _is_cron_field(text: str, within: range, names: Iterable[str]) -> bool:
    known = {str(number) for number in within} | set(names) | {f"{number:02d}" for number in within}

    def is_known(part: str) -> bool:
        span, slash, step = part.partition("/")
        if slash and not step.isdigit():
            return False
        if span in ("*", "?", "L", "LW"):
            return True
        return all(re.sub(r"(?<=\d)[WL]$|#[1-5]$", "", end) in known for end in span.split("-", 1))

    return all(is_known(part) for part in text.split(","))


def _page(key: str, found: list[Params] | list[str], request: Params) -> Params:
    shown, more = page(found, request.get("NextToken"), request.get("Limit", _A_PAGE))
    return {key: list(shown), **more}


def _tags(tags: Iterable[Params]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)


def _not_found(message: str) -> AwsError:
    return AwsError("ResourceNotFoundException", message)
