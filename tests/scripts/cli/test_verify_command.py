"""The command as its caller meets it: exit codes, data on stdout, everything else on stderr, no traceback."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from scripts import cli
from scripts.errors import UnreachableError
from sop.outputs import StackOutputs
from tests.clock import until
from tests.scripts.cli.command import Run
from tests.scripts.fake_aws import REGION, Refusal
from tests.scripts.prod_stack import EXECUTION, OUTPUTS, REVISION
from tests.scripts.release import GOOD_ACTIONS, Release, at, execution

CONTRACT_KEYS = [
    "schema",
    "command",
    "purpose",
    "stack",
    "verdict",
    "execution_id",
    "revision",
    "begun_at",
    "started_at",
    "finished_at",
    "api_calls",
    "checks",
    "account_id",
    "region",
    "pipeline",
    "repository",
    "links",
    "decision",
    "outlook",
    "again_at",
]
CHECK_KEYS = ["id", "sop", "title", "status", "observed", "expected", "fix", "evidence", "again_at", "configured"]


class TestVerify:
    @pytest.mark.parametrize("named", ["--region", "AWS_REGION"])
    def test_who_asks_is_asked_while_pulumi_has_not_answered(
        self, run: Run, release: Release, monkeypatch: pytest.MonkeyPatch, named: str
    ) -> None:
        def outputs(*_: object) -> StackOutputs:
            until(lambda: len(release.aws.called("GetCallerIdentity")) == 1)
            return StackOutputs.parse(OUTPUTS)

        monkeypatch.setattr("scripts.outputs.read_outputs", outputs)
        if named == "AWS_REGION":
            monkeypatch.setenv("AWS_REGION", REGION)
        assert run("verify", *([named, REGION] if named == "--region" else [])).code == 0
        assert len(release.aws.called("GetCallerIdentity")) == 1

    def test_a_good_release_is_0(self, run: Run, outputs: Path) -> None:
        ended = run("verify", "--stack", "prod", "--outputs", outputs)
        assert ended.code == 0
        assert re.search(r"^PASS  \d+ PASS; \d+ API calls, 0 s$", ended.out, re.MULTILINE)

    def test_json_is_the_contract_and_all_there_is_on_stdout(self, run: Run, outputs: Path, release: Release) -> None:
        ended = run("verify", "--outputs", outputs, "--format", "json")
        assert list(ended.data) == CONTRACT_KEYS
        assert all(list(check) == CHECK_KEYS for check in ended.data["checks"])
        assert (ended.data["schema"], ended.data["command"], ended.data["stack"]) == (1, "verify", "prod")
        assert (ended.data["execution_id"], ended.data["revision"]) == (EXECUTION, REVISION)
        assert ended.data["started_at"] == "2026-03-10T01:20:00Z"
        assert ended.data["api_calls"] == len(release.aws.calls)

    @pytest.mark.parametrize(("off", "words"), [(4, "4 min fast"), (-4, "4 min slow")])
    def test_a_wrong_laptop_decides_nothing_and_is_named(
        self, run: Run, outputs: Path, release: Release, off: int, words: str
    ) -> None:
        release.aws.date = format_datetime(release.now)
        release.now += timedelta(minutes=off)
        ended = run("verify", "--outputs", outputs, "--format", "json")
        assert ended.data["started_at"] == "2026-03-10T01:20:00Z"
        assert ended.data["verdict"] == "PASS"
        assert f"This machine's clock is {words}" in ended.err

    def test_fail_is_3(self, run: Run, outputs: Path, release: Release) -> None:
        release.targets()
        ended = run("verify", "--outputs", outputs, "--format", "json")
        assert (ended.code, ended.data["verdict"]) == (3, "FAIL")
        (wrong,) = [check for check in ended.data["checks"] if check["status"] != "PASS"]
        assert wrong["id"] == "target-health"
        assert wrong["fix"]

    def test_inconclusive_is_4(self, run: Run, outputs: Path, release: Release) -> None:
        release.targets(("i-0a", "initial"), ("i-0b", "healthy"))
        assert run("verify", "--outputs", outputs).code == 4

    def test_error_is_4(self, run: Run, outputs: Path, release: Release) -> None:
        release.aws.answer("DescribeAlarms", Refusal("Throttling"))
        ended = run("verify", "--outputs", outputs, "--format", "json")
        assert (ended.code, ended.data["verdict"]) == (4, "ERROR")

    def test_account_region_and_identity_come_first_and_on_stderr(self, run: Run, outputs: Path) -> None:
        first = run("verify", "--outputs", outputs).err.splitlines()[0]
        assert first == "Account 123456789012, region ap-southeast-2, as arn:aws:iam::123456789012:user/tester"

    def test_execution_id_is_passed_on(self, run: Run, outputs: Path, release: Release) -> None:
        newer = execution("Failed", pipelineExecutionId="newer") | {"startTime": release.now}
        release.executions(newer, execution())
        assert run("verify", "--outputs", outputs, "--execution-id", EXECUTION).code == 0
        assert run("verify", "--outputs", outputs).code == 3

    def test_a_revision_takes_its_newest_execution(self, run: Run, outputs: Path, release: Release) -> None:
        newer = execution("Failed", pipelineExecutionId="newer", sourceRevisions=[]) | {"startTime": release.now}
        release.executions(newer, execution())
        ended = run("verify", "--outputs", outputs, "--revision", REVISION[:12])
        assert ended.code == 0
        assert f"execution {EXECUTION} revision 9b1d5e0f2c7a begun 20 min ago" in " ".join(ended.out.split())

    def test_a_revision_that_has_no_execution_yet_is_4(self, run: Run, outputs: Path) -> None:
        ended = run("verify", "--outputs", outputs, "--revision", "f" * 40, "--format", "json")
        assert (ended.code, ended.data["verdict"]) == (4, "INCONCLUSIVE")
        assert (ended.data["execution_id"], ended.data["revision"]) == (None, "f" * 40)


@pytest.mark.parametrize("command", ["verify", "observe"])
@pytest.mark.parametrize("revision", ["main", "9b1d5e", "HEAD~1", "9B1D5E0F2C7A", "f" * 41, ""])
def test_what_is_no_commits_name_is_wrong_usage(run: Run, outputs: Path, command: str, revision: str) -> None:
    ended = run(command, "--outputs", outputs, "--revision", revision)
    assert (ended.code, ended.out) == (2, "")
    assert "hexadecimal" in ended.err


class TestWrongUse:
    """Exit code 2, one message, nothing on stdout, and no check has been made."""

    @pytest.fixture
    def refused(self, run: Run, release: Release) -> Callable[..., str]:
        def command(*arguments: object) -> str:
            ended = run(*arguments)
            assert (ended.code, ended.out) == (2, "")
            assert not release.aws.called("DescribeAlarms")
            return ended.err

        return command

    def test_unknown_option(self, refused: Callable[..., str]) -> None:
        assert "--stak" in refused("verify", "--stak", "prod")

    def test_unknown_format(self, refused: Callable[..., str], outputs: Path) -> None:
        assert "yaml" in refused("verify", "--outputs", outputs, "--format", "yaml")

    def test_unreadable_outputs(self, refused: Callable[..., str]) -> None:
        assert "there is no such file" in refused("verify", "--outputs", "none.json")

    def test_the_other_stack(self, refused: Callable[..., str], outputs: Path) -> None:
        assert "--stack is dev" in refused("verify", "--stack", "dev", "--outputs", outputs)

    def test_another_account(self, refused: Callable[..., str], outputs: Path) -> None:
        outputs.write_text(json.dumps(OUTPUTS | {"accountId": "210987654321"}))
        assert "account 123456789012, but stack prod is in 210987654321" in refused("verify", "--outputs", outputs)

    def test_another_region(self, refused: Callable[..., str], outputs: Path) -> None:
        outputs.write_text(json.dumps(OUTPUTS | {"region": "eu-west-1"}))
        assert "--region eu-west-1" in refused("verify", "--outputs", outputs)

    def test_an_execution_that_does_not_exist(self, run: Run, outputs: Path) -> None:
        ended = run("verify", "--outputs", outputs, "--execution-id", "typo")
        assert (ended.code, ended.out) == (2, "")
        assert "web-pipeline-prod has no such execution" in ended.err


class TestUndetermined:
    def test_no_connection_is_4_and_said_once(
        self, run: Run, outputs: Path, release: Release, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def unreachable() -> None:
            raise UnreachableError("AWS cannot be reached.", "Check the network.")

        monkeypatch.setattr(release.aws.aws, "identity", unreachable)
        ended = run("verify", "--outputs", outputs)
        assert (ended.code, ended.out) == (4, "")
        assert ended.err == "release: AWS cannot be reached.\n  fix: Check the network.\n"


class TestBugs:
    @pytest.fixture(autouse=True)
    def bug(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(*_: object) -> None:
            raise KeyError("oops")

        monkeypatch.setattr("scripts.outputs.read_outputs", broken)
        monkeypatch.delenv("RELEASE_TRACEBACK", raising=False)

    def test_a_bug_is_1_and_one_line(self, run: Run) -> None:
        ended = run("verify")
        assert (ended.code, ended.out) == (1, "")
        assert ended.err == "release: internal error: KeyError: 'oops' (RELEASE_TRACEBACK=1 shows the traceback)\n"

    def test_who_asks_gets_the_traceback(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("RELEASE_TRACEBACK", "1")
        monkeypatch.setattr("scripts.cli.left_hanging", lambda: False)  # or it would be this process that ends
        monkeypatch.setattr("sys.argv", ["release", "verify"])
        with pytest.raises(SystemExit):
            cli.main()
        assert "Traceback" in capsys.readouterr().err


class TestChecks:
    def test_list(self, run: Run) -> None:
        ended = run("checks")
        assert ended.code == 0
        assert re.search(r"^4\.2  stack-events +Stack events$", ended.out, re.MULTILINE)

    def test_explain(self, run: Run) -> None:
        out = run("checks", "alarms").out
        for words in ("SOP", "Why", "Expected", "Fix", "cloudwatch:DescribeAlarmHistory", "docs/runbooks/"):
            assert words in out

    def test_unknown_check_is_2(self, run: Run) -> None:
        ended = run("checks", "alarm")
        assert ended.code == 2
        assert "pipeline-stages" in ended.err

    def test_reference(self, run: Run) -> None:
        out = run("checks", "--reference").out
        assert out.startswith("# Checks\n")
        assert "### alarms\n" in out


def test_the_iam_policy_is_json_and_asks_aws_nothing(run: Run, outputs: Path, release: Release) -> None:
    ended = run("iam-policy", "--stack", "prod", "--outputs", outputs)
    assert (ended.code, ended.err) == (0, "")
    assert ended.data["Version"] == "2012-10-17"
    assert not release.aws.calls


def in_a_process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from scripts.cli import main; main()", *arguments]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return subprocess.run(command, capture_output=True, text=True, env=clean | environment, check=False)


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help(run: Run, option: str) -> None:
    ended = run(option)
    assert ended.code == 0
    assert "verify" in ended.out


def test_help_loads_neither_boto3_nor_rich_nor_the_ledger() -> None:
    program = """
