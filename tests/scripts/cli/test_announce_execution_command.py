"""`release announce` of what happened to an execution."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from scripts.announcing.announce import Desk
from scripts.announcing.announce import announce as tell
from scripts.announcing.facts import Start
from scripts.clients.github import GitHub
from scripts.ledger.ledger import Ledger
from sop.channels import Channel as Kind
from tests.clock import now
from tests.scripts.announcing.desk import NoGitHub
from tests.scripts.announcing.samples import outputs
from tests.scripts.announcing.samples import release as announced_release
from tests.scripts.channels.fake import Fake
from tests.scripts.cli.command import Ended, Run
from tests.scripts.fake_aws import ACCOUNT
from tests.scripts.ledger.stores import folder_store
from tests.scripts.prod_stack import EXECUTION, OUTPUTS
from tests.scripts.release import Release, action, update
from tests.scripts.watching.watched import BUILD, SOURCE, Scene, deploying


@pytest.fixture
def scene(release: Release) -> Scene:
    release.aws.date = "Tue, 10 Mar 2026 01:20:00 GMT"
    release.aws.answer("GetCallerIdentity", {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/ada"})
    return Scene(release)


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Fake:
    made = {kind: Fake() for kind in Kind}
    monkeypatch.setattr("scripts.channels.opening.channels_of", lambda *_: made.__getitem__)
    monkeypatch.setattr(GitHub, "of_environment", lambda _: NoGitHub())
    return made[Kind.SLACK]


@pytest.fixture
def announce(run: Run, scene: Scene, slack: Fake, tmp_path: Path) -> Run:
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps({**OUTPUTS, "recordsBucket": None}))

    def command(*arguments: object) -> Ended:
        places = ("--outputs", file, "--ledger", tmp_path / "ledger")
        return run("announce", *arguments, "--execution-id", EXECUTION, *places)

    return command


def test_a_start_its_stages_and_its_end_are_told_in_one_thread(announce: Run, scene: Scene, slack: Fake) -> None:
    scene.goes_on(SOURCE, BUILD, deploying())
    assert announce("started").code == 0
    assert announce("stage").code == 0
    scene.ends("Succeeded", SOURCE, BUILD, action("Deploy", "Succeeded", 3, 7))
    assert announce("complete").code == 0
    told = [json.loads(sent) for sent in slack.sent]
    assert [re.split(r" - | \(|\n", one["text"])[0] for one in told] == [
        "🚀 Production deployment started",
        "✅ Source stage complete",
        "✅ Build stage complete",
        "⏳ Deploy stage in progress",
        "✅ Production deployment complete",
    ]
    assert {one.get("thread_ts") for one in told[1:]} == {"ts-1"}


def test_what_has_not_happened_is_not_announced(announce: Run, scene: Scene, slack: Fake) -> None:
    scene.goes_on(SOURCE, BUILD, deploying())
    ended = announce("failed")
    assert (ended.code, slack.sent) == (3, [])
    assert "Nothing of execution" in ended.err


def test_a_lint_failure_on_main_says_that_nothing_was_deployed(announce: Run, scene: Scene) -> None:
    scene.ends("Failed", SOURCE, action("Build", "Failed", 1, 3), minutes=3)
    scene.release.events(*update(-60, -50))
    incident = "https://github.com/helios/web-infrastructure/issues/9"
    ended = announce("failed", "--incident", incident, "--post-mortem", "2026-03-11T10:00+10:00", "--dry-run")
    assert ended.code == 0
    assert "The production release has failed before anything was deployed. Production is unchanged." in ended.out
    assert "- Stack Status: UPDATE_COMPLETE (not touched)" in ended.out
    assert f"- Incident ticket: {incident}" in ended.out
    assert "- Post-mortem scheduled: 2026-03-11 10:00 AEST" in ended.out
    assert "rollback initiated" not in ended.out


def test_a_take_back_is_told_of_the_release_that_it_takes_back_in_its_thread(
    announce: Run, scene: Scene, slack: Fake, tmp_path: Path
) -> None:
    ledger = Ledger(folder_store(tmp_path / "ledger"), "ada", now)
    started = Start(execution_id="before", at=now())
    channels = {kind: Fake() for kind in Kind}
    tell(started, announced_release(), Desk(outputs(), ledger, channels.__getitem__))
    scene.ends("Succeeded", SOURCE, BUILD, action("Deploy", "Succeeded", 3, 7))
    ended = announce("rolled-back", "--pr", 12, "--reason", "errors since the release")
    assert (ended.code, ended.out.startswith(f"pr-12/rolled-back/{EXECUTION}\n")) == (0, True)
    (sent,) = map(json.loads, slack.sent)
    assert (sent["thread_ts"], sent["reply_broadcast"]) == ("ts-1", True)
    assert "Reason: errors since the release" in sent["text"]


def test_an_execution_that_there_is_none_of_is_wrong_usage(announce: Run, scene: Scene) -> None:
    scene.release.executions()
    assert announce("failed").code == 2
