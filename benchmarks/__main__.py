"""`make bench`: every benchmark, as Markdown tables."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import program, redaction, scale, slow_api, verification
from benchmarks.site import released
from benchmarks.table import Table


def tables(folder: Path) -> Iterator[Table]:
    """Each as soon as it is measured."""
    with released(folder / "one") as site:
        yield verification.measure(site)
        yield slow_api.measure(site, folder)
        with released(folder / "another") as larger:
            yield from scale.measure(site, larger, folder)
    yield program.measure(folder)
    yield redaction.measure()


def main() -> int:
    with tempfile.TemporaryDirectory() as temporary:
        for table in tables(Path(temporary)):
            sys.stdout.write(f"{table.markdown()}\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
