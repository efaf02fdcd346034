"""A project in whose stack files everything is somebody else's: nothing of this repository's own is in its plan."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from components.deployers.reference import own_policies
from sop.names import Environment
from tests.foreign import FOREIGN, write_project
from tests.golden import plans

OF_THE_SAMPLE = re.compile(
    r"helios|123456789012|ap-southeast-2|\bmain\b|web-pipeline|web-infrastructure|operations@|Brisbane|5c0de000"
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_project(tmp_path_factory.mktemp("other") / "project")


@pytest.mark.parametrize("moment", plans.MOMENTS)
@pytest.mark.parametrize("stack", plans.STACKS)
def test_a_plan_has_their_values_and_none_of_the_samples(project: Path, stack: str, moment: str) -> None:
    text = plans.text(plans.record(stack, moment, project))
    assert OF_THE_SAMPLE.findall(text) == []
    for value in (FOREIGN.account_id, FOREIGN.region, FOREIGN.repository.partition("/")[0], "shop"):
        assert value in text


def test_so_have_the_policies_of_who_deploys_it(project: Path) -> None:
    for name, text in own_policies(project).items():
        assert OF_THE_SAMPLE.findall(text) == [], name
    assert "chatbot:" not in json.dumps(own_policies(project)[f"up-{Environment.DEV}.json"]), "only prod has Slack"
