"""A plan: what would be done to each resource of one stack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from scripts.plans.differences import Difference

# The inputs that name a resource, whatever it is, and those that only name some.
NAMES = ("name", "alarmName", "dashboardName")
NAMES_OF_TYPES = {"aws:s3/bucket:Bucket": ("bucket",), "github:index/branchProtection:BranchProtection": ("pattern",)}


class Operation(StrEnum):
    """What would be done to a resource, the gravest first."""

    REPLACE = "replace"
    DELETE = "delete"
    CREATE = "create"
    IMPORT = "import"
    READ = "read"
    UPDATE = "update"
    REFRESH = "refresh"
    FORGET = "discard"


@dataclass(frozen=True)
class Change:
    """What would be done to one resource.

    `resource` is its name at AWS or GitHub where it has one; `reasons` are the properties that force a replacement;
    `retained`: Pulumi forgets it, and leaves it where it is.
    """

    operation: Operation
    type: str
    name: str
    resource: str = ""
    differences: tuple[Difference, ...] = ()
    reasons: tuple[str, ...] = ()
    protected: bool = False
    retained: bool = False

    @property
    def loses(self) -> bool:
        """Whether what is there now is lost."""
        return self.operation in (Operation.REPLACE, Operation.DELETE) and not self.retained


@dataclass(frozen=True)
class Plan:
    """The plan of one stack.

    `problems` is why it could not be made, in the words of who made it; `remarks` is what was said beside it.
    `knows_replacements` is false where the plan was made without the providers: what it has as an update may replace.
    """

    stack: str
    changes: tuple[Change, ...] = ()
    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    knows_replacements: bool = True

    def of(self, operation: Operation) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.operation is operation)


def name_of(type_: str, *states: Mapping[str, Any]) -> str:
    """What a resource is called at AWS or GitHub, by the first of its states' inputs that say; empty if none does."""
    keys = (*NAMES, *NAMES_OF_TYPES.get(type_, ()))
    names = (state.get(key) for state in states for key in keys)
    return next((name for name in names if isinstance(name, str) and name), "")


def short_type(token: str) -> str:
    """`aws:sns/topic:Topic` as `sns.Topic`, `release:index:Alarms` as `Alarms`."""
    package, _, rest = token.partition(":")
    module, _, name = rest.rpartition(":")
    module = module.partition("/")[0]
    if module in ("", "index"):
        return name if package == "release" else f"{package}.{name}"
    return f"{module}.{name}"
