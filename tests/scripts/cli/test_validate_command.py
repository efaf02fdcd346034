"""`release validate`: the report, formats and exit codes of every other command, without a stack."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from scripts.facts.lint import Finding
from tests.scripts.cli.command import Run
from tests.scripts.release import Release

TEMPLATE = "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n"


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, release: Release) -> Path:
    """Good templates in the current folder; the linter has its own tests."""
    (tmp_path / "main.yaml").write_text(TEMPLATE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("scripts.checks.templates.lint", lambda *_: [])
    release.aws.answer("ValidateTemplate", {"Parameters": []})
    return tmp_path


def test_good_templates_of_the_current_folder_are_0(run: Run) -> None:
    ended = run("validate", "--format", "json")
    assert (ended.code, ended.data["command"], ended.data["verdict"]) == (0, "validate", "PASS")
    assert [check["id"] for check in ended.data["checks"]] == ["template-lint", "template-validation"]
    assert (ended.data["stack"], ended.data["execution_id"], ended.data["api_calls"]) == (None, None, 1)


def test_how_long_it_took_is_no_difference_of_two_clocks(run: Run, release: Release) -> None:
    """On a machine whose clock was three days slow a second took three days."""
    release.aws.date = "Fri, 13 Mar 2026 12:30:30 GMT"
    ended = run("validate", "--format", "json")
    began, finished = (datetime.fromisoformat(ended.data[name]) for name in ("started_at", "finished_at"))
    assert timedelta() <= finished - began < timedelta(hours=1)
    assert finished.day == 13


def test_a_finding_is_3(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    found = Finding("main.yaml", 2, 3, "E3001", "Error", "No such type")
    monkeypatch.setattr("scripts.checks.templates.lint", lambda *_: [found])
    ended = run("validate")
    assert ended.code == 3
    assert "main.yaml:2:3: E3001 No such type" in ended.out


def test_no_templates_are_4(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert run("validate", "empty").code == 4


@pytest.mark.parametrize(
    ("paths", "said"),
    [(["none"], "none does not exist."), (["main.yaml", "."], "not both"), ([".", "."], "not both")],
)
def test_what_cannot_be_looked_at_is_2(run: Run, paths: list[str], said: str) -> None:
    ended = run("validate", *paths)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err


def test_files_may_be_named_whatever_the_patterns(run: Run, release: Release, tmp_path: Path) -> None:
    (tmp_path / "other.yml").write_text(f"{TEMPLATE}# other\n")
    ended = run("validate", "other.yml", "main.yaml", "--format", "json")
    assert (ended.code, ended.data["verdict"]) == (0, "PASS")
    assert ended.data["checks"][0]["evidence"]["templates"] == ["other.yml", "main.yaml"]
    assert len(release.aws.called("ValidateTemplate")) == 2


def test_one_file_does_without_main_yaml(run: Run, tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(TEMPLATE)
    (tmp_path / "main.yaml").unlink()
    assert run("validate", "other.yaml").code == 0


@pytest.mark.parametrize("report_format", ["table", "junit", "markdown", "html"])
def test_a_report_without_a_stack_has_every_format(run: Run, report_format: str) -> None:
    ended = run("validate", "--format", report_format)
    assert ended.code == 0
    assert "release" in ended.out
    assert "validate" in ended.out
    assert "None" not in ended.out
