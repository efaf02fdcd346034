"""A project in whose stack files everything is somebody else's comes up: real CLI, their account, no key asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.conftest import Ended, SandboxUnderTest
from tests.foreign import FOREIGN, write_project

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("others")]


def test_the_sandbox_is_theirs_and_the_preview_keeps_the_policies(tmp_path: Path) -> None:
    project = write_project(tmp_path / "project")
    files = {path: path.read_bytes() for path in project.glob("Pulumi*.yaml")}
    theirs = SandboxUnderTest(tmp_path / "home", Ended(0, "", ""))
    try:
        up = theirs("up", cwd=project)
        assert up.code == 0, up
        assert f"account {FOREIGN.account_id} in {FOREIGN.region}, and has {FOREIGN.repository}" in up.output
        preview = theirs.pulumi("preview", "--policy-pack", "policies", "--json", "--stack=prod", cwd=project)
        assert preview.code == 0, preview
        made = {step["newState"]["type"] for step in json.loads(preview.output)["steps"] if step["op"] == "create"}
        assert {kind.rpartition(":")[2] for kind in made} >= {"Pipeline", "SlackChannelConfiguration"}
    finally:
        theirs("down")
    assert {path: path.read_bytes() for path in project.glob("Pulumi*.yaml")} == files
