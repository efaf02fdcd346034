"""`python3 -m toolchain`: all the set-up of a clone, any number of times (`make setup`)."""

from __future__ import annotations

import hashlib
import os
import re
import sys
from pathlib import Path

from toolchain.actionlint import provide_actionlint
from toolchain.commands import SetupError, run, say
from toolchain.pulumi import provide_pulumi

CLONE = Path(__file__).resolve().parents[1]
ENVIRONMENT = CLONE / ".venv"
STAMP = ENVIRONMENT / "installed"
LOCKS = (CLONE / "requirements.txt", CLONE / "toolchain" / "uv.txt", CLONE / "pyproject.toml")
OLDEST_PYTHON = (3, 11)
OLDEST_GIT = (2, 38)  # merge-tree --write-tree
REGISTRY_FIX = "PyPI must be reachable (`pip config list`)."


def provide_environment() -> None:
    """`.venv` with exactly the packages of requirements.txt, hashes checked, and this project in place."""
    wanted = hashlib.sha256(b"".join(lock.read_bytes() for lock in LOCKS)).hexdigest()
    whole = all((ENVIRONMENT / "bin" / command).exists() for command in ("release", "sandbox"))
    if whole and STAMP.exists() and STAMP.read_text() == f"{wanted} {CLONE}\n":
        return
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        say("Creating .venv")
        run(
            [sys.executable, "-m", "venv", str(ENVIRONMENT)],
            fix="Python's venv module is missing: on Debian and Ubuntu, `apt-get install python3-venv`.",
        )
    say("Installing the locked packages into .venv")
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--require-hashes"]
    run([*pip, "-r", str(CLONE / "toolchain" / "uv.txt")], fix=REGISTRY_FIX)
    uv = [str(ENVIRONMENT / "bin" / "uv"), "pip"]
    # Compiled at once: every command starts faster, and nobody's PYTHONDONTWRITEBYTECODE keeps it slow
    sync = [*uv, "sync", "--quiet", "--compile-bytecode", "--python", str(python)]
    run([*sync, str(CLONE / "requirements.txt")], fix=REGISTRY_FIX)
    run(
        [
            *uv,
            "install",
            "--quiet",
            "--python",
            str(python),
            "--no-deps",
            "--no-build-isolation",
            "-e",
            str(CLONE),
        ],
        fix="Remove .venv and run `make setup` again.",
    )
    STAMP.write_text(f"{wanted} {CLONE}\n")


def check_git() -> None:
    """The sandbox keeps the sample repository with git's own merges.

    Raises:
        SetupError: git is missing or too old.
    """
    fix = f"Install git {'.'.join(map(str, OLDEST_GIT))} or newer."
    version = re.search(r"(\d+)\.(\d+)", run(["git", "--version"], fix=fix))
    if version is None or (int(version[1]), int(version[2])) < OLDEST_GIT:
        found = version[0] if version else "of an unknown version"
        raise SetupError(f"git {found} is too old. {fix}")


def main() -> int:
    if sys.version_info < OLDEST_PYTHON:
        found, oldest = (".".join(map(str, version[:2])) for version in (sys.version_info, OLDEST_PYTHON))
        say(f"Python {found} is too old: {oldest} or newer is needed; name one with `make PYTHON=python3.12`.")
        return 1
    if os.name != "posix":
        say("Set-up runs on Linux and macOS; on Windows use WSL.")
        return 1
    try:
        check_git()
        provide_environment()
        provide_pulumi()
        provide_actionlint()
    except SetupError as error:
        say(f"make setup: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
