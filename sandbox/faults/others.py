"""What failed beside a good release, and rang an alarm: another execution, or an attempt before in the same one.

None of them breaks the release. Each is told as the faults of the newest execution are.
"""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import TYPE_CHECKING

from sandbox.faults.fault import Fault
from sandbox.faults.past import move_builds, move_older, moved
from sandbox.faults.pipeline import end_failed, fail, run_anew, run_of, started_again, succeeded
from sandbox.faults.record import Record
from sandbox.faults.story import tells
from sop.names import Stage

if TYPE_CHECKING:
    from sandbox.aws.codepipeline.model import Execution
    from sandbox.core.account import Account

BETWEEN = timedelta(minutes=2)  # a failed execution or attempt, and what follows it
LATER = timedelta(minutes=15)  # a push after the release
LINT = ["E3002 Additional properties are not allowed", "main.yaml:12:7"]
THROTTLED = ["An error occurred (Throttling) when calling the CreateChangeSet operation: Rate exceeded"]


def _failed_release_before(account: Account, record: Record) -> None:
    """The execution before failed in Build; the newest is its fix."""
    newest = record.newest
    failed = _failed_in_build(account, record)
    took = failed.updated - failed.started
    door = newest.started
    move_older(record, newest, took + 2 * BETWEEN, run_of(newest, Stage.DEPLOY).started)
    record.executions.insert(-1, _moved(record, failed, failed.updated + BETWEEN - door))


def _lint_failure_since(account: Account, record: Record) -> None:
    """A colleague pushed a quarter of an hour after the release, and the push failed in Build: nothing was deployed."""
    released = succeeded(record)
    failed = _failed_in_build(account, record)
    record.executions.append(_moved(record, failed, failed.started - released.updated - LATER))


def _retried_deploy(_account: Account, record: Record) -> None:
    """Deploy failed before it changed anything, and somebody retried the stage: the deployment that really was."""
    execution = succeeded(record)
    deploy = run_of(execution, Stage.DEPLOY)
    door, ended = deploy.started, execution.updated
    attempt = copy.deepcopy(deploy)
    run_anew(record, attempt)
    fail(record, attempt, told=0, said=THROTTLED)
    earlier = attempt.updated - door + BETWEEN
    move_older(record, execution, earlier, door)
    execution.runs.remove(deploy)
    execution.runs.append(attempt)
    move_builds(record, execution, earlier)
    retried = record.executions[-1] = moved(execution, earlier)
    deploy.manual_retries, deploy.last_retry = deploy.manual_retries + 1, "ManualStageRetry"
    retried.runs.append(deploy)
    retried.updated = ended


def _failed_in_build(account: Account, record: Record) -> Execution:
    """The newest execution once more, which failed in Build; at the same time as that, and not in the record yet."""
    again = started_again(account, record, record.newest)
    again.runs = [run for run in again.runs if run.name != Stage.DEPLOY]
    lint = fail(record, run_of(again, Stage.BUILD), told=0, said=LINT)
    end_failed(again, lint)
    again.updated = lint.updated
    return again


def _moved(record: Record, execution: Execution, by: timedelta) -> Execution:
    move_builds(record, execution, by)
    return moved(execution, by)


FAULTS = (
    Fault(
        "failed-release-before",
        "the execution before the release failed, and rang the alarm; the release is its fix",
        "alarms",
        tells(_failed_release_before, first=True),
    ),
    Fault(
        "lint-failure-since",
        "a push after the release failed in Build and deployed nothing, but rang the alarm",
        "pipeline-stages",
        tells(_lint_failure_since, last=True),
    ),
    Fault(
        "retried-deploy",
        "the release's Deploy failed at first, rang the alarm, and was retried",
        "alarms",
        tells(_retried_deploy),
    ),
)
