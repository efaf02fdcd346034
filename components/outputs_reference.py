"""docs/reference/outputs.md, made from the contract itself."""

from __future__ import annotations

from collections.abc import Iterator
from types import NoneType
from typing import Any, get_args, get_type_hints

from sop.outputs import (
    CONTRACT,
    AnnouncementsOutput,
    CalendarOutput,
    ContactOutput,
    MailOutput,
    ReleaseWindowOutput,
    RunnerOutput,
    SlackOutput,
    StackOutputs,
    StatusPageOutput,
    WorkloadOutput,
)
from sop.thresholds import Thresholds, limits
from sop.wire import camel_case, described

_INTRODUCTION = f"""\
# Stack outputs

Written by `make docs`. What `pulumi stack output --json` holds, and all that passes from the program to the `release`
command: contract {CONTRACT} (`sop/outputs.py`). The command refuses what lacks a key or has another type, naming each,
and outputs of another contract.

```
pulumi stack output pipelineName --stack prod
pulumi stack output --json --stack prod >outputs.json     # release reads it with --outputs outputs.json
```

A key without a value may be absent. A digest is the SHA-256 of a document in canonical form, so that what is there can
be held to what was deployed.
"""
_GROUPS = {
    "releaseWindow": ReleaseWindowOutput,
    "calendar": CalendarOutput,
    "announcements": AnnouncementsOutput,
    "announcements.mail": MailOutput,
    "announcements.slack": SlackOutput,
    "announcements.statusPage": StatusPageOutput,
    "announcements.releaseManager announcements.onCall announcements.incidentCommander": ContactOutput,
    "runner": RunnerOutput,
    "workload": WorkloadOutput,
}
_HEAD = "| key | type | meaning |\n| --- | --- | --- |"


def page() -> str:
    """The Markdown page."""
    parts = [_INTRODUCTION, _table(StackOutputs)]
    for name, contract in _GROUPS.items():
        titles = ", ".join(f"`{each}`" for each in name.split())
        parts += [f"\n## {titles}\n", f"{contract.__doc__}\n", _table(contract)]
    parts += ["\n## `thresholds`\n", f"{Thresholds.__doc__}\n", _HEAD, *_threshold_rows()]
    return "\n".join(parts) + "\n"


def _table(contract: type) -> str:
    return "\n".join([_HEAD, *_rows(contract)])


def _rows(contract: type) -> Iterator[str]:
    for name, annotated in get_type_hints(contract, include_extras=True).items():
        type_, meaning = get_args(annotated)
        yield f"| `{camel_case(name)}` | {_type(type_)} | {meaning} |"


def _threshold_rows() -> Iterator[str]:
    for name, (type_, limit) in limits().items():
        yield f"| `{camel_case(name)}` | {described(type_)} | {limit.meaning}; {limit.unit} (SOP {limit.sop}) |"


def _type(type_: Any) -> str:
    options = [option for option in get_args(type_) if option is not NoneType]
    if NoneType in get_args(type_):
        return f"{described(options[0])}, or none"
    return "a list of strings" if type_ == list[str] else described(type_)
