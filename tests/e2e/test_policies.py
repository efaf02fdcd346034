"""The policy pack in the real engine: the rehearsal's stacks keep it; here is a program that does not."""

from __future__ import annotations

import re
from pathlib import Path
from shutil import copytree

import pytest

from policies.rules import RULES, Rule
from sandbox.paths import PROJECT
from tests.e2e.conftest import Ended, SandboxUnderTest

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("faults")]

CARELESS = Path(__file__).parent / "careless"
BROKEN_BY = {
    "encrypted-at-rest": ("open-bucket", "open-topic", "old-key", "short-pipeline"),
    "tls-only": ("open-bucket",),
    "not-public": ("open-bucket", "open-topic-policy"),
    "no-star": ("mighty-policy",),
    "tagged": ("aws",),
    "retained": ("endless-log", "open-bucket"),
    "alarms-tell": ("mute-alarm", "mute-composite"),
    "three-stages": ("short-pipeline",),
    "branch-protected": ("open-branch",),
    "named": ("nameless-dashboard",),
    "kept-in-prod": ("open-bucket", "old-key", "open-branch"),
}


@pytest.fixture(scope="module")
def refused(released: SandboxUnderTest, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """The preview of a program that breaks every rule."""
    folder = copytree(CARELESS, tmp_path_factory.mktemp("careless") / "program")
    assert released.pulumi("stack", "init", "prod", cwd=folder).code == 0
    return released.pulumi("preview", "--stack", "prod", "--policy-pack", str(PROJECT / "policies"), cwd=folder)


def test_a_program_that_breaks_a_rule_has_no_preview(refused: Ended) -> None:
    assert refused.code == 1, refused


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_engine_names_the_rule_the_resource_and_what_mends_it(refused: Ended, rule: Rule) -> None:
    heading = rf"\[mandatory\] \[severity: {rule.severity}\]  {rule.name}  \(\S+: (\S+)\)\n"
    told = re.findall(rf"{heading}.*\n.* {re.escape(rule.remediation)}\n", refused.output)
    assert set(told) == set(BROKEN_BY[rule.name]), refused.output
