"""The keys of the runner, which carries out the procedure without a laptop: part of keys.py, which has all."""

from __future__ import annotations

from typing import Any

from components.configuration import rules
from components.configuration.key import Key

RUNNER: Key[bool | None] = Key(
    name="release:runner",
    meaning="Whether AWS runs the release command by itself: keeps the door, verifies what was deployed. It needs the "
    "records bucket, githubToken and the command (make wheel): true refuses where one of them is missing.",
    rule=rules.FLAG,
    sop="6",
    otherwise="where there is all that it needs in prod, nowhere else",
)
GITHUB_TOKEN: Key[str | None] = Key(
    name="release:githubToken",
    meaning="What the runner asks GitHub with: it reads the repository, its checks and its owner's teams, and writes "
    "statuses and pull requests. Kept in Secrets Manager.",
    rule=rules.GITHUB_TOKEN,
    secret=True,
    otherwise="none, and no runner",
)

KEYS: tuple[Key[Any], ...] = (RUNNER, GITHUB_TOKEN)
