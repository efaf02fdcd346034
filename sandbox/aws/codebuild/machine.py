"""The Python that a build finds: its own, with the packages of the sandbox's environment in it from the start.

A machine of CodeBuild is new with each build. So is this one: what a build installs is nobody else's. As the sandbox
reaches no network, pip finds what is asked for among those packages, in the versions that are asked for, or fails.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

_PIP = '#!/bin/sh\nexec "{python}" -m pip "$@"\n'


def new_python(folder: Path) -> Mapping[str, str]:
    """Make it in the folder, which must not exist; what a build's variables have of it beside PATH's beginning."""
    programs = folder / "bin"
    packages = folder / "lib" / f"python{sysconfig.get_python_version()}" / "site-packages"
    for made in (programs, packages):
        made.mkdir(parents=True)
    base = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    (folder / "pyvenv.cfg").write_text(f"home = {base.parent}\ninclude-system-site-packages = false\n")
    for name in ("python", "python3"):
        (programs / name).symlink_to(base)
    for name in ("pip", "pip3"):
        (programs / name).write_text(_PIP.format(python=programs / "python"))
        (programs / name).chmod(0o755)
    (packages / "environment.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    return {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def first_on_path(folder: Path, variables: Mapping[str, str]) -> str:
    """PATH with the folder's programs before the others."""
    return os.pathsep.join([str(folder / "bin"), variables.get("PATH", os.defpath)])
