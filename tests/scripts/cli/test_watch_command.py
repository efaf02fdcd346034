"""`release watch`: lines for a log, data for a program, and exit codes that a script can go by."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scripts.channels.channel import NotSentError
from scripts.clients.github import GitHub
from scripts.gate import reading
from scripts.gate.pull_request import MergeState, Person, PullRequest
from sop.channels import Channel as Kind
from tests.scripts.channels.fake import Fake
from tests.scripts.cli.command import Ended, Run
from tests.scripts.prod_stack import EXECUTION, REVISION
from tests.scripts.release import Release, action, at, rule
from tests.scripts.watching.watched import BUILD, SOURCE, Line, Scene, root

DEPLOYED = action("Deploy", "Succeeded", 3, 7)


@pytest.fixture
def scene(release: Release) -> Scene:
    release.aws.date = "Tue, 10 Mar 2026 01:20:00 GMT"
    return Scene(release)


@pytest.fixture
def watch(run: Run, outputs: Path, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`release watch`, whose sleep is as long as one likes."""
    del scene
    monkeypatch.setattr("scripts.watching.command.sleep", lambda _: None)

    def command(*arguments: object) -> Ended:
        return run("watch", "--outputs", outputs, *arguments)

    return command


def test_a_log_has_plain_lines_each_with_its_time_and_zone(watch: Run, scene: Scene) -> None:
    scene.ends("Succeeded", SOURCE, BUILD, DEPLOYED)
    told = watch()
    lines = told.out.splitlines()
    assert told.code == 0
    assert lines[0] == "2026-03-10T01:00:00Z  Source began"
    assert lines[6].startswith("2026-03-10T01:07:00Z  Succeeded after 7 min")
    assert "\x1b" not in told.out
    assert f"release verify --stack prod --execution-id {EXECUTION} --wait" in lines[-1]
    assert f"execution {EXECUTION} of {REVISION[:12]}: Bigger servers" in told.err


def test_a_rollback_is_exit_code_3_with_its_cause(watch: Run, scene: Scene) -> None:
    scene.ends("Failed", SOURCE, BUILD, action("Deploy", "Failed", 3, 7))
    scene.rolls_back(root("UPDATE_ROLLBACK_COMPLETE", 5), cause="Port \x1b[2Jis taken")
    told = watch("--execution-id", EXECUTION)
    assert told.code == 3
    assert r"Port \x1b[2Jis taken" in told.out


def test_as_data_it_says_how_it_ended_and_all_that_happened(watch: Run, scene: Scene) -> None:
    scene.ends("Failed", SOURCE, action("Build", "Failed", 1, 3), minutes=3)
    told = watch("--format", "json")
    assert told.code == 3
    assert (told.data["command"], told.data["end"], told.data["stage"]) == ("watch", "failed", "Build")
    assert told.data["happenings"][-1]["key"] == f"{EXECUTION}-end"
    assert told.data["happenings"][-1]["event"] == "failed"
    assert "Source began" in told.err


def test_what_goes_on_is_exit_code_5_with_the_command_that_watches_on(watch: Run, scene: Scene) -> None:
    scene.goes_on(SOURCE, BUILD)
    scene.release.rules(rule("Deploy", "InProgress", 3, 3))
    told = watch("--wait-at-most", "1s")
    assert told.code == 5
    assert "It goes on: Deploy waits for the release window" in told.out
    assert told.out.splitlines()[-1].endswith(f"--wait-at-most 1s --execution-id {EXECUTION}")
    assert watch("--wait-at-most", "1s", "--format", "json").data["end"] is None


