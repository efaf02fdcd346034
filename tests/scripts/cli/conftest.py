from __future__ import annotations

import json
from pathlib import Path

import pytest

from scripts import cli
from tests.scripts.cli.command import Ended, Run
from tests.scripts.prod_stack import OUTPUTS
from tests.scripts.release import Release


@pytest.fixture(autouse=True)
def no_job_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that run in a GitHub job leave its summary alone."""
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps(OUTPUTS))
    return file


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, release: Release) -> Run:
    """The console script, in this process and against the fake AWS, twenty minutes after the execution began."""
    monkeypatch.setattr("scripts.clients.aws.connect", lambda *_: release.aws.aws)
    monkeypatch.setattr("scripts.cli.now", lambda: release.now)
    monkeypatch.setattr("scripts.cli.left_hanging", lambda: False)  # or it would be this process that ends

    def command(*arguments: object) -> Ended:
        monkeypatch.setattr("sys.argv", ["release", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        code = ended.value.code
        assert isinstance(code, int)
        captured = capsys.readouterr()
        assert "Traceback" not in captured.out + captured.err
        return Ended(code, captured.out, captured.err)

    return command
