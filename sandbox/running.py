"""What a sandbox that is up says of itself, in one file that whoever reaches it reads."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Self

from sandbox import configured
from sandbox.paths import Paths


@dataclass(frozen=True)
class Running:
    """A sandbox that is up, and what the stack files said when it came up."""

    pid: int
    endpoint: str
    iam_propagation: timedelta
    account_id: str
    region: str
    repository: str

    @classmethod
    def read(cls, paths: Paths) -> Self:
        """Raises OSError where there is no such file, ValueError where it is another's."""
        try:
            found = json.loads(paths.server.read_text())
            return cls(**{**found, "iam_propagation": timedelta(seconds=found["iam_propagation"])})
        except (KeyError, TypeError) as error:
            raise ValueError(f"{paths.server} is not a sandbox's") from error

    def write(self, paths: Paths) -> None:
        content = {**vars(self), "iam_propagation": self.iam_propagation.total_seconds()}
        paths.server.write_text(json.dumps(content))

    @property
    def owner(self) -> str:
        """Of the repository on GitHub."""
        return self.repository.partition("/")[0]

    def is_as(self, project: Path) -> bool:
        """Whether it has the account, region and repository that the project's stack files say now.

        Raises:
            StackFileError: a file is no stack file.
        """
        now = configured.read(project)
        return (self.account_id, self.region, self.repository) == (now.account_id, now.region, now.repository)
