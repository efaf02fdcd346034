"""`release` in this process, on the shared sandbox: the whole command, but for the start-up of a process."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from io import StringIO
from itertools import count
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import botocore.session
import pytest

from sandbox.environment import exec_environment
from sandbox.lifecycle import running
from sandbox.paths import Paths
from scripts import cli
from scripts.facts import http

PATIENCE = 6.0  # seconds for the endpoint, instead of 10; a slow site takes two, and a busy machine a little more
FORMATS = ("html", "junit", "markdown", "table")
_SECONDS = re.compile(r"\b\d+(\.\d+)? s\b")


@dataclass(frozen=True)
class Said:
    """What one check said."""

    status: str
    observed: str
    evidence: Mapping[str, Any]

    @property
    def timeless(self) -> str:
        """Without how long something took, which differs every time."""
        return _SECONDS.sub("some s", self.observed)


@dataclass(frozen=True)
class Answer:
    """What the command said."""

    code: int
    verdict: str
    execution_id: str
    checks: Mapping[str, Said]
    in_other_formats: Mapping[str, str]  # the verdict that each of them shows

    def differences(self, healthy: Answer) -> dict[str, Said]:
        """The checks that say something else than when all was well."""
        return {
            name: said
            for name, said in self.checks.items()
            if (said.status, said.timeless) != (healthy.checks[name].status, healthy.checks[name].timeless)
        }


@dataclass(frozen=True)
class ReleaseCommand:
    """`release COMMAND --stack STACK OPTIONS`, with the stacks' outputs in files."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    _numbers: Iterator[int]
    formats: Collection[str] = ()  # besides JSON

    def __call__(self, command: str, stack: str, *options: str) -> Answer:
        given = ["--stack", stack, "--outputs", str(outputs_file(self.folder, stack))]
        if command == "observe":
            given += ["--journal", str(self.folder / f"{next(self._numbers)}.journal")]  # each run looks for itself
        return self.run(command, *given, *options)

    def run(self, *arguments: str) -> Answer:
        number = next(self._numbers)
        files = {each: self.folder / f"{number}.{each}" for each in self.formats}
        written = [f"--output={each}={path}" for each, path in files.items()]
        self.monkeypatch.setattr("sys.argv", ["release", *arguments, "--format", "json", *written])
        out, errors = StringIO(), StringIO()
        with redirect_stdout(out), redirect_stderr(errors), pytest.raises(SystemExit) as ended:
            cli.main()
        code, said = ended.value.code, errors.getvalue()
        assert isinstance(code, int)
        assert "Traceback" not in said
        assert "internal error" not in said, said
        assert out.getvalue(), said
        report = json.loads(out.getvalue())
        checks = {each["id"]: Said(each["status"], each["observed"], each["evidence"]) for each in report["checks"]}
        shown = {each: _shown(each, path.read_text(encoding="utf-8")) for each, path in files.items()}
        return Answer(code, report["verdict"], report["execution_id"], checks, shown)


def outputs_file(folder: Path, stack: str) -> Path:
    return folder / f"{stack}.json"


@contextmanager
def release_command(home: Path, folder: Path) -> Iterator[ReleaseCommand]:
    """The command with the environment of `sandbox exec`, asking AWS once and the endpoint not too patiently."""
    paths = Paths(home)
    wanted = {**exec_environment(paths, running(paths), os.environ), "AWS_MAX_ATTEMPTS": "1"}
    with pytest.MonkeyPatch.context() as monkeypatch:
        for name in os.environ.keys() - wanted.keys():
            monkeypatch.delenv(name)
        for name, value in wanted.items():
            monkeypatch.setenv(name, value)
        # AWS's API models, read from disk once instead of once a run
        monkeypatch.setattr(botocore.session, "create_loader", cache(botocore.session.create_loader))
        monkeypatch.setattr(http, "visit", partial(http.visit, total_timeout=PATIENCE))
        monkeypatch.setattr("scripts.observe.watch.RETRY_EVERY", timedelta(milliseconds=10))
        # It would end this process, and with it all tests, where something that nobody waits for goes on
        monkeypatch.setattr(cli, "left_hanging", lambda: False)
        monkeypatch.setattr("scripts.reports.plots_drawn.draw", lambda *_: "<svg/>")  # takes longer than all the rest
        yield ReleaseCommand(folder, monkeypatch, count())


def _shown(report_format: str, text: str) -> str:
    """The verdict that a report shows."""
    if report_format == "junit":
        suite = ElementTree.fromstring(text)  # noqa: S314 - our own
        (verdict,) = (each.get("value") for each in suite.iter("property") if each.get("name") == "verdict")
        bad, unsure = int(suite.get("failures", "0")), int(suite.get("errors", "0"))
        assert (verdict == "PASS", verdict == "FAIL") == (not bad and not unsure, bool(bad))
        return verdict or ""
    patterns = {"html": r"<h1>(\w+)</h1>", "markdown": r"\A### \S+ (\w+): ", "table": r"\n(\w+)  [^\n]*\n\Z"}
    found = re.search(patterns[report_format], text)
    return found[1] if found else ""
