"""Where one sandbox keeps its files: one folder, gone after `sandbox down`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
HOME_VARIABLE = "SANDBOX_HOME"


@dataclass(frozen=True)
class Paths:
    """The files of one sandbox. `home` is `.sandbox/` in the clone unless SANDBOX_HOME says otherwise."""

    home: Path

    @classmethod
    def of_environment(cls) -> Paths:
        return cls(Path(os.environ.get(HOME_VARIABLE) or PROJECT / ".sandbox").resolve())

    @property
    def server(self) -> Path:
        return self.home / "server.json"

    @property
    def lock(self) -> Path:
        """Held while a sandbox comes up; beside the folder, because `down` removes the folder."""
        return self.home.with_name(f"{self.home.name}.lock")

    @property
    def log(self) -> Path:
        return self.home / "sandbox.log"

    @property
    def backend(self) -> Path:
        return self.home / "backend"

    @property
    def pulumi_home(self) -> Path:
        return self.home / "pulumi-home"

    @property
    def repository(self) -> Path:
        return self.home / "repository.git"

    @property
    def builds(self) -> Path:
        return self.home / "builds"
