"""Reports of the command: every format on stdout and in files, and what is refused before AWS is asked anything."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

import pytest

from scripts.evidence.folder import names
from scripts.reports import Format, writer
from scripts.results import Report, Status
from tests.scripts.cli.command import Run
from tests.scripts.fake_aws import Refusal
from tests.scripts.release import Release, at

EARLIER = "### ✅ PASS: release verify prod\n\nof an earlier run\n"


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


def test_a_report_may_be_among_its_evidence_under_a_name_of_its_own(run: Run, outputs: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    assert run("verify", "--outputs", outputs, "-o", f"json={report}", "--evidence", tmp_path).code == 0
    assert json.loads(report.read_text())["verdict"] == "PASS"


@pytest.mark.parametrize("command", ["verify", "observe"])
def test_no_evidence_has_a_name_that_a_report_might_take(
    run: Run, outputs: Path, tmp_path: Path, release: Release, command: str
) -> None:
    release.now = at(120)
    folder = tmp_path / "evidence"
    journal = ["--journal", tmp_path / "journal"] if command == "observe" else []
    run(command, "--outputs", outputs, *journal, "--evidence", folder)
    assert (folder / f"{command}.json").exists()
    assert {file.name for file in folder.iterdir()} <= names()


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


def test_what_was_written_is_said_when_all_of_it_is(
    run: Run, outputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [tmp_path / name for name in ("one.json", "two.json", "evidence")]
    there: list[bool] = []

    def heard(line: str) -> None:
        if line.startswith("Wrote"):
            there.append(all(path.exists() for path in paths))

    monkeypatch.setattr("scripts.streams.say", heard)
    run("verify", "--outputs", outputs, "-o", f"json={paths[0]}", "-o", f"json={paths[1]}", "--evidence", paths[2])
    assert there == [True, True, True]


def test_a_report_that_fails_for_no_known_reason_is_not_said_to_be_written(
    run: Run, outputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise OSError

    monkeypatch.setattr("scripts.reports.html_report.write", refused)
    ended = run("verify", "--outputs", outputs, "-o", f"html={tmp_path / 'report.html'}")
    assert ended.code == 1
    assert "Wrote" not in ended.err
    assert f"{tmp_path / 'report.html'}: OSError()." in ended.err


@pytest.mark.parametrize("report_format", ["table", "json", "junit", "markdown", "html"])
def test_a_report_that_breaks_off_is_neither_half_of_it_nor_the_one_before(
    run: Run, outputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, report_format: str
) -> None:
    whole = writer(Format(report_format))

    def half(report: Report, target: TextIO) -> None:
        if report.verdict is Status.PASS:
            target.write("PASS, and then nothing")
            target.flush()
            raise KeyboardInterrupt
        whole(report, target)

    path = tmp_path / "report"
    path.write_text(EARLIER)
    monkeypatch.setattr(f"scripts.reports.{report_format}_report.write", half)
    assert run("verify", "--outputs", outputs, "-o", f"{report_format}={path}").code == 130
    assert "The run was interrupted." in path.read_text()
    assert "PASS" not in path.read_text().rpartition("</style>")[2]
    assert not list(tmp_path.glob(".*"))


def test_a_link_to_a_report_that_is_not_there_yet_stays_a_link(run: Run, outputs: Path, tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    link, today = tmp_path / "latest.json", tmp_path / "archive" / "today.json"
    link.symlink_to(today)
    assert run("verify", "--outputs", outputs, "-o", f"json={link}").code == 0
    assert (link.readlink(), json.loads(today.read_text())["verdict"]) == (today, "PASS")


@pytest.mark.skipif(sys.platform != "linux", reason="names are UTF-8 there")
@pytest.mark.parametrize("report_format", ["table", "json", "junit", "markdown", "html"])
def test_a_name_that_is_not_utf_8_tears_no_report(
    run: Run, outputs: Path, tmp_path: Path, release: Release, report_format: str
) -> None:
    release.now = at(120)
    release.aws.answer("GetMetricData", Refusal("AccessDenied"))
    name, report = os.fsdecode(b"caf\xe9"), tmp_path / os.fsdecode(b"report-\xe9")
    arguments = ("observe", "--outputs", outputs, "--journal", tmp_path / name)
    ended = run(*arguments, "-o", f"{report_format}={report}", "-f", report_format, "--evidence", tmp_path / "kept")
    assert ended.code == 4
    assert "error-rate" in report.read_text()
    assert "error-rate" in ended.out


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

    @pytest.mark.parametrize("command", ["verify", "observe"])
    @pytest.mark.parametrize("name", ["verify.json", "observe.json", "observe.jsonl", "alarms.json", "cpu.json", ""])
    def test_output_where_evidence_goes(
        self, refused: Callable[..., str], outputs: Path, tmp_path: Path, command: str, name: str
    ) -> None:
        folder, link = tmp_path / "evidence", tmp_path / "link"
        if name:
            folder.mkdir()
        link.symlink_to(folder)
        report = folder / name
        said = refused(command, "--outputs", outputs, "--evidence", link, "-o", f"html={report}")
        message, fix = said.splitlines()
        assert message == f"release: --output html={report}: the evidence goes there."
        assert fix == f"  fix: Give the report another name, or a folder other than {link}."
        assert not report.is_file()

    def test_a_link_to_a_folder_that_is_not_there(
        self, refused: Callable[..., str], outputs: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "latest").symlink_to(tmp_path / "archive" / "today")
        assert f"mkdir -p {tmp_path / 'archive'}" in refused(
            "verify", "--outputs", outputs, "-o", f"json={tmp_path / 'latest'}"
        )
        assert (tmp_path / "latest").is_symlink()

    def test_a_link_to_itself(self, refused: Callable[..., str], outputs: Path, tmp_path: Path) -> None:
        link = tmp_path / "latest"
        link.symlink_to(link)
        said = refused("verify", "--outputs", outputs, "--evidence", tmp_path, "-o", f"json={link}")
        assert "Too many levels of symbolic links" in said

    def test_a_link_that_leads_nowhere_is_left_as_it_is(
        self, refused: Callable[..., str], outputs: Path, tmp_path: Path
    ) -> None:
        link, today = tmp_path / "latest", tmp_path / "today"
        link.symlink_to(today)
        refused("verify", "--outputs", outputs, "-o", f"json={link}", "-o", "nothing")
        refused("verify", "--outputs", outputs, "-o", f"json={link}", "-o", f"html={link}")
        assert (link.readlink(), today.exists()) == (today, False)

    def test_two_outputs_for_one_path(self, refused: Callable[..., str], outputs: Path, tmp_path: Path) -> None:
        path, kept = tmp_path / "report", tmp_path / "kept"
        kept.write_text(EARLIER)
        said = refused("verify", "--outputs", outputs, "-o", f"json={path}", "-o", f"html={path}")
        assert "another report goes there already" in said
        assert "another report" in refused("verify", "--outputs", outputs, "-o", f"json={kept}", "-o", f"html={kept}")
        assert not path.exists()
        assert "another report" in kept.read_text()
        assert "PASS" not in kept.read_text().partition("</style>")[2]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the device is Linux's")
def test_a_full_disk_hides_neither_the_report_nor_that_a_file_is_missing(
    run: Run, outputs: Path, tmp_path: Path
) -> None:
    ended = run("verify", "--outputs", outputs, "-o", "json=/dev/full", "-o", f"html={tmp_path / 'report.html'}")
    assert ended.code == 1
    assert "target-health" in ended.out
    assert "release: /dev/full: No space left on device." in ended.err
    assert "Wrote" in ended.err
