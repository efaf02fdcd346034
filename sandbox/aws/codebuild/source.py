"""Where a build's source comes from: an artifact of the pipeline, the sample GitHub, or nowhere."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sandbox.aws.service import AwsError
from sandbox.repository import UnknownRevisionError

if TYPE_CHECKING:
    from sandbox.github import GitHub

_PULL_REQUEST = re.compile(r"pr/(?P<number>\d+)")
_EXECUTABLE_SHIFT = 16


class Source(Protocol):
    """One build's source."""

    @property
    def version(self) -> str:
        """What was asked for."""
        ...

    @property
    def environment(self) -> Mapping[str, str]:
        """Variables that CodeBuild sets for this source."""
        ...

    def download(self, folder: Path) -> str:
        """Put the source into the empty folder; the resolved revision."""
        ...


@dataclass(frozen=True)
class ArtifactSource:
    """A CODEPIPELINE source: the zip that the pipeline hands over. It gets an `output` of this name by `upload`."""

    location: str
    revision: str
    archive: Callable[[], bytes]
    output: str = ""
    upload: Callable[[bytes], None] = lambda _: None

    @property
    def version(self) -> str:
        return self.location

    @property
    def environment(self) -> Mapping[str, str]:
        return {"CODEBUILD_SOURCE_VERSION": self.location}

    def download(self, folder: Path) -> str:
        folder.mkdir(parents=True)
        with zipfile.ZipFile(io.BytesIO(self.archive())) as archive:
            for entry in archive.infolist():
                extracted = Path(archive.extract(entry, folder))
                mode = (entry.external_attr >> _EXECUTABLE_SHIFT) & 0o777
                if mode and extracted.is_file():
                    extracted.chmod(mode)
        return self.revision


@dataclass(frozen=True)
class NoSource:
    """A NO_SOURCE project: an empty folder, and the buildspec is the project's."""

    version: str = ""

    @property
    def environment(self) -> Mapping[str, str]:
        return {}

    def download(self, folder: Path) -> str:
        folder.mkdir(parents=True)
        return ""


@dataclass(frozen=True)
class GitHubSource:
    """A GITHUB source, cloned at a branch, a commit or `pr/NUMBER`. `webhook` holds what started the build."""

    github: GitHub
    version: str
    location: str
    webhook: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def environment(self) -> Mapping[str, str]:
        return {
            "CODEBUILD_SOURCE_REPO_URL": self.location,
            "CODEBUILD_SOURCE_VERSION": self.version,
            **self.webhook,
        }

    def resolve(self) -> str:
        """The commit. Raises AwsError when GitHub has no such version."""
        found = _PULL_REQUEST.fullmatch(self.version)
        try:
            if found:
                return self.github.pulls[int(found["number"])].head_sha
            return self.github.repository.resolve(self.version or "refs/heads/main")
        except (KeyError, UnknownRevisionError) as error:
            message = f"reference not found for primary source and source version {self.version}"
            raise AwsError("CLIENT_ERROR", message) from error

    def download(self, folder: Path) -> str:
        sha = self.resolve()
        self.github.repository.clone_to(folder, sha)
        return sha
