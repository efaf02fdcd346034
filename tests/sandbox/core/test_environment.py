"""Nothing of a person's own account is reached from inside the sandbox, whatever their shell has."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES

from sandbox import cli, lifecycle
from sandbox.environment import exec_environment, server_environment
from sandbox.paths import Paths
from tests.sandbox.sample import up_at

ENDPOINT = "http://127.0.0.1:4"
THEIRS = "http://corporate.example"
OF_BOTOCORE = [
    name
    for _, variables, *_ in BOTOCORE_DEFAUT_SESSION_VARIABLES.values()
    for name in ([variables] if isinstance(variables, str) else variables or [])
    if name.startswith("AWS_")
]
OTHERS = (
    "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_SESSION_TOKEN", "AWS_ROLE_ARN", "AWS_REGION",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "PULUMI_BACKEND_URL", "PULUMI_ACCESS_TOKEN", "PULUMI_STACK",
    "GITHUB_APP_ID", "GITHUB_STEP_SUMMARY", "HTTPS_PROXY", "http_proxy", "ALL_PROXY",
)  # fmt: skip
OWN = dict.fromkeys([*OF_BOTOCORE, *OTHERS], THEIRS)
SHELL = {**OWN, "PATH": "/usr/bin:/bin", "HOME": "/home/somebody", "LANG": "C.UTF-8"}


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(tmp_path / "home")


def test_no_variable_that_leads_to_a_persons_own_account_is_left_to_a_command_inside(paths: Paths) -> None:
    inside = exec_environment(paths, up_at(ENDPOINT), SHELL)
    assert THEIRS not in inside.values()
    assert (inside["HOME"], inside["LANG"]) == ("/home/somebody", "C.UTF-8")


def test_the_sandboxs_own_process_has_none_of_them_either(paths: Paths) -> None:
    own = server_environment(paths, SHELL)
    assert THEIRS not in own.values()
    assert own["AWS_CONFIG_FILE"] == str(paths.home / "no-aws-config")


def test_a_shell_that_evaluates_sandbox_env_has_what_exec_gives(
    paths: Paths, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lifecycle, "running", lambda _: up_at(ENDPOINT))
    monkeypatch.setenv("SANDBOX_HOME", str(paths.home))
    for name, value in SHELL.items():
        monkeypatch.setenv(name, value)
    cli.env()
    printed = capsys.readouterr().out
    after = subprocess.run(
        ["/bin/sh", "-c", f"{printed}\nenv -0"], env=SHELL, capture_output=True, text=True, check=True
    ).stdout
    seen = dict(line.split("=", 1) for line in after.split("\0") if line)
    expected = exec_environment(paths, up_at(ENDPOINT), SHELL)
    assert {name: value for name, value in seen.items() if name not in {"PWD", "SHLVL", "_", "OLDPWD"}} == expected
