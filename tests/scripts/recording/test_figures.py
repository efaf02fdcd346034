"""The figures over many releases: what counts as what, by table; and no figure where there is no data."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scripts.recording.figures import DEFINITIONS, Brought, Execution, Figures, Judged, Kind, cadence, figures, judged

BEGIN = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = BEGIN + 28 * DAY


def ran(
    name: str,
    day: float,
    *,
    status: str = "Succeeded",
    deploy: str | None = None,
    back: bool = False,
    revision: str = "",
    content: str | None = "",
    bad: bool = False,
) -> Execution:
    began = BEGIN + day * DAY
    how = {"Superseded": "", "Cancelled": ""}.get(status, status) if deploy is None else deploy
    ended = None if status == "InProgress" else began + HOUR
    tree = f"tree of {name}" if content == "" else content
    return Execution(name, status, revision or name, back, how, began, ended, tree, bad)


def told(*executions: Execution) -> list[tuple[str, Kind, str]]:
    return [(one.execution.id, one.kind, one.bad) for one in judged(executions)]


def over(*executions: Execution, since: datetime = BEGIN, brought: dict[str, Brought] | None = None) -> Figures:
    return figures(judged(executions), brought or {}, since, NOW)


@pytest.mark.parametrize(
    ("execution", "kind"),
    [
        (ran("one", 1), Kind.DEPLOYED),
        (ran("one", 1, status="Superseded"), Kind.SUPERSEDED),
        (ran("one", 1, status="Superseded", deploy="Abandoned"), Kind.SUPERSEDED),
        (ran("one", 1, status="Cancelled"), Kind.CANCELLED),
        (ran("one", 1, status="Failed", deploy=""), Kind.NOT_DEPLOYED),
        (ran("one", 1, status="Stopped", deploy=""), Kind.NOT_DEPLOYED),
        (ran("one", 1, status="Failed"), Kind.FAILED),
        (ran("one", 1, status="Stopped", deploy="Abandoned"), Kind.FAILED),
        (ran("one", 1, status="Cancelled", deploy="Abandoned"), Kind.FAILED),
        (ran("one", 1, status="Failed", deploy="Succeeded"), Kind.DEPLOYED),
        (ran("one", 1, back=True), Kind.ROLLBACK),
        (ran("one", 1, back=True, status="Failed"), Kind.NOT_DEPLOYED),
        (ran("one", 1, status="InProgress"), Kind.RUNNING),
        (ran("one", 1, status="Stopping"), Kind.RUNNING),
    ],
)
def test_what_an_execution_is(execution: Execution, kind: Kind) -> None:
    assert [one.kind for one in judged([execution])] == [kind]


def test_the_deployed_commit_once_more_is_no_deployment() -> None:
    again = ran("again", 2, revision="one")
    assert told(ran("one", 1), again)[1][1] is Kind.ONCE_MORE
    assert over(ran("one", 1), again).deployments == 1


def test_what_production_has_run_before_is_taken_back_to_and_the_one_between_has_failed() -> None:
    found = told(ran("one", 1), ran("two", 2), ran("three", 3, content="tree of one"))
    assert found[1:] == [("two", Kind.DEPLOYED, "taken back"), ("three", Kind.TAKE_BACK, "")]


def test_a_rollback_is_no_deployment_and_makes_the_one_before_a_failed_change() -> None:
    found = over(ran("one", 1), ran("two", 2), ran("back", 3, back=True, revision="one"))
    assert (found.deployments, found.tried, found.failed) == (2, 2, 1)
    assert found.restore == DAY


def test_a_rollback_after_a_failed_deploy_takes_back_nothing_of_what_ran_before() -> None:
    back = ran("back", 3, back=True, revision="one", content="tree of one")
    found = told(ran("one", 1), ran("two", 2, status="Failed"), back)
    assert found == [("one", Kind.DEPLOYED, ""), ("two", Kind.FAILED, "failed in Deploy"), ("back", Kind.ROLLBACK, "")]


def test_what_production_went_back_to_can_be_taken_back_itself() -> None:
    one, two = ran("one", 1), ran("two", 2)
    back = ran("back", 3, back=True, revision="one", content="tree of one")
    further = ran("further", 4, back=True, revision="zero", content="tree of zero")
    assert [name for name, _, bad in told(one, two, back, further) if bad] == ["one", "two"]


def test_two_rollbacks_in_a_row_fail_one_change_once() -> None:
    found = over(ran("one", 1), ran("two", 2), ran("back", 3, back=True), ran("again", 4, back=True))
    assert (found.tried, found.failed) == (2, 1)


def test_a_lint_failure_and_what_was_superseded_or_cancelled_are_no_failed_changes() -> None:
    found = over(
        ran("one", 1),
        ran("lint", 2, status="Failed", deploy=""),
        ran("superseded", 3, status="Superseded"),
        ran("cancelled", 4, status="Cancelled"),
    )
    assert (found.deployments, found.tried, found.failed) == (1, 1, 0)
    assert found.rate == 0


def test_what_was_found_bad_in_its_observation_is_a_failed_change() -> None:
    found = over(ran("one", 1, bad=True), ran("two", 3))
    assert (found.failed, found.restore) == (1, 2 * DAY)


def test_a_failed_deploy_is_restored_by_the_next_that_succeeds() -> None:
    found = over(
        ran("one", 1), ran("two", 2, status="Failed"), ran("lint", 3, status="Failed", deploy=""), ran("fix", 4)
    )
    assert (found.tried, found.failed, found.restore, found.unrestored) == (3, 1, 2 * DAY, 0)


def test_what_is_not_restored_yet_is_counted_apart_and_gives_no_time() -> None:
    found = over(ran("one", 1), ran("two", 2, status="Failed"))
    assert (found.failed, found.restore, found.unrestored) == (1, None, 1)


def test_without_executions_there_is_no_figure() -> None:
    found = over()
    assert (found.deployments, found.per_week, found.tried) == (0, 0, 0)
    assert {found.interval, found.longest, found.lead_merge, found.lead_commit, found.rate, found.restore} == {None}
    assert cadence(found) == "no cadence yet: it takes two deployments"


def test_a_period_of_less_than_a_week_has_no_frequency() -> None:
    found = over(ran("one", 26.5), ran("two", 27), since=NOW - 2 * DAY)
    assert (found.deployments, found.per_week) == (2, None)
    assert cadence(found) == "no cadence yet: it takes a week"


def test_frequency_is_by_the_weeks_of_the_period() -> None:
    assert over(ran("one", 1), ran("two", 8)).per_week == 0.5


@pytest.mark.parametrize(
    ("days", "words"),
    [((0, 7, 14, 21), "weekly"), ((1, 15), "bi-weekly"), ((1, 8, 22), "bi-weekly"), ((1, 25), "less often")],
)
def test_the_cadence_is_held_to_the_sops(days: tuple[float, ...], words: str) -> None:
    assert cadence(over(*(ran(str(day), day) for day in days))).startswith(words)


def test_the_longest_interval_counts_the_time_since_the_last_deployment() -> None:
    assert over(ran("one", 1), ran("two", 8)).longest == NOW - (BEGIN + 8 * DAY + HOUR)


def test_only_what_ended_in_the_period_counts_and_what_was_before_says_what_ran() -> None:
    found = over(ran("one", 1), ran("again", 20, revision="one"), since=BEGIN + 14 * DAY)
    assert (found.deployments, found.tried) == (0, 0)


def test_lead_time_is_from_the_merge_and_from_every_commit() -> None:
    end = BEGIN + DAY + HOUR
    brought = {"one": Brought(end - 2 * HOUR, (end - 3 * DAY, end - 5 * DAY, end - 4 * DAY))}
    found = over(ran("one", 1), brought=brought)
    assert (found.lead_merge, found.lead_commit) == (2 * HOUR, 4 * DAY)


def test_what_was_superseded_is_in_the_lead_time_of_the_one_that_carried_it() -> None:
    end = BEGIN + 2 * DAY + HOUR
    brought = {"two": Brought(end - HOUR, (end - 2 * DAY, end - 2 * HOUR))}
    assert over(ran("one", 1, status="Superseded"), ran("two", 2), brought=brought).lead_commit == DAY + HOUR


def test_the_order_in_which_executions_are_given_does_not_matter() -> None:
    some = [ran("one", 1), ran("two", 2), ran("back", 3, back=True), ran("three", 4)]

    def shape(found: list[Judged]) -> list[tuple[str, Kind, str]]:
        return [(one.execution.id, one.kind, one.bad) for one in found]

    assert shape(judged(some)) == shape(judged(some[::-1]))


def test_every_figure_has_its_definition() -> None:
    assert all(words.endswith(".") and words[0].isupper() for words in DEFINITIONS.values())
    assert {"superseded", "cancelled", "rollback"} <= set(DEFINITIONS["deployments"].lower().replace(",", "").split())
