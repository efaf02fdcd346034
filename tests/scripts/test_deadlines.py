"""Deadlines and Ctrl-C: what has an answer keeps it, what has none says how far it came, and nobody waits for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from scripts import deadlines
from scripts.checks import verify_checks
from scripts.checks.context import Context
from scripts.deadlines import DEADLINE, start, within
from scripts.errors import UnreachableError
from scripts.interruption import InterruptedRunError
from scripts.results import Outcome, Report, Status, passed
from scripts.verify import verify
from sop.outputs import StackOutputs
from tests.clock import PATIENCE, until
from tests.scripts.fake_aws import Params
from tests.scripts.prod_stack import EXECUTION
from tests.scripts.release import NOW, Release


class Hole:
    """Takes every question and answers none, until the test has ended."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.ended = threading.Event()

    def __call__(self, _: object) -> Params:
        self.asked.set()
        self.ended.wait(PATIENCE)
        return {}


@pytest.fixture
def hole() -> Iterator[Hole]:
    made = Hole()
    yield made
    made.ended.set()


class Patience:
    """Hears the progress; the time is up as soon as nothing is out but what never answers, however long that takes."""

    def __init__(self, hole: Hole) -> None:
        self.never: set[str] = set()
        self.hole = hole
        self.said: list[str] = []
        self.time = 0.0

    def say(self, line: str) -> None:
        start, _, out = line.partition(": ")
        if start.startswith("Still out after ") and set(out.split(", ")) <= self.never and self.hole.asked.is_set():
            self.time += 1e6
        if line not in self.said:
            self.said.append(line)


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch, hole: Hole) -> Patience:
    made = Patience(hole)
    monkeypatch.setattr(deadlines, "PROGRESS", 0.0)
    monkeypatch.setattr(deadlines, "monotonic", lambda: made.time)
    return made


def verified(release: Release, patience: Patience) -> Report:
    return verify(
        verify_checks(),
        outputs=StackOutputs.parse(release.outputs),
        aws=release.aws.aws,
        clock=lambda: NOW,
        say=patience.say,
    )


def with_status(report: Report, status: Status) -> list[str]:
    return [result.id for result in report.checks if result.status is status]


def test_a_call_that_is_never_answered_is_an_error_that_names_it_and_hides_nothing(
    release: Release, hole: Hole, patience: Patience
) -> None:
    patience.never = {"dashboard-data"}
    release.aws.answer("GetMetricData", hole)
    report = verified(release, patience)
    assert with_status(report, Status.ERROR) == ["dashboard-data"]
    assert len(with_status(report, Status.PASS)) == len(report.checks) - 1
    (wrong,) = [result for result in report.checks if result.id == "dashboard-data"]
    assert wrong.observed.startswith("No answer within 1 min: AWS has not answered GetMetricData for ")
    assert "1 answer to GetDashboard" in wrong.observed
    assert "--deadline" in wrong.fix
    assert (report.execution_id, report.exit_code) == (EXECUTION, 4)
    assert any(line.startswith("Still out after") and line.endswith(": dashboard-data") for line in patience.said)


def test_a_check_that_asks_without_end_says_how_many_answers_it_had(
    release: Release, hole: Hole, patience: Patience
) -> None:
    def endless(context: Context) -> Outcome:
        for _ in range(3):
            context.aws.sns.list_subscriptions_by_topic(TopicArn="arn:aws:sns:ap-southeast-2:123456789012:alerts")
        hole(None)
        return passed("never")

    (one,) = [check for check in verify_checks() if check.id == "subscriptions"]
    patience.never = {"subscriptions"}
    outputs = StackOutputs.parse(release.outputs)
    check = replace(one, run=endless)
    report = verify([check], outputs=outputs, aws=release.aws.aws, clock=lambda: NOW, say=patience.say)
    # the first of them is preflight's
    (result,) = report.checks
    assert result.observed == "No answer within 1 min: it went on after 4 answers to ListSubscriptionsByTopic."


def test_an_api_that_never_answers_is_given_up_before_the_checks_and_is_one_cause(
    release: Release, hole: Hole, patience: Patience
) -> None:
    patience.never = {"codepipeline:ListPipelineExecutions"}
    release.aws.answer("ListPipelineExecutions", hole)
    report = verified(release, patience)
    errors = [result for result in report.checks if result.status is Status.ERROR]
    assert {result.observed for result in errors} == {
        "AWS has not answered codepipeline:ListPipelineExecutions for 20 s."
    }
    assert "target-health" in with_status(report, Status.PASS)
    assert not release.aws.called("ListActionExecutions")
    assert (report.execution_id, report.revision, report.verdict) == (None, None, Status.ERROR)


def test_what_is_bad_stays_bad_beside_an_api_that_never_answers(
    release: Release, hole: Hole, patience: Patience
) -> None:
    patience.never = {"codepipeline:ListPipelineExecutions"}
    release.aws.answer("ListPipelineExecutions", hole)
    release.targets(("i-0a", "unhealthy"), ("i-0b", "healthy"))
    assert verified(release, patience).exit_code == 3


@pytest.mark.parametrize("operation", ["ListPipelineExecutions", "GetMetricData"])
def test_interrupted_it_says_so_of_what_has_no_answer(
    release: Release, hole: Hole, patience: Patience, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    release.aws.answer(operation, hole)

    def interrupted(line: str) -> None:
        if line.endswith((": dashboard-data", ": codepipeline:ListPipelineExecutions")):
            raise KeyboardInterrupt

    monkeypatch.setattr(patience, "say", interrupted)
    with pytest.raises(InterruptedRunError) as caught:
        verified(release, patience)
    report = caught.value.report
    out = [result for result in report.checks if result.status is Status.INCONCLUSIVE]
    assert "dashboard-data" in [result.id for result in out]
    assert {result.observed for result in out} == {"The run was interrupted before this had an answer."}
    assert report.exit_code == 4
    assert bool(with_status(report, Status.PASS)) is (operation == "GetMetricData")


def test_an_answer_in_time_is_the_answer() -> None:
    assert within(DEADLINE, lambda: 7, "Nobody has answered") == 7


def test_an_error_in_time_is_the_error() -> None:
    def work() -> None:
        raise TimeoutError("its own")

    with pytest.raises(TimeoutError, match="its own"):
        within(DEADLINE, work, "Nobody has answered")


def test_no_answer_in_time_is_an_error_that_says_for_how_long(hole: Hole) -> None:
    with pytest.raises(UnreachableError) as caught:
        within(timedelta(0), lambda: hole(None), "AWS has not answered sts:GetCallerIdentity")
    assert caught.value.message == "AWS has not answered sts:GetCallerIdentity for 0 s."


def test_what_goes_on_is_known_until_it_ends(hole: Hole) -> None:
    start(lambda: hole(None))
    assert deadlines.left_hanging()
    hole.ended.set()
    until(lambda: not deadlines.left_hanging())
