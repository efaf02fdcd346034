"""`release door`: whose it is, since when and what opens it, and exit codes that a script can go by."""

from __future__ import annotations

import json
import re
import shlex
from email.utils import format_datetime
from pathlib import Path

import pytest

from tests.scripts.cli.command import Ended, Run
from tests.scripts.door.doors import PERSON, Doorway
from tests.scripts.door.site import Site
from tests.scripts.fake_aws import ACCOUNT, Params, Refusal
from tests.scripts.release import Release

ADA = f"arn:aws:sts::{ACCOUNT}:assumed-role/operator/ada"


@pytest.fixture
def doorway(release: Release) -> Doorway:
    there = Doorway()
    there.aws.answer("GetCallerIdentity", {"Account": ACCOUNT, "Arn": ADA})
    there.aws.date = "Tue, 10 Mar 2026 02:00:00 GMT"
    release.aws = there.aws
    return there


@pytest.fixture
def door(run: Run, outputs: Path, tmp_path: Path, doorway: Doorway) -> Run:
    """`release door` on a stack without a records bucket."""
    del doorway

    def command(*arguments: object) -> Ended:
        return run("door", "--outputs", outputs, "--ledger", tmp_path / "ledger", *arguments)

    return command


def test_it_is_shown_closed_and_opened(door: Run) -> None:
    shown = door()
    assert (shown.code, shown.out.splitlines()[0]) == (0, "The door of prod is open.")
    assert door("--close", " checkout\n is down ").code == 0
    shown = door()
    assert shown.code == 3
    first = "The door of prod is closed by `release door` since 2026-03-10T02:00:00Z for ada (checkout is down)"
    assert shown.out.startswith(first)
    assert '`release door --stack prod --open "why"` opens it' in shown.out
    assert door("--open", "it is back").code == 0
    assert door().code == 0


def test_as_data_it_says_what_it_says_to_a_person_and_how_the_door_stands_after_it(door: Run, doorway: Doorway) -> None:
    closed = "closed by `release door` since 2026-03-10T02:00:00Z for ada (checkout is down)"
    for arguments in ((), ("--close", "checkout is down"), (), ("--close", "another"), ("--open", "it is back")):
        done = door(*arguments, "--format", "json")
        assert done.data["told"].startswith("The door of prod is ")
        is_open = doorway.transition["enabled"]
        assert {**done.data, "told": ""} == {
            "schema": 1,
            "command": "door",
            "stack": "prod",
            "exit_code": done.code,
            "told": "",
            "door": {"open": is_open, "whose": None if is_open else closed, "before": [], "inside": None},
        }


def test_what_opens_it_again_can_be_typed(door: Run) -> None:
    (command,) = re.findall(r"`release door (.*?)`", door("--close", "checkout is down").out)
    assert door(*shlex.split(command)).out.startswith("The door of prod is open since ")


def test_it_says_that_nobody_keeps_it(door: Run) -> None:
    assert "No keeper is configured" in door().out


def test_it_says_which_project_keeps_it(door: Run, outputs: Path) -> None:
    runner = {
        "projectName": "web-pipeline-prod-runner",
        "scheduleGroup": "g",
        "scheduleRoleArn": "arn:aws:iam::1:role/r",
    }
    outputs.write_text(json.dumps({**json.loads(outputs.read_text()), "runner": runner}))
    assert "web-pipeline-prod-runner keeps it by itself." in door().out


def test_who_waits_before_it_and_behind_it_is_named(door: Run, doorway: Doorway) -> None:
    doorway.locked_by_hand()
    condition = {"latestExecution": {"status": "InProgress"}}
    state: Params = {
        "stageName": "Deploy",
        "inboundTransitionState": doorway.transition,
        "inboundExecution": {"pipelineExecutionId": "before", "status": "InProgress"},
        "latestExecution": {"pipelineExecutionId": "behind", "status": "InProgress"},
        "beforeEntryConditionState": condition,
    }
    doorway.aws.answer("GetPipelineState", {"stageStates": [state]})
    shown = door()
    assert "execution before waits before it" in shown.out
    assert "execution behind is behind it, where Deploy's entry rule keeps it" in shown.out
    condition["latestExecution"]["status"] = "Succeeded"
    assert "behind it" not in door().out


