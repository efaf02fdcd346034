"""The plan that `pulumi preview --json` prints: the truth, with replacements and their reasons."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, cast

from scripts.plans.differences import SECRET, UNKNOWN, differences
from scripts.plans.plan import Change, Operation, Plan, name_of
from sop.wire import MASK, SIGNATURE

# What the engine puts where a value is known only after the update: one for each type
# (sdk/go/common/resource/plugin/rpc.go of pulumi/pulumi).
UNKNOWNS = frozenset(
    {
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
OPERATIONS = {
    "create": Operation.CREATE,
    "update": Operation.UPDATE,
    "delete": Operation.DELETE,
    "replace": Operation.REPLACE,
    "create-replacement": Operation.REPLACE,
    "delete-replaced": Operation.REPLACE,
    "import": Operation.IMPORT,
    "import-replacement": Operation.REPLACE,
    "read": Operation.READ,
    "read-replacement": Operation.REPLACE,
    "refresh": Operation.REFRESH,
    "discard": Operation.FORGET,
    "discard-replaced": Operation.FORGET,
}
NOTHING_DONE = ("same", "remove-pending-replace")
# What the bridge adds to inputs, and the same for every resource of the stack.
NOT_SHOWN = ("__defaults", "__internal", "tagsAll")
# How Pulumi's errors end that only follow from others.
CONSEQUENCES = ("preview failed", "program exited with non-zero exit code: 1")
COLOUR = re.compile(r"<\{%.*?%\}>|\x1b\[[0-9;]*m")


class NotAPlanError(ValueError):
    """The text is not what `pulumi preview --json` prints."""


def read(text: str, stack: str = "") -> Plan:
    """The plan in that text; one with `problems` where Pulumi ended before it had one.

    Args:
        text: all that `pulumi preview --json` printed.
        stack: its name, where the plan itself does not tell.
    """
    try:
        return plan_of(_document(text), stack)
    except NotAPlanError:
        said = COLOUR.sub("", text).strip() or "Pulumi printed nothing."
        return Plan(stack, problems=(said,))


def plan_of(data: Mapping[str, Any], stack: str = "") -> Plan:
    """The plan in the parsed document.

    Raises:
        NotAPlanError: it is another document.
    """
    steps = data.get("steps", [] if "diagnostics" in data else None)
    if not isinstance(steps, list):
        raise NotAPlanError
    changes: dict[str, Change] = {}
    for step in cast("list[Mapping[str, Any]]", steps):
        urn = str(step.get("urn", ""))
        stack = _stack(urn) or stack
        change = _change(step, urn)
        if change is not None and (urn not in changes or _tells_more(change, changes[urn])):
            changes[urn] = change
    said = [(str(one.get("severity", "")), _clean(one)) for one in data.get("diagnostics") or []]
    problems = [text for severity, text in said if severity == "error" and text]
    causes = [text for text in problems if not text.endswith(CONSEQUENCES)]
    return Plan(
        stack,
        tuple(changes.values()),
        problems=tuple(dict.fromkeys(causes or problems)),
        remarks=tuple(dict.fromkeys(text for severity, text in said if severity != "error" and text)),
    )


def _tells_more(later: Change, earlier: Change) -> bool:
    """Of two steps with one resource: what follows a refresh, and of a replacement the half that has its values."""
    return earlier.operation is Operation.REFRESH or len(later.differences) > len(earlier.differences)


def _document(text: str) -> Mapping[str, Any]:
    """The first JSON object that stands in it: a line of the CLI's may come before."""
    start = text.find("{")
    if start < 0:
        raise NotAPlanError
    try:
        data, _ = json.JSONDecoder().raw_decode(text, start)
    except ValueError:
        raise NotAPlanError from None
    return data


def _change(step: Mapping[str, Any], urn: str) -> Change | None:
    op = str(step.get("op", ""))
    before, after = step.get("oldState") or {}, step.get("newState") or {}
    state = after or before
    if op in NOTHING_DONE or not state.get("custom"):  # a component is nothing by itself
        return None
    operation = OPERATIONS.get(op)
    if operation is None:
        raise NotAPlanError
    type_ = str(state.get("type", ""))
    found = tuple(differences(_inputs(before, operation), _inputs(after, operation)))
    if operation is Operation.REFRESH and not found:
        return None
    reasons = tuple(step.get("replaceReasons") or ())
    if operation is Operation.REPLACE and not reasons:
        reasons = tuple(one.path for one in found if one.after is UNKNOWN)
    return Change(
        operation,
        type=type_,
        name=urn.rpartition("::")[2],
        resource=name_of(type_, *(marked(one.get("inputs") or {}) for one in (before, after))),
        differences=found if operation is not Operation.DELETE else (),
        reasons=reasons,
        protected=bool(before.get("protect")),
        retained=bool(before.get("retainOnDelete")),
    )


def _inputs(state: Mapping[str, Any], operation: Operation) -> dict[str, Any]:
    from_outside = operation in (Operation.REFRESH, Operation.READ)
    return marked(state.get("outputs" if from_outside else "inputs") or {})


def marked(value: Any) -> Any:
    """The value with markers for what the engine hides or does not know yet."""
    if isinstance(value, str):
        return UNKNOWN if value in UNKNOWNS else SECRET if value == MASK else value
    if isinstance(value, list):
        return [marked(one) for one in cast("list[Any]", value)]
    if isinstance(value, Mapping):
        members = cast("Mapping[str, Any]", value)
        if SIGNATURE in members:
            return SECRET
        return {key: marked(one) for key, one in members.items() if key not in NOT_SHOWN}
    return value


def _stack(urn: str) -> str:
    return urn.removeprefix("urn:pulumi:").partition("::")[0] if urn.startswith("urn:pulumi:") else ""


def _clean(diagnostic: Mapping[str, Any]) -> str:
    text = COLOUR.sub("", f"{diagnostic.get('prefix', '')}{diagnostic.get('message', '')}")
    return "\n".join(line.rstrip() for line in text.strip().splitlines())
