"""The wheel: the `release` command, and nothing else of this project."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from email import message_from_bytes
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from hatchling.build import build_wheel
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.scripts.prod_stack import OUTPUTS

CLONE = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((CLONE / "pyproject.toml").read_text())["project"]
ELSEWHERE = "scripts/workflows"  # programs of this repository's workflows, run in a clone


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("wheel"))


def build(folder: Path) -> Path:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.chdir(CLONE)
        monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
        return folder / build_wheel(str(folder))


def test_the_wheel_is_the_same_bytes_whenever_it_is_built(wheel: Path, tmp_path: Path) -> None:
    assert build(tmp_path).read_bytes() == wheel.read_bytes()


def test_the_wheel_has_what_is_tracked_of_the_procedure_and_the_command_and_nothing_else(wheel: Path) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "sop", "scripts"],
        cwd=CLONE,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert held == {name for name in tracked if not name.startswith(f"{ELSEWHERE}/")}


def test_the_wheels_metadata_has_the_one_command_and_what_it_needs(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        files = {Path(name).name: archive.read(name) for name in archive.namelist() if ".dist-info/" in name}
    assert files["entry_points.txt"].decode().split() == ["[console_scripts]", "release", "=", "scripts.early:main"]
    assert b"MIT License" in files["LICENSE"]
    metadata = message_from_bytes(files["METADATA"])
    needed = {str(Requirement(one)) for one in metadata.get_all("Requires-Dist", [])}
    assert needed == {str(Requirement(one)) for one in PROJECT["dependencies"]}
    assert (metadata["Name"], metadata["Requires-Python"]) == ("release-process", PROJECT["requires-python"])


def test_the_command_imports_nothing_that_it_does_not_ask_for() -> None:
    distributions = packages_distributions()
    asked = {canonicalize_name(Requirement(one).name) for one in PROJECT["dependencies"]}
    files = [file for folder in ("sop", "scripts") for file in (CLONE / folder).rglob("*.py")]
    imported = {
        name
        for file in files
        if not file.is_relative_to(CLONE / ELSEWHERE)
        for name in imports(ast.parse(file.read_text()))
    }
    foreign = imported - set(sys.stdlib_module_names) - {"sop", "scripts"}
    provided = {name: {canonicalize_name(one) for one in distributions.get(name, [])} for name in foreign}
    assert {"boto3", "rich"} <= foreign
    assert {name: by for name, by in provided.items() if not by & asked} == {}


def imports(node: ast.AST) -> Iterator[str]:
    """What running it would import: not what only a type checker reads."""
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                continue
            case ast.Import(names=names):
                yield from (name.name.partition(".")[0] for name in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module.partition(".")[0]
            case _:
                yield from imports(child)


@pytest.mark.slow
def test_the_installed_command_runs_with_nothing_of_the_clone_around(wheel: Path, tmp_path: Path) -> None:
    """Installed beside what it needs: without `site`, Python does not read the path file that leads to the clone."""
    installed = tmp_path / "installed"
    zipfile.ZipFile(wheel).extractall(installed)
    (tmp_path / "outputs.json").write_text(json.dumps(OUTPUTS))
    packages = next(path for path in sys.path if path.endswith("site-packages"))
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{installed}{os.pathsep}{packages}",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_EC2_METADATA_DISABLED": "true",
    }

    def release(*arguments: str) -> tuple[int, str]:
        code = "import sys; from scripts.cli import main; sys.argv[0] = 'release'; main()"
        ended = subprocess.run(
            [sys.executable, "-S", "-P", "-c", code, *arguments],
            cwd=tmp_path,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        return ended.returncode, ended.stdout + ended.stderr

    assert release("--version") == (0, f"release {PROJECT['version']}\n")
    code, told = release("checks")
    assert (code, "target-health" in told) == (0, True), told
    code, told = release("verify", "--outputs", "outputs.json")
    assert code == 4, told
    assert re.search(r"127\.0\.0\.1:9", told), told
    assert "Traceback" not in told
    code, told = release("verify", "--stack", "prod")
    assert code == 2, told
    assert "fix:" in told


def test_the_commands_own_lock_is_the_projects_in_part_with_every_hash() -> None:
    pinned = {name: locked(CLONE / name) for name in ("requirements.txt", "requirements-release.txt")}
    whole, own = pinned["requirements.txt"], pinned["requirements-release.txt"]
    assert own.items() <= whole.items(), "`make lock`"
    assert all(hashes for hashes in own.values())
    names = {canonicalize_name(Requirement(each).name) for each in PROJECT["dependencies"]}
    assert names <= {requirement.partition("==")[0] for requirement in own}


def locked(file: Path) -> dict[str, frozenset[str]]:
    """The hashes by `name==version` of a lock."""
    found: dict[str, set[str]] = {}
    requirement = ""
    for line in file.read_text().splitlines():
        if "==" in line and not line.startswith((" ", "#")):
            requirement = re.split(r"[ ;]", line)[0]
            found[requirement] = set()
        elif "--hash=" in line:
            found[requirement].add(line.strip(" \\"))
    return {name: frozenset(hashes) for name, hashes in found.items()}
