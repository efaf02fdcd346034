"""EventBridge: moto keeps the rules; here events reach the topics that rules target."""

from __future__ import annotations

import json
import logging
import re
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from moto.events.models import EventsBackend, Rule, events_backends

from sandbox.aws.ports import PUBLISHER
from sandbox.aws.service import AwsError, Params, Service
from sandbox.core.events import Event

if TYPE_CHECKING:
    from sandbox.core.account import Account

PRINCIPAL = "events.amazonaws.com"
_PLACEHOLDER = re.compile(r"<([A-Za-z0-9_.-]+)>")

log = logging.getLogger("sandbox.events")


class Events(Service):
    """The default event bus: AWS services' own events (`account.events`) and those of PutEvents."""

    name = "events"
    moto_fallback = True

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        account.events.subscribe(self._deliver)

    @property
    def _backend(self) -> EventsBackend:
        return events_backends[self.account.account_id][self.account.region]

    def put_events(self, request: Params) -> Params:
        results = [self._put(entry) for entry in request["Entries"]]
        return {"FailedEntryCount": sum("ErrorCode" in result for result in results), "Entries": results}

    def _put(self, entry: Params) -> Params:
        if entry.get("EventBusName", "default") != "default":
            raise AwsError("ResourceNotFoundException", "The sandbox has the default event bus only.", 501)
        source = entry.get("Source", "")
        if source.startswith("aws."):
            return {
                "ErrorCode": "NotAuthorizedForSourceException",
                "ErrorMessage": f"Not authorized for the source {source}.",
            }
        for key in ("Source", "DetailType", "Detail"):
            if not entry.get(key):
                return {
                    "ErrorCode": "InvalidArgument",
                    "ErrorMessage": f"Parameter {key} is not valid. Reason: {key} is a required argument.",
                }
        try:
            detail = json.loads(entry["Detail"])
        except ValueError:
            return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
        self.account.events.publish(source, entry["DetailType"], detail, entry.get("Resources", ()))
        return {"EventId": str(uuid.uuid4())}

    def _deliver(self, event: Event) -> None:
        content = self._as_json(event)
        rules: list[Rule] = list(self._backend.event_buses["default"].rules.values())
        for rule in rules:
            if rule.state != "ENABLED" or rule.scheduled_expression:
                continue
            if rule.event_pattern.matches_event(content):  # pyright: ignore[reportArgumentType] - a plain event
                for target in rule.targets:
                    self._send(rule, target, content)

    def _send(self, rule: Rule, target: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        arn = target["Arn"]
        if not arn.startswith("arn:aws:sns:"):
            log.warning("the sandbox delivers events to SNS only; %s of %s got none", arn, rule.name)
            return
        self.account.reach(PUBLISHER).publish_as_service(
            PRINCIPAL,
            arn,
            subject="AWS Notification Message",
            message=target_input(target, event),
            source_arn=rule.arn,
        )

    def _as_json(self, event: Event) -> dict[str, Any]:
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": event.detail_type,
            "source": event.source,
            "account": self.account.account_id,
            "time": f"{event.time:%Y-%m-%dT%H:%M:%SZ}",
            "region": self.account.region,
            "resources": list(event.resources),
            "detail": json.loads(json.dumps(event.detail, default=str)),
        }


def target_input(target: Mapping[str, Any], event: Mapping[str, Any]) -> str:
    """What a target receives of an event: all of it, its Input, its InputPath or its InputTransformer."""
    if "Input" in target:
        return target["Input"]
    if "InputPath" in target:
        return json.dumps(_at_path(event, target["InputPath"]))
    transformer = target.get("InputTransformer")
    if transformer is None:
        return json.dumps(event)
    paths = transformer.get("InputPathsMap", {})
    values = {name: _at_path(event, path) for name, path in paths.items()}
    values |= {"aws.events.event": event, "aws.events.event.json": event}

    def replacement(found: re.Match[str]) -> str:
        name = found[1]
        if name not in values:
            return found[0]
        value = values[name]
        return value if isinstance(value, str) else "" if value is None else json.dumps(value)

    text = _PLACEHOLDER.sub(replacement, transformer["InputTemplate"])
    # A template that is one quoted string arrives without its quotes
    return json.loads(text) if text.startswith('"') and _is_json(text) else text


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _at_path(event: Mapping[str, Any], path: str) -> Any:
    """The value at a JSONPath of names and indexes, `$.detail.items[0]`; None where there is none."""
    value: Any = event
    for name, index in re.findall(r"\.([A-Za-z0-9_-]+)|\[(\d+)\]", path.removeprefix("$")):
        if name:
            value = value.get(name) if isinstance(value, Mapping) else None
        else:
            value = value[int(index)] if isinstance(value, list) and int(index) < len(value) else None
    return value
