"""A job of GitHub Actions: the sandbox's GitHub on a port of its own, and a Pulumi that says what it is told to."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from sandbox.github import create_app
from sandbox.github.host import GitHub
from scripts.workflows.__main__ import main
from tests.sandbox.codepipeline.account import Account
from tests.sandbox.codepipeline.conftest import account, shared_account
from tests.scripts.plans.test_preview import RECORDED
from tests.serving import serving

__all__ = ["account", "shared_account"]

PULUMI = """#!/bin/sh
cat "{answer}"
cat "{errors}" >&2
exit {code}
"""


@dataclass
class Job:
    """A job, and what it leaves on GitHub."""

    github: GitHub
    folder: Path
    environ: pytest.MonkeyPatch
    pull: int

    @property
    def summary(self) -> str:
        return (self.folder / "summary.md").read_text(encoding="utf-8")

    @property
    def comments(self) -> list[str]:
        return [one.body for one in self.github.comments.values() if one.issue == self.pull]

    def pulumi_says(self, answer: str, *, code: int = 0, errors: str = "") -> None:
        """What the next commands of Pulumi's print, and how they end."""
        said = {"answer": answer, "errors": errors}
        for name, text in said.items():
            (self.folder / name).write_text(text, encoding="utf-8")
        script = self.folder / "pulumi"
        script.write_text(PULUMI.format(**{name: self.folder / name for name in said}, code=code))
        script.chmod(0o755)

    def pulumi_recorded(self, name: str, *, code: int = 0) -> None:
        self.pulumi_says((RECORDED / f"{name}.json").read_text(encoding="utf-8"), code=code)

    def run(self, *arguments: str, **variables: str) -> int:
        for name, value in variables.items():
            self.environ.setenv(name, value)
        return main(arguments)


@pytest.fixture
def job(account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Job]:
    github = account.github
    github.issues.clear()
    github.comments.clear()
    account.push("notes.txt", "hello", branch="feature/notes")
    pull = github.open_pull(title="Notes", head="feature/notes", base="main", author="sample-engineer")
    server = make_server("127.0.0.1", 0, create_app(account.world), threaded=True)
    event: Mapping[str, Any] = {"pull_request": {"number": pull.number, "head": {"sha": pull.head_sha}}}
    (tmp_path / "event.json").write_text(json.dumps(event), encoding="utf-8")
    variables = {
        "GITHUB_REPOSITORY": "helios/web-infrastructure",
        "GITHUB_TOKEN": "sandbox-github-actions[bot]",
        "GITHUB_API_URL": f"http://127.0.0.1:{server.server_port}",
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        "GITHUB_RUN_ID": "7",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("GITHUB_SERVER_URL", raising=False)
    with serving(server):
        yield Job(github, tmp_path, monkeypatch, pull.number)