def test_a_persons_lock_is_told_with_the_line_that_opens_it_and_exit_code_3(door: Run, doorway: Doorway) -> None:
    doorway.locked_by_hand()
    for arguments in ((), ("--open", "r"), ("--close", "r")):
        told = door(*arguments)
        assert told.code == 3
        assert f"closed by hand since 2026-03-10T02:00:00Z by {PERSON} (do not touch)" in told.out
        assert "aws codepipeline enable-stage-transition" in told.out
    assert doorway.calls == []


def test_what_somebody_has_begun_and_not_ended_is_shown(door: Run, doorway: Doorway) -> None:
    doorway.after_call = lambda: doorway.aws.answer("GetPipelineState", Refusal("ServiceUnavailable"))
    assert door("--close", "checkout is down").code == 4
    again = Doorway()
    doorway.aws.answer("GetPipelineState", again._state)
    assert f"{ADA} began a closing at 2026-03-10T02:00:0" in door().out


def test_a_lock_of_more_than_30_days_says_that_what_waits_is_lost(door: Run, doorway: Doorway) -> None:
    doorway.passes(days=-31)
    doorway.locked_by_hand()
    assert "what waits does not go on by itself" in door().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--open", "r", "--close", "r"), "--open opens it, --close closes it."),
        (("--open", "r", "--apply"), "--apply keeps the door"),
        (("--dry-run",), "--dry-run is for --apply"),
        (("--open", ""), "--open needs the reason"),
        (("--close", " \n"), "--close needs the reason"),
    ],
)
def test_options_that_do_not_fit_are_wrong_usage(door: Run, arguments: tuple[str, ...], said: str) -> None:
    ended = door(*arguments)
    assert ended.code == 2
    assert said in ended.err


def test_what_a_persons_reason_holds_harms_no_terminal(door: Run, doorway: Doorway) -> None:
    doorway.locked_by_hand("a\x1b[31m")
    assert "a\\x1b[31m" in door().out


def test_aws_that_refuses_to_tell_is_undetermined(door: Run, doorway: Doorway) -> None:
    doorway.aws.answer("GetPipelineState", Refusal("AccessDeniedException"))
    ended = door()
    assert ended.code == 4
    assert "codepipeline:GetPipelineState" in ended.err


@pytest.fixture
def site() -> Site:
    """A Tuesday inside the window, and a pipeline that has never had a keeper."""
    return Site()


@pytest.fixture
def kept(door: Run, site: Site, release: Release, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`release door --apply`; where dev is nobody has said."""
    monkeypatch.setattr("scripts.clients.github.GitHub.of_environment", lambda _: site.repository)

    def command(*arguments: object) -> Ended:
        release.aws = site.connected()
        release.aws.answer("GetCallerIdentity", {"Account": ACCOUNT, "Arn": ADA})
        release.aws.date = format_datetime(site.time.now, usegmt=True)
        return door("--apply", *arguments)

    return command


def test_the_keeper_closes_the_door_and_says_so(kept: Run, site: Site) -> None:
    told = kept()
    assert (told.code, site.is_open) == (0, False)
    assert told.out.startswith("The door of prod is closed by the keeper since 2026-03-10T00:30:0")


def test_what_the_gate_cannot_tell_stays_out_with_exit_code_4(kept: Run, site: Site) -> None:
    kept()
    site.push(12)
    told = kept()
    assert (told.code, site.newest.waits_for("Deploy")) == (4, True)
    assert f"Execution {site.newest.id}, of #12, stays out: undetermined: " in told.out


def test_the_keepers_dry_run_changes_nothing(kept: Run, site: Site) -> None:
    assert kept("--dry-run").out.startswith("The door of prod is open, and would be closed.")
    assert (site.is_open, site.changes) == (True, [])
