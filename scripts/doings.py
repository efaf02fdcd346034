"""What a command that does something has to say of it: to a person, or the same as data."""

from __future__ import annotations

import json
import sys
from typing import Any

from scripts.options import Shape

SCHEMA = 1


def tell(shape: Shape, command: str, stack: str, text: str, code: int = 0, **data: Any) -> int:
    """Print what came of it; the exit code.

    Args:
        shape: what is printed.
        command: whose word it is.
        stack: of which it is said.
        text: for a person; as data under `told`.
        code: the exit code, also under `exit_code`.
        data: what a program goes by; times are UTC, null is not there.
    """
    if shape is Shape.JSON:
        all_of_it = {"schema": SCHEMA, "command": command, "stack": stack, "exit_code": code, "told": text, **data}
        text = json.dumps(all_of_it, indent=2)
    sys.stdout.write(f"{text}\n")
    return code
