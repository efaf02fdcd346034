"""The keeper, killed, refused or left without an answer anywhere: one winner, nothing lost, and the door closed."""

from __future__ import annotations

import signal
from collections.abc import Callable
from datetime import timedelta

import pytest
from botocore.exceptions import ReadTimeoutError

from sandbox.aws.codepipeline.runs import Status as Stands
from scripts.door.changes import BUDGET, newest
from scripts.errors import AccessDeniedError, ReleaseError, UndeterminedError
from scripts.ledger import freezes
from scripts.ledger.store import Stored
from tests.scripts.door.site import CHANGES, TUESDAY, Site, commit
from tests.scripts.fake_aws import Refusal
from tests.scripts.ledger.memory import Killed, Memory

Happens = Callable[[], object]


class Failing(Memory):
    """A store in which something happens at its n-th write, before it or after it."""

    def __init__(self, number: int, happens: Happens, *, after: bool = False, for_ever: bool = False) -> None:
        super().__init__()
        self.writes, self.number, self.happens, self.after, self.for_ever = 0, number, happens, after, for_ever

    def create(self, key: str, data: bytes) -> bool:
        self.writes += 1
        now = self.writes == self.number or (self.for_ever and self.writes > self.number)
        if now and not self.after:
            self.happens()
        new = super().create(key, data)
        if now and self.after:
            self.happens()
        return new

    def replace(self, key: str, data: bytes, etag: str) -> bool:
        raise AssertionError

    def read(self, key: str) -> Stored | None:
        return super().read(key)


def die() -> None:
    raise Killed


def lose_the_answer() -> None:
    raise ReadTimeoutError(endpoint_url="https://codepipeline")


def deny() -> None:
    raise AccessDeniedError("The bucket says no.")


def attempt(site: Site) -> None:
    try:
        site.keep()
    except (Killed, ReleaseError):
        site.before.clear()
        site.after.clear()


def recovered(site: Site) -> None:
    """The runs that come afterwards, as the Scheduler starts them."""
    for _ in range(3):
        site.passes(minutes=3)
        attempt(site)
    assert not site.is_open
    assert newest(site.keeping("ada").ledger)


def went_in_once(site: Site) -> None:
    (execution,) = site.pipeline.executions
    assert execution.is_in("Deploy")
    assert site.changes.count("StopPipelineExecution") == 0


@pytest.fixture
def site() -> Site:
    made = Site()
    made.keep()
    made.push(12)
    made.calls.clear()
    return made


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("call", ["EnableStageTransition", "DisableStageTransition"])
def test_killed_at_a_call_the_next_run_closes_and_lets_in_who_is_still_out(
    site: Site, call: str, *, after: bool
) -> None:
    site.dies(call, after=after)
    with pytest.raises(Killed):
        site.keep()
    recovered(site)
    went_in_once(site)


def test_killed_between_opening_and_closing_the_next_run_closes_even_if_it_comes_at_once(site: Site) -> None:
    site.dies("EnableStageTransition", after=True)
    with pytest.raises(Killed):
        site.keep()
    assert site.is_open
    began = site.time.now
    assert site.keep().code == 0
    assert not site.is_open
    assert site.time.now - began < timedelta(minutes=3)


def test_who_entered_while_a_killed_keepers_door_stood_open_is_turned_out(site: Site) -> None:
    site.dies("EnableStageTransition", after=True)
    with pytest.raises(Killed):
        site.keep()
    site.deployed(site.newest)
    site.passes(minutes=10)
    other = site.push(13)
    assert other.is_in("Deploy")
    told = site.keep()
    assert (told.code, other.status, site.is_open) == (3, Stands.STOPPED, False)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("number", range(1, 7))
def test_killed_at_any_write_to_the_ledger_it_is_finished_and_nobody_goes_in_twice(number: int, *, after: bool) -> None:
    site = Site()
    site.store = Failing(number, die, after=after)
    site.push(12)  # a new pipeline: it has entered
    site.deployed(site.newest)
    site.pipeline.executions.clear()
    attempt(site)
    recovered(site)
    site.push(12)
    for _ in range(2):
        attempt(site)
    recovered(site)
    went_in_once(site)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("happens", [die, lose_the_answer])
@pytest.mark.parametrize("call", ["StopPipelineExecution", "StartPipelineExecution"])
def test_killed_or_without_an_answer_while_it_takes_out_the_commit_waits_again_once(
    call: str, happens: Happens, *, after: bool
) -> None:
    site = Site(TUESDAY - timedelta(days=1))
    first = site.push(12)
    freezes.freeze(site.keeping("ada").ledger, "r")
    (site.after if after else site.before)[call] = happens
    attempt(site)
    site.before.clear()
    site.after.clear()
    recovered(site)
    assert [one.source_revisions["Source"] for one in site.pipeline.executions] == [commit(12)] * 2
    assert (first.status, site.newest.waits_for("Deploy")) == (Stands.STOPPED, True)
    assert b"started-again" in site.store.content[f"postponed/{first.id}.outcome.json"]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("number", range(2, 9))
