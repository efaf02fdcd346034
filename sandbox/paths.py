"""Where one sandbox keeps its files: one folder, gone after `sandbox down`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
HOME_VARIABLE = "SANDBOX_HOME"


class HomeError(Exception):
    """What SANDBOX_HOME names cannot be a sandbox's folder; the message says why."""


@dataclass(frozen=True)
class Paths:
    """The files of one sandbox. `home` is `.sandbox/` in the clone unless SANDBOX_HOME says otherwise."""

    home: Path

    @classmethod
    def of_environment(cls) -> Paths:
        """Raises HomeError where links lead nowhere but to each other."""
        named = Path(os.environ.get(HOME_VARIABLE) or PROJECT / ".sandbox")
        try:
            return cls(named.resolve())
        except (RuntimeError, OSError) as error:
            raise HomeError(f"{HOME_VARIABLE} cannot be followed: {error}") from error

    @property
    def marker(self) -> Path:
        """Says that the folder is a sandbox's: the first file to come, the last to go."""
        return self.home / "sandbox.json"

    @property
    def own(self) -> tuple[Path, ...]:
        """All that a sandbox puts into its folder, but for the marker."""
        return (
            self.server,
            self.log,
            self.backend,
            self.pulumi_home,
            self.repository,
            self.builds,
            self.programs,
            self.mirrors,
            self.observations,
        )

    @property
    def server(self) -> Path:
        return self.home / "server.json"

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

    @property
    def programs(self) -> Path:
        """First on PATH inside: its `pulumi`."""
        return self.home / "bin"

    @property
    def mirrors(self) -> Path:
        return self.home / "mirrors"

    @property
    def observations(self) -> Path:
        """The rehearsal's."""
        return self.home / "observations"
