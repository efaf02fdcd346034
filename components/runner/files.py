"""The command as files: what `make wheel` builds, and the versions of what it needs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import pulumi

from components.configuration import runner_keys
from components.configuration.settings import Settings
from sop.names import Environment

FOLDER = Path("dist")  # of the project that Pulumi runs
_NO_TOKEN = f"{runner_keys.GITHUB_TOKEN.name} is not set, and it asks GitHub before it lets anybody in"
LOCK = Path("requirements-release.txt")


@dataclass(frozen=True)
class CommandFile:
    """A file that the runner installs."""

    path: Path
    sha256: str

    @classmethod
    def of(cls, path: Path) -> CommandFile:
        return cls(path, hashlib.sha256(path.read_bytes()).hexdigest())


@dataclass(frozen=True)
class CommandFiles:
    """The command's wheel, and the lock of all that it needs, with hashes."""

    wheel: CommandFile
    lock: CommandFile


def command_files(settings: Settings) -> CommandFiles | None:
    """What the runner is to run; None where the stack has no runner, and why is told unless it was configured so.

    Raises:
        pulumi.RunError: a runner is configured, and something that it needs is missing.
    """
    if not may_run(settings):
        return None
    wheels = sorted(FOLDER.glob("*.whl"))
    lacking = [
        *([] if settings.keep_records else ["release:records is false, and the runner's ledger is in that bucket"]),
        *([] if settings.channel_secrets and settings.channel_secrets.github_token else [_NO_TOKEN]),
        *([] if len(wheels) == 1 else [f"{FOLDER}/ has {len(wheels) or 'no'} wheels, not one: `make wheel`"]),
        *([] if LOCK.is_file() else [f"{LOCK} is missing: `make lock`"]),
    ]
    if not lacking:
        return CommandFiles(CommandFile.of(wheels[0]), CommandFile.of(LOCK))
    if settings.runner:
        raise pulumi.RunError(f"{runner_keys.RUNNER.name} is true, but {'; '.join(lacking)}")
    pulumi.log.warn(f"no runner, so nobody keeps the door or verifies by itself: {'; '.join(lacking)}")
    return None


def may_run(settings: Settings) -> bool:
    """Whether the stack has a runner once all is there that it needs."""
    return settings.environment is Environment.PROD if settings.runner is None else settings.runner
