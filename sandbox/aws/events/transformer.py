"""Input transformers: what EventBridge refuses of one, and what it makes of an event.

A template is JSON with placeholders: an object, or strings, one a line, which a target gets with their quotes (so
aws-cdk#38121, terraform-provider-aws#43253). The rest: EventBridge's user guide, "Amazon EventBridge input
transformation", and what LocalStack's tests of it have recorded on AWS. Recorded nowhere: what becomes of a text that a
value has made no JSON any more. Here it is delivered.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from sandbox.aws.service import AwsError, UnsupportedError

PREDEFINED = frozenset(
    {
        "aws.events.rule-arn",
        "aws.events.rule-name",
        "aws.events.event.ingestion-time",
        "aws.events.event",
        "aws.events.event.json",
    }
)
_PLACEHOLDER = re.compile(r"<([A-Za-z0-9_.-]+)>")
_PART = re.compile(r"\.([A-Za-z0-9_-]+)|\[(\d+)\]")
_PATH = re.compile(rf"\$(?:{_PART.pattern})*")
_QUOTE = re.compile(r'(?<!\\)(?:\\\\)*"')


def check_path(path: str) -> None:
    """Raises AwsError SandboxUnsupported for a path that only AWS follows; EventBridge itself refuses none."""
    if not _PATH.fullmatch(path):
        raise UnsupportedError(f"The sandbox follows paths of names and indexes only, not {path}; AWS does more.")


def check_transformer(transformer: Mapping[str, Any], target: str) -> None:
    """Raises AwsError ValidationException for a transformer of the target of that id which EventBridge refuses."""
    template, paths = transformer["InputTemplate"], transformer.get("InputPathsMap", {})
    for name in paths:
        if name.lower().startswith("aws."):
            raise _invalid(f"InputPathsMap for target {target} contains the reserved key {name}.")
    for name in _PLACEHOLDER.findall(template):
        if name not in paths and name not in PREDEFINED:
            raise _invalid(f"InputTemplate for target {target} contains invalid placeholder {name}.")
    try:
        _values(_PLACEHOLDER.sub("0", template))
    except ValueError as error:
        # The code is AWS's; of the words only these are known
        raise _invalid(f"Invalid InputTemplate for target {target} : {error}.") from None
    for path in paths.values():
        check_path(path)


def at_path(event: Any, path: str) -> Any:
    """The value at a path of names and indexes, `$.detail.items[0]`; None where there is none."""
    for name, index in _PART.findall(path.removeprefix("$")):
        if name:
            event = event.get(name) if isinstance(event, Mapping) else None
        else:
            event = event[int(index)] if isinstance(event, list) and int(index) < len(event) else None
    return event


def transformed(transformer: Mapping[str, Any], event: Mapping[str, Any], predefined: Mapping[str, str]) -> str:
    """What a target gets of an event. Values are not escaped; what the event lacks is an empty string."""
    template = transformer["InputTemplate"]
    values = {name: at_path(event, path) for name, path in transformer.get("InputPathsMap", {}).items()}
    envelope = {"detailType" if key == "detail-type" else key: event[key] for key in event if key != "detail"}
    values |= {**predefined, "aws.events.event": envelope, "aws.events.event.json": event}

    def filled(found: re.Match[str]) -> str:
        value = "" if (known := values[found[1]]) is None else known
        if len(_QUOTE.findall(template, 0, found.start())) % 2 == 0:
            return json.dumps(value)
        return value if isinstance(value, str) else _minified(value).replace('"', "")

    text = _PLACEHOLDER.sub(filled, template)
    try:
        return _minified(json.loads(text)) if template.lstrip().startswith("{") else text
    except ValueError:
        return text


def _values(text: str) -> None:
    """Raises ValueError where `text` is no JSON value, or several one after another."""
    decoder, rest = json.JSONDecoder(), text.strip()
    while True:
        _, end = decoder.raw_decode(rest)
        rest = rest[end:].lstrip()
        if not rest:
            return


def _minified(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)
