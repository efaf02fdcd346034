"""`docs/getting-started.md` on the sandbox: what the rehearsal does, in its order, and where the state goes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from sandbox.configured import SAMPLE
from sandbox.plugins.install import install
from sandbox.procedure import steps
from sandbox.timetable import timetable
from tests import clock
from tests.documents.typed import BLOCK, Typed, commands_of, typed_in
from tests.sandbox.served import served
from toolchain.__main__ import CLONE
from toolchain.pulumi import find_pulumi

SAMPLE_FILES = CLONE / "tests" / "sample"
PAGE = (CLONE / "docs" / "getting-started.md").read_text(encoding="utf-8")
FROM_THE_FIRST_UP = re.compile(r"^## 5\..*(?=^## 7\.)", re.MULTILINE | re.DOTALL)
STATE = re.compile(r"^## 2\..*?(?=^## 3\.)", re.MULTILINE | re.DOTALL)
# What the rehearsal does otherwise, and where it is shown.
SHOWN_ELSEWHERE = {
    ("pulumi", "preview", "dev"): "tests/e2e/test_policies.py",
    ("pulumi", "config", "dev"): "tests/e2e/test_tearing_down.py: release:workload none",
}


def part(pattern: re.Pattern[str]) -> str:
    found = pattern.search(PAGE)
    assert found is not None
    return found[0]


def deed(typed: Typed) -> tuple[str, str, str] | None:
    """Program, command and stack of what changes or judges a stack."""
    words = [word for word in typed.words if word != "--for-promotion"]
    if words[0] not in {"pulumi", "release"} or "--stack" not in words:
        return None
    purpose = " for promotion" if "--for-promotion" in typed.words else ""
    return words[0], words[1] + purpose, words[words.index("--stack") + 1]


def inside(command: str) -> Typed:
    """A step's command without the `sandbox exec` that it runs in."""
    (typed,) = commands_of(command.rpartition(" -- ")[2], whole=True)
    return typed


def test_the_first_release_is_what_the_rehearsal_does_in_this_order() -> None:
    told = [deed(typed) for typed in typed_in(part(FROM_THE_FIRST_UP)) if typed.whole]
    written = [one for one in told if one is not None and one not in SHOWN_ELSEWHERE]
    assert len(written) >= 7
    rehearsed = iter([deed(inside(step.command)) for step in steps(SAMPLE, timetable(None, 24, clock.now()))])
    assert [one for one in written if one not in rehearsed] == []


def test_what_the_rehearsal_does_not_show_is_shown_where_it_is_said_to_be() -> None:
    told = {deed(typed) for typed in typed_in(part(FROM_THE_FIRST_UP)) if typed.whole}
    assert SHOWN_ELSEWHERE.keys() <= told
    assert all((CLONE / where.partition(":")[0]).is_file() for where in SHOWN_ELSEWHERE.values())


@pytest.mark.e2e
@pytest.mark.slow
def test_the_states_bucket_and_key_are_made_and_used_as_it_is_told(tmp_path: Path) -> None:
    """Through the real CLI, over moto's S3 and KMS: the key takes the place of the salt in the stack files."""
    project = tmp_path / "project"
    project.mkdir()
    for file in (CLONE / "Pulumi.yaml", *SAMPLE_FILES.glob("Pulumi.*.yaml")):
        shutil.copy(file, project)
    (block,) = BLOCK.findall(part(STATE))
    with served(tmp_path / "sandbox") as world:
        install(tmp_path / "pulumi-home")
        environ = {
            "PATH": os.pathsep.join([str(CLONE / ".venv" / "bin"), str(Path(str(find_pulumi())).parent), os.defpath]),
            "HOME": str(tmp_path),
            "PULUMI_HOME": str(tmp_path / "pulumi-home"),
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            "AWS_ENDPOINT_URL": world.endpoint,
            "AWS_ACCESS_KEY_ID": "somebody",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "ap-southeast-2",
            "AWS_CONFIG_FILE": str(tmp_path / "none"),
        }
        key = "none yet"
        for line in block.replace("\\\n", "").splitlines():
            command = line.replace("BUCKET", "release-states").replace("KEY_ID", key)
            ended = subprocess.run(
                ["sh", "-c", command], cwd=project, env=environ, capture_output=True, text=True, check=False
            )
            assert ended.returncode == 0, (command, ended.stderr)
            if "create-key" in command:
                key = json.loads(ended.stdout)
    for stack in ("dev", "prod"):
        settings = yaml.safe_load((project / f"Pulumi.{stack}.yaml").read_text())
        assert settings["secretsprovider"].startswith("awskms://alias/release-secrets")
        assert "encryptionsalt" not in settings
        assert settings["config"] == yaml.safe_load((SAMPLE_FILES / f"Pulumi.{stack}.yaml").read_text())["config"]
