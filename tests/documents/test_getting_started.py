"""`docs/getting-started.md` on the sandbox: where the state is kept."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from sandbox.plugins.install import install
from tests.documents.typed import BLOCK
from tests.sandbox.served import served
from toolchain.__main__ import CLONE
from toolchain.pulumi import find_pulumi

PAGE = (CLONE / "docs" / "getting-started.md").read_text(encoding="utf-8")
STATE = re.compile(r"^## 2\..*?(?=^## 3\.)", re.MULTILINE | re.DOTALL)


def part(pattern: re.Pattern[str]) -> str:
    found = pattern.search(PAGE)
    assert found is not None
    return found[0]


@pytest.mark.e2e
@pytest.mark.slow
def test_the_states_bucket_and_key_are_made_and_used_as_it_is_told(tmp_path: Path) -> None:
    """Through the real CLI, over moto's S3 and KMS: the key takes the place of the salt in the stack files."""
    project = tmp_path / "project"
    project.mkdir()
    for file in CLONE.glob("Pulumi*.yaml"):
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
        assert settings["config"] == yaml.safe_load((CLONE / f"Pulumi.{stack}.yaml").read_text())["config"]
