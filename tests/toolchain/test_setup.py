"""Set-up: which CLI it takes, and what a person reads when something is missing."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from threading import Event, Thread

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from toolchain import actionlint, commands, go, pulumi
from toolchain.__main__ import COMMANDS, LOCK, compile_own, locked, write_command
from toolchain.commands import SetupError, run

CLONE = Path(__file__).resolve().parents[2]


def fake_cli(folder: Path, version: str) -> dict[str, str]:
    folder.mkdir(exist_ok=True)
    script = folder / "pulumi"
    script.write_text(f"#!/bin/sh\necho {version}\n")
    script.chmod(0o755)
    return {"PATH": str(folder), "XDG_CACHE_HOME": str(folder / "cache")}


def test_an_official_cli_that_is_new_enough_is_taken(tmp_path: Path) -> None:
    environ = fake_cli(tmp_path / "bin", "v3.251.0")
    assert pulumi.official_pulumi(environ) == tmp_path / "bin" / "pulumi"


@pytest.mark.parametrize("version", ["v3.249.9", "v2.300.0", "unknown"])
def test_an_official_cli_that_is_too_old_is_not(tmp_path: Path, version: str) -> None:
    assert pulumi.official_pulumi(fake_cli(tmp_path / "bin", version)) is None


def test_the_choice_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulumi, "CHOICE", tmp_path / ".venv" / "pulumi-cli")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    assert pulumi.find_pulumi() is None
    chosen = pulumi.provide_pulumi(fake_cli(tmp_path / "bin", "v3.250.0"))
    assert pulumi.find_pulumi() == chosen


def test_a_built_cli_is_kept_outside_the_clone(tmp_path: Path) -> None:
    built = pulumi.built_pulumi({"XDG_CACHE_HOME": str(tmp_path)})
    assert built == tmp_path / "release-process" / f"pulumi-v{pulumi.VERSION}" / "pulumi"


def test_the_built_cli_is_on_path_in_the_activated_environment_and_never_taken_for_an_official_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = tmp_path / ".venv" / "bin"
    commands.mkdir(parents=True)
    monkeypatch.setattr(pulumi, "CHOICE", tmp_path / ".venv" / "pulumi-cli")
    environ = {"PATH": str(commands), "XDG_CACHE_HOME": str(tmp_path)}
    built = pulumi.built_pulumi(environ)
    built.parent.mkdir(parents=True)
    fake_cli(built.parent, f"v{pulumi.VERSION}")
    for _ in range(2):
        assert pulumi.provide_pulumi(environ) == built
        assert (commands / "pulumi").resolve() == built
    installed = fake_cli(tmp_path / "official", "v3.251.0")["PATH"]
    pulumi.provide_pulumi({**environ, "PATH": f"{commands}:{installed}"})
    assert not (commands / "pulumi").exists()


def test_what_two_clones_need_at_once_is_built_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = Event()
    monkeypatch.setattr(go, "say", lambda _: waiting.set())
    found: list[Path | None] = []

    def second() -> None:
        with go.built_once(tmp_path / "tool") as unfinished:
            found.append(unfinished)

    other = Thread(target=second, daemon=True)
    with go.built_once(tmp_path / "tool") as unfinished:
        assert unfinished
        other.start()
        assert waiting.wait(10)
        (unfinished / "program").touch()
    other.join(10)
    assert found == [None]
    assert (tmp_path / "tool" / "program").exists()


def test_what_could_not_be_built_is_not_there(tmp_path: Path) -> None:
    def fail() -> None:
        with go.built_once(tmp_path / "tool") as unfinished:
            assert unfinished
            (unfinished / "half").touch()
            raise SetupError

    with pytest.raises(SetupError):
        fail()
    assert not (tmp_path / "tool").exists()


def test_a_command_that_is_missing_is_one_line_with_its_fix() -> None:
    with pytest.raises(SetupError, match=r"^no-such-tool: No such file or directory\. Install it\.$"):
        run(["no-such-tool"], fix="Install it.")


def test_a_command_that_fails_shows_its_last_words_and_the_fix() -> None:
    with pytest.raises(SetupError) as failure:
        run(["sh", "-c", "echo no route to the registry >&2; exit 3"], fix="PyPI must be reachable.")
    assert str(failure.value).splitlines()[1:] == ["no route to the registry", "PyPI must be reachable."]


def test_sdk_cli_and_sources_have_one_version() -> None:
    assert f"pulumi=={pulumi.VERSION} " in LOCK.read_text()
    go_mod = (CLONE / "toolchain" / "pulumi-cli" / "go.mod").read_text()
    assert f"github.com/pulumi/pulumi/pkg/v3 v{pulumi.VERSION}" in go_mod
    assert f"github.com/pulumi/pulumi/sdk/v3 v{pulumi.VERSION}" in go_mod


def test_the_workflows_have_the_same_cli_and_the_pinned_actionlint_reads_them() -> None:
    action = (CLONE / ".github" / "actions" / "setup" / "action.yml").read_text()
    assert f"pulumi-version: {pulumi.VERSION}" in action
    go_mod = (CLONE / "toolchain" / "actionlint" / "go.mod").read_text()
    assert f"github.com/rhysd/actionlint v{actionlint.VERSION}" in go_mod


def test_uv_is_installed_with_the_hashes_of_the_lock(tmp_path: Path) -> None:
    lines = locked("uv", LOCK.read_text()).splitlines()
    assert re.fullmatch(r"uv==[\d.]+ \\", lines[0])
    assert all("--hash=sha256:" in line for line in lines[1:])
    assert lines[-1] == lines[-1].rstrip(" \\")


def test_own_packages_are_compiled_whatever_the_shell_says_and_whatever_is_wrong_with_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    (tmp_path / "sop").mkdir()
    for name, text in {"good": "x = 1", "bad": "x ="}.items():
        (tmp_path / "sop" / f"{name}.py").write_text(text)
    compile_own(tmp_path, Path(sys.executable))
    assert {path.name.split(".")[0] for path in tmp_path.rglob("*.pyc")} == {"good"}
    assert capfd.readouterr() == ("", "")


def test_a_lock_without_uv_is_one_line_with_its_fix() -> None:
    with pytest.raises(SetupError, match=r"^requirements\.txt lacks uv\. Run `make lock`"):
        locked("uv", "uvicorn==1 \\\n    --hash=sha256:00\n")


def test_every_locked_package_has_hashes_and_no_registry_is_named() -> None:
    lock = LOCK.read_text()
    packages = re.findall(r"^[a-z0-9][^\s=]*==", lock, re.MULTILINE)
    assert packages
    assert len(re.findall(r"^[a-z0-9][^\n]*\\\n    --hash=sha256:", lock, re.MULTILINE)) == len(packages)
    assert "://" not in lock


def test_the_lock_is_made_from_pyproject_by_a_command_that_renovate_can_run_again() -> None:
    """Renovate runs the header's command; its pip-compile manager wants `=`, and knows no other options of uv's."""
    _, header, *_ = LOCK.read_text().splitlines()
    command, *arguments = header.removeprefix("#    ").split()
    assert f"{command} {' '.join(arguments)}" in (CLONE / "Makefile").read_text().replace(" --quiet", "")
    assert (command, arguments[:2], arguments[-1]) == ("uv", ["pip", "compile"], "pyproject.toml")
    options = {name: value for name, _, value in (argument.partition("=") for argument in arguments[2:-1])}
    assert {name for name, value in options.items() if not value} <= {"--universal", "--generate-hashes"}
    assert {name for name, value in options.items() if value} <= {"--python-version", "--group", "--output-file"}
    renovate = json.loads((CLONE / "renovate.json").read_text())
    assert renovate["pip-compile"]["managerFilePatterns"] == [f"/^{re.escape(options['--output-file'])}$/"]
    assert not any(renovate[manager]["enabled"] for manager in ("pep621", "pip_requirements"))


def test_every_package_that_pyproject_asks_for_is_locked() -> None:
    project = tomllib.loads((CLONE / "pyproject.toml").read_text())
    groups = project["dependency-groups"].values()
    asked = project["project"]["dependencies"] + [one for group in groups for one in group if isinstance(one, str)]
    missing = [one for one in map(Requirement, asked) if not _satisfied(one, LOCK.read_text())]
    assert missing == []


def _satisfied(asked: Requirement, lock: str) -> bool:
    locked_as = re.search(rf"^{re.escape(canonicalize_name(asked.name))}==(\S+)", lock, re.MULTILINE)
    return locked_as is not None and asked.specifier.contains(locked_as[1])


@pytest.mark.parametrize("folder", ["plain", "with a blank", "with'quote"])
def test_a_clones_own_command_runs_from_a_folder_of_any_name(tmp_path: Path, folder: str) -> None:
    python = tmp_path / folder / "python"
    python.parent.mkdir()
    python.symlink_to(sys.executable)
    write_command(tmp_path / "told", python, "textwrap")
    (tmp_path / "textwrap.py").write_text("import sys\ndef main():\n    print(*sys.argv[1:])\n    return 7\n")
    told = subprocess.run([tmp_path / "told", "a b", "c"], capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout) == (7, "a b c\n"), told.stderr


@pytest.mark.parametrize(("command", "module"), COMMANDS.items())
def test_a_clones_own_commands_have_a_main(command: str, module: str) -> None:
    assert callable(import_module(module).main), command


@pytest.mark.parametrize(("version", "taken"), [("go1.21.0", True), ("go1.26.8", True), ("go1.20.14", False)])
def test_go_is_taken_from_path_when_it_can_fetch_newer_toolchains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, taken: bool
) -> None:
    on_path = tmp_path / "go"
    on_path.write_text(f"#!/bin/sh\necho go version {version} linux/amd64\n")
    on_path.chmod(0o755)
    asked: list[list[str]] = []
    monkeypatch.setattr(go, "run", lambda command, **_: asked.append(command))
    provided = go.provide_go({"PATH": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")})
    assert (provided == str(on_path)) == taken
    assert any("--require-hashes" in command for command in asked) == (not taken)


def test_a_command_that_takes_long_is_said_to_be_at_work(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(commands, "_SECONDS_OF_SILENCE", 0.05)
    assert run(["sh", "-c", "sleep 0.2; echo built"], fix="") == "built\n"
    assert "still at it after" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["pulumi", "release", "sandbox", "aws", "cfn-lint"])
def test_a_command_of_the_documents_is_on_path_in_the_activated_environment(command: str) -> None:
    activated = subprocess.run(
        ["sh", "-c", f". .venv/bin/activate && command -v {command}"], cwd=CLONE, capture_output=True, check=False
    )
    assert activated.returncode == 0
