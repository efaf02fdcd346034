"""The keeper: whoever waits goes in when the calendar, the gate and prod allow it, and at no other moment."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sandbox.aws.codepipeline.runs import Phase
from sandbox.aws.codepipeline.runs import Status as Stands
from scripts.door.changes import Changed, Kept, LetIn, find, newest
from scripts.door.keeper import RENEWED
from scripts.facts.door import KEEPS
from scripts.ledger import freezes
from scripts.results import Status
from tests.scripts.door.site import FRIDAY, TUESDAY, Site, commit

MONDAY = TUESDAY - timedelta(days=1)
ENTERED = ["EnableStageTransition", "DisableStageTransition"]


@pytest.fixture
def site() -> Site:
    """A Tuesday inside the window; the keeper has closed the door."""
    return kept(Site())


def kept(site: Site) -> Site:
    assert site.keep().code == 0
    assert not site.is_open
    site.calls.clear()
    return site


def test_who_waits_and_is_go_goes_in_and_the_door_is_closed_behind_it(site: Site) -> None:
    execution = site.push(12)
    assert execution.waits_for("Deploy")
    told = site.keep()
    assert (told.code, execution.is_in("Deploy"), site.is_open) == (0, True, False)
    assert site.changes == ENTERED
    assert f"Execution {execution.id}, of #12, goes in: pull request #12 is GO." in told.text
    ledger = site.keeping("ada").ledger
    opening, closing = find(ledger, 2), find(ledger, 3)
    assert opening
    assert closing
    assert (type(opening.intent), type(opening.outcome)) == (LetIn, Changed)
    assert (type(closing.intent), type(closing.outcome)) == (Kept, Changed)
    site.deployed(execution)
    assert execution.status is Stands.SUCCEEDED


def test_the_go_by_which_it_went_in_is_kept_for_the_record(site: Site) -> None:
    site.push(12)
    site.keep()
    assert len(site.keeping("ada").ledger.store.list("releases/pr-12/go/")) == 1


@pytest.mark.parametrize(("said", "code"), [(Status.FAIL, 0), (Status.INCONCLUSIVE, 4), (Status.ERROR, 4)])
def test_who_is_not_go_stays_out_is_told_and_goes_in_when_it_is(site: Site, said: Status, code: int) -> None:
    site.judges(12, approvals=said)
    execution = site.push(12)
    told = site.keep()
    assert (told.code, execution.waits_for("Deploy"), site.changes) == (code, True, [])
    assert f"approvals {said}, approvals says so" in told.text
    site.judges(12)
    assert site.keep().code == 0
    assert execution.is_in("Deploy")


def test_merged_by_hand_on_a_friday_without_a_go_it_waits_and_goes_in_on_tuesday_only_if_its_gate_is_go_then() -> None:
    site = kept(Site(FRIDAY))
    site.judges(12, approvals=Status.FAIL)
    execution = site.push(12)
    told = site.keep()
    assert (told.code, site.changes, execution.waits_for("Deploy")) == (0, [], True)
    assert "stays out: outside the release window" in told.text
    site.until(TUESDAY)
    site.keep()
    assert (execution.waits_for("Deploy"), site.is_open) == (True, False)
    site.judges(12)
    site.keep()
    assert execution.is_in("Deploy")


def test_what_no_pull_request_brought_stays_out_whatever_the_hour(site: Site) -> None:
    execution = site.push(12, direct=True)
    told = site.keep()
    assert (told.code, site.changes, execution.waits_for("Deploy")) == (0, [], True)
    assert "no pull request's merge made that commit" in told.text


def test_a_rollback_by_hand_stays_out_and_is_told_how_it_goes_in(site: Site) -> None:
    first = site.push(12)
    site.keep()
    site.deployed(first)
    back = site.engine.roll_back(site.pipeline, "Deploy", first, automated=False)
    told = site.keep()
    assert back.waits_for("Deploy")
    assert "`release door --stack prod --open" in told.text


def test_a_push_that_takes_the_waiting_ones_place_between_look_and_opening_is_stopped_and_told(site: Site) -> None:
    judged = site.push(12)
    site.before["EnableStageTransition"] = lambda: site.push(13) if site.newest is judged else None
    told = site.keep()
    other = site.newest
    assert (told.code, judged.status, other.status) == (3, Stands.SUPERSEDED, Stands.STOPPED)
    assert site.is_open is False
    assert site.stopped_builds == ["web-pipeline-prod-deploy:2"]
    assert f"Execution {other.id} was to be stopped: it entered where {judged.id} was let in." in told.text
    assert "had begun to deploy" in told.text


def test_one_that_came_while_the_gate_was_asked_is_not_let_in_unasked(site: Site) -> None:
    site.push(12)
    site.before["ListPipelineExecutions"] = lambda: site.push(13) if site.newest.number == 1 else None
    told = site.keep()
    assert (told.code, site.changes, site.newest.waits_for("Deploy")) == (0, [], True)
    assert "does not wait there alone any more" in told.text
    site.keep()
    assert (site.asked, site.newest.is_in("Deploy")) == ([12, 13], True)


def test_a_verdict_older_than_a_minute_opens_nothing(site: Site) -> None:
    execution = site.push(12)
    site.store.meanwhile(lambda: site.passes(seconds=61))
    told = site.keep()
    assert (execution.waits_for("Deploy"), site.changes) == (True, [])
    assert "older than a minute" in told.text


def test_waiting_before_the_door_when_a_freeze_begins_it_stays_out_and_goes_in_afterwards(site: Site) -> None:
    execution = site.push(12)
    freezes.freeze(site.keeping("ada").ledger, "checkout is down")
    told = site.keep()
    assert (execution.waits_for("Deploy"), site.changes) == (True, [])
    assert "checkout is down" in told.text
    freezes.thaw(site.keeping("ada").ledger)
    site.keep()
    assert execution.is_in("Deploy")


@pytest.fixture
def inside() -> Site:
    """A new pipeline on a Monday: its first execution waits inside the rule, and the keeper has never run."""
    made = Site(MONDAY)
    execution = made.push(12)
    assert execution.current
    assert execution.current.phase is Phase.ENTERING
    return made


def test_waiting_inside_the_rule_when_a_freeze_begins_it_is_stopped_waits_again_and_goes_in_afterwards(
    inside: Site,
) -> None:
    first = inside.newest
    freezes.freeze(inside.keeping("ada").ledger, "checkout is down")
    told = inside.keep()
    again = inside.newest
    assert (told.code, first.status, again.source_revisions) == (0, Stands.STOPPED, {"Source": commit(12)})
    assert again.waits_for("Deploy")
    assert f"{first.id} was stopped: frozen by" in told.text
    assert f"comes to wait again as {again.id}" in told.text
    inside.until(TUESDAY)
    assert again.waits_for("Deploy")
    freezes.thaw(inside.keeping("ada").ledger)
    inside.keep()
    assert again.is_in("Deploy")


def test_what_a_freezes_reason_holds_harms_no_terminal(inside: Site) -> None:
    freezes.freeze(inside.keeping("ada").ledger, "down\x1b[31m")
    told = inside.keep().text
    assert ("\\x1b[31m" in told, "\x1b" in told) == (True, False)


def test_an_incident_is_a_freeze_for_who_waits_inside_the_rule(inside: Site) -> None:
    inside.repository.incidents = [7]
    assert "incident https://x/issues/7" in inside.keep().text
    assert inside.newest.waits_for("Deploy")


@pytest.mark.parametrize("stopped", [False, True])
def test_a_newer_one_that_comes_is_not_pushed_aside_by_who_is_started_again(inside: Site, *, stopped: bool) -> None:
    first = inside.newest
    freezes.freeze(inside.keeping("ada").ledger, "r")

    def come() -> None:
        if inside.newest is first:
            inside.push(13)

    (inside.after if stopped else inside.before)["StopPipelineExecution"] = come
    told = inside.keep()
    assert first.status is (Stands.STOPPED if stopped else Stands.SUPERSEDED)
    assert inside.newest.source_revisions == {"Source": commit(13)}
    assert "It is not started again" in told.text


def test_a_new_pipelines_first_execution_is_held_by_the_rule_alone_until_the_keepers_first_run(inside: Site) -> None:
    assert inside.is_open
    told = inside.keep()
    assert (told.code, inside.is_open, inside.changes) == (0, False, ["DisableStageTransition"])
    assert f"Execution {inside.newest.id} is behind it, where Deploy's entry rule keeps it." in told.text
    second = inside.push(13)
    inside.until(TUESDAY)
    assert second.waits_for("Deploy")


@pytest.mark.parametrize("by", ["hand", "release door"])
def test_a_lock_that_a_person_has_set_is_never_lifted_or_overwritten(site: Site, by: str) -> None:
    execution = site.push(12)
    if by == "hand":
        site.locked_by_hand()
    else:
        assert site.keeping("ada").close("checkout is down").code == 0
    reason = site.pipeline.transition("Deploy").reason
    site.calls.clear()
    for _ in range(2):
        site.passes(days=8)
        site.until(site.time.now.replace(hour=1))
        told = site.keep()
        assert (told.code, site.changes, execution.waits_for("Deploy")) == (0, [], True)
        assert site.pipeline.transition("Deploy").reason == reason
        assert "what a person has closed a person opens" in told.text


def test_a_lock_set_between_the_last_look_and_the_closing_is_seen_to_be_a_persons(site: Site) -> None:
    site.push(12)
    site.after["EnableStageTransition"] = site.locked_by_hand
    told = site.keep()
    assert site.pipeline.transition("Deploy").reason == "do not touch"
    assert "closed by hand" in told.text


def test_a_person_closes_over_the_keepers_lock_and_the_reason_is_theirs(site: Site) -> None:
    told = site.keeping("ada").close("checkout is down")
    assert told.code == 0
    assert site.pipeline.transition("Deploy").reason == "release door 000002 by ada - checkout is down"


def test_what_a_person_has_opened_the_next_run_closes(site: Site) -> None:
    told = site.keeping("ada").open("at 3 a.m.")
    assert (told.code, told.text.endswith("The keeper's next run closes it again.")) == (0, True)
    site.keep()
    assert not site.is_open
    site.opened_by_hand()
    site.keep()
    assert not site.is_open


def test_who_entered_by_a_persons_hand_is_not_turned_out(site: Site) -> None:
    first = site.push(12)
    site.keep()
    site.deployed(first)
    site.passes(hours=1)
    second = site.push(13)
    site.opened_by_hand()
    assert second.is_in("Deploy")
    assert site.keep().code == 0
    assert second.is_in("Deploy")


def test_the_lock_is_renewed_weekly_while_nothing_waits_so_that_what_comes_to_wait_is_not_lost(site: Site) -> None:
    site.passes(days=6, hours=23)
    site.keep()
    assert site.changes == []
    for _ in range(6):
        site.passes(days=7, hours=1)
        assert "renewed" in site.keep().text
        assert not site.is_open
    site.until(TUESDAY + timedelta(days=56))
    execution = site.push(12)
    site.keep()
    assert execution.is_in("Deploy"), "40 days after the keeper's first lock"


def test_with_somebody_waiting_or_on_the_way_no_lock_is_renewed(site: Site) -> None:
    site.judges(12, approvals=Status.FAIL)
    site.push(12)
    site.passes(days=8)
    site.keep()
    assert site.changes == []
    assert RENEWED < timedelta(days=8) < KEEPS


def test_who_has_waited_for_more_than_30_days_is_lost_and_told(site: Site) -> None:
    site.judges(12, approvals=Status.FAIL)
    site.push(12)
    site.passes(days=35)
    told = site.keep()
    assert (told.code, site.changes) == (4, [])
    assert "waited for more than 30 days" in told.text


def test_github_down_keeps_the_door_closed_and_is_undetermined(site: Site) -> None:
    execution = site.push(12)
    site.repository.refusal = "GitHub cannot be reached"
    told = site.keep()
    assert (told.code, execution.waits_for("Deploy"), site.is_open) == (4, True, False)


def test_a_door_that_stands_open_is_closed_before_github_is_asked(site: Site) -> None:
    site.opened_by_hand()
    site.repository.refusal = "GitHub cannot be reached"
    site.push(12)
    site.keep()
    assert not site.is_open


def test_it_needs_less_time_at_the_door_than_from_a_merge_but_never_less_than_deploy_and_the_hour(site: Site) -> None:
    site.judges(12, approvals=Status.FAIL)
    site.push(12)
    site.passes(minutes=5)
    site.keep()
    site.passes(days=1)
    site.keep()
    first, second = site.needed
    assert first.until_deploy == second.until_deploy == timedelta()
    assert timedelta(minutes=69) < first.until_observed <= timedelta(minutes=70)
    assert second.until_observed == timedelta(minutes=75)


def test_what_would_be_done_is_told_and_nothing_is_written(site: Site) -> None:
    site.push(12)
    before = dict(site.store.content)
    told = site.would()
    assert "goes in: pull request #12 is GO." in told.text
    assert (site.changes, site.store.content) == ([], before)
    assert newest(site.keeping("ada").ledger)


def test_who_is_taken_out_or_did_not_get_in_before_the_window_closed_is_told_as_postponed(inside: Site) -> None:
    freezes.freeze(inside.keeping("ada").ledger, "checkout is down")
    inside.keep()
    ((number, why),) = inside.postponed
    assert (number, "checkout is down" in why) == (12, True)
    inside.postponed.clear()
    inside.keep()
    assert inside.postponed == [], "it was started by a call: what it is of may have been deployed"
    inside.push(13)
    inside.keep()
    assert inside.postponed == [(13, "")]


def test_inside_the_window_nobody_is_told_as_postponed_for_waiting(site: Site) -> None:
    site.judges(12, approvals=Status.FAIL)
    site.push(12)
    site.keep()
    assert site.postponed == []


def test_a_person_who_closes_while_the_gate_is_asked_is_not_run_over(site: Site) -> None:
    execution = site.push(12)
    site.store.meanwhile(lambda: site.keeping("ada").close("checkout is down"))
    site.keep()
    assert execution.waits_for("Deploy")
    assert "by ada - checkout is down" in site.pipeline.transition("Deploy").reason


def test_while_something_is_deployed_no_lock_is_renewed(site: Site) -> None:
    site.push(12)
    site.keep()
    site.passes(days=8)
    site.calls.clear()
    told = site.keep()
    assert (site.changes, "left as it is" in told.text) == ([], False)


def test_who_comes_to_wait_while_the_lock_is_to_be_renewed_is_not_let_in_by_it(site: Site) -> None:
    site.passes(days=8)
    site.store.meanwhile(lambda: site.push(12))
    told = site.keep()
    assert (site.changes, site.newest.waits_for("Deploy")) == ([], True)
    assert "Somebody is on the way." in told.text
