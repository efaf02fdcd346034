"""The file that `pulumi preview --import-file` writes, made one that `pulumi import --file` takes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write_ids(file: Path, ids: Mapping[tuple[str, str], str]) -> None:
    """Ids by type and name, as JSON.

    Raises:
        OSError: the file cannot be written.
    """
    named = {_key(*resource): given for resource, given in ids.items()}
    file.write_text(json.dumps(named, indent=2, sort_keys=True) + "\n")


def fill_in(file: Path, ids: Path) -> int:
    """Leave in the import file what is there, with its id, and the components that it belongs to; how much is there.

    Raises:
        OSError, ValueError: a file cannot be used. The import file is as it was then.
    """
    try:
        given: Mapping[str, str] = json.loads(ids.read_text())
        imports: dict[str, Any] = json.loads(file.read_text())
        found = [
            (one, given.get(_key(one["type"], one.get("logicalName", one["name"])))) for one in imports["resources"]
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no such file as `pulumi preview` writes: {error!r}") from None
    imports["resources"] = [
        one if id_ is None else {**one, "id": id_} for one, id_ in found if id_ is not None or one.get("component")
    ]
    file.write_text(json.dumps(imports, indent=4) + "\n")
    return sum(id_ is not None for _, id_ in found)


def _key(type_: str, name: str) -> str:
    return f"{type_}::{name}"
