"""The project as `pulumi` finds it inside: links to all that is there, and stack files of its own.

Those have the sandbox's passphrase in place of whatever keeps the stack's secrets, a placeholder for each secret, the
sandbox's account, its IAM's time, and http for https, which it does not speak. So nothing outside is asked for a key or
a page, and the project's files stay as they are.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from sandbox import configured
from sandbox.configured import stack_files
from sandbox.running import Running

WAIT = "release:iamPropagationSeconds"
ENDPOINT = "release:endpointUrl"
_MORE = timedelta(seconds=1)  # than IAM takes
_SECRETS_PROVIDER = ("secretsprovider", "encryptedkey", "encryptionsalt")
# Of addresses.PASSPHRASE; what is encrypted with both protects nothing.
SALT = "v1:4KykiiOdnyk=:v1:Awajy167Z68afZQj:XtjOPKqMIcPzbWMoq7IBk3mDSVZDdg=="
_PLACEHOLDERS = {
    "release:slackWorkspaceId": "v1:X6kjU/1F1mFfs5Kl:cg3syT9VW/e54lJQDoBlr+ogqx9Lzf8kVw==",  # T00000000
    "release:slackChannelId": "v1:qjTaESgiVOyILPSu:TePVkMReE3FoQc+E6VCCuRKSz6cOlKz0Qw==",  # C00000000
    "release:slackToken": "v1:r07n8cmDOG9COeJ6:P0E+JZOqyNVlMCZJ1aGPQFhJk2GHsWaBGnAYDQ==",  # addresses.SLACK_TOKEN
    "release:statusPageKey": "v1:tGY3RGFcv/VS62/O:dTeYKBZ/U6Hk+M4gJFnuDmcYrbp/W0WyA7Uro9I=",  # …STATUS_PAGE_KEY
}
_PLACEHOLDER = "v1:mbSLBX1lIrt1E9S0:lUApPTPhGkMSZvE1BgCBEj8tZrOyB7U="  # addresses.GITHUB_TOKEN
_SECURE = "secure"


@dataclass(frozen=True)
class Mirror:
    """A mirror of `project` in `folder`. `within` is where in it a command runs; `given`, the stack files it finds."""

    project: Path
    folder: Path
    within: Path
    given: Mapping[str, dict[str, Any]]

    @property
    def working_folder(self) -> Path:
        return self.folder / self.within

    def changes(self) -> Iterator[str]:
        """What a command has written to the stack files, by keys; nothing of it outlasts the mirror."""
        written = {path.name: configured.document(path) for path in stack_files(self.folder).values()}
        for name in sorted({*self.given, *written}):
            before, after = self.given.get(name), written.get(name)
            if before is None or after is None:
                yield f"{name} was {'made' if before is None else 'removed'}"
            elif keys := _differing(before, after):
                yield f"{', '.join(keys)} in {name} was written"

    def give_back(self) -> None:
        """Put the files that a command has made where it would have made them."""
        own = {path.name for path in stack_files(self.folder).values()}
        for part in (self.within, *self.within.parents):
            for entry in (self.folder / part).iterdir():
                if not entry.is_symlink() and entry.name not in own and not _leads_to(entry, self.working_folder):
                    _replace(self.project / part / entry.name, entry)


@contextmanager
def mirrored(project: Path, at: Path, mirrors: Path, sandbox: Running) -> Iterator[Mirror]:
    """A mirror of `project`, made in `mirrors`, for one command that runs at the folder `at` of the project.

    Raises:
        StackFileError: a stack file cannot be read.
    """
    given = {path.name: configured.document(path) for path in stack_files(project).values()}
    here = configured.read(project).here
    within = at.relative_to(project)
    mirrors.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=mirrors) as made:
        folder = Path(made)
        for part in reversed((within, *within.parents)):
            (folder / part).mkdir(exist_ok=True)
            for entry in (project / part).iterdir():
                if entry.name not in given and not _leads_to(entry, at):
                    (folder / part / entry.name).symlink_to(entry)
        wait = sandbox.iam_propagation + _MORE
        files = {name: _inside(document, wait) for name, document in given.items()}
        for name, document in files.items():
            (folder / name).write_text(here(json.dumps(document, default=str, indent=2), sandbox.account_id))
        yield Mirror(project, folder, within, {name: configured.document(folder / name) for name in files})


def _inside(document: Mapping[str, Any], wait: timedelta) -> dict[str, Any]:
    """A stack file as it is inside."""
    config = {
        key: _without_secrets(value, _PLACEHOLDERS.get(key, _PLACEHOLDER)) for key, value in document["config"].items()
    }
    page = config.get(ENDPOINT)
    if isinstance(page, str):
        config[ENDPOINT] = page.replace("https://", "http://", 1)
    kept = {key: value for key, value in document.items() if key not in _SECRETS_PROVIDER}
    return {**kept, "encryptionsalt": SALT, "config": {WAIT: f"{wait.total_seconds():g}", **config}}


def _without_secrets(value: Any, placeholder: str) -> Any:
    """A value, or the members of a group, with a placeholder for whatever is encrypted."""
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        if set(members) == {_SECURE}:
            return {_SECURE: placeholder}
        return {key: _without_secrets(member, placeholder) for key, member in members.items()}
    if isinstance(value, list):
        return [_without_secrets(member, placeholder) for member in cast("list[Any]", value)]
    return value


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The keys of which the value differs."""
    one, other = ({**each, **each["config"], "config": None} for each in (before, after))
    return [key for key in sorted({*one, *other}) if one.get(key) != other.get(key)]


def _leads_to(entry: Path, folder: Path) -> bool:
    """Whether a folder on the way is that one, or has it in it."""
    return entry == folder or entry in folder.parents


def _replace(there: Path, made: Path) -> None:
    if made.is_dir() and there.is_dir():
        shutil.copytree(made, there, dirs_exist_ok=True, symlinks=True)
    else:
        shutil.move(made, there)
