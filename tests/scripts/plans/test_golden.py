"""What two golden plans differ in, and the command that compares them with those of an earlier commit."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

import pytest

from scripts.errors import ConfigurationError
from scripts.plan_diff import GOLDEN, since
from scripts.plans.golden import between
from scripts.plans.plan import Operation
from tests.components.recorder import sample_plan
from tests.golden.plans import text


@cache
def planned() -> str:
    return text(sample_plan("prod"))


def test_the_same_plan_has_no_changes() -> None:
    plan = between(planned(), planned(), "prod")
    assert (plan.changes, plan.knows_replacements) == ((), False)


def test_a_changed_threshold_is_an_update_of_the_alarm_the_dashboard_and_the_outputs() -> None:
    plan = between(planned(), planned().replace("threshold: 80", "threshold: 70", 1), "prod")
    assert [(one.operation, one.resource) for one in plan.changes] == [(Operation.UPDATE, "prod-cpu")]
    assert [(one.path, one.before, one.after) for one in plan.changes[0].differences] == [("threshold", 80, 70)]


def test_a_resource_in_only_one_of_them_is_created_or_deleted() -> None:
    assert {one.operation for one in between("", planned(), "prod").changes[:-1]} == {Operation.CREATE}
    assert {one.operation for one in between(planned(), "", "prod").changes[:-1]} == {Operation.DELETE}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with one commit of golden plans."""
    for stack in ("dev", "prod"):
        folder = tmp_path / GOLDEN / stack
        folder.mkdir(parents=True)
        (folder / "deployed.yaml").write_text(planned(), encoding="utf-8")
    author = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    for command in (("init", "-q"), ("add", "."), (*author, "commit", "-q", "-m", "plans")):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    return tmp_path


def test_the_plans_of_a_checkout_are_compared_with_those_of_a_commit(checkout: Path) -> None:
    file = checkout / GOLDEN / "prod" / "deployed.yaml"
    file.write_text(planned().replace("threshold: 80", "threshold: 70", 1), encoding="utf-8")
    dev, prod = since("HEAD", checkout)
    assert dev.changes == ()
    assert [one.resource for one in prod.changes] == ["prod-cpu"]


def test_a_commit_that_does_not_exist_is_refused_in_words(checkout: Path) -> None:
    with pytest.raises(ConfigurationError, match="no such commit"):
        since("nosuch", checkout)


def test_a_folder_without_git_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="not a git repository"):
        since("HEAD", tmp_path)