def test_interrupted_it_ends_at_once_and_says_how_to_go_on(
    watch: Run, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("scripts.watching.command.sleep", interrupted)
    told = watch()
    assert told.code == 130
    assert told.err.splitlines()[-1].endswith(f"--execution-id {EXECUTION}")
    del scene


def test_both_a_pull_request_and_an_execution_are_wrong_usage(watch: Run) -> None:
    assert watch("--pr", 1, "--execution-id", EXECUTION).code == 2


def test_an_execution_that_there_is_not_is_wrong_usage(watch: Run) -> None:
    told = watch("--execution-id", "none")
    assert told.code == 2
    assert "has no such execution" in told.err


def test_a_pipeline_that_has_never_run_cannot_be_watched(watch: Run, scene: Scene) -> None:
    scene.release.executions()
    told = watch()
    assert told.code == 4
    assert "has never run" in told.err


def pull(monkeypatch: pytest.MonkeyPatch, *, merged: float | None, sha: str = REVISION) -> None:
    person = Person("ada")
    found = PullRequest(
        **{"number": 12, "title": "t", "body": "", "url": "u", "author": person, "draft": False, "base": "main"},
        **{"base_sha": "0" * 40, "head": "dev", "head_sha": "1" * 40, "head_repository": "r", "own_head": True},
        **{"mergeable": MergeState.UNKNOWN, "content": "", "merge_commits": True},
        state="MERGED" if merged is not None else "OPEN",
        merged_at=at(merged) if merged is not None else None,
        merge_sha=sha if merged is not None else "",
    )
    monkeypatch.setattr(reading, "read_pull_request", lambda *_: found)


def test_of_a_pull_request_the_newest_execution_with_its_merge_is_watched(
    watch: Run, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.ends("Succeeded", SOURCE, BUILD, DEPLOYED)
    pull(monkeypatch, merged=-1)
    told = watch("--pr", 12)
    assert told.code == 0
    assert EXECUTION in told.err


def test_a_pull_request_that_is_not_merged_cannot_be_watched(watch: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    pull(monkeypatch, merged=None)
    told = watch("--pr", 12)
    assert told.code == 2
    assert "release gate --stack prod --pr 12" in told.err


def test_a_merge_that_started_nothing_for_ten_minutes_is_told_with_what_starts_it(
    watch: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    pull(monkeypatch, merged=5, sha="b" * 40)
    monkeypatch.setattr(GitHub, "of_environment", lambda _: Line(REVISION, "b" * 40))
    told = watch("--pr", 12)
    assert told.code == 4
    assert "has started no execution" in told.err
    assert "--reason rerun-failed" in told.err


@pytest.fixture
def channels(monkeypatch: pytest.MonkeyPatch) -> dict[Kind, Fake]:
    made = {kind: Fake() for kind in Kind}
    monkeypatch.setattr("scripts.watching.announcing.channels_of", lambda *_: made.__getitem__)
    return made


def events(channels: dict[Kind, Fake]) -> list[str]:
    """What was posted, by the beginning of its text."""
    return [json.loads(sent)["text"].partition(" - ")[0] for sent in channels[Kind.SLACK].sent]


def test_with_announce_everybody_is_told_once_whoever_watches_and_how_often(
    watch: Run, scene: Scene, channels: dict[Kind, Fake], tmp_path: Path
) -> None:
    ledger = tmp_path / "ledger"
    scene.goes_on(now=at(10))
    watch("--announce", "--ledger", ledger, "--wait-at-most", "1s")
    begun = list(events(channels))
    assert begun[0] == "\N{ROCKET} Production deployment started"
    scene.ends("Succeeded", SOURCE, BUILD, DEPLOYED)
    for _ in range(2):
        assert watch("--announce", "--ledger", ledger).code == 0
    told = events(channels)
    assert told[: len(begun)] == begun
    assert told[len(begun) :] == ["\N{WHITE HEAVY CHECK MARK} Production deployment complete"]


def test_without_announce_nothing_is_sent(watch: Run, scene: Scene, channels: dict[Kind, Fake]) -> None:
    scene.ends("Succeeded", SOURCE, BUILD, DEPLOYED)
    assert watch().code == 0
    assert not any(one.sent for one in channels.values())
    assert watch("--ledger", "x").code == 2


def test_somebody_who_was_not_told_is_named_and_is_exit_code_4(
    watch: Run, scene: Scene, channels: dict[Kind, Fake], tmp_path: Path
) -> None:
    def refused() -> str:
        raise NotSentError("channel_not_found")

    scene.ends("Succeeded", SOURCE, BUILD, DEPLOYED)
    channels[Kind.SLACK].ends = refused
    told = watch("--announce", "--ledger", tmp_path / "ledger")
    assert told.code == 4
    assert "channel_not_found" in told.err
    assert "Succeeded" in told.out
