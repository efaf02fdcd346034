"""EventBridge: rules on the default event bus, whose events reach the topics and start the builds that they target."""

from __future__ import annotations

import json
import logging
import uuid
from typing import TYPE_CHECKING, Any

from sandbox.aws.events.rules import DEFAULT_BUS, Rule, Rules, read_pattern
from sandbox.aws.events.target import target_input
from sandbox.aws.invoking import parameters_of, project_of, start_build
from sandbox.aws.ports import METRICS, PUBLISHER
from sandbox.aws.service import AwsError, Params
from sandbox.core.events import Event

if TYPE_CHECKING:
    from sandbox.core.account import Account

PRINCIPAL = "events.amazonaws.com"
LARGEST = 262_144  # bytes of a PutEvents request's entries
_ENVELOPE = ("id", "account", "source", "time", "region", "detail-type")

log = logging.getLogger("sandbox.events")


class Events(Rules):
    """The default event bus: AWS services' own events (`account.events`) and those of PutEvents."""

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self._since = account.clock.now()
        account.events.subscribe(self._deliver)

    def put_events(self, request: Params) -> Params:
        if sum(_size(entry) for entry in request["Entries"]) > LARGEST:
            raise AwsError("ValidationException", "Total size of the entries in the request is over the limit.")
        results = [self._put(entry) for entry in request["Entries"]]
        return {"FailedEntryCount": sum("ErrorCode" in result for result in results), "Entries": results}

    def test_event_pattern(self, request: Params) -> Params:
        pattern = read_pattern(request["EventPattern"])
        try:
            event = json.loads(request["Event"])
        except ValueError:
            event = None
        if not isinstance(event, dict) or any(key not in event for key in _ENVELOPE):
            raise AwsError("ValidationException", "Parameter Event is not valid.")
        return {"Result": pattern.matches(event)}

    def describe_event_bus(self, request: Params) -> Params:
        self.check_bus(request, "Name")
        return self._bus()

    def list_event_buses(self, request: Params) -> Params:
        return {"EventBuses": [self._bus()] if DEFAULT_BUS.startswith(request.get("NamePrefix", "")) else []}

    def _bus(self) -> Params:
        return {
            "Name": DEFAULT_BUS,
            "Arn": self._arn(f"event-bus/{DEFAULT_BUS}"),
            "CreationTime": self._since,
            "LastModifiedTime": self._since,
        }

    def _put(self, entry: Params) -> Params:
        for key in ("Source", "DetailType", "Detail"):
            if not entry.get(key):
                return _failed(
                    "InvalidArgument", f"Parameter {key} is not valid. Reason: {key} is a required argument."
                )
        source = entry["Source"]
        if source.startswith("aws."):
            return _failed("NotAuthorizedForSourceException", f"Not authorized for the source {source}.")
        try:
            detail = json.loads(entry["Detail"])
        except ValueError:
            detail = None
        if not isinstance(detail, dict):
            return _failed("MalformedDetail", "Detail is malformed.")
        try:
            self.check_bus(entry)
        except AwsError:
            log.info("an event for %s, which does not exist, is dropped as AWS does", entry["EventBusName"])
            return {"EventId": str(uuid.uuid4())}
        identifier = self.account.events.publish(
            source, entry["DetailType"], detail, entry.get("Resources", ()), entry.get("Time")
        )
        return {"EventId": identifier}

    def _deliver(self, event: Event) -> None:
        content = self._as_json(event)
        for rule in self.rules():
            if rule.enabled and rule.pattern.matches(content):
                for target in rule.targets.values():
                    self._send(rule, target, content)

    def _send(self, rule: Rule, target: Params, event: dict[str, Any]) -> None:
        predefined = {
            "aws.events.rule-arn": rule.arn,
            "aws.events.rule-name": rule.name,
            "aws.events.event.ingestion-time": event["time"],
        }
        content = target_input(target, event, predefined)
        if project := project_of(target["Arn"]):
            error = self._start(project, rule, target, content)
        else:
            error = self.account.reach(PUBLISHER).publish_as_service(
                PRINCIPAL,
                target["Arn"],
                subject="AWS Notification Message",
                message=content,
                source_arn=rule.arn,
            )
        if error and self.account.offers(METRICS.name):
            # All that EventBridge tells of a message that SNS refused, or a build that was not started
            self.account.reach(METRICS).record(
                "AWS/Events", "FailedInvocations", {"RuleName": rule.name}, 1, unit="Count"
            )

    def _start(self, project: str, rule: Rule, target: Params, content: str) -> str | None:
        """Start a build; what the target receives are StartBuild's parameters (EventBridge's guide, CodeBuild)."""
        try:
            # Without an input of its own it gets the event: StartBuild reads nothing of that
            own = any(key.startswith("Input") for key in target)
            parameters = parameters_of(content) if own else {}
        except ValueError as error:
            return f"the input is no JSON object: {error}"
        return start_build(
            self.account,
            PRINCIPAL,
            target["RoleArn"],
            {"projectName": project, **parameters},
            session=rule.name,
            source_arn=rule.arn,
        )

    def _as_json(self, event: Event) -> dict[str, Any]:
        return {
            "version": "0",
            "id": event.id,
            "detail-type": event.detail_type,
            "source": event.source,
            "account": self.account.account_id,
            "time": f"{event.time:%Y-%m-%dT%H:%M:%SZ}",
            "region": self.account.region,
            "resources": list(event.resources),
            "detail": json.loads(json.dumps(event.detail, default=str)),
        }


def _failed(code: str, message: str) -> Params:
    return {"ErrorCode": code, "ErrorMessage": message}


def _size(entry: Params) -> int:
    """An entry's size in bytes, as the EventBridge user guide counts it; a time has 14."""
    texts = [entry.get(key, "") for key in ("Source", "DetailType", "Detail")] + entry.get("Resources", [])
    return sum(len(text.encode()) for text in texts) + (14 if "Time" in entry else 0)
