"""An exception lets one execution in, outside the window or in a freeze: for two hours, and past nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from botocore.exceptions import ReadTimeoutError

from sandbox.aws.codepipeline.model import Execution
from sandbox.aws.codepipeline.runs import Phase
from sandbox.aws.codepipeline.runs import Status as Stands
from scripts.door.exceptions import Exempted, key_of
from scripts.errors import ReleaseError
from scripts.ledger import freezes
from scripts.results import Status
from tests.scripts.door.site import FRIDAY, TUESDAY, Site
from tests.scripts.ledger.memory import Killed


@pytest.fixture
def site() -> Site:
    """A Friday afternoon; the keeper has closed the door, and a hotfix waits whose gate is GO."""
    made = Site(FRIDAY)
    made.keep()
    made.push(12)
    made.calls.clear()
    return made


def exempt(site: Site, execution: Execution, **lasts: float) -> None:
    ledger = site.keeping("ada").ledger
    entry = ledger.made(
        Exempted,
        execution=execution.id,
        reason="checkout is down",
        until=site.time.now + timedelta(**(lasts or {"hours": 2})),
        comment="https://x/pull/12#issuecomment-1",
        approved_by="operations-lead",
    )
    assert ledger.add(key_of(execution.id), entry)


def works(execution: Execution) -> bool:
    return execution.current is not None and execution.current.phase is Phase.RUNNING


def test_a_hotfix_that_is_go_stays_out_outside_the_window_without_an_exception(site: Site) -> None:
    told = site.keep()
    assert (told.code, site.changes, site.newest.waits_for("Deploy")) == (0, [], True)
    assert f"release override --stack prod --execution {site.newest.id}" in told.text


def test_with_an_exception_it_goes_in_and_past_the_windows_rule_and_the_door_is_closed_behind_it(site: Site) -> None:
    exempt(site, site.newest)
    told = site.keep()
    assert (told.code, works(site.newest), site.is_open) == (0, True, False)
    assert site.changes == ["EnableStageTransition", "DisableStageTransition", "OverrideStageCondition"]
    assert "by the exception of operations-lead (https://x/pull/12#issuecomment-1)" in told.text


def test_an_exception_is_for_that_execution_alone(site: Site) -> None:
    exempt(site, site.newest)
    newer = site.push(13)
    told = site.keep()
    assert newer.waits_for("Deploy")
    assert "stays out: outside the release window" in told.text


@pytest.mark.parametrize("lasts", [{"hours": 2}, {"days": 2}])
def test_after_two_hours_it_is_over_whatever_it_says(site: Site, lasts: dict[str, float]) -> None:
    exempt(site, site.newest, **lasts)
    site.passes(hours=2, seconds=1)
    told = site.keep()
    assert site.newest.waits_for("Deploy")
    assert "Its exception ended at 2026-03-06T07:00:00Z" in told.text


def test_it_is_an_exception_from_the_calendar_and_from_nothing_else(site: Site) -> None:
    exempt(site, site.newest)
    closed = {"window": Status.FAIL, "freeze": Status.FAIL, "incidents": Status.FAIL}
    site.judges(12, **closed, approvals=Status.FAIL)
    told = site.keep()
    assert site.newest.waits_for("Deploy")
    assert "NO-GO: approvals FAIL, approvals says so" in told.text
    site.judges(12, **closed)
    site.keep()
    assert works(site.newest)


def test_in_a_freeze_inside_the_window_the_rule_is_left_alone(site: Site) -> None:
    site.until(TUESDAY)
    freezes.freeze(site.keeping("ada").ledger, "checkout is down")
    exempt(site, site.newest)
    site.keep()
    assert works(site.newest)
    assert "OverrideStageCondition" not in site.changes


def test_what_a_killed_run_began_the_next_one_finishes(site: Site) -> None:
    exempt(site, site.newest)
    site.dies("OverrideStageCondition", after=False)
    with pytest.raises(Killed):
        site.keep()
    assert not works(site.newest)
    site.passes(minutes=3)
    site.keep()
    assert (works(site.newest), len(site.pipeline.executions)) == (True, 1)


def lose_the_answer() -> None:
    raise ReadTimeoutError(endpoint_url="https://codepipeline")


@pytest.mark.parametrize("after", [False, True])
def test_a_lost_answer_is_looked_up(site: Site, *, after: bool) -> None:
    exempt(site, site.newest)
    where: dict[str, Callable[[], object]] = site.after if after else site.before
    where["OverrideStageCondition"] = lose_the_answer
    site.keep()
    where.clear()
    site.passes(minutes=3)
    try:
        told = site.keep()
    except ReleaseError as problem:
        pytest.fail(problem.message)
    assert (told.code, works(site.newest)) == (0, True)
    assert site.changes.count("OverrideStageCondition") == 1


def test_who_waits_inside_the_rule_when_its_exception_is_over_is_taken_out(site: Site) -> None:
    first = site.newest
    exempt(site, first)
    site.dies("OverrideStageCondition", after=False)
    with pytest.raises(Killed):
        site.keep()
    site.passes(hours=2)
    told = site.keep()
    assert (first.status, site.newest is first, site.newest.waits_for("Deploy")) == (Stands.STOPPED, False, True)
    assert "its exception is over" in told.text
