# ruff: noqa: RUF012 -- the base class declares these tables
"""EventBridge rules and their targets, which Pulumi has under CloudWatch."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.plugins.aws.api import Api, Params
from sandbox.plugins.aws.declared import Call, Declared
from sandbox.plugins.aws.mapping import COMPUTED
from sandbox.plugins.aws.tags import TagOperations
from sandbox.plugins.resource import Failure, ProviderError
from sandbox.plugins.values import Values

_OTHER_TARGETS = ("appsync", "batch", "ecs", "http", "kinesis", "redshift", "sagemakerPipeline", "sqs")
_TARGET_MEMBERS = ("arn", "deadLetterConfig", "input", "inputPath", "roleArn", "retryPolicy")


class EventRule(Declared):
    token = "aws:cloudwatch/eventRule:EventRule"
    service = "events"
    request = "PutRule"
    # A state that the program does not set is no difference: a rule disabled by hand stays so.
    unset = {"eventBusName": "default", "state": COMPUTED}
    kept = frozenset({"state"})
    own = frozenset({"forceDestroy"})
    not_emulated = frozenset({"isEnabled", "namePrefix"})
    documents = frozenset({"eventPattern"})
    reads = Call("DescribeRule", {"Name": "{id}"})
    deletes = Call("DeleteRule", {"Name": "{id}"})
    computed = {"arn": "Arn"}
    replaces = frozenset({"name", "eventBusName", "region"})
    autoname = "name"
    tagging = TagOperations()

    def rules(self, inputs: Values) -> Iterator[Failure]:
        if "eventPattern" not in inputs and "scheduleExpression" not in inputs:
            yield Failure("eventPattern", "eventPattern: one of eventPattern and scheduleExpression is needed")
        if inputs.get("eventBusName", "default") != "default":
            yield Failure("eventBusName", "eventBusName: only the default event bus is emulated")


class EventTarget(Declared):
    token = "aws:cloudwatch/eventTarget:EventTarget"
    service = "events"
    request = "PutTargets"
    renames = {
        **{name: f"Targets[].{name[0].upper()}{name[1:]}" for name in _TARGET_MEMBERS},
        "targetId": "Targets[].Id",
        "inputTransformer": "Targets[].InputTransformer",
        "inputTransformer.inputPaths": "InputPathsMap",
    }
    unset = {"eventBusName": "default"}
    own = frozenset({"forceDestroy"})
    not_emulated = frozenset({"runCommandTargets", *(f"{service}Target" for service in _OTHER_TARGETS)})
    identifier = "{rule}-{targetId}"
    reads = Call("ListTargetsByRule", {"Rule": "{rule}"}, "Targets[?Id=='{targetId}'] | [0]")
    deletes = Call("RemoveTargets", {"Rule": "{rule}", "Ids": ["{targetId}"]})
    replaces = frozenset({"rule", "targetId", "eventBusName", "region"})
    autoname = "targetId"

    def insert(self, api: Api, document: Params, inputs: Values) -> tuple[str, Params]:
        identifier, answer = super().insert(api, document, inputs)
        _all_of("PutTargets", answer)
        return identifier, answer

    def change(self, api: Api, identifier: str, document: Params, old: Values, new: Values) -> None:
        _all_of("PutTargets", api.call("events", "PutTargets", document))

    def remove(self, api: Api, identifier: str, inputs: Values) -> None:
        _all_of("RemoveTargets", self.deletes.run(api, "events", self.scope(identifier, inputs)))

    def find(self, api: Api, identifier: str, inputs: Values) -> Params | None:
        scope = self.scope(identifier, inputs)
        target = self.reads.run(api, "events", scope)
        return {"Rule": scope["rule"], "Targets": [target]} if target else None

    def named(self, identifier: str) -> Values:
        """Both names may have hyphens in them: nothing can be told from the identifier."""
        return {}

    def imported(self, given: str) -> tuple[str, Values]:
        rule, _, target = given.rpartition("/")
        return f"{rule}-{target}", {"rule": rule, "targetId": target}

    def rules(self, inputs: Values) -> Iterator[Failure]:
        if ":sns:" in str(inputs["arn"]) and "roleArn" in inputs:
            yield Failure("roleArn", "roleArn: a topic takes no role, its policy lets EventBridge publish")


def _all_of(operation: str, answer: Params) -> None:
    """HTTP 200 may have failed pairs in it; each is an error, on deletion too."""
    for failed in answer.get("FailedEntries", []):
        raise ProviderError(f"{operation}: {failed.get('ErrorCode')}: {failed.get('ErrorMessage')}")


TYPES = (EventRule, EventTarget)
