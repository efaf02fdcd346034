"""Put the stand-ins where the Pulumi CLI looks for the plugins of the installed SDK packages."""

from __future__ import annotations

import shlex
import sys
from importlib.metadata import version
from pathlib import Path

from sandbox.processes import MARK

_PACKAGES = {"aws": "pulumi_aws", "github": "pulumi_github"}
_EXECUTABLE = 0o755


def install(pulumi_home: Path) -> list[Path]:
    """Write the plugins into `pulumi_home` and return their executables; may be repeated.

    Each is a script that hands over to this Python. Its version is that of the SDK package, so that
    the engine finds exactly the one it asks for.
    """
    return [_install(pulumi_home / "plugins", name, package) for name, package in _PACKAGES.items()]


def _install(plugins: Path, name: str, package: str) -> Path:
    executable = plugins / f"resource-{name}-v{version(package)}" / f"pulumi-resource-{name}"
    executable.parent.mkdir(parents=True, exist_ok=True)
    python = shlex.quote(sys.executable)
    executable.write_text(f'#!/bin/sh\n{MARK}\nexec {python} -m sandbox.plugins.{name} "$@"\n', encoding="utf-8")
    executable.chmod(_EXECUTABLE)
    return executable
