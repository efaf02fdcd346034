"""Issues, and the comments on them: to GitHub a pull request is an issue too, with the same numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass
class Comment:
    """What somebody wrote below an issue or a pull request; `edited` is None where it is as it was written."""

    id: int
    issue: int
    login: str
    body: str
    created: datetime
    edited: datetime | None = None


@dataclass
class Issue:
    """An issue that is no pull request."""

    number: int
    title: str
    body: str
    login: str
    created: datetime
    updated: datetime
    labels: list[str] = field(default_factory=list[str])
    state: str = "open"
    closed_at: datetime | None = None
