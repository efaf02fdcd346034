"""What GitHub tells a job of the workflow that it runs in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.errors import ConfigurationError

SUMMARY_LIMIT = 1_000_000  # bytes of a step's summary: GitHub takes 1 MiB


@dataclass(frozen=True)
class Runner:
    """A job: in which repository, with which token, for which pull request.

    `pull` is None where no pull request started it; `sha` is the commit that a reviewer sees.
    """

    repository: str
    token: str
    api: str
    url: str
    sha: str
    pull: int | None
    summary: Path | None

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Runner:
        """The job whose environment it is.

        Raises:
            ConfigurationError: a variable is missing that every job has, or the token.
        """
        lacking = [name for name in ("GITHUB_REPOSITORY", "GITHUB_TOKEN") if not environ.get(name)]
        if lacking:
            raise ConfigurationError(
                f"{' and '.join(lacking)} not set: this runs in a workflow of GitHub Actions.",
                "Give the step `env: GITHUB_TOKEN: ${{ github.token }}`.",
            )
        server = environ.get("GITHUB_SERVER_URL", "https://github.com")
        run = f"{server}/{environ['GITHUB_REPOSITORY']}/actions/runs/{environ.get('GITHUB_RUN_ID', '')}"
        pull = _event(environ.get("GITHUB_EVENT_PATH", "")).get("pull_request") or {}
        return cls(
            repository=environ["GITHUB_REPOSITORY"],
            token=environ["GITHUB_TOKEN"],
            api=environ.get("GITHUB_API_URL", "https://api.github.com"),
            url=run,
            sha=(pull.get("head") or {}).get("sha") or environ.get("GITHUB_SHA", ""),
            pull=pull.get("number"),
            summary=Path(environ["GITHUB_STEP_SUMMARY"]) if environ.get("GITHUB_STEP_SUMMARY") else None,
        )

    def summarize(self, text: str) -> None:
        """Add to the summary that GitHub shows on the run's page; cut where it would be refused as a whole."""
        if self.summary is None:
            return
        content = text.encode()
        if len(content) > SUMMARY_LIMIT:
            content = content[:SUMMARY_LIMIT] + b"\n\nCut here: the rest is in the job's log.\n"
        with self.summary.open("ab") as target:
            target.write(content + b"\n")


def _event(path: str) -> dict[str, Any]:
    if not path:
        return {}
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise ConfigurationError(f"GITHUB_EVENT_PATH: {path} cannot be read: {problem}.") from problem
