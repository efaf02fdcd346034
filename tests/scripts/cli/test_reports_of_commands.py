"""Reports of the command: every format on stdout and in files, and what is refused before AWS is asked anything."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.scripts.cli.command import Run
from tests.scripts.release import Release


@pytest.mark.parametrize("report_format", ["table", "json", "junit", "markdown", "html"])
def test_every_format_is_printed(run: Run, outputs: Path, report_format: str) -> None:
    ended = run("verify", "--outputs", outputs, "-f", report_format)
    assert ended.code == 0
    assert "target-health" in ended.out


def test_reports_go_to_files_too(run: Run, outputs: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "report.json", tmp_path / "report.txt"
    ended = run("verify", "--outputs", outputs, "-o", f"json={first}", "-o", f"table={second}")
    assert json.loads(first.read_text())["verdict"] == "PASS"
    assert "pipeline-stages" in second.read_text()
    assert str(first) in ended.err
    assert "pipeline-stages" in ended.out


def test_evidence_is_beside_the_report_with_the_callers_identity(run: Run, outputs: Path, tmp_path: Path) -> None:
    folder = tmp_path / "evidence"
    ended = run("verify", "--outputs", outputs, "--format", "json", "--evidence", folder)
    assert ended.data["verdict"] == "PASS"
    assert ended.err.splitlines()[-1] == f"Wrote {folder}"
    for check in ended.data["checks"]:
        kept = json.loads((folder / f"{check['id']}.json").read_text())
        assert (kept["status"], kept["evidence"]) == (check["status"], check["evidence"])
        assert kept["calls"]
    identity, *_ = json.loads((folder / "verify.json").read_text())["calls"]
    assert identity["operation"] == "GetCallerIdentity"


class TestStepSummary:
    """The summary of a GitHub job, which other steps write to as well."""

    @pytest.fixture
    def summary(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        file = tmp_path / "summary.md"
        file.write_text("earlier\n")
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(file))
        return file

    def test_markdown_is_appended_unasked(self, run: Run, outputs: Path, summary: Path) -> None:
        run("verify", "--outputs", outputs)
        assert summary.read_text().startswith("earlier\n### ✅ PASS: release verify prod\n")

    def test_asked_for_it_is_appended_all_the_same_and_once(self, run: Run, outputs: Path, summary: Path) -> None:
        run("verify", "--outputs", outputs, "--output", f"markdown={summary}")
        assert summary.read_text().startswith("earlier\n")
        assert summary.read_text().count("###") == 1

    def test_one_that_cannot_be_written_to_is_2(
        self, run: Run, outputs: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
        ended = run("verify", "--outputs", outputs)
        assert (ended.code, ended.out) == (2, "")
        assert ended.err == f"release: GITHUB_STEP_SUMMARY={tmp_path}: {tmp_path} is a directory.\n"


class TestRefused:
    """Exit code 2, one message, nothing on stdout, and AWS has been asked nothing."""

    @pytest.fixture
    def refused(self, run: Run, release: Release) -> Callable[..., str]:
        def command(*arguments: object) -> str:
            ended = run(*arguments)
            assert (ended.code, ended.out) == (2, "")
            assert not release.aws.calls
            return ended.err

        return command

    @pytest.mark.parametrize("argument", ["json", "json=", "yaml=report", "=report"])
    def test_output_that_is_not_format_and_path(
        self, refused: Callable[..., str], outputs: Path, argument: str
    ) -> None:
        assert "expected FORMAT=PATH" in refused("verify", "--outputs", outputs, "--output", argument)

    def test_output_into_a_directory_that_is_not_there(self, refused: Callable[..., str], outputs: Path) -> None:
        assert "mkdir -p none" in refused("verify", "--outputs", outputs, "--output", "json=none/report.json")

    def test_output_onto_a_directory(self, refused: Callable[..., str], outputs: Path, tmp_path: Path) -> None:
        assert "is a directory" in refused("verify", "--outputs", outputs, "--output", f"json={tmp_path}")

    def test_output_that_cannot_be_written(self, refused: Callable[..., str], outputs: Path, tmp_path: Path) -> None:
        path = tmp_path / ("x" * 300)
        (line,) = refused("verify", "--outputs", outputs, "--output", f"json={path}").splitlines()
        assert line == f"release: --output json={path}: File name too long."

    @pytest.mark.parametrize("command", ["verify", "observe"])
    def test_evidence_where_no_folder_can_be(
        self, refused: Callable[..., str], outputs: Path, tmp_path: Path, command: str
    ) -> None:
        (tmp_path / "file").write_text("")
        said = refused(command, "--outputs", outputs, "--evidence", tmp_path / "file")
        assert said == f"release: --evidence {tmp_path / 'file'}: it is a file.\n"
        assert "Not a directory" in refused(command, "--outputs", outputs, "--evidence", tmp_path / "file" / "below")

    def test_two_outputs_for_one_path(self, refused: Callable[..., str], outputs: Path, tmp_path: Path) -> None:
        path, kept = tmp_path / "report", tmp_path / "kept"
        kept.write_text("earlier")
        said = refused("verify", "--outputs", outputs, "-o", f"json={path}", "-o", f"html={path}")
        assert "another report goes there already" in said
        assert "another report" in refused("verify", "--outputs", outputs, "-o", f"json={kept}", "-o", f"html={kept}")
        assert (path.exists(), kept.read_text()) == (False, "earlier")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the device is Linux's")
def test_a_full_disk_hides_neither_the_report_nor_that_a_file_is_missing(
    run: Run, outputs: Path, tmp_path: Path
) -> None:
    ended = run("verify", "--outputs", outputs, "-o", "json=/dev/full", "-o", f"html={tmp_path / 'report.html'}")
    assert ended.code == 2
    assert "target-health" in ended.out
    assert "release: /dev/full: No space left on device." in ended.err
    assert "Wrote" in ended.err
