"""Runs `release` and writes down its AWS calls: `python -m benchmarks.recorder FILE verify --stack prod`."""

from __future__ import annotations

import pickle
import sys
import time
from pathlib import Path
from typing import Any

from botocore.client import BaseClient

from benchmarks.calls import Call

# where botocore puts all of a call between: parameters, retries and the answer's parsing
PLACE = "_make_api_call"


def record(calls: list[Call]) -> None:
    """Append every call of this process from now on."""
    make = getattr(BaseClient, PLACE)

    def recorded(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        started = time.monotonic()
        try:
            return make(client, operation, parameters)
        finally:
            service = client.meta.service_model.service_name
            calls.append(Call(service, operation, parameters, started, time.monotonic()))

    setattr(BaseClient, PLACE, recorded)


def main() -> None:
    from scripts import cli

    file = Path(sys.argv[1])
    sys.argv = ["release", *sys.argv[2:]]
    calls: list[Call] = []
    record(calls)
    try:
        cli.main()
    finally:
        file.write_bytes(pickle.dumps(calls))


if __name__ == "__main__":
    main()
