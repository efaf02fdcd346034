"""What has happened, in order, from facts alone: so whoever looks again tells the same by the same keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from scripts.announcing.occasions import Event, Occasion
from scripts.ledger.store import require_key
from scripts.watching.happenings import Kind, happenings, state
from tests.scripts.fake_aws import Params
from tests.scripts.prod_stack import EXECUTION
from tests.scripts.release import action, at, rule
from tests.scripts.watching.watched import BUILD, SOURCE, Scene, deploying, root, states

CAROL = "arn:aws:iam::123456789012:user/carol"
LOCKED = datetime(2026, 3, 10, 1, 5, tzinfo=UTC)


def door(reason: str) -> Params:
    return {"enabled": False, "disabledReason": reason, "lastChangedBy": CAROL, "lastChangedAt": LOCKED}


def test_stages_are_told_in_order_and_each_is_complete_before_the_next_begins(scene: Scene) -> None:
    scene.ends("Succeeded", SOURCE, BUILD, action("Deploy", "Succeeded", 3, 7))
    assert scene.names() == [
        "source-began",
        "source",
        "build-began",
        "build",
        "deploy-began",
        "deploy",
        "end",
    ]


def test_started_is_deploys_beginning_and_each_stage_is_told_when_it_is_complete(scene: Scene) -> None:
    scene.ends("Succeeded", SOURCE, BUILD, action("Deploy", "Succeeded", 3, 7))
    told = [(one.event, one.occasion) for one in scene.told() if one.event]
    assert told == [
        (Event.STAGE, f"{EXECUTION}-source"),
        (Event.STAGE, f"{EXECUTION}-build"),
        (Event.STARTED, EXECUTION),
        (Event.STAGE, f"{EXECUTION}-deploy"),
        (Event.COMPLETE, EXECUTION),
    ]


def test_every_key_fits_the_ledger(scene: Scene) -> None:
    scene.goes_on(now=at(30))
    scene.release.rules(rule("Deploy", "InProgress", 3, 3))
    for one in scene.told():
        require_key(f"watched/{one.key}.json")
        require_key(Occasion("pr-1", Event.STAGE, one.occasion).key)


def test_every_five_minutes_of_deploy_are_told_with_what_cloudformation_does(scene: Scene) -> None:
    scene.goes_on(now=at(14.5))
    scene.release.events(root("UPDATE_IN_PROGRESS", 4))
    progress = [one for one in scene.told() if one.kind is Kind.PROGRESS]
    assert [(one.what, one.at) for one in progress] == [("deploy-5m", at(8)), ("deploy-10m", at(13))]
    assert "UPDATE_IN_PROGRESS" in progress[-1].text
    assert all(one.event is Event.STAGE for one in progress)


def test_whether_seen_then_or_found_later_the_five_minutes_have_the_same_keys(scene: Scene) -> None:
    scene.goes_on(now=at(14.5))
    then = [one.key for one in scene.told()]
    scene.ends("Succeeded", SOURCE, BUILD, action("Deploy", "Succeeded", 3, 16), minutes=16)
    scene.release.now = at(500)
    assert [one.key for one in scene.told()][: len(then)] == then


def test_the_alert_comes_above_fifteen_minutes_of_work(scene: Scene) -> None:
    scene.goes_on(now=at(15))
    assert "slow" not in scene.names()
    scene.release.now = at(15.1)
    (slow,) = [one for one in scene.told() if one.kind is Kind.SLOW]
    assert (slow.at, slow.event) == (at(15), None)


def test_waiting_is_no_work(scene: Scene) -> None:
    approval = action("Deploy", "InProgress", 1003, 1003, name="Approve", category="Approval")
    scene.goes_on(SOURCE, BUILD, approval, now=at(3000))
    scene.release.rules(rule("Deploy", "Succeeded", 3, 1003))
    assert "slow" not in scene.names()
    assert not [one for one in scene.told() if one.kind is Kind.PROGRESS]


def test_two_actions_side_by_side_are_work_once(scene: Scene) -> None:
    beside = action("Build", "Succeeded", 1, 9, name="Scan")
    scene.goes_on(SOURCE, action("Build", "Succeeded", 1, 9), beside, deploying(9), now=at(14))
    assert "slow" not in scene.names()


def test_between_two_actions_of_a_stage_it_is_not_complete(scene: Scene) -> None:
    scene.goes_on(SOURCE, BUILD, now=at(4))
    scene.release.stages(*states(Build=(EXECUTION, "InProgress")))
    assert "build" not in scene.names()
    scene.release.stages(*states(Build=(EXECUTION, "Succeeded")))
    assert scene.names()[-1] == "build"


def test_waiting_for_the_window_says_until_when_in_its_zone(scene: Scene) -> None:
    scene.goes_on(SOURCE, BUILD, now=at(600))
    waiting = rule("Deploy", "InProgress", 3, 3)
    scene.release.rules(waiting | {"startTime": at(300)})
    told = scene.told()[-1]
    assert (told.what, told.kind, told.at, told.event) == ("deploy-waits-window", Kind.WAITS, at(300), None)
    assert "opens Wed 2026-03-11 10:00 AEST" in told.text
    assert state(scene.read()) == told.text


def test_a_freeze_that_holds_when_the_window_opens_is_told_beside_it(scene: Scene) -> None:
    scene.release.outputs["calendar"]["freezes"] = {"sale": "2026-03-11"}
    scene.goes_on(SOURCE, BUILD, now=at(600))
    scene.release.rules(rule("Deploy", "InProgress", 3, 3) | {"startTime": at(300)})
    assert "frozen then: sale, until Thu 2026-03-12 00:00 AEST" in scene.texts()[-1]


def test_a_window_that_is_open_is_not_waited_for(scene: Scene) -> None:
    scene.release.rules(rule("Deploy", "Succeeded", 3, 3.1))
    assert not [one for one in scene.told() if one.kind is Kind.WAITS]


def test_waiting_before_a_door_that_a_person_closed_says_whose_it_is(scene: Scene) -> None:
    scene.goes_on(SOURCE, BUILD, now=at(10))
    scene.release.stages(*states(Build=(EXECUTION, "Succeeded"), door=door("do not touch")))
    told = scene.told()[-1]
    assert told.what == "deploy-waits-door-20260310t010500z"
    assert f"closed by hand since 2026-03-10T01:05:00Z by {CAROL} (do not touch)" in told.text
    assert "until who has closed it opens it" in told.text


def test_waiting_before_the_doors_own_lock_says_what_the_calendar_says(scene: Scene) -> None:
    scene.goes_on(SOURCE, BUILD, now=at(600))
    mark = "release door 000007 by keeper - nobody is let in"
    scene.release.stages(*states(Build=(EXECUTION, "Succeeded"), door=door(mark)))
    text = scene.texts()[-1]
    assert "for keeper (nobody is let in)" in text
    assert "outside the release window" in text
    assert "until Wed 2026-03-11 10:00 AEST" in text


def test_waiting_before_the_keepers_lock_says_who_lets_in(scene: Scene) -> None:
    scene.goes_on(SOURCE, BUILD, now=at(10))
    mark = "release keeper 000007 by runner - nothing is to be let in"
    scene.release.stages(*states(Build=(EXECUTION, "Succeeded"), door=door(mark)))
    text = scene.texts()[-1]
    assert "closed by the keeper since 2026-03-10T01:05:00Z" in text
    assert text.endswith(
        "the calendar is open; the keeper lets in what its gate is GO for: `release door --stack prod --apply`"
    )


def test_a_door_that_is_closed_behind_it_is_not_waited_for(scene: Scene) -> None:
    scene.goes_on(now=at(10))
    scene.release.stages(*states(Deploy=(EXECUTION, "InProgress"), door=door("mine")))
    assert not [one for one in scene.told() if one.kind is Kind.WAITS]


def test_inside_the_rule_both_the_rule_and_the_closed_door_are_told(scene: Scene) -> None:
    scene.goes_on(SOURCE, BUILD, now=at(600))
    scene.release.rules(rule("Deploy", "InProgress", 3, 3))
    scene.release.stages(*states(Deploy=(EXECUTION, "InProgress"), door=door("mine")))
    assert scene.names()[-2:] == ["deploy-waits-window", "deploy-waits-door-20260310t010500z"]


def test_waiting_for_an_approval_says_of_whom_and_until_when_it_fails_by_itself(scene: Scene) -> None:
    approval = action("Deploy", "InProgress", 3, 3, name="Approve", category="Approval")
    scene.goes_on(SOURCE, BUILD, approval, now=at(10))
    (waits,) = [one for one in scene.told() if one.kind is Kind.WAITS]
    assert "approval Approve" in waits.text
    assert "until 2026-03-17T01:03:00Z" in waits.text


def test_waiting_behind_another_execution_names_it(scene: Scene) -> None:
    scene.goes_on(SOURCE, BUILD, now=at(10))
    scene.release.stages(*states(Build=(EXECUTION, "Succeeded"), Deploy=("other", "InProgress")))
    assert scene.texts()[-1] == "Deploy is occupied by execution other, until that has ended"


def test_a_rollback_is_told_when_it_begins(scene: Scene) -> None:
    scene.rolls_back()
    (begun,) = [one for one in scene.told() if one.kind is Kind.ROLLBACK]
    assert begun.at == at(4.7)
    assert "Listener in web-infrastructure-prod failed" in begun.text
    assert begun.event is None


def test_the_same_facts_make_the_same_list(scene: Scene) -> None:
    scene.goes_on(now=at(30))
    assert happenings(scene.read()) == happenings(scene.read())
    later = scene.read()
    assert later.at - scene.read().at == timedelta()
