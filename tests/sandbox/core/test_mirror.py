"""Inside, `pulumi` runs in a mirror of the project: no key of anybody's is needed, and no stack file is written."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from sandbox import pulumi
from sandbox.addresses import PASSPHRASE
from sandbox.mirror import SALT, WAIT, Mirror, mirrored
from sandbox.paths import HOME_VARIABLE, Paths
from tests import clock
from tests.foreign import FOREIGN, write_project
from tests.sandbox.sample import ACCOUNT_ID, up_at


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path / "project")


@pytest.fixture
def mirror(project: Path, tmp_path: Path) -> Iterator[Mirror]:
    with mirrored(project, project, tmp_path / "mirrors", up_at("http://127.0.0.1:1")) as mirror:
        yield mirror


def inside(mirror: Mirror, stack: str = "prod") -> dict[str, object]:
    return yaml.safe_load((mirror.folder / f"Pulumi.{stack}.yaml").read_text())


def test_all_but_the_stack_files_is_the_projects_own(mirror: Mirror) -> None:
    for name in ("Pulumi.yaml", "__main__.py", "components", "policies", ".venv"):
        assert (mirror.folder / name).resolve() == (mirror.project / name).resolve()
    assert not (mirror.folder / "Pulumi.prod.yaml").is_symlink()


def test_its_stack_files_have_the_sandboxs_passphrase_and_a_placeholder_for_each_secret(mirror: Mirror) -> None:
    document = inside(mirror)
    assert {key: value for key, value in document.items() if key != "config"} == {"encryptionsalt": SALT}
    secrets = {key: value for key, value in config_of(document).items() if "secure" in str(value)}
    assert set(secrets) == {"release:slackWorkspaceId", "release:slackChannelId", "release:slackToken"}
    assert "bm90LWEtc2VjcmV0" not in json.dumps(secrets)
    assert PASSPHRASE not in json.dumps(document)


def config_of(document: dict[str, object]) -> dict[str, object]:
    config = document["config"]
    assert isinstance(config, dict)
    return config


def test_every_other_value_is_as_it_was_and_the_wait_is_a_second_longer_than_iam_takes(mirror: Mirror) -> None:
    own = config_of(yaml.safe_load((mirror.project / "Pulumi.dev.yaml").read_text()))
    arn = FOREIGN.connection_arn.replace(FOREIGN.account_id, ACCOUNT_ID)  # the one account
    assert config_of(inside(mirror, "dev")) == own | {WAIT: "11", "release:connectionArn": arn}


def test_a_page_is_asked_for_over_http_and_hours_stay_hours(mirror: Mirror) -> None:
    config = config_of(inside(mirror))
    assert config["release:endpointUrl"] == "http://shop.acme.example/"
    assert config["release:releaseWindow"]["opens"] == "08:00"  # type: ignore[index]


def test_a_wait_of_ones_own_stays(project: Path, tmp_path: Path) -> None:
    with (project / "Pulumi.dev.yaml").open("a") as file:
        file.write(f"  {WAIT}: 40\n")
    with mirrored(project, project, tmp_path / "mirrors", up_at("http://127.0.0.1:1")) as mirror:
        assert config_of(inside(mirror, "dev"))[WAIT] == 40


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"Pulumi.dev.yaml": {"release:service": "web"}}, ["release:service in Pulumi.dev.yaml was written"]),
        (
            {"Pulumi.prod.yaml": {"release:branch": "x", "release:slackChannelId": {"secure": "v1:x"}}},
            ["release:branch, release:slackChannelId in Pulumi.prod.yaml was written"],
        ),
        ({"Pulumi.api-prod.yaml": {"aws:region": "eu-west-1"}}, ["Pulumi.api-prod.yaml was made"]),
        ({"Pulumi.dev.yaml": {}}, []),
    ],
)
def test_what_a_command_writes_to_a_stack_file_is_told_by_key_and_file_and_not_kept(
    mirror: Mirror, change: dict[str, dict[str, object]], told: list[str]
) -> None:
    before = {path.name: path.read_bytes() for path in mirror.project.glob("Pulumi*.yaml")}
    for name, values in change.items():
        file = mirror.folder / name
        document = yaml.safe_load(file.read_text()) if file.exists() else {"config": {}}
        file.write_text(yaml.safe_dump(document | {"config": document["config"] | values}))
    assert list(mirror.changes()) == told
    mirror.give_back()
    assert {path.name: path.read_bytes() for path in mirror.project.glob("Pulumi*.yaml")} == before


def test_a_stack_file_that_a_command_removes_is_told_and_stays(mirror: Mirror) -> None:
    (mirror.folder / "Pulumi.dev.yaml").unlink()
    assert list(mirror.changes()) == ["Pulumi.dev.yaml was removed"]
    assert (mirror.project / "Pulumi.dev.yaml").exists()


def test_what_a_command_makes_beside_them_is_where_it_would_have_made_it(project: Path, tmp_path: Path) -> None:
    at = project / "work" / "here"
    at.mkdir(parents=True)
    (at / "old.txt").write_text("old")
    with mirrored(project, at, tmp_path / "mirrors", up_at("http://127.0.0.1:1")) as mirror:
        folder = mirror.working_folder
        assert (folder / "old.txt").read_text() == "old"
        for path in ("report.json", "../plan", "../../folder/file"):
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_text(path)
        mirror.give_back()
    for path in ("report.json", "../plan", "../../folder/file"):
        assert (at / path).read_text() == path
    assert sorted(each.name for each in at.iterdir()) == ["old.txt", "report.json"]


@pytest.fixture
def real(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """What stands for the real CLI, in a sandbox that is up; it says where it is, and what it is told."""
    paths = Paths(tmp_path / "home")
    paths.home.mkdir()
    up_at("http://127.0.0.1:1").write(paths)
    monkeypatch.setenv(HOME_VARIABLE, str(paths.home))
    program = tmp_path / "real-pulumi"
    program.write_text('#!/bin/sh\npwd; echo "$@"; cat Pulumi.dev.yaml | head -2\nexit ${CODE:-0}\n')
    program.chmod(0o755)
    monkeypatch.setattr(pulumi, "find_pulumi", lambda: program)
    monkeypatch.chdir(project)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield program
    for number, handler in before.items():  # which the command leaves to Pulumi, as it ends with it
        signal.signal(number, handler)


def test_pulumi_runs_in_the_mirror_with_its_arguments_and_ends_as_it_ends(
    real: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODE", "7")
    assert pulumi.main(["preview", "--stack", "dev"]) == 7
    where, told, *_ = capfd.readouterr().out.splitlines()
    assert Path(where).is_relative_to(tmp_path / "home" / "mirrors")
    assert told == "preview --stack dev"
    assert list((tmp_path / "home" / "mirrors").iterdir()) == []


@pytest.mark.parametrize("option", [["-C", "docs"], ["--cwd", "docs"], ["--cwd=docs"]])
def test_the_folder_that_pulumi_is_told_to_run_in_is_the_mirrors_too(
    real: Path, project: Path, option: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    (project / "docs").mkdir()
    pulumi.main([*option, "stack", "ls"])
    where, told, *_ = capfd.readouterr().out.splitlines()
    assert (Path(where).name, told) == ("docs", "stack ls")


def test_another_project_has_no_mirror(
    real: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "project" / "other"
    other.mkdir()
    (other / "Pulumi.yaml").write_text("name: other\n")
    monkeypatch.chdir(other)
    pulumi.main(["stack", "ls"])
    assert capfd.readouterr().out.splitlines()[0] == str(other)


def test_stack_files_that_have_moved_to_another_account_are_told(real: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The sandbox came up as the sample's."""
    pulumi.main(["stack", "ls"])
    assert "`sandbox down` and `sandbox up` begin anew" in capfd.readouterr().err


def test_a_stack_file_that_is_none_is_wrong_usage(real: Path, project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (project / "Pulumi.dev.yaml").write_text("config: [")
    assert pulumi.main(["stack", "ls"]) == 2
    said = capfd.readouterr().err
    assert "Pulumi.dev.yaml cannot be read" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_reaches_pulumi_and_whoever_started_it_sees_how_it_ended(
    real: Path, project: Path, tmp_path: Path, number: signal.Signals
) -> None:
    """SIGINT as a terminal sends it: to the whole group."""
    real.write_text(f"#!/bin/sh\ntouch {tmp_path}/begun\nexec sleep 300\n")
    script = f"import sandbox.pulumi as p; p.find_pulumi = lambda: {str(real)!r}; p._end(p.main(['up']))"
    command = [pulumi.sys.executable, "-c", script]
    with subprocess.Popen(command, cwd=project, start_new_session=True) as process:
        clock.until(lambda: (tmp_path / "begun").exists() or process.poll() is not None)
        if number is signal.SIGINT:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        assert process.wait() == -number
    assert list((tmp_path / "home" / "mirrors").iterdir()) == []
