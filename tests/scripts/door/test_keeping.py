"""The door: of two one wins, a person's lock is left alone, and a run that is killed anywhere is finished or told."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from hypothesis import given
from hypothesis import strategies as st

from scripts.door.changes import Begun, Changed, Closing, Opening, Unchanged, find, newest
from scripts.door.keeping import Keeping
from scripts.errors import AccessDeniedError, ReleaseError, UndeterminedError, UnreachableError
from scripts.facts.door import LONGEST, Mark
from scripts.ledger.entries import UnreadableError
from tests.scripts.door.doors import BEGIN, PERSON, Doorway
from tests.scripts.fake_aws import Refusal
from tests.scripts.ledger.memory import Killed

Act = Callable[[Keeping, str], Any]
CLOSE: Act = Keeping.close
OPEN: Act = Keeping.open


@pytest.fixture
def doorway() -> Doorway:
    return Doorway()


def last(doorway: Doorway) -> Begun:
    found = newest(doorway.of("ada").ledger)
    assert found
    return found


def test_it_is_closed_with_our_mark_and_opened_again_and_both_stand_in_the_ledger(doorway: Doorway) -> None:
    done = doorway.of("ada").close("checkout is down")
    assert (done.code, doorway.is_open) == (0, False)
    assert doorway.transition["disabledReason"] == "release door 000001 by ada - checkout is down"
    begun = last(doorway)
    assert isinstance(begun.intent, Closing)
    assert (begun.intent.by.endswith("/ada"), begun.intent.reason) == (True, "checkout is down")
    assert isinstance(begun.outcome, Changed)
    assert begun.outcome.changed_at == BEGIN
    doorway.passes(hours=1)
    done = doorway.of("bob").open("it is back")
    assert (done.code, doorway.is_open) == (0, True)
    begun = last(doorway)
    assert (begun.number, type(begun.intent), type(begun.outcome)) == (2, Opening, Changed)


def test_who_opens_is_told_who_may_enter(doorway: Doorway) -> None:
    doorway.of("ada").close("r")
    doorway.waiting = ["exec-1"]
    assert "exec-1 may enter" in doorway.of("ada").open("r").text


@pytest.mark.parametrize("act", [CLOSE, OPEN])
def test_a_lock_that_a_person_has_set_by_hand_is_never_lifted_or_overwritten(doorway: Doorway, act: Act) -> None:
    doorway.locked_by_hand()
    told = act(doorway.of("ada"), "r")
    assert told.code == 3
    assert f"closed by hand since 2026-03-10T02:00:00Z by {PERSON} (do not touch)" in told.text
    assert doorway.calls == []
    assert newest(doorway.of("ada").ledger) is None


def test_who_may_not_lift_a_persons_lock_is_told_the_line_to_type(doorway: Doorway) -> None:
    doorway.locked_by_hand()
    assert (
        "aws codepipeline enable-stage-transition --pipeline-name web-pipeline-prod --stage-name Deploy "
        "--transition-type Inbound --region ap-southeast-2"
    ) in doorway.of("ada").open("r").text


@pytest.mark.parametrize("copied", ["release door 000001 by ada - other", "release door 000009 by ada - r"])
def test_a_reason_that_looks_like_ours_and_is_not_in_the_ledger_is_a_persons(doorway: Doorway, copied: str) -> None:
    doorway.of("ada").close("r")
    doorway.locked_by_hand(copied)
    told = doorway.of("ada").open("r")
    assert told.code == 3
    assert "this ledger knows nothing of it" in told.text
    assert doorway.calls == ["disable"]


@pytest.mark.parametrize(("act", "before"), [(CLOSE, 0), (OPEN, 1)])
def test_a_person_who_comes_while_the_intent_is_written_is_not_run_over(
    doorway: Doorway, act: Act, before: int
) -> None:
    if before:
        doorway.of("ada").close("r")
    doorway.store.meanwhile(doorway.locked_by_hand)
    assert act(doorway.of("ada"), "r").code == 3
    assert len(doorway.calls) == before
    assert isinstance(last(doorway).outcome, Unchanged)


@pytest.mark.parametrize(("act", "before"), [(CLOSE, 0), (OPEN, 1)])
def test_of_two_at_once_one_wins_and_the_other_is_told_whom_it_lost_to(doorway: Doorway, act: Act, before: int) -> None:
    if before:
        doorway.of("ada").close("r")
    doorway.store.meanwhile(lambda: act(doorway.of("bob"), "bob's"))
    with pytest.raises(UndeterminedError, match="operator/bob came first"):
        act(doorway.of("ada"), "ada's")
    assert len(doorway.calls) == before + 1


def test_a_second_reason_is_not_recorded_and_says_whose_the_first_is(doorway: Doorway) -> None:
    doorway.of("ada").close("first")
    told = doorway.of("bob").close("second")
    assert told.code == 3
    assert "for ada (first). Your reason was not recorded" in told.text
    assert doorway.calls == ["disable"]


def test_the_same_command_again_changes_nothing_and_is_done(doorway: Doorway) -> None:
    doorway.of("ada").close("checkout: down")
    assert doorway.of("ada").close("checkout: down").code == 0
    assert doorway.calls == ["disable"]
    assert doorway.of("ada").open("r").code == 0
    assert doorway.of("ada").open("r").code == 0
    assert doorway.calls == ["disable", "enable"]


def killed(doorway: Doorway, act: Act, *, called: bool) -> None:
    def die() -> None:
        raise Killed

    if called:
        doorway.after_call = die
    else:
        doorway.before_call = die
    with pytest.raises(Killed):
        act(doorway.of("ada"), "r")
    doorway.before_call = doorway.after_call = lambda: None


@pytest.mark.parametrize(("act", "before"), [(CLOSE, 0), (OPEN, 1)])
def test_a_run_killed_after_the_call_is_finished_by_the_next_one(doorway: Doorway, act: Act, before: int) -> None:
    if before:
        doorway.of("ada").close("r")
    killed(doorway, act, called=True)
    assert last(doorway).outcome is None
    assert act(doorway.of("ada"), "r").code == 0
    assert isinstance(last(doorway).outcome, Changed)
    assert len(doorway.calls) == before + 1


@pytest.mark.parametrize(("act", "before"), [(CLOSE, 0), (OPEN, 1)])
def test_a_run_killed_before_the_call_is_told_while_it_may_be_at_it_and_done_anew_afterwards(
    doorway: Doorway, act: Act, before: int
) -> None:
    if before:
        doorway.of("ada").close("r")
    killed(doorway, act, called=False)
    with pytest.raises(UndeterminedError, match="ada has begun"):
        act(doorway.of("bob"), "r")
    doorway.passes(minutes=2, seconds=1)
    assert act(doorway.of("bob"), "r").code == 0
    left = find(doorway.of("ada").ledger, before + 1)
    assert left
    assert isinstance(left.outcome, Unchanged)
    assert (last(doorway).number, len(doorway.calls)) == (before + 2, before + 1)


def test_who_slept_between_intent_and_call_does_nothing_as_another_may_have_begun(doorway: Doorway) -> None:
    doorway.store.meanwhile(lambda: doorway.passes(minutes=2))
    with pytest.raises(UndeterminedError, match="took too long"):
        doorway.of("ada").close("r")
    assert doorway.calls == []


def test_a_refusal_of_aws_changes_nothing_and_is_noted(doorway: Doorway) -> None:
    doorway.before_call = lambda: Refusal("AccessDeniedException")
    with pytest.raises(AccessDeniedError, match="codepipeline:DisableStageTransition"):
        doorway.of("ada").close("r")
    assert isinstance(last(doorway).outcome, Unchanged)


def test_a_lost_answer_of_a_call_that_was_made_is_no_failure(doorway: Doorway) -> None:
    def lost() -> None:
        raise ReadTimeoutError(endpoint_url="https://codepipeline")

    doorway.after_call = lost
    assert doorway.of("ada").close("r").code == 0
    assert isinstance(last(doorway).outcome, Changed)


def test_a_lost_call_is_left_open_for_the_next_run_to_look(doorway: Doorway) -> None:
    def lost() -> None:
        raise ReadTimeoutError(endpoint_url="https://codepipeline")

    doorway.before_call = lost
    with pytest.raises(UnreachableError):
        doorway.of("ada").close("r")
    assert last(doorway).outcome is None


@pytest.mark.parametrize(("act", "before"), [(CLOSE, 0), (OPEN, 1)])
def test_who_is_overtaken_right_after_the_call_is_told(doorway: Doorway, act: Act, before: int) -> None:
    if before:
        doorway.of("ada").close("r")
    doorway.after_call = doorway.locked_by_hand
    told = act(doorway.of("ada"), "r")
    assert told.code == 3
    assert f"closed by hand since 2026-03-10T02:00:00Z by {PERSON} (do not touch) meanwhile" in told.text


def test_a_stage_that_is_not_there_and_a_door_of_which_aws_says_nothing_are_no_open_door(doorway: Doorway) -> None:
    doorway.transition = {}
    with pytest.raises(UndeterminedError, match="does not say whether"):
        doorway.of("ada").close("r")
    doorway.aws.answer("GetPipelineState", {"stageStates": []})
    with pytest.raises(ReleaseError, match="no stage Deploy"):
        doorway.of("ada").close("r")
    doorway.aws.answer("GetPipelineState", Refusal("PipelineNotFoundException"))
    with pytest.raises(ReleaseError, match="does not exist"):
        doorway.of("ada").open("r")


def test_a_ledger_in_which_a_change_is_missing_changes_nothing(doorway: Doorway) -> None:
    doorway.of("ada").close("r")
    doorway.of("ada").open("r")
    del doorway.store.content["door/000001.intent.json"]
    with pytest.raises(UnreadableError):
        doorway.of("ada").close("r")
    assert len(doorway.calls) == 2


@given(who=st.text(min_size=1), why=st.text(min_size=1))
def test_whatever_who_and_why_aws_takes_the_reason_and_it_is_known_again(who: str, why: str) -> None:
    reason = str(Mark(7, f"arn:aws:sts::1:assumed-role/role/{who}", why))
    assert len(reason) <= LONGEST
    assert re.fullmatch(r"[a-zA-Z0-9!@ \(\)\.\*\?\-]+", reason)
    mark = Mark.of(reason)
    assert mark
    assert mark.number == 7
