"""`python -m components.reference`: write what is made from the program's own descriptions, in the project's folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from components import outputs_reference
from components.configuration import project_file, reference
from components.monitoring import reference as alarms_reference

PROJECT = "Pulumi.yaml"


def pages(project: Path) -> Mapping[str, str]:
    """What each file should say, by its path in the project's folder."""
    return {
        PROJECT: project_file.rewritten((project / PROJECT).read_text()),
        "docs/reference/alarms.md": alarms_reference.page(),
        "docs/reference/configuration.md": reference.page(),
        "docs/reference/outputs.md": outputs_reference.page(),
    }


def main() -> None:
    """Write them all."""
    for path, text in pages(Path()).items():
        Path(path).write_text(text)


if __name__ == "__main__":
    main()
