"""`python -m components.existing IDS IMPORT_FILE`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from components.existing.findings import ADOPT, PAGE
from components.existing.import_file import fill_in


def main(arguments: Sequence[str]) -> int:
    """Fill in the import file; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m components.existing",
        description=f"Make the file of `pulumi preview --import-file` one that imports what is there: {PAGE}.",
    )
    parser.add_argument("ids", type=Path, help=f"the file that {ADOPT} named")
    parser.add_argument("import_file", type=Path, help="the file that the same preview wrote; it is rewritten")
    options = parser.parse_args(arguments)
    try:
        count = fill_in(options.import_file, options.ids)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{options.ids} and {options.import_file} cannot be used: {error}\n")
        return 2
    resources = "1 resource" if count == 1 else f"{count} resources"
    sys.stdout.write(f"{options.import_file} imports {resources}, with the components above.\n")
    return 0
