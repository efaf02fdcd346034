"""`python -m components.existing IDS IMPORT_FILE` makes the import file one of what is there."""

import sys
from pathlib import Path

from components.existing.adoption import fill_in

if len(sys.argv) != 3:  # noqa: PLR2004
    sys.exit("usage: python -m components.existing IDS IMPORT_FILE (docs/existing-resources.md)")
ids, imports = map(Path, sys.argv[1:])
try:
    count = fill_in(imports, ids)
except (OSError, ValueError, KeyError) as error:
    sys.stderr.write(f"{imports} or {ids} cannot be used: {error}\n")
    sys.exit(2)
sys.stdout.write(f"{imports} imports {count} resources that are there, and the components they belong to\n")