import sys
from scripts.cli import app
try:
    app(["verify", "--help"])
finally:
    heavy = {"boto3", "botocore", "rich", "pulumi", "scripts.ledger.ledger"} & set(sys.modules)
    print("loaded:", sorted(heavy))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("loaded: []\n")


def test_connection_refused_in_a_process_of_its_own(outputs: Path) -> None:
    done = in_a_process(
        "verify",
        "--outputs",
        str(outputs),
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",
        AWS_ENDPOINT_URL="http://127.0.0.1:1",
        AWS_MAX_ATTEMPTS="1",
    )
    assert (done.returncode, done.stdout) == (4, "")
    message, fix = done.stderr.splitlines()
    assert message.startswith("release: AWS cannot be reached:")
    assert fix.startswith("  fix: ")


def test_a_reader_that_has_gone_is_no_error_message() -> None:
    program = """
import os
reader, writer = os.pipe()
os.close(reader)
os.dup2(writer, 1)
from scripts.cli import main
main()
"""
    buffered = os.environ | {"PYTHONUNBUFFERED": ""}
    command = [sys.executable, "-c", program, "checks"]
    done = subprocess.run(command, capture_output=True, text=True, env=buffered, check=False)
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


class TestWait:
    @pytest.fixture(autouse=True)
    def no_sleep(self, monkeypatch: pytest.MonkeyPatch, release: Release) -> list[float]:
        """An execution that runs, and ends in the sixth nap; time passes only while it sleeps."""
        release.now = at(5)
        release.executions(execution("InProgress"))
        release.actions(*GOOD_ACTIONS[:2])
        release.stages()
        naps: list[float] = []

        def sleep(seconds: float) -> None:
            naps.append(seconds)
            release.now += timedelta(seconds=seconds)
            if len(naps) == 6:
                release.now = at(20)
                release.executions(execution())
                release.actions(*GOOD_ACTIONS)

        monkeypatch.setattr("scripts.runs.sleep", sleep)
        return naps

    def test_a_running_execution_is_waited_for_until_it_has_ended(
        self, run: Run, outputs: Path, release: Release, tmp_path: Path
    ) -> None:
        ended = run("verify", "--outputs", outputs, "--wait", "--format", "json", "--evidence", tmp_path / "evidence")
        assert (ended.code, ended.data["verdict"]) == (0, "PASS")
        assert ended.data["started_at"] == "2026-03-10T01:20:00Z"
        assert "pipeline-stages can tell more at 2026-03-10T01:06:00Z" in ended.err

    def test_a_failure_is_not_waited_for(
        self, run: Run, outputs: Path, release: Release, no_sleep: list[float]
    ) -> None:
        release.targets()
        assert run("verify", "--outputs", outputs, "--wait").code == 3
        assert no_sleep == []

    def test_ctrl_c_leaves_the_last_report(
        self, run: Run, outputs: Path, release: Release, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("scripts.runs.sleep", lambda _: os.kill(os.getpid(), signal.SIGINT))
        ended = run("verify", "--outputs", outputs, "--wait", "--format", "json")
        assert (ended.code, ended.data["verdict"], ended.data["execution_id"]) == (130, "INCONCLUSIVE", EXECUTION)

    @pytest.mark.parametrize(
        "wrong", [("--wait-at-most", "1h"), ("--wait", "--wait-at-most", "soon"), ("--deadline", "0s")]
    )
    def test_wrong_use_is_2(self, run: Run, outputs: Path, release: Release, wrong: tuple[str, ...]) -> None:
        ended = run("verify", "--outputs", outputs, *wrong)
        assert (ended.code, ended.out) == (2, "")
        assert not release.aws.calls


def test_help_is_in_the_sops_order_whole_at_80_columns_and_has_an_example_of_each_command(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    out = run("--help").out
    commands = re.findall(r"^  ([a-z-]+)  +\S", out.partition("Commands:")[2], re.MULTILINE)
    assert commands == [
        "validate",
        "run",
        "gate",
        "announce",
        "calendar",
        "freeze",
        "door",
        "override",
        "start",
        "status",
        "watch",
        "record",
        "history",
        "back-merge",
        "plan-diff",
        "verify",
        "observe",
        "checks",
        "iam-policy",
        "completion",
    ]
    assert not re.search(r"\w\.\.\.$", out, re.MULTILINE)
    for command in commands:
        assert f"release {command}" in run(command, "--help").out.partition("Example:\n")[2]


def test_the_version_is_printed(run: Run) -> None:
    ended = run("--version")
    assert ended.code == 0
    assert re.fullmatch(r"release \d+\.\d+\.\d+\n", ended.out)