def test_killed_at_any_write_while_it_takes_out_the_commit_waits_again_once(number: int, *, after: bool) -> None:
    site = Site(TUESDAY - timedelta(days=1))
    site.store = Failing(number, die, after=after)
    first = site.push(12)
    freezes.freeze(site.keeping("ada").ledger, "r")
    attempt(site)
    recovered(site)
    assert (first.status, len(site.pipeline.executions)) == (Stands.STOPPED, 2)
    assert site.newest.waits_for("Deploy")


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("call", ["EnableStageTransition", "DisableStageTransition"])
def test_a_lost_answer_leaves_no_door_open(site: Site, call: str, *, after: bool) -> None:
    (site.after if after else site.before)[call] = lose_the_answer
    attempt(site)
    site.before.clear()
    site.after.clear()
    recovered(site)
    went_in_once(site)


@pytest.mark.parametrize("call", CHANGES[:2])
def test_aws_that_refuses_to_close_is_told_and_exit_code_4(call: str) -> None:
    site = Site()
    site.before[call] = lambda: Refusal("AccessDeniedException")
    site.push(12)
    if call == "DisableStageTransition":
        with pytest.raises(UndeterminedError, match="codepipeline:DisableStageTransition"):
            site.keep()
    else:
        site.deployed(site.newest)
        site.keep()
        site.push(13)
        told = site.keep()
        assert (told.code, site.newest.waits_for("Deploy"), site.is_open) == (4, True, False)


@pytest.mark.parametrize("number", range(1, 5))
def test_a_bucket_denied_in_the_middle_leaves_the_door_closed_and_a_clear_end(number: int) -> None:
    site = Site()
    site.keep()
    kept = site.store.content
    site.store = Failing(number, deny, for_ever=True)
    site.store.content = kept
    site.push(12)
    told = site.keep()
    assert (told.code, site.is_open) == (4, False)
    assert "The bucket says no." in told.text


def test_what_was_closed_without_the_ledger_says_how_it_is_opened_and_is_a_persons_from_then_on(site: Site) -> None:
    kept = site.store.content
    site.store = Failing(3, deny, for_ever=True)
    site.store.content = kept
    told = site.keep()
    assert "no run of the keeper opens it now" in told.text
    assert "aws codepipeline enable-stage-transition" in told.text
    site.store = Memory()
    site.store.content = kept
    site.passes(minutes=3)
    site.deployed(site.newest)
    site.push(13)
    assert "what a person has closed a person opens" in site.keep().text
    door = site.keeping("ada").look()
    assert "enable-stage-transition" in door.opened_by(site.keeping("ada").outputs)


def test_of_two_keepers_at_once_one_acts(site: Site) -> None:
    told: list[object] = []
    site.store.meanwhile(lambda: told.append(site.keep("other")))
    site.keep("keeper")
    assert len(told) == 1
    assert site.changes == ["EnableStageTransition", "DisableStageTransition"]
    went_in_once(site)


def test_a_keeper_that_comes_while_another_has_the_door_open_waits_for_it(site: Site) -> None:
    def once() -> None:
        site.after.clear()
        began = site.time.now
        site.keep("other")
        waited.append(site.time.now - began)

    waited: list[timedelta] = []
    site.after["EnableStageTransition"] = once
    site.keep("keeper")
    assert waited[0] >= BUDGET
    assert site.said == ["Another run of the keeper is at the door: this one waits for its end, two minutes at most."]
    assert not site.is_open
    went_in_once(site)


def test_interrupted_while_the_door_is_open_it_is_closed_first(site: Site) -> None:
    def interrupt() -> None:
        site.after.clear()
        site.after["GetPipelineState"] = stop

    def stop() -> None:
        site.after.clear()
        raise KeyboardInterrupt

    site.after["EnableStageTransition"] = interrupt
    with pytest.raises(KeyboardInterrupt):
        site.keep()
    assert not site.is_open


def test_interrupted_again_while_it_closes_the_door_it_closes_it_all_the_same(site: Site) -> None:
    def interrupt() -> None:
        site.after.clear()
        site.after["GetPipelineState"] = again
        signal.raise_signal(signal.SIGINT)

    def again() -> None:
        site.after.clear()
        signal.raise_signal(signal.SIGINT)

    site.after["EnableStageTransition"] = interrupt
    with pytest.raises(KeyboardInterrupt):
        site.keep()
    assert not site.is_open
