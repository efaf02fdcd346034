"""Outputs that cannot be used: one message each, that says what to do, and exit code 2."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from scripts.errors import ConfigurationError
from scripts.outputs import read_outputs
from tests.scripts.prod_stack import OUTPUTS

BUCKET = {"type": "aws:s3/bucket:Bucket", "outputs": {"region": "elsewhere"}}


def written(folder: Path, content: Any) -> Path:
    file = folder / "outputs.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


def refusal(stack: str | None, file: Path | None) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        read_outputs(stack, file)
    assert caught.value.exit_code == 2
    assert "\n" not in caught.value.message
    return caught.value


@pytest.mark.parametrize("stack", [None, "prod", "helios/release/prod"])
def test_a_file_holds_the_outputs(tmp_path: Path, stack: str | None) -> None:
    assert read_outputs(stack, written(tmp_path, OUTPUTS)).environment == "prod"


def test_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(OUTPUTS)))
    assert read_outputs(None, Path("-")).environment == "prod"


@pytest.mark.parametrize("key", ["environment", "topicArn", "connectionArn"])
def test_what_the_program_never_writes_is_refused_by_its_key(tmp_path: Path, key: str) -> None:
    problem = refusal(None, written(tmp_path, OUTPUTS | {key: "<script>"}))
    assert f"{key}: expected " in problem.message
    assert "found '<script>'" in problem.message


def test_the_fix_names_the_stack_whose_outputs_the_file_holds(tmp_path: Path) -> None:
    problem = refusal(None, written(tmp_path, OUTPUTS | {"contract": 0, "stack": "dev"}))
    assert problem.fix == "Run `pulumi up --stack dev` with this version of the project."


def test_no_such_file(tmp_path: Path) -> None:
    problem = refusal("prod", tmp_path / "none.json")
    assert "there is no such file" in problem.message
    assert problem.fix.startswith("pulumi stack output --json --stack prod > ")


def test_a_directory(tmp_path: Path) -> None:
    assert "directory" in refusal("prod", tmp_path).message


def test_not_text(tmp_path: Path) -> None:
    file = tmp_path / "binary"
    file.write_bytes(b"\xff\xfe\x00")
    assert "not a text file" in refusal("prod", file).message


@pytest.mark.parametrize("content", ["", "{", "not JSON"])
def test_not_json(tmp_path: Path, content: str) -> None:
    assert "not JSON" in refusal("prod", written(tmp_path, content)).message


@pytest.mark.parametrize("depth", [900, 100_000])
def test_json_that_is_nested_too_deeply(tmp_path: Path, depth: int) -> None:
    content = json.dumps(OUTPUTS | {"branch": "here"}).replace('"here"', "[" * depth + "]" * depth)
    assert len(refusal("prod", written(tmp_path, content)).message) < 300


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_a_number_that_is_none(tmp_path: Path, number: str) -> None:
    content = json.dumps(OUTPUTS | {"requiredApprovals": "here"}).replace('"here"', number)
    assert "requiredApprovals: expected a whole number" in refusal("prod", written(tmp_path, content)).message


def test_an_output_that_pulumi_does_not_show_is_named_with_the_way_to_give_it(tmp_path: Path) -> None:
    problem = refusal("prod", written(tmp_path, OUTPUTS | {"topicArn": "[secret]"}))
    assert "topicArn: expected a string, found a secret" in problem.message
    assert "`pulumi stack output --json --show-secrets --stack prod`" in problem.fix
    assert "--outputs FILE" in problem.fix


def test_a_stack_that_was_never_deployed(tmp_path: Path) -> None:
    problem = refusal("prod", written(tmp_path, {}))
    assert "has not been deployed" in problem.message
    assert "pulumi up --stack prod" in problem.fix


@pytest.mark.parametrize("content", [[], "text", 3, None, {"bucketName": "logs"}])
def test_another_projects_outputs(tmp_path: Path, content: Any) -> None:
    assert "another project's" in refusal("prod", written(tmp_path, json.dumps(content))).message


def test_outputs_of_another_contract(tmp_path: Path) -> None:
    problem = refusal("prod", written(tmp_path, OUTPUTS | {"contract": 99}))
    assert "contract: 99" in problem.message
    assert "pulumi up --stack prod" in problem.fix


def test_old_outputs_name_the_missing_keys_and_count_the_rest(tmp_path: Path) -> None:
    old = {key: OUTPUTS[key] for key in ("contract", "environment", "region")}
    message = refusal("prod", written(tmp_path, old)).message
    assert "accountId: missing" in message
    assert "more" in message


def test_a_wrong_type_is_named(tmp_path: Path) -> None:
    assert "alarms: expected an object" in refusal("prod", written(tmp_path, OUTPUTS | {"alarms": 3})).message


def test_a_labelled_stack_is_not_the_one_of_its_environment(tmp_path: Path) -> None:
    labelled = written(tmp_path, OUTPUTS | {"stack": "api-prod"})
    assert read_outputs("helios/release/api-prod", labelled).environment == "prod"
    assert "--stack api-prod" in refusal("prod", labelled).fix


def test_the_outputs_of_the_other_stack(tmp_path: Path) -> None:
    problem = refusal("dev", written(tmp_path, OUTPUTS))
    assert "--stack is dev" in problem.message
    assert "--stack prod" in problem.fix


class TestPulumi:
    """What pulumi prints on stderr is taken from Pulumi 3.250."""

    answer: subprocess.CompletedProcess[str] | Exception
    told: subprocess.CompletedProcess[str] | None = None  # by `stack output`, where that differs
    command: list[str]

    @pytest.fixture(autouse=True)
    def pulumi(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
            self.command = command
            if isinstance(self.answer, Exception):
                raise self.answer
            return self.told if self.told and "output" in command else self.answer

        self.answer = self.printed(self.state(BUCKET, {"type": "pulumi:pulumi:Stack", "outputs": OUTPUTS}))
        monkeypatch.setattr("scripts.outputs.subprocess.run", run)

    @staticmethod
    def printed(stdout: str = "", stderr: str = "", code: int = 0) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], code, stdout, stderr)

    @staticmethod
    def state(*resources: dict[str, Any]) -> str:
        return json.dumps({"version": 3, "deployment": {"manifest": {}, "resources": resources}})

    def test_the_named_stack_is_asked_for(self) -> None:
        assert read_outputs("prod", None).environment == "prod"
        assert self.command[-2:] == ["--stack", "prod"]

    def test_the_selected_stack_is_pulumis_choice(self) -> None:
        assert read_outputs(None, None).environment == "prod"
        assert "--stack" not in self.command

    @pytest.mark.parametrize(
        ("stderr", "message"),
        [
            ("error: no stack named 'prod' found\n", "There is no Pulumi stack prod."),
            (
                "error: no stack selected; please use `pulumi stack select` to choose one\n",
                "No Pulumi stack is selected.",
            ),
            (
                "error: no Pulumi.yaml project file found (searching upwards from /)\n",
                "There is no Pulumi project here.",
            ),
            (
                "error: if you're using the --stack flag, pass the fully qualified name (organization/project/stack)\n",
                "There is no Pulumi project here.",
            ),
            (
                "error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions\n",
                "pulumi cannot read the stack's outputs: PULUMI_ACCESS_TOKEN must be set for login during "
                "non-interactive CLI sessions",
            ),
            ("", "pulumi cannot read the stack's outputs: it gave no reason"),
        ],
    )
    def test_pulumis_error_is_one_message(self, stderr: str, message: str) -> None:
        self.answer = self.printed(stderr=stderr, code=255)
        assert refusal("prod", None).message == message

    @pytest.mark.parametrize("deployment", [{}, {"resources": []}, {"resources": [{"type": "pulumi:pulumi:Stack"}]}])
    def test_a_state_without_outputs_is_that_of_a_stack_that_was_never_deployed(self, deployment: Any) -> None:
        self.answer = self.printed(json.dumps({"version": 3, "deployment": deployment}))
        assert "has not been deployed" in refusal("prod", None).message

    @pytest.mark.parametrize(
        "state", ["", "not JSON", "[]", "{}", '{"deployment": []}', '{"deployment": {"resources": [1]}}']
    )
    def test_of_a_state_in_another_form_pulumi_tells_the_outputs(self, state: str) -> None:
        self.answer, self.told = self.printed(state), self.printed(json.dumps(OUTPUTS))
        assert read_outputs("prod", None).environment == "prod"

    def test_who_may_not_export_the_state_may_read_its_outputs(self) -> None:
        self.answer = self.printed(stderr="error: [403] Forbidden\n", code=255)
        self.told = self.printed(json.dumps(OUTPUTS))
        assert read_outputs("prod", None).environment == "prod"
        assert self.command == ["pulumi", "stack", "output", "--json", "--non-interactive", "--stack", "prod"]

    def test_outputs_that_pulumi_tells_in_another_form_are_one_message(self) -> None:
        self.answer, self.told = self.printed("not JSON"), self.printed("not JSON either")
        assert "are not JSON" in refusal("prod", None).message

    def test_a_secret_where_the_contract_has_none_is_refused(self) -> None:
        secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:abc"}
        resource = {"type": "pulumi:pulumi:Stack", "outputs": OUTPUTS | {"region": secret}}
        self.answer = self.printed(self.state(resource))
        problem = refusal("prod", None)
        assert "region: expected a string, found a secret" in problem.message
        assert "--show-secrets" in problem.fix

    def test_a_state_that_is_nested_too_deeply_is_one_message(self) -> None:
        self.answer = self.printed("[" * 100_000)
        assert "nested too deeply" in refusal("prod", None).message

    def test_pulumi_is_not_installed(self) -> None:
        self.answer = FileNotFoundError("pulumi")
        problem = refusal("prod", None)
        assert problem.message == "pulumi is not on PATH."
        assert "--outputs FILE" in problem.fix

    def test_pulumi_hangs(self) -> None:
        self.answer = subprocess.TimeoutExpired("pulumi", 60)
        assert "did not answer" in refusal("prod", None).message
