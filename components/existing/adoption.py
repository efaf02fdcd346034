"""What is there already, in words, and how it becomes this stack's (docs/existing-resources.md)."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ADOPT = "RELEASE_ADOPT"  # the environment variable that names the file for the ids


@dataclass(frozen=True, kw_only=True)
class Existing:
    """Something that a resource of the plan would be created over; `id` is what `pulumi import` takes."""

    type: str
    name: str
    id: str

    @property
    def command(self) -> str:
        """Pulumi's own words for it; what is its parent, the import file says."""
        return shlex.join(["pulumi", "import", self.type, self.name, self.id])


def told(existing: Sequence[Existing], stack: str) -> str:
    """Why nothing goes on: each thing with the line that imports it, and what mends it."""
    count = "1 resource" if len(existing) == 1 else f"{len(existing)} resources"
    lines = "".join(f"\n  {one.command}" for one in sorted(existing, key=lambda one: (one.type, one.name)))
    return (
        f"{count} of stack {stack} would be created over what is there already and not this stack's. It was left as "
        f"it is:{lines}\n"
        "  mend: another service in the same account has names of its own: pulumi config set release:service NAME "
        f"--stack {stack}\n"
        "  if it is to be this stack's: docs/existing-resources.md"
    )


def write_ids(file: Path, existing: Sequence[Existing]) -> None:
    """The ids by type and name, as JSON.

    Raises:
        OSError: the file cannot be written.
    """
    ids = {_key(one.type, one.name): one.id for one in existing}
    file.write_text(json.dumps(ids, indent=2, sort_keys=True) + "\n")


def fill_in(import_file: Path, ids_file: Path) -> int:
    """Leave in `pulumi preview`'s import file what is there, with its id, and the components; how much is there.

    Raises:
        OSError, ValueError: a file cannot be read, or is not what it should be.
    """
    ids: dict[str, str] = json.loads(ids_file.read_text())
    imports: dict[str, Any] = json.loads(import_file.read_text())
    resources: list[dict[str, Any]] = imports["resources"]
    for one in resources:
        one["id"] = ids.get(_key(one["type"], one.get("logicalName", one["name"])), "")
    imports["resources"] = [one for one in resources if one["id"] or one.get("component")]
    import_file.write_text(json.dumps(imports, indent=4) + "\n")
    return sum(bool(one["id"]) for one in resources)


def _key(type_: str, name: str) -> str:
    return f"{type_}::{name}"
