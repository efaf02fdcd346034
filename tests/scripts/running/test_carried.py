"""A whole release, carried on by one or more, with everything that can happen on the way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scripts.announcing.announce import announce
from scripts.announcing.facts import Release, Start
from scripts.announcing.owed import owed, resend, was_sent
from scripts.announcing.sending import key_of, stands
from scripts.channels.channel import NotSentError
from scripts.channels.delivery import Outcome
from scripts.clients.github_errors import GitHubRefusedError
from scripts.errors import AccessDeniedError
from scripts.running.steps import Name
from sop.names import RUNNER_VARIABLE
from sop.outputs import RunnerOutput
from tests.scripts.announcing.desk import raising
from tests.scripts.announcing.samples import mail, text_of
from tests.scripts.gate.place import FIRST, MANAGER, SECOND
from tests.scripts.ledger.memory import Killed, Memory
from tests.scripts.prod_stack import EXECUTION
from tests.scripts.recording.test_gathering import LATER
from tests.scripts.release import Release as Account
from tests.scripts.release import at, update
from tests.scripts.running.carried import FAILED_CHECK, Carried

pytestmark = pytest.mark.slow


@pytest.fixture
def carried(release: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Carried:
    return Carried(release, tmp_path, monkeypatch)


class Mortal(Memory):
    """Who writes something new is killed, right before it is there or right after, until `alive`."""

    alive = False

    def __init__(self, *, written: bool) -> None:
        super().__init__()
        self.written = written
        self.met: set[str] = set()
        self.reached: list[str] = []

    def create(self, key: str, data: bytes) -> bool:
        named = key.rpartition("/")[0] if "/go/" in key else key  # a GO is a new one each time
        if self.alive or named in self.met:
            return super().create(key, data)
        self.met.add(named)
        self.reached.append(key)
        if self.written:
            super().create(key, data)
        raise Killed


def settled_by_hand(carried: Carried) -> None:
    """What is uncertain somebody looks for, and settles."""
    site = carried.site("bob")
    assert site.desk
    for one in list(owed(site.ledger)):
        for channel in one.channels:
            key = key_of(one.occasion.message(channel))
            if stands(site.ledger, one.occasion.message(channel)).outcome is not Outcome.UNCERTAIN:
                continue
            text = one.announced.messages[channel]
            left = [sent for fake in carried.office.channels.values() for sent in fake.sent]
            was_sent(site.ledger, key) if text.encode() in left else resend(site.desk, key)


@pytest.mark.parametrize("written", [False, True], ids=["before it is written", "after"])
def test_a_run_is_killed_at_every_write_of_the_ledger_and_the_next_goes_on_and_nothing_is_sent_twice(
    carried: Carried, *, written: bool
) -> None:
    store = carried.office.store = Mortal(written=written)
    ended = None
    for _ in range(120):
        try:
            ended = carried.run()
        except Killed:
            carried.office.passes(minutes=10)
            store.alive = True
            settled_by_hand(carried)
            store.alive = False
            continue
        if ended.code == 5 and ended.again_at:
            carried.to(ended.again_at)
            continue
        break
    assert ended
    assert ended.code == 0
    assert len(store.reached) > 20
    assert max(carried.sent().values()) == 1
    assert len(carried.world.executions) == 2
    assert f"pr-1/stage/{EXECUTION}-observed/announcement" in carried.told()
    assert carried.subjects() == ["Production Release", "Production Release Complete"]


def test_a_mail_that_one_audience_cannot_get_is_not_announced_anew_for_another_time(carried: Carried) -> None:
    carried.to(at(0))  # while the window is open the earliest time is another one each quarter of an hour
    carried.office.refuse("management")
    assert carried.run().code == 4
    carried.office.passes(minutes=20)
    ended = carried.run()
    assert ended.code == 4
    assert "mail-management" in ended.told
    assert len([one for one in carried.told() if "/planned/" in one]) == 1
    carried.office.accept()
    ended = carried.run()
    assert ended.code == 5
    assert carried.office.recipients().count("operations@helios.id") == 1


def test_two_laptops_at_once_send_each_message_once(carried: Carried) -> None:
    ended = carried.run("ada")
    carried.to(at(-30))
    for _ in range(3):
        for who in ("ada", "bob"):
            carried.office.store.meanwhile(lambda: carried.run("eve"))
            ended = carried.run(who)
            carried.to(ended.again_at or carried.time())
    assert ended.code == 0
    assert max(carried.sent().values()) == 1
    assert len(carried.world.executions) == 2


def test_with_slack_down_it_goes_on_and_who_was_not_told_is_said(
    carried: Carried, capsys: pytest.CaptureFixture[str]
) -> None:
    carried.office.slack.ends = raising(NotSentError("slack is down"))
    ended = carried.run()
    assert ended.code == 5
    assert "slack" in capsys.readouterr().err
    ended = carried.whole()
    assert ended.code == 4
    assert f"pr-1/complete/{EXECUTION}/slack" in ended.told
    carried.office.slack.ends = lambda: "ts"
    assert carried.run().code == 0


def test_what_was_merged_by_hand_before_its_announcement_is_carried_on(carried: Carried) -> None:
    carried.to(at(0))
    carried.merged()
    ended = carried.whole()
    assert ended.code == 0
    assert carried.states()[Name.ANNOUNCE].startswith("missed")
    assert carried.subjects() == ["Production Release Complete"]


def test_an_execution_that_failed_in_build_is_told_once_as_nothing_deployed_and_recorded(carried: Carried) -> None:
    carried.status = "Failed"
    ended = carried.whole()
    assert ended.code == 3
    again = carried.run()
    assert again.code == 3
    assert [one for one in carried.told() if "/failed/" in one] == [f"pr-1/failed/{EXECUTION}/announcement"]
    assert max(carried.sent().values()) == 1
    assert not any("complete" in one for one in carried.told())
    notes = [one.read_text() for one in (carried.folder / "docs/releases").iterdir()]
    assert len(notes) == 1
    assert any("othing was deployed" in one for one in texts(carried))


def test_a_rerun_that_succeeded_is_gone_on_with(carried: Carried) -> None:
    carried.status = "Failed"
    assert carried.whole().code == 3
    carried.deploys(LATER, "Succeeded", minutes=30)
    carried.to(at(60))
    ended = carried.whole()
    assert ended.code == 0
    assert f"pr-1/complete/{LATER}/verified" in carried.told()
    assert max(carried.sent().values()) == 1


def texts(carried: Carried) -> list[str]:
    return [text_of(mail(one.decode())) for one in carried.office.mail.sent]


@pytest.mark.parametrize("command", ["verify", "observe"])
def test_what_failed_afterwards_is_told_once_and_recorded_and_not_called_complete(
    carried: Carried, command: str
) -> None:
    carried.verdicts[command] = FAILED_CHECK
    ended = carried.whole()
    assert ended.code == 3
    assert carried.run().code == 3
    assert max(carried.sent().values()) == 1
    assert f"pr-1/failed/{EXECUTION}/announcement" in carried.told()
    assert (f"pr-1/complete/{EXECUTION}/verified" in carried.told()) is (command == "observe")
    assert carried.asked[command] == 1


def superseded(carried: Carried) -> int:
    """The first release is overtaken by a second one, which carries it."""
    carried.runs_by_itself = False
    carried.to(at(-1))
    carried.merged()
    carried.deploys("superseded", "Superseded")
    second = carried.reviewed("dev")
    carried.world.place.host.merge(second, "second-engineer")
    carried.deploys(minutes=2)
    carried.to(at(20))
    return second.number


@pytest.mark.parametrize("first", [0, 1])
def test_what_was_superseded_is_told_and_recorded_with_what_carried_it_and_nothing_twice(
    carried: Carried, first: int
) -> None:
    numbers = [carried.number, superseded(carried)]
    one = carried.whole(number=numbers[first])
    assert one.code == 0
    sent = carried.sent()
    other = carried.whole("bob", number=numbers[1 - first])
    assert other.code == 0
    assert carried.sent() == sent
    assert max(sent.values()) == 1
    assert "Production Release Complete" in carried.subjects()
    assert len(list((carried.folder / "docs/releases").iterdir())) == 1
    assert carried.asked["verify"] == 1


def test_a_direct_push_is_carried_on_by_its_execution(carried: Carried) -> None:
    carried.to(at(-1))
    carried.world.place.commit("main", "pushed.yaml", "pushed\n")
    carried.deploys()
    carried.to(at(20))
    ended = carried.whole(execution=EXECUTION)
    assert ended.code == 0
    assert f"exec-{EXECUTION}/complete/{EXECUTION}/verified" in carried.told()


def test_where_nobody_is_to_be_told_it_is_carried_on_all_the_same(carried: Carried) -> None:
    carried.outputs = replace(carried.outputs, announcements=None)
    ended = carried.whole()
    assert ended.code == 0
    assert not carried.sent()


def test_what_cloudformation_still_goes_on_with_is_not_called_ended_and_its_failure_is_told(carried: Carried) -> None:
    carried.runs_by_itself = False
    carried.to(at(-1))
    carried.merged()
    carried.deploys(status="Failed", deploy="Failed")
    sha = carried.world.main
    begun, over = update(4, 30, status="UPDATE_ROLLBACK_COMPLETE", token=f"release-{sha}-1")
    carried.account.events(begun)
    carried.to(at(8))
    carried.meanwhile.append(lambda: carried.account.events(begun, over))
    ended = carried.run()
    assert ended.code == 3
    assert carried.slept
    assert "UPDATE_ROLLBACK_COMPLETE" in ended.told
    assert f"pr-1/failed/{EXECUTION}/announcement" in carried.told()


def test_who_was_killed_before_the_end_of_the_observation_was_told_tells_it(carried: Carried) -> None:
    store = carried.office.store
    carried.run()
    carried.to(at(0))
    carried.run()
    carried.to(at(90))
    store.meanwhile(lambda: store.meanwhile(raise_killed))  # the verdict is kept, and nothing else
    with pytest.raises(Killed):
        carried.run()
    assert carried.run().code == 0
    assert f"pr-1/stage/{EXECUTION}-observed/announcement" in carried.told()


def raise_killed() -> None:
    raise Killed


def test_the_ledger_refuses_in_the_middle_and_the_end_is_clear_and_the_next_goes_on(
    carried: Carried, monkeypatch: pytest.MonkeyPatch
) -> None:
    carried.run()
    carried.to(at(-30))
    carried.merged()

    def refuse(*_: object) -> bool:
        raise AccessDeniedError("s3:PutObject is denied.", "Grant it.")

    with monkeypatch.context() as refusing:
        refusing.setattr(carried.office.store, "create", refuse)
        with pytest.raises(AccessDeniedError):
            carried.run()
    assert carried.whole().code == 0
    assert max(carried.sent().values()) == 1


def test_where_the_runner_does_what_follows_the_merge_a_laptop_sends_nothing_of_it(
    carried: Carried, monkeypatch: pytest.MonkeyPatch
) -> None:
    carried.outputs = replace(carried.outputs, runner=RunnerOutput("web-runner-prod"))
    ended = carried.run()
    carried.to(at(-30))
    ended = carried.run()
    assert ended.code == 5
    assert "web-runner-prod" in ended.told
    assert carried.subjects() == ["Production Release"]
    monkeypatch.setenv(RUNNER_VARIABLE, "web-runner-prod")
    assert carried.whole("runner", execution=EXECUTION).code == 0
    monkeypatch.delenv(RUNNER_VARIABLE)
    assert carried.run().code == 0
    assert max(carried.sent().values()) == 1
    assert carried.subjects() == ["Production Release", "Production Release Complete"]


@pytest.mark.parametrize("status", [403, 404])
def test_a_back_merge_that_may_not_be_asked_for_keeps_nothing_from_being_verified_and_told_and_is_said(
    carried: Carried, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    github = carried.world.place.github
    change = github.change

    def refuse(method: str, path: str, *more: Any) -> Any:
        if path == "git/refs":
            raise GitHubRefusedError(
                "GitHub refuses it: no write access.", "Give the token Contents: write.", status, ""
            )
        return change(method, path, *more)

    with monkeypatch.context() as refusing:
        refusing.setattr(github, "change", refuse)
        ended = carried.whole()
    assert ended.code == 4
    assert "no write access" in ended.told
    assert carried.subjects() == ["Production Release", "Production Release Complete"]
    assert list((carried.folder / "docs/releases").iterdir())
    assert carried.run().code == 0
    assert carried.states()[Name.BACK_MERGE].startswith("done: asked for")


def test_a_direct_push_that_was_superseded_is_followed_to_what_carries_it(carried: Carried) -> None:
    carried.runs_by_itself = False
    carried.to(at(-1))
    carried.world.place.commit("main", "pushed.yaml", "pushed\n")
    carried.deploys("superseded", "Superseded")
    carried.merged()
    carried.deploys(minutes=2)
    carried.to(at(20))
    ended = carried.whole(execution="superseded")
    assert ended.code == 0
    assert f"pr-1/complete/{EXECUTION}/verified" in carried.told()
    assert not [one for one in carried.told() if one.startswith("exec-")]


def test_what_was_announced_while_github_was_down_is_not_told_again_under_another_name(carried: Carried) -> None:
    carried.runs_by_itself = False
    carried.to(at(0))
    carried.merged()
    carried.deploys()
    carried.to(at(20))
    site = carried.site("bob")
    assert site.desk
    start = Start(execution_id=EXECUTION, at=at(3))
    announce(start, Release(f"exec-{EXECUTION}", "More"), site.desk)
    assert carried.whole().code == 0
    assert len([one for one in carried.told() if "/started/" in one]) == 1
    assert f"exec-{EXECUTION}/complete/{EXECUTION}/verified" in carried.told()


def test_a_take_back_is_carried_without_notice(carried: Carried) -> None:
    assert carried.whole().code == 0
    place = carried.world.place
    place.commit("back", content="one\n" * 30)  # as it was before
    carried.pull = place.host.open_pull(title="Back", head="back", base="main", author="sample-engineer", body="")
    for login in (FIRST, SECOND, MANAGER):
        place.review(carried.pull, login)
    ended = carried.run()
    assert carried.states()[Name.ANNOUNCE].startswith("not needed")
    assert ended.code == 5
    assert carried.whole().code == 0
    assert f"pr-{carried.number}/complete/{LATER}/verified" in carried.told()
    assert max(carried.sent().values()) == 1
