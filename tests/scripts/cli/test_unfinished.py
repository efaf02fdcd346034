"""Until a run has its verdict its files say ERROR: no older PASS is taken for it, whatever ends it."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from scripts.reports import Format, is_report, writer
from scripts.results import Report, Status
from tests.scripts.cli.command import Run
from tests.scripts.cli.test_streams import COMMAND, NOWHERE
from tests.scripts.fake_aws import Refusal
from tests.scripts.release import Release, at
from tests.scripts.reports.sample import BROKEN, EVERY, GOOD, report

FORMATS = [one.value for one in Format]
full_disk = pytest.mark.skipif(not Path("/dev/full").exists(), reason="the device is Linux's")


@pytest.fixture
def passed(run: Run, outputs: Path, tmp_path: Path) -> Path:
    """A report that says PASS, and its evidence."""
    path = tmp_path / "report.json"
    assert run("verify", "--outputs", outputs, "-o", f"json={path}", "--evidence", tmp_path / "kept").code == 0
    return path


def read(path: Path) -> tuple[str, str]:
    """The verdict, and what was observed first."""
    data = json.loads(path.read_text())
    return data["verdict"], data["checks"][0]["observed"]


class TestWhileItLasts:
    @pytest.mark.parametrize("report_format", FORMATS)
    def test_each_format_says_error_from_the_beginning(
        self, run: Run, outputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, report_format: str
    ) -> None:
        path, meanwhile = tmp_path / "report", list[str]()

        def looking(*_: object) -> None:
            meanwhile.append(path.read_text())
            raise KeyboardInterrupt

        monkeypatch.setattr("scripts.outputs.read_outputs", looking)
        assert run("verify", "--outputs", outputs, "-o", f"{report_format}={path}").code == 130
        assert "ERROR" in meanwhile[0]
        assert "goes on still, or was ended" in " ".join(meanwhile[0].split())
        assert "PASS" not in meanwhile[0].partition("</style>")[2 if report_format == "html" else 0]

    def test_a_pipe_has_nothing_but_the_verdict(self, run: Run, outputs: Path, tmp_path: Path) -> None:
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE, text=True) as reader:
            run("verify", "--outputs", outputs, "-o", f"json={pipe}")
            assert json.loads(reader.communicate()[0])["verdict"] == "PASS"

    def test_killed_it_leaves_error_behind(self, passed: Path, outputs: Path, tmp_path: Path) -> None:
        held = tmp_path / "outputs.pipe"
        os.mkfifo(held)  # which nobody writes to
        command = f"exec {COMMAND} verify --outputs {held} -o json={passed} --evidence {tmp_path / 'kept'}"
        clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        with subprocess.Popen(["sh", "-c", command], env=clean | NOWHERE) as run:
            pipe = os.open(held, os.O_WRONLY)  # opens when the other side reads: the run has begun
            run.send_signal(signal.SIGKILL)
            run.wait()
            os.close(pipe)
        verdict, observed = read(passed)
        assert (verdict, "goes on still, or was ended" in observed) == ("ERROR", True)
        kept = {path.name: path.read_text() for path in (tmp_path / "kept").iterdir()}
        assert len(kept) > 10
        assert not [name for name, text in kept.items() if '"PASS"' in text]


class TestWhateverEndsIt:
    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["--no-such-option"], "The command line was not understood"),
            (["--format", "yaml"], "The command line was not understood"),
            (["--stack", "dev", "--outputs", "none.json"], "none.json"),
            (["-o", "yaml=x"], "expected FORMAT=PATH"),
        ],
    )
    def test_wrong_usage_leaves_no_older_pass(
        self, run: Run, outputs: Path, passed: Path, arguments: list[str], said: str
    ) -> None:
        before = passed.read_text()
        for spelled in (
            ["-o", f"json={passed}"],
            [f"--output=json={passed}"],
            [f"-ojson={passed}"],
            ["--outpu", f"json={passed}"],
            [f"--outptu=json={passed}"],
            [f"json={passed}"],
        ):
            passed.write_text(before)
            assert run("verify", "--outputs", outputs, *arguments, *spelled).code == 2
            verdict, observed = read(passed)
            assert verdict == "ERROR"
            right = spelled[0].startswith(("-o", "--output"))
            assert (said if right else "The command line was not understood") in observed

    @pytest.mark.parametrize("spelled", [["--evidence", "kept"], ["--evidence=kept"]])
    def test_wrong_usage_leaves_no_older_evidence_of_a_pass(
        self, run: Run, outputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spelled: list[str]
    ) -> None:
        monkeypatch.chdir(tmp_path)
        assert run("verify", "--outputs", outputs, *spelled).code == 0
        (tmp_path / "kept" / "somebodys.json").write_text("{}")
        assert run("verify", "--no-such-option", *spelled).code == 2
        kept = {path.name: path.read_text() for path in (tmp_path / "kept").iterdir()}
        assert kept.pop("somebodys.json") == "{}"
        assert len(kept) > 10
        assert all('"ERROR"' in text and '"PASS"' not in text for text in kept.values())

    def test_a_disk_that_is_full_from_the_beginning_leaves_none_either(
        self, run: Run, outputs: Path, passed: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: object, **__: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr("scripts.files._make", full)
        ended = run("verify", "--outputs", outputs, "-o", f"json={passed}")
        assert (ended.code, passed.read_text()) == (1, "")
        assert "No space left on device" in ended.err

    def test_a_bug_does_not_either(
        self, run: Run, outputs: Path, passed: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: object) -> None:
            raise KeyError("oops")

        monkeypatch.setattr("scripts.outputs.read_outputs", broken)
        assert run("verify", "--outputs", outputs, "-o", f"json={passed}").code == 1
        assert read(passed) == ("ERROR", "The command itself failed: KeyError: 'oops'")

    def test_what_is_no_report_is_left_alone(self, run: Run, tmp_path: Path) -> None:
        somebodys = tmp_path / "main.yaml"
        somebodys.write_text("Resources: {}\n")
        assert run("verify", "--no-such-option", "-o", f"json={somebodys}").code == 2
        ended = run("verify", "-o", f"json={somebodys}")
        assert ended.code == 2
        assert f"mv {somebodys} {somebodys}.old" in ended.err
        assert somebodys.read_text() == "Resources: {}\n"

    @pytest.mark.parametrize("report_format", FORMATS)
    @pytest.mark.parametrize("status", ["PASS", "FAIL"])
    def test_every_report_is_known_as_one(self, tmp_path: Path, report_format: str, status: str) -> None:
        results = (GOOD,) if status == "PASS" else (BROKEN,)
        nothing = Report("validate", None, None, None, at(0), at(1), 0, ())
        for number, one in enumerate(
            (report(*results), report(*EVERY, *results), report(*results, stack=None), nothing)
        ):
            path = tmp_path / str(number)
            with path.open("w", encoding="utf-8") as target:
                writer(Format(report_format))(one, target)
            assert is_report(path)


class TestExitCode:
    """The worst of verdict and delivery."""

    @full_disk
    @pytest.mark.parametrize(("verdict", "code"), [("PASS", 1), ("FAIL", 3), ("ERROR", 1)])
    def test_a_report_that_is_lost(self, run: Run, release: Release, outputs: Path, verdict: str, code: int) -> None:
        if verdict == "FAIL":
            release.targets(("i-0a", "unhealthy"))
        if verdict == "ERROR":
            release.aws.answer("DescribeAlarms", Refusal("AccessDenied"))
        ended = run("verify", "--outputs", outputs, "-o", "json=/dev/full", "-f", "json")
        assert (ended.data["verdict"], ended.code) == (verdict, code)
        assert "/dev/full: No space left on device." in ended.err

    def test_one_that_cannot_be_printed(
        self, run: Run, release: Release, outputs: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: object) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr("scripts.reports.table_report.write", full)
        ended = run("verify", "--outputs", outputs)
        assert ended.code == 1
        assert "stdout: No space left on device." in ended.err
        release.targets(("i-0a", "unhealthy"))
        assert run("verify", "--outputs", outputs).code == 3


class TestStdout:
    def test_dash_is_stdout(self, run: Run, outputs: Path, tmp_path: Path) -> None:
        ended = run("verify", "--outputs", outputs, "-o", "json=-", "-o", f"html={tmp_path / 'report.html'}")
        assert ended.data["verdict"] == Status.PASS
        assert (tmp_path / "report.html").exists()
        assert not (tmp_path / "-").exists()

    @pytest.mark.parametrize("path", ["/dev/stdout", "/dev/fd/1"])
    def test_so_is_its_file(self, run: Run, outputs: Path, path: str) -> None:
        assert run("verify", "--outputs", outputs, "-o", f"json={path}").data["verdict"] == "PASS"

    @pytest.mark.parametrize("more", [["-o", "html=-"], ["-o", "json=-"], ["-f", "html"]])
    def test_two_reports_are_not_mixed(self, run: Run, outputs: Path, more: list[str]) -> None:
        ended = run("verify", "--outputs", outputs, "-o", "json=-", *more)
        assert ended.code == 2
        assert "another report goes there already" in ended.err


class TestPurpose:
    def test_a_verification_for_promotion_is_told_from_another(self, run: Run, outputs: Path, tmp_path: Path) -> None:
        ended = run("verify", "--outputs", outputs, "-f", "json", "--evidence", tmp_path)
        assert ended.data["purpose"] == ""
        assert json.loads((tmp_path / "verify.json").read_text())["purpose"] == ""
        data = json.loads(outputs.read_text())
        outputs.write_text(json.dumps({**data, "stack": "dev", "environment": "dev"}))
        run("verify", "--outputs", outputs, "--for-promotion", "--evidence", tmp_path, "-f", "json")
        assert json.loads((tmp_path / "verify-for-promotion.json").read_text())["purpose"] == "for promotion"
        assert json.loads((tmp_path / "verify.json").read_text())["verdict"] == "PASS", "the other's evidence stays"
