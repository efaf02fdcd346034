"""The Pulumi CLI: an official one on PATH if it is new enough, else built once and kept in the user's cache."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from toolchain.commands import run, say
from toolchain.go import build, built_once, cache_folder, provide_go

VERSION = "3.250.0"  # pyproject.toml and toolchain/pulumi-cli/go.mod pin the same
MINIMUM = (3, 250)
HERE = Path(__file__).resolve().parent
CHOICE = HERE.parent / ".venv" / "pulumi-cli"
_STAMP = f"-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v{VERSION}"


def find_pulumi() -> Path | None:
    """The CLI that set-up chose, or None where set-up has not run."""
    chosen = Path(CHOICE.read_text().strip()) if CHOICE.exists() else None
    return chosen if chosen and chosen.exists() else None


def provide_pulumi(environ: Mapping[str, str] = os.environ) -> Path:
    """Choose an official CLI or build one, and remember which; the built one is on PATH in the activated environment.

    Raises:
        SetupError: no CLI, and no Go to build one with.
    """
    official = official_pulumi(environ)
    pulumi = official or built_pulumi(environ)
    if not pulumi.exists():
        build_pulumi(pulumi.parent, environ)
    _link(() if official else sorted(pulumi.parent.iterdir()), CHOICE.parent / "bin")
    CHOICE.write_text(f"{pulumi}\n")
    return pulumi


def _link(programs: Iterable[Path], folder: Path) -> None:
    """Links to exactly these programs in the environment's folder: none where the CLI on PATH is taken."""
    for former in folder.glob("pulumi*"):
        if former.is_symlink():
            former.unlink()
    for program in programs:
        (folder / program.name).symlink_to(program)


def official_pulumi(environ: Mapping[str, str]) -> Path | None:
    """An installed `pulumi` that is new enough."""
    own = str(CHOICE.parent / "bin")  # links to the built one
    folders = environ.get("PATH", os.defpath).split(os.pathsep)
    found = shutil.which("pulumi", path=os.pathsep.join(folder for folder in folders if folder != own))
    if found is None:
        return None
    quiet = {**environ, "PULUMI_SKIP_UPDATE_CHECK": "1"}
    answer = subprocess.run([found, "version"], capture_output=True, text=True, check=False, env=quiet)
    version = re.match(r"v(\d+)\.(\d+)\.", answer.stdout)
    new_enough = version is not None and (int(version[1]), int(version[2])) >= MINIMUM
    return Path(found) if new_enough else None


def built_pulumi(environ: Mapping[str, str]) -> Path:
    """Where the built CLI stands, whether or not it is there yet; its language host stands beside it."""
    return cache_folder(environ) / f"pulumi-v{VERSION}" / "pulumi"


def build_pulumi(folder: Path, environ: Mapping[str, str]) -> None:
    """Build the CLI and its Python language host from Go modules; `folder` appears only when whole."""
    go = provide_go(environ)
    with built_once(folder) as unfinished:
        if unfinished is None:
            return
        say(f"No Pulumi CLI {MINIMUM[0]}.{MINIMUM[1]} or newer on PATH: building v{VERSION} once, about 4 minutes.")
        for module, tool in (
            ("pulumi-cli", "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"),
            ("language-python", "github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python"),
        ):
            build(go, HERE / module, tool, unfinished, flags=("-ldflags", _STAMP))
        script = unfinished / "pulumi-language-python-exec"
        shutil.copyfile(_sdk_folder(go) / "python" / "cmd" / script.name, script)
        script.chmod(0o755)


def _sdk_folder(go: str) -> Path:
    """The SDK's sources in the module cache: the language host's script ships there and nowhere else."""
    listed = run(
        [go, "list", "-m", "-json", "github.com/pulumi/pulumi/sdk/v3"],
        cwd=HERE / "pulumi-cli",
        fix="Run `make setup` again; if it stays, `go clean -modcache` first.",
    )
    return Path(json.loads(listed)["Dir"])
