"""`python3 -m toolchain`: all the set-up of a clone, any number of times (`make setup`)."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from toolchain.actionlint import provide_actionlint
from toolchain.commands import SetupError, run, say
from toolchain.pulumi import provide_pulumi

CLONE = Path(__file__).resolve().parents[1]
ENVIRONMENT = CLONE / ".venv"
STAMP = ENVIRONMENT / "installed"
LOCK = CLONE / "requirements.txt"
# What only a clone has; `release` is the package's own. The engine starts a policy pack whose runtime is called
# `release` (policies/PulumiPolicy.yaml) by the last.
COMMANDS = {"sandbox": "sandbox.cli", "pulumi-analyzer-policy-release": "policies.start"}
OWN = ("sop", "components", "scripts", "policies", "sandbox", "toolchain")
OLDEST_PYTHON = (3, 11)
REGISTRY_FIX = "PyPI must be reachable (`pip config list`)."


def provide_environment() -> None:
    """`.venv` with exactly the packages of requirements.txt, hashes checked, and this project in place."""
    wanted = hashlib.sha256(LOCK.read_bytes() + (CLONE / "pyproject.toml").read_bytes()).hexdigest()
    whole = all((ENVIRONMENT / "bin" / command).exists() for command in ("release", *COMMANDS))
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
    installer = ENVIRONMENT / "uv.txt"
    installer.write_text(locked("uv", LOCK.read_text()))
    run([*pip, "-r", str(installer)], fix=REGISTRY_FIX)
    uv = [str(ENVIRONMENT / "bin" / "uv"), "pip"]
    # Compiled at once: every command starts faster, and nobody's PYTHONDONTWRITEBYTECODE keeps it slow
    sync = [*uv, "sync", "--quiet", "--compile-bytecode", "--python", str(python)]
    run([*sync, str(LOCK)], fix=REGISTRY_FIX)
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
    for command, module in COMMANDS.items():
        write_command(ENVIRONMENT / "bin" / command, python, module)
    STAMP.write_text(f"{wanted} {CLONE}\n")


def compile_own(clone: Path, python: Path) -> None:
    """Bytecode of what is new in this project's own packages: many machines have PYTHONDONTWRITEBYTECODE set.

    What has an error in it is no matter of set-up: it says so when it is run.
    """
    folders = [folder for folder in OWN if (clone / folder).is_dir()]
    subprocess.run(
        [str(python), "-m", "compileall", "-qq", *folders], cwd=clone, stdout=subprocess.DEVNULL, check=False
    )


def locked(package: str, lock: str) -> str:
    """The lines of one package in the lock, with its hashes.

    Raises:
        SetupError: there are none.
    """
    lines = re.search(rf"^{re.escape(package)}==(?:.*\\\n)*.*\n", lock, re.MULTILINE)
    if lines is None:
        raise SetupError(f"requirements.txt lacks {package}. Run `make lock` in a clone that is set up.")
    return lines[0]


def write_command(file: Path, python: Path, module: str) -> None:
    """An executable that runs `main` of a module; by sh, as pip's do, since Python's path may have blanks in it."""
    through_sh = f"""#!/bin/sh
'''exec' {shlex.quote(str(python))} "$0" "$@"
' '''
"""
    file.write_text(f"{through_sh}import sys\nfrom {module} import main\nsys.exit(main())\n")
    file.chmod(0o755)


def main() -> int:
    if sys.version_info < OLDEST_PYTHON:
        found, oldest = (".".join(map(str, version[:2])) for version in (sys.version_info, OLDEST_PYTHON))
        say(f"Python {found} is too old: {oldest} or newer is needed; name one with `make PYTHON=python3.12`.")
        return 1
    if os.name != "posix":
        say("Set-up runs on Linux and macOS; on Windows use WSL.")
        return 1
    try:
        run(["git", "--version"], fix="Install git.")  # the sandbox's builds clone with it
        provide_environment()
        compile_own(CLONE, ENVIRONMENT / "bin" / "python")
        provide_pulumi()
        provide_actionlint()
    except SetupError as error:
        say(f"make setup: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
