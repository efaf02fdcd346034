"""`make bench`: every benchmark, as one Markdown table."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from benchmarks.program import measure
from sandbox.paths import HOME_VARIABLE, Paths


def main() -> int:
    with tempfile.TemporaryDirectory() as temporary:
        os.environ[HOME_VARIABLE] = str(Path(temporary) / "sandbox")
        rows = measure(Paths.of_environment(), Path(temporary))
    sys.stdout.write("| measured | program | bare program | ratio |\n| --- | ---: | ---: | ---: |\n")
    for row in rows:
        sys.stdout.write(f"| {row.name} | {row.program:.2f} s | {row.bare:.2f} s | {row.program / row.bare:.2f} |\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
