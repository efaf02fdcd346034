"""A runbook holds for every service: its commands read the names from the stack's outputs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sop.outputs import StackOutputs
from sop.wire import wire_names
from toolchain.__main__ import CLONE

RUNBOOKS = sorted((CLONE / "docs" / "runbooks").glob("*.md"))
OF_ONE_SERVICE = re.compile(r"web-pipeline|web-infrastructure|/aws/\w+/|ap-southeast-2|\d{12}|@\w+\.|-prefix prod-")


@pytest.mark.parametrize("runbook", RUNBOOKS, ids=lambda path: path.stem)
def test_it_names_nothing_of_one_service(runbook: Path) -> None:
    assert OF_ONE_SERVICE.findall(runbook.read_text()) == []


@pytest.mark.parametrize("runbook", RUNBOOKS, ids=lambda path: path.stem)
def test_the_outputs_that_it_reads_are_the_stacks(runbook: Path) -> None:
    read = re.findall(r"pulumi stack output\s+(\w+)", runbook.read_text())
    assert read
    assert set(read) <= wire_names(StackOutputs)
