"""How releases have gone, read from the pipeline, GitHub and the ledger; and told for a person and a program."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from scripts.ledger import messages
from scripts.ledger.messages import Message
from scripts.recording import kept
from scripts.recording.figures import DEFINITIONS, Kind
from scripts.recording.history import History, Reading
from scripts.recording.history_shown import data, table
from scripts.releases.verdicts import OBSERVE, VERIFY, keep_verdict
from scripts.results import Status
from sop.outputs import StackOutputs
from sop.windows import BUSINESS_HOURS
from tests.scripts.gate.place import InProcess
from tests.scripts.prod_stack import EXECUTION
from tests.scripts.recording.records import report, result
from tests.scripts.recording.test_gathering import EARLIER, LATER, World
from tests.scripts.release import Release, at

DAY = 24 * 60
NOW = at(20 * DAY)
ZONE = BUSINESS_HOURS.zone


@pytest.fixture
def world(release: Release, tmp_path: Path) -> World:
    return World(release, tmp_path / "place")


def read(world: World, days: float = 60, **more: Any) -> History:
    ledger = more.pop("ledger", world.ledger)
    outputs, aws = StackOutputs.parse(world.release.outputs), world.release.aws.aws
    return Reading(outputs, aws, world.place.github, ledger, NOW).history(NOW - timedelta(days=days))


def kinds(found: History) -> dict[str, Kind]:
    return {one.execution.id: one.kind for one in found.executions}


def test_executions_are_what_the_pipeline_says_and_releases_what_github_does(world: World) -> None:
    pull = world.merged()
    world.runs(world.main)
    found = read(world)
    assert kinds(found) == {EARLIER: Kind.DEPLOYED, EXECUTION: Kind.DEPLOYED}
    assert found.releases == {EXECUTION: f"pr-{pull.number}"}
    assert found.unknown == ()
    assert found.figures.lead_merge is not None


def test_a_deploy_that_failed_a_lint_failure_and_one_that_was_superseded_are_told_apart(world: World) -> None:
    world.merged()
    sha = world.main
    world.executions += [
        world.execution("lint", sha, "Failed", minutes=10),
        world.execution("old", sha, "Superseded", minutes=20),
    ]
    world.details += [*world.stages("lint", 10, deploy="")[:1], *world.stages("old", 20, deploy="")]
    world.runs(sha, "failed", "Failed", minutes=30)
    found = read(world)
    assert kinds(found) == {
        EARLIER: Kind.DEPLOYED,
        "lint": Kind.NOT_DEPLOYED,
        "old": Kind.SUPERSEDED,
        "failed": Kind.FAILED,
    }
    assert (found.figures.deployments, found.figures.tried, found.figures.failed) == (1, 2, 1)


def test_what_the_stack_has_run_before_is_a_take_back_by_its_content(world: World) -> None:
    first = world.first
    world.merged()
    world.runs(world.main)
    tree = world.place.host.repository.commit_change(first, lambda folder: str((folder / "x").write_text("x")))
    world.place.host.push("main", tree, "sample-engineer")
    world.runs(tree, LATER, minutes=60)
    again = world.place.host.repository.commit_change(tree, lambda folder: str((folder / "x").unlink()))
    world.place.host.push("main", again, "sample-engineer")
    world.runs(again, "again", minutes=120)
    found = read(world)
    assert kinds(found)["again"] is Kind.TAKE_BACK
    assert [one.execution.id for one in found.executions if one.bad] == [LATER]


@pytest.mark.parametrize("how", ["report", "message", "verify", "observe"])
def test_what_was_found_bad_afterwards_is_a_failed_change(world: World, how: str) -> None:
    pull = world.merged()
    world.runs(world.main)
    release = f"pr-{pull.number}"
    if how == "report":
        kept.keep(world.ledger, release, report("observe", result(Status.FAIL), minutes=80))
    elif how in (VERIFY, OBSERVE):
        keep_verdict(world.ledger, release, report(how, result(Status.FAIL)))
    else:
        told = Message(release, "failed", EXECUTION, "slack")
        messages.claim(world.ledger, told, b"{}", timedelta(minutes=1))
    assert read(world).figures.failed == 1


def test_an_observation_that_was_good_is_none(world: World) -> None:
    pull = world.merged()
    world.runs(world.main)
    kept.keep(world.ledger, f"pr-{pull.number}", report("observe", minutes=80))
    assert read(world).figures.failed == 0


def test_what_ended_before_the_period_only_says_what_ran(world: World) -> None:
    world.runs(world.first)
    found = read(world, days=20)
    assert kinds(found) == {EXECUTION: Kind.ONCE_MORE}
    assert found.figures.deployments == 0


def test_a_period_longer_than_aws_remembers_says_so(world: World) -> None:
    world.runs(world.first)
    assert any("twelve months" in one for one in read(world, days=400).remarks)
    assert any("shorter than asked for" in one for one in read(world, days=60).remarks)
    assert read(world, days=20).remarks == ()


def test_without_a_ledger_it_says_what_is_missing(world: World) -> None:
    world.runs(world.first)
    assert any("no ledger" in one for one in read(world, ledger=None).remarks)


def test_without_github_there_is_no_lead_time_and_all_else_is_told(world: World) -> None:
    world.merged()
    world.runs(world.main)
    world.place.github = InProcess(world.place.host, "nobody")
    found = read(world)
    assert (found.figures.deployments, found.figures.lead_merge) == (2, None)
    assert any(one.startswith("Lead times are not known") for one in found.unknown)


def test_a_pipeline_that_never_ran_has_no_figures(world: World) -> None:
    world.executions.clear()
    world.details.clear()
    text = table(read(world), ZONE)
    assert "Nothing has ended in that time." in text
    assert "change failure rate   no data" in text
    assert "0 %" not in text


def test_every_figure_stands_beside_its_definition(world: World) -> None:
    world.merged()
    world.runs(world.main)
    found = read(world)
    text, told = " ".join(table(found, ZONE).split()), data(found, ZONE)
    assert all(words in text for words in DEFINITIONS.values())
    assert {name: one["definition"] for name, one in told["figures"].items()} == dict(DEFINITIONS)
    assert json.loads(json.dumps(told))["executions"][-1]["kind"] == "deployed"
    assert told["executions"][-1]["ended"] == "2026-03-10T11:07:00+10:00"
