"""`release start`: what may be started by hand, and that one command, typed how often, is one execution."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from scripts.clients.github import Commit, Compared
from scripts.clients.github_errors import GitHubError
from scripts.errors import AccessDeniedError, UndeterminedError, UnreachableError
from scripts.starting.reasons import Reason, RefusedError
from scripts.starting.starts import Started, Starting
from sop.outputs import StackOutputs
from tests.scripts.fake_aws import Params, Refusal
from tests.scripts.ledger.memory import Killed, Memory, Time, ledger_of
from tests.scripts.prod_stack import EXECUTION, REVISION
from tests.scripts.release import GOOD_ACTIONS, FakeGitHub, Release, action, at, execution, update

NEW, OLD = "b" * 40, "0" * 40
RERUN, TEST, EMERGENCY = Reason.RERUN_FAILED, Reason.PIPELINE_TEST, Reason.EMERGENCY


class Repository(FakeGitHub):
    """Main with what runs, what comes before it, and what comes after it."""

    def __init__(self, head: str = NEW, made: datetime | None = None, refusal: str = "") -> None:
        super().__init__(head=head, refusal=refusal)
        self._made = made or at(-1)

    def head(self, branch: str) -> Commit:
        return Commit(super().head(branch).sha, self._made)

    def compare(self, base: str, head: str) -> Compared:
        self._refuse()
        order = [OLD, REVISION, NEW]
        ahead = order.index(head) - order.index(base)
        return Compared(max(ahead, 0), max(-ahead, 0), ())


class Place:
    """A pipeline whose good release was followed by others."""

    def __init__(self, release: Release) -> None:
        self.release = release
        self.store = Memory()
        self.time = Time(at(40))
        self.repository = Repository()
        self.made: list[Params] = [execution()]  # oldest first
        self.tokens: dict[str, str] = {}
        self.calls: list[Params] = []
        self.before_call: Callable[[], object] = lambda: None
        self.after_call: Callable[[], object] = lambda: None
        release.aws.answer("ListPipelineExecutions", lambda _: {"pipelineExecutionSummaries": self.made[::-1]})
        release.aws.answer("StartPipelineExecution", self._start)

    def add(self, name: str, status: str, revision: str | None = NEW, minute: float = 10, **more: Any) -> None:
        made = execution(status, pipelineExecutionId=name, **more) | {"startTime": at(minute)}
        made["sourceRevisions"] = [{"actionName": "Source", "revisionId": revision}] if revision else []
        self.made.append(made)

    def ends(self, status: str, revision: str = NEW) -> None:
        """What was started last has ended."""
        self.made[-1]["status"] = status
        self.made[-1]["sourceRevisions"] = [{"actionName": "Source", "revisionId": revision}]

    def start(self, reason: Reason = RERUN, execution_id: str | None = None, who: str = "ada") -> Started:
        outputs = StackOutputs.parse(self.release.outputs)
        ledger = ledger_of(who, self.store, self.time)
        return Starting(outputs, self.release.aws.aws, ledger, self.repository).start(reason, execution_id)

    def _start(self, request: Params) -> Params | Refusal:
        refused = self.before_call()
        if isinstance(refused, Refusal):
            return refused
        self.calls.append(request)
        token = request["clientRequestToken"]
        if token not in self.tokens:
            self.tokens[token] = f"started-{len(self.tokens)}"
            trigger = {"triggerType": "StartPipelineExecution", "triggerDetail": "arn:aws:iam::1:user/ada"}
            self.add(self.tokens[token], "InProgress", None, 40 + len(self.tokens), trigger=trigger)
        self.after_call()
        return {"pipelineExecutionId": self.tokens[token]}


@pytest.fixture
def place(release: Release) -> Place:
    return Place(release)


def lost() -> None:
    raise ReadTimeoutError(endpoint_url="https://codepipeline")


def die() -> None:
    raise Killed


@pytest.mark.parametrize("status", ["Failed", "Stopped", "Cancelled"])
def test_rerun_failed_starts_the_failed_executions_commit_and_no_newer_one(place: Place, status: str) -> None:
    place.add("failed", status)
    started = place.start()
    assert (started.execution_id, started.anew) == ("started-0", True)
    (call,) = place.calls
    assert call["sourceRevisions"] == [{"actionName": "Source", "revisionType": "COMMIT_ID", "revisionValue": NEW}]
    assert call["name"] == "web-pipeline-prod"


def test_who_why_and_when_stand_in_the_ledger_before_the_call(place: Place) -> None:
    place.add("failed", "Failed")
    place.before_call = die
    with pytest.raises(Killed):
        place.start()
    ((key, content),) = place.store.content.items()
    assert key.startswith("releases/start/rerun-failed/")
    for told in ("operator/ada", "2026-03-10T01:40:00Z", NEW, "failed"):
        assert told in content.decode()


def test_one_command_typed_twice_is_one_execution(place: Place) -> None:
    place.add("failed", "Failed")
    first, second = place.start(), place.start(who="bob")
    assert (first.execution_id, second.execution_id) == ("started-0", "started-0")
    assert (second.anew, len(place.calls)) == (False, 1)
    place.ends("Failed")
    again = place.start(execution_id="failed")  # the one that was run again already
    assert (again.execution_id, again.anew, len(place.calls)) == ("started-0", False, 1)


def test_two_reruns_after_two_failures_are_two_executions(place: Place) -> None:
    place.add("failed", "Failed")
    place.start()
    place.ends("Failed")
    second = place.start()
    assert (second.execution_id, second.anew) == ("started-1", True)
    assert second.wish.commit == NEW


def test_of_two_at_once_one_starts_and_the_other_is_told(place: Place) -> None:
    place.add("failed", "Failed")
    place.store.meanwhile(lambda: place.start(who="bob"))
    second = place.start()
    assert (second.execution_id, second.anew, len(place.calls)) == ("started-0", False, 1)


def test_rerun_failed_after_a_newer_success_is_refused(place: Place) -> None:
    place.made.insert(0, execution("Failed", pipelineExecutionId="failed") | {"startTime": at(-30)})
    with pytest.raises(RefusedError, match="has deployed since failed failed"):
        place.start(execution_id="failed")
    assert place.calls == []


def test_rerun_failed_of_a_commit_that_comes_before_what_runs_is_refused(place: Place) -> None:
    place.add("failed", "Failed", OLD)
    with pytest.raises(RefusedError, match="comes after 000000000000: that would be taken back") as refused:
        place.start(execution_id="failed")
    assert "rollback" in refused.value.fix
    assert place.calls == []


def test_rerun_failed_of_what_runs_itself_is_no_step_back(place: Place) -> None:
    place.repository = Repository(head=REVISION)
    place.add("failed", "Failed", REVISION)
    assert place.start().wish.commit == REVISION


@pytest.mark.parametrize(
    ("status", "said"), [("Superseded", "took its place"), ("Succeeded", "is Succeeded"), ("Paused", "is Paused")]
)
def test_what_did_not_fail_is_refused_with_what_to_do_instead(place: Place, status: str, said: str) -> None:
    place.add("newest", status)
    with pytest.raises(RefusedError, match=said) as refused:
        place.start()
    assert refused.value.fix
    assert place.calls == []


def test_a_rollback_that_failed_is_not_run_again(place: Place) -> None:
    place.add("failed", "Failed", executionType="ROLLBACK")
    with pytest.raises(RefusedError, match="is a rollback"):
        place.start()


@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize("status", ["InProgress", "Stopping"])
def test_nothing_is_started_beside_one_that_is_at_work(place: Place, reason: Reason, status: str) -> None:
    place.add("working", status)
    with pytest.raises(RefusedError, match="would take its place") as refused:
        place.start(reason)
    assert "stop-pipeline-execution" in refused.value.fix
    assert place.calls == []


def test_a_merge_that_started_nothing_for_ten_minutes_is_started(place: Place) -> None:
    place.repository = Repository(made=at(40) - timedelta(minutes=10))
    started = place.start()
    assert (started.wish.commit, started.anew) == (NEW, True)


def test_a_merge_of_less_than_ten_minutes_may_still_start_by_itself(place: Place) -> None:
    place.repository = Repository(made=at(40) - timedelta(minutes=9, seconds=59))
    with pytest.raises(RefusedError, match="has started nothing yet"):
        place.start()
    assert place.calls == []


def test_an_execution_that_read_no_commit_is_run_again_with_the_branchs_newest(place: Place) -> None:
    place.add("failed", "Failed", None)
    assert place.start().wish.commit == NEW


def test_github_that_cannot_be_asked_starts_nothing(place: Place) -> None:
    place.add("failed", "Failed")
    place.repository = Repository(refusal="GitHub cannot be reached")
    with pytest.raises(GitHubError):
        place.start()
    assert place.calls == []


@pytest.mark.parametrize("reason", [TEST, EMERGENCY])
def test_pipeline_test_and_emergency_start_what_runs_and_not_the_branchs_newest(place: Place, reason: Reason) -> None:
    started = place.start(reason)
    assert (started.wish.commit, started.wish.after) == (REVISION, EXECUTION)
    assert place.start(reason).execution_id == started.execution_id
    assert len(place.calls) == 1


def test_what_runs_and_is_in_doubt_is_not_started(place: Place) -> None:
    place.release.events(*update(token=f"release-{OLD}-3"))
    with pytest.raises(UndeterminedError, match="What runs is not certain"):
        place.start(EMERGENCY)
    assert place.calls == []


def test_where_nothing_was_deployed_there_is_nothing_to_test(place: Place) -> None:
    place.release.actions(*GOOD_ACTIONS[:2], action("Deploy", "Failed", 3, 7))
    with pytest.raises(RefusedError, match="has deployed nothing"):
        place.start(TEST)


def test_an_execution_is_named_for_rerun_failed_only(place: Place) -> None:
    with pytest.raises(RefusedError, match="whatever execution is named"):
        place.start(TEST, EXECUTION)


@pytest.mark.parametrize("end", [die, lost])
def test_a_run_that_ended_after_the_call_has_its_execution_found_by_the_next(
    place: Place, end: Callable[[], None]
) -> None:
    place.add("failed", "Failed")
    place.after_call = end
    with pytest.raises((Killed, UnreachableError)):
        place.start()
    found = place.start()
    assert (found.execution_id, found.anew, len(place.calls)) == ("started-0", False, 1)
    place.ends("Failed")
    place.after_call = lambda: None
    assert place.start(execution_id="failed").execution_id == "started-0"


@pytest.mark.parametrize("end", [die, lost])
def test_a_run_that_ended_before_the_call_is_waited_for_and_then_done_with_the_same_token(
    place: Place, end: Callable[[], None]
) -> None:
    place.add("failed", "Failed")
    place.before_call = end
    with pytest.raises((Killed, UnreachableError)):
        place.start()
    place.before_call = lambda: None
    with pytest.raises(UndeterminedError, match="is starting it just now"):
        place.start(who="bob")
    place.time.passes(timedelta(minutes=2, seconds=1))
    assert place.start(who="bob").anew
    assert len(place.calls) == 1


def test_an_unanswered_call_whose_execution_has_ended_meanwhile_is_not_made_again(place: Place) -> None:
    place.add("failed", "Failed")
    place.after_call = lost
    with pytest.raises(UnreachableError):
        place.start()
    place.ends("Failed")
    place.time.passes(timedelta(hours=1))
    place.tokens.clear()  # AWS has forgotten it
    assert place.start(execution_id="failed").execution_id == "started-0"
    assert len(place.calls) == 1


def test_a_refusal_of_aws_is_noted_and_the_next_run_may_try_again(place: Place) -> None:
    place.add("failed", "Failed")
    place.before_call = lambda: Refusal("AccessDeniedException")
    with pytest.raises(AccessDeniedError, match="codepipeline:StartPipelineExecution"):
        place.start()
    place.before_call = lambda: None
    assert place.start().anew
