"""A release's record gathered from AWS, GitHub and the ledger: what was deployed, by which execution, and no more."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sandbox.github.pulls import PullRequest
from scripts.announcing.occasions import Announced, Event, Occasion, note
from scripts.errors import ConfigurationError
from scripts.gate.go import Go
from scripts.ledger import messages
from scripts.ledger.messages import Failed, Message, Sent
from scripts.recording import kept
from scripts.recording.gathering import Gathering, NotYetError
from scripts.recording.record import Outcome, Record
from scripts.results import Report, Status
from sop.outputs import StackOutputs
from tests.scripts.fake_aws import Params, Refusal
from tests.scripts.gate.place import FIRST, MANAGER, SECOND, Place
from tests.scripts.ledger.memory import Memory, Time, ledger_of
from tests.scripts.prod_stack import EXECUTION
from tests.scripts.recording.records import report, result
from tests.scripts.release import Release, action, at, event, execution, update

EARLIER, LATER = "0e0e0000-0000-4000-8000-000000000001", "9e9e0000-0000-4000-8000-000000000009"


def revision(sha: str) -> list[Params]:
    return [{"actionName": "Source", "revisionId": sha, "revisionSummary": "More"}]


class World:
    """A repository, a pipeline that has deployed its first commit, and a release of it."""

    def __init__(self, release: Release, folder: Path) -> None:
        self.place = Place(folder)
        self.release = release
        self.first = self.main
        self.executions: list[Params] = [self.execution(EARLIER, self.first, minutes=-1440)]
        self.details: list[Params] = self.stages(EARLIER, -1440)
        self.ledger = ledger_of("ada", Memory(), Time(at(90)))
        self.asked: list[str] = []
        release.aws.answer("ListPipelineExecutions", lambda _: {"pipelineExecutionSummaries": self.executions[::-1]})
        release.aws.answer("ListActionExecutions", self._actions)
        release.aws.answer("DescribeAlarmHistory", {"AlarmHistoryItems": []})

    def _actions(self, request: Params) -> Params:
        wanted = request.get("filter", {}).get("pipelineExecutionId")
        found = [one for one in self.details if wanted in (None, one["pipelineExecutionId"])]
        newest = sorted(found, key=lambda one: one["startTime"], reverse=True)
        return {"actionExecutionDetails": newest}

    @property
    def main(self) -> str:
        return self.place.host.repository.branches()["main"]

    def merged(self, head: str = "dev") -> PullRequest:
        """A pull request with one more commit, reviewed and merged."""
        pull = self.place.pull(head)
        for login in (FIRST, SECOND, MANAGER):
            self.place.review(pull, login)
        self.place.host.merge(pull, FIRST)
        pull.merged_at = at(-1)
        return pull

    def execution(self, name: str, sha: str, status: str = "Succeeded", *, minutes: float = 0, **more: Any) -> Params:
        begin, end = at(minutes), at(minutes + 7)
        return execution(status, sourceRevisions=revision(sha), **more) | {
            "pipelineExecutionId": name,
            "startTime": begin,
            "lastUpdateTime": end,
        }

    def stages(self, name: str, minutes: float = 0, deploy: str = "Succeeded", **more: Any) -> list[Params]:
        found = [
            action("Source", "Succeeded", minutes, minutes + 1),
            action("Build", "Succeeded", minutes + 1, minutes + 3),
        ]
        if deploy:
            found.append(action("Deploy", deploy, minutes + 3, minutes + 7, **more))
        return [one | {"pipelineExecutionId": name} for one in found]

    def runs(self, sha: str, name: str = EXECUTION, status: str = "Succeeded", minutes: float = 0, **more: Any) -> None:
        """An execution of that commit, through all stages."""
        self.executions.append(self.execution(name, sha, status, minutes=minutes))
        self.details += self.stages(name, minutes, "Failed" if status == "Failed" else "Succeeded", **more)

    def gathering(self, verify: Report | None = None, **more: Any) -> Gathering:
        def verified(execution_id: str) -> Report:
            self.asked.append(execution_id)
            return verify or replace(report(), execution_id=execution_id)

        found = Gathering(
            outputs=StackOutputs.parse(self.release.outputs),
            aws=self.release.aws.aws,
            github=self.place.github,
            ledger=self.ledger,
            now=at(90),
            dev="dev",
            verify=verified,
        )
        return replace(found, **more)

    def record(self, number: int, files: Sequence[Path] = ()) -> Record:
        return self.gathering().of_pull(number, files)


@pytest.fixture
def world(release: Release, tmp_path: Path) -> World:
    return World(release, tmp_path / "place")


def test_it_is_of_what_was_deployed_since_the_deployment_before(world: World) -> None:
    pull = world.merged()
    world.runs(world.main)
    found = world.record(pull.number)
    assert (found.release, found.outcome) == (f"pr-{pull.number}", Outcome.DEPLOYED)
    assert (found.before, found.execution.revision) == (world.first, world.main)
    assert found.changes
    assert [one.title for one in found.changes.deployed] == ["Change main.yaml"]
    assert found.deploy == (at(3), at(7))
    assert [one.what for one in found.timeline][:2] == [
        f"#{pull.number} was merged",
        f"Execution {EXECUTION} began",
    ]
    assert found.unknown == ()


def test_by_its_execution_it_is_the_same_record(world: World) -> None:
    pull = world.merged()
    world.runs(world.main)
    assert world.gathering().of_execution(EXECUTION) == world.record(pull.number)


def test_a_deployment_without_a_pull_request_is_a_release_by_itself(world: World) -> None:
    sha = world.place.commit("main", "pushed.yaml", "pushed\n")
    world.runs(sha)
    found = world.gathering().of_execution(EXECUTION)
    assert (found.release, found.title, found.url, found.approvals) == (f"exec-{EXECUTION}", "More", "", None)
    assert found.changes
    assert [one.name for one in found.changes.deployed] == [sha[:12]]


def test_what_was_superseded_is_recorded_with_the_execution_that_carried_it(world: World) -> None:
    first = world.merged()
    world.executions.append(world.execution("superseded", world.main, "Superseded"))
    world.details += world.stages("superseded", deploy="")
    second = world.merged()
    world.runs(world.main, minutes=2)
    found = world.record(first.number)
    assert (found.release, found.carried) == (f"pr-{second.number}", (f"pr-{first.number}",))
    assert found == world.record(second.number)
    assert found.changes
    assert len([one for one in found.changes.deployed if one.title == "Change main.yaml"]) == 2


def test_a_deployment_that_changed_nothing_is_one(world: World) -> None:
    world.runs(world.first)
    found = world.gathering().of_execution(EXECUTION)
    assert found.outcome is Outcome.UNCHANGED


def test_a_release_whose_first_execution_failed_tells_of_it(world: World) -> None:
    pull = world.merged()
    world.runs(world.main, "failed", "Failed", externalExecutionSummary="Stack is in UPDATE_ROLLBACK_COMPLETE")
    world.runs(world.main, minutes=30)
    found = world.record(pull.number)
    assert (found.outcome, found.execution.id) == (Outcome.DEPLOYED, EXECUTION)
    assert found.before == world.first
    assert any(one.startswith("Execution failed ended Failed") for one in found.issues)


def test_what_failed_is_a_record_with_its_first_cause_and_what_was_rolled_back(world: World, release: Release) -> None:
    pull = world.merged()
    world.runs(world.main, status="Failed", externalExecutionSummary="the stack was rolled back")
    failed = event("Queue", "CREATE_FAILED", minute=5, reason="Limit exceeded", kind="AWS::SQS::Queue")
    release.events(*update(status="UPDATE_ROLLBACK_COMPLETE"), failed)
    found = world.record(pull.number)
    assert (found.outcome, found.stack_status) == (Outcome.FAILED, "UPDATE_ROLLBACK_COMPLETE")
    assert any("the stack was rolled back" in one for one in found.issues)
    assert any(
        one.startswith("CloudFormation rolled web-infrastructure-prod back by itself") for one in found.rollbacks
    )
    assert world.asked == []


def test_what_failed_in_build_was_never_deployed_and_nothing_was_rolled_back(world: World) -> None:
    pull = world.merged()
    world.executions.append(world.execution(EXECUTION, world.main, "Failed"))
    world.details += world.stages(EXECUTION, deploy="")[:1]
    found = world.record(pull.number)
    assert (found.outcome, found.deploy, found.rollbacks) == (Outcome.NOT_DEPLOYED, None, ())


def test_a_rollback_by_hand_stands_in_the_record_of_what_it_took_back(world: World) -> None:
    pull = world.merged()
    world.runs(world.main)
    back = {"executionType": "ROLLBACK", "rollbackMetadata": {"rollbackTargetPipelineExecutionId": EARLIER}}
    world.executions.append(world.execution("back", world.first, minutes=30, **back))
    world.details += world.stages("back", 30)[2:]
    found = world.record(pull.number)
    assert any(one.startswith("Execution back ") for one in found.rollbacks)
    with pytest.raises(ConfigurationError, match="is a rollback"):
        world.gathering().of_execution("back")


def test_what_a_failed_release_was_rolled_back_to_was_not_taken_back(world: World) -> None:
    pull = world.merged()
    world.runs(world.main)
    good = world.main
    failed = world.merged()
    world.runs(world.main, LATER, "Failed", minutes=20)
    back = {"executionType": "ROLLBACK", "rollbackMetadata": {"rollbackTargetPipelineExecutionId": EXECUTION}}
    world.executions.append(world.execution("back", good, minutes=40, **back))
    world.details += world.stages("back", 40)[2:]
    assert world.record(pull.number).rollbacks == ()
    assert any(one.startswith("Execution back ") for one in world.record(failed.number).rollbacks)


def test_after_a_rollback_the_next_release_is_told_from_what_ran_then(world: World) -> None:
    world.merged()
    world.runs(world.main, "taken-back", minutes=-60)
    back = {"executionType": "ROLLBACK", "rollbackMetadata": {"rollbackTargetPipelineExecutionId": EARLIER}}
    world.executions.append(world.execution("back", world.first, minutes=-30, **back))
    world.details += world.stages("back", -30)[2:]
    pull = world.merged()
    world.runs(world.main)
    found = world.record(pull.number)
    assert found.before == world.first


@pytest.mark.parametrize("status", ["InProgress", "Stopping"])
def test_what_has_not_ended_is_not_recorded_yet(world: World, status: str) -> None:
    pull = world.merged()
    world.executions.append(world.execution(EXECUTION, world.main, status))
    with pytest.raises(NotYetError, match=status):
        world.record(pull.number)


def test_what_has_no_execution_is_not_recorded_yet(world: World) -> None:
    with pytest.raises(NotYetError, match="No execution"):
        world.record(world.merged().number)


def test_what_was_not_merged_is_no_release(world: World) -> None:
    with pytest.raises(ConfigurationError, match="was not merged into main"):
        world.record(world.place.pull().number)


# Reports


def test_a_report_that_was_kept_is_what_was_verified(world: World) -> None:
    pull = world.merged()
    world.runs(world.main)
    kept.keep(world.ledger, f"pr-{pull.number}", report())
    kept.keep(world.ledger, f"pr-{pull.number}", report("observe", result(Status.FAIL), minutes=80))
    found = world.record(pull.number)
    assert [(one.command, one.verdict) for one in found.reports] == [("verify", Status.PASS), ("observe", Status.FAIL)]
    assert (world.asked, found.asked_anew) == ([], False)
    assert "observe ended FAIL: 1 check, not alarms." in found.issues


def test_without_one_verify_is_asked_and_that_is_said(world: World) -> None:
    pull = world.merged()
    world.runs(world.main)
    found = world.record(pull.number)
    assert (world.asked, found.asked_anew) == ([EXECUTION], True)


def test_what_was_asked_anew_is_kept_so_that_it_is_asked_once(world: World) -> None:
    pull = world.merged()
    world.runs(world.main)
    world.gathering(keep=True).of_pull(pull.number)
    assert not world.record(pull.number).asked_anew
    assert world.asked == [EXECUTION]


def test_what_is_no_longer_deployed_is_not_verified_anew(world: World) -> None:
    pull = world.merged()
    world.runs(world.main)
    world.merged()
    world.runs(world.main, LATER, minutes=60)
    found = world.record(pull.number)
    assert (found.reports, found.before) == ((), world.first)
    assert any("something newer is deployed" in one for one in found.unknown)


def test_a_report_about_another_execution_is_refused(world: World, tmp_path: Path) -> None:
    pull = world.merged()
    world.runs(world.main)
    other = tmp_path / "verify.json"
    with other.open("w") as file:
        from scripts.reports.json_report import write

        write(replace(report(), execution_id=LATER), file)
    with pytest.raises(ConfigurationError, match=LATER):
        world.record(pull.number, [other])


@pytest.mark.parametrize("content", ["", "{}", '{"schema": 1}', '{"schema": 99, "command": "verify"}', "[]"])
def test_a_file_that_is_no_report_is_refused(world: World, tmp_path: Path, content: str) -> None:
    pull = world.merged()
    world.runs(world.main)
    (tmp_path / "report.json").write_text(content)
    with pytest.raises(ConfigurationError, match="no report"):
        world.record(pull.number, [tmp_path / "report.json"])


# People and messages


def test_who_approved_is_what_the_go_says_though_people_have_left_since(world: World) -> None:
    pull = world.merged()
    world.runs(world.main)
    checks = [{"id": "approvals", "observed": "2 of 2 approvals: second-engineer.\nsecond-engineer: counts."}]
    go = world.ledger.made(Go, content="a" * 40, head="b" * 40, judged_at=at(-2), report={"checks": checks})
    world.ledger.add(f"releases/pr-{pull.number}/go/{'a' * 12}-{at(-2):%Y%m%dt%H%M%Sz}.json", go)
    world.place.host.permissions[FIRST] = "read"
    found = world.record(pull.number).approvals
    assert found
    assert (found.kept, found.lines) == (True, ("2 of 2 approvals: second-engineer.", "second-engineer: counts."))


def test_without_a_go_the_reviews_are_told_as_they_are_now(world: World) -> None:
    pull = world.merged()
    world.runs(world.main)
    world.place.host.permissions[FIRST] = "read"
    found = world.record(pull.number).approvals
    assert found
    assert not found.kept
    assert "how they were counted is not known" in found.source
    (first,) = [one for one in found.lines if one.startswith(FIRST)]
    assert "has no write access any more" in first


def test_messages_are_told_with_what_came_of_them(world: World) -> None:
    pull = world.merged()
    world.runs(world.main)
    release, minute = f"pr-{pull.number}", timedelta(minutes=1)
    slack = Message(release, "started", EXECUTION, "slack")
    mail = Message(release, "complete", EXECUTION, "mail-operations")
    lost = Message(release, "complete", EXECUTION, "status-page")
    text = b'{"channel": "C1", "text": "Production deployment started - More\\nPipeline"}'
    messages.claim(world.ledger, slack, text, minute)
    messages.answered(world.ledger, slack, 1, world.ledger.made(Sent, id="1.2"))
    messages.claim(world.ledger, mail, b"Subject: =?utf-8?q?Complete_=F0=9F=9A=80?=\r\n\r\nText", minute)
    messages.answered(world.ledger, mail, 1, world.ledger.made(Failed, why="the address was refused"))
    messages.claim(world.ledger, lost, b"{}", minute)
    time = world.ledger.clock
    assert isinstance(time, Time)
    time.passes(timedelta(hours=1))
    found = world.record(pull.number)
    told = {one.channel: (one.subject, one.outcome, one.good) for one in found.messages}
    assert told["slack"] == ("Production deployment started - More", "sent", True)
    assert told["mail-operations"] == ("Complete 🚀", "not sent: the address was refused", False)
    assert told["status-page"][1].startswith("not known whether it was sent")
    assert sum(one.startswith('Message "complete" to ') for one in found.issues) == 2


# What cannot be told


def test_an_alarms_history_that_cannot_be_read_is_not_taken_for_silence(world: World, release: Release) -> None:
    pull = world.merged()
    world.runs(world.main)
    release.aws.answer("DescribeAlarmHistory", Refusal("AccessDenied", "no"))
    found = world.record(pull.number)
    assert any(one.startswith("Which alarms fired is not known") for one in found.unknown)


def test_after_a_month_the_record_says_what_is_forgotten(world: World) -> None:
    pull = world.merged()
    world.runs(world.main)
    assert not world.record(pull.number).forgotten
    found = world.gathering(now=at(40 * 24 * 60)).of_pull(pull.number)
    assert found.forgotten
    assert any("for 30 days" in one for one in found.unknown)


def test_the_first_deployment_says_that_nothing_is_known_of_what_was_before(world: World) -> None:
    world.executions.clear()
    world.details.clear()
    pull = world.merged()
    world.runs(world.main)
    found = world.record(pull.number)
    assert (found.before, found.changes) == (None, None)
    assert any("No earlier deployment is known" in one for one in found.unknown)


def test_what_is_owed_of_an_announcement_is_told(world: World) -> None:
    pull = world.merged()
    world.runs(world.main)
    occasion = Occasion(f"pr-{pull.number}", Event.STARTED, EXECUTION)
    content = {"slack": '{"text": "Production deployment started - More"}', "status-page": '{"name": "Maintenance"}'}
    note(world.ledger, occasion, world.ledger.made(Announced, messages=content))
    messages.claim(world.ledger, occasion.message("slack"), content["slack"].encode(), timedelta(minutes=1))
    messages.answered(world.ledger, occasion.message("slack"), 1, world.ledger.made(Sent, id="1.2"))
    found = {one.channel: (one.subject, one.good) for one in world.record(pull.number).messages}
    assert found == {"slack": ("Production deployment started - More", True), "status-page": ("Maintenance", False)}


def test_steps_that_were_missed_are_said(world: World) -> None:
    pull = world.merged()
    world.runs(world.main)
    found = world.record(pull.number).issues
    assert "No announcement before it is known (SOP 5.1)." in found
    assert "It was merged by hand: no GO of the gate was kept (SOP 3.2-3.4)." in found


def test_what_came_without_a_pull_request_says_that_nobody_reviewed_it(world: World) -> None:
    world.runs(world.place.commit("main", "pushed.yaml", "pushed\n"))
    (issue,) = world.gathering().of_execution(EXECUTION).issues
    assert "nobody reviewed it" in issue


def test_a_commits_title_is_read_out_of_what_a_connection_tells(world: World) -> None:
    sha = world.place.commit("main", "pushed.yaml", "pushed\n")
    world.runs(sha)
    world.executions[-1]["sourceRevisions"][0]["revisionSummary"] = json.dumps(
        {"ProviderType": "GitHub", "CommitMessage": "Pushed by hand\n\nWith a body."}
    )
    assert world.gathering().of_execution(EXECUTION).title == "Pushed by hand"
