"""Prod's pipeline as the sandbox runs it, in this process and at a time of the test's own, for the keeper to keep.

Source and Build end at once; a Deploy works until the test ends it. The window's rule is the sandbox's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

from botocore import xform_name

from sandbox.aws.codepipeline.engine import Engine
from sandbox.aws.codepipeline.executions import ExecutionOperations
from sandbox.aws.codepipeline.model import Execution, Pipeline, Trigger
from sandbox.aws.codepipeline.progress import Change
from sandbox.aws.codepipeline.rules import look_at_window, window_of
from sandbox.aws.codepipeline.runs import ActionRun, Artifact, Outcome, Revision, RuleRun, Verdict
from sandbox.aws.service import AwsError
from scripts.clients.github import GitHub
from scripts.clients.github_errors import GitHubError
from scripts.door.keeper import Keeper, keeper_of
from scripts.door.keeping import Keeping, Told
from scripts.results import GATE, Report, Result, Status
from sop.calendar.calendar import Needed
from sop.outputs import StackOutputs
from tests.scripts.fake_aws import ACCOUNT, REGION, FakeAws, Params, Refusal
from tests.scripts.ledger.memory import Killed, Memory, ledger_of
from tests.scripts.prod_stack import OUTPUTS

FRIDAY = datetime(2026, 3, 6, 5, 0, tzinfo=UTC)  # 15:00 in Brisbane
TUESDAY = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)  # 10:30 there, inside the window
PUSH = Trigger("WebhookV2", "arn:aws:codeconnections:ap-southeast-2:123456789012:connection/1")
CALLS = (
    *("GetPipelineState", "ListPipelineExecutions", "ListActionExecutions", "ListRuleExecutions"),
    *("DisableStageTransition", "EnableStageTransition", "OverrideStageCondition"),
    *("StopPipelineExecution", "StartPipelineExecution"),
)
CHANGES = CALLS[4:]
CHECKS = ("merge-flow", "approvals", "promotion", "prod-ready", "window", "freeze", "incidents")


def commit(number: int) -> str:
    """The commit that a pull request's merge made."""
    return f"{number:040x}"


class Clock:
    """No two things happen at once."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now

    def passes(self, **span: float) -> None:
        self.now += timedelta(**span)


class Actions:
    """Carries out what it is given: Source and Build at once, Deploy when the test says so."""

    def __init__(self) -> None:
        self.finish: Callable[[ActionRun, Outcome], None]

    def prepare(self, pipeline: Pipeline, execution: Execution, action: ActionRun) -> None: ...

    def start(self, pipeline: Pipeline, execution: Execution, action: ActionRun) -> None:
        if action.name == "Source":
            sha = execution.source_revisions["Source"]
            revision = Revision(sha, "Merge", f"https://x?FullRepositoryId={OUTPUTS['repository']}", action.started)
            self.finish(action, Outcome(True, outputs=(Artifact("source", "artifacts", sha, revision),)))
        elif action.name == "Build":
            self.finish(action, Outcome(True))
        else:
            action.external_id = f"web-pipeline-prod-deploy:{execution.number}"


class Repository(GitHub):
    """Knows which pull request's merge made which commit, and the open incidents."""

    def __init__(self) -> None:
        super().__init__(OUTPUTS["repository"])
        self.refusal = ""
        self.incidents: list[int] = []
        self.direct: set[str] = set()
        self.open: list[int] = []
        self.statuses: dict[str, dict[str, str]] = {}
        self.set: list[str] = []  # on which commits, in order

    def query(self, query: str, needs: str = "", **variables: Any) -> Mapping[str, Any]:
        raise GitHubError("This repository knows nothing else.")

    def pages(self, query: str, *path: str, needs: str = "", **variables: Any) -> Iterator[Mapping[str, Any]]:
        if self.refusal:
            raise GitHubError(self.refusal)
        if "issues" in path:
            yield from ({"number": one, "title": "Down", "url": f"https://x/issues/{one}"} for one in self.incidents)
        elif "pullRequests" in path:
            ref = {"headRefName": "dev", "url": "https://x"}
            yield from ({"number": one, "headRefOid": commit(one), **ref} for one in self.open)
        elif "statusCheckRollup" in path:
            if status := self.statuses.get(variables["sha"]):
                by = {"__typename": "User", "login": "keeper"}
                more = {"__typename": "StatusContext", "creator": by, "targetUrl": None}
                yield {**status, "state": status["state"].upper(), **more}
        elif (sha := variables["sha"]) not in self.direct:
            merged = {"number": int(sha, 16), "baseRefName": "main", "mergedAt": "2026-03-06T05:00:00Z"}
            yield merged | {"mergeCommit": {"oid": sha}}

    def change(self, method: str, path: str, body: Mapping[str, Any], needs: str = "") -> Any:
        assert (method, path.partition("/")[0]) == ("POST", "statuses")
        sha = path.removeprefix("statuses/")
        self.statuses[sha] = dict(body)
        self.set.append(sha)


class Site:
    """One pipeline, one ledger, and whoever keeps the door."""

    def __init__(self, now: datetime = TUESDAY) -> None:
        self.time = Clock(now)
        self.store = Memory()
        self.repository = Repository()
        self.gates: dict[int, dict[str, Status]] = {}
        self.asked: list[int] = []
        self.unasked = 0  # a pull request whose gate cannot be asked
        self.needed: list[Needed] = []
        self.postponed: list[tuple[int, str]] = []
        self.said: list[str] = []
        self.calls: list[str] = []
        self.before: dict[str, Callable[[], object]] = {}
        self.after: dict[str, Callable[[], object]] = {}
        self.told: list[Change] = []
        self.stopped_builds: list[str] = []
        actions = Actions()
        rules: Any = SimpleNamespace(look=self._look)
        self.engine = Engine(now=self.time, actions=actions, rules=rules, tell=self.told.append)
        actions.finish = self.engine.finish
        self.pipeline = Pipeline(_declaration(), now, now)
        self.engine.pipelines[self.pipeline.name] = self.pipeline
        clock = SimpleNamespace(now=self.time)
        account: Any = SimpleNamespace(clock=clock, region=REGION, account_id=ACCOUNT)
        self.operations = ExecutionOperations(cast("Any", account))
        self.operations.engine = self.engine
        self.aws = self.connected()

    def connected(self) -> FakeAws:
        """New clients of it."""
        aws = FakeAws()
        for name in CALLS:
            aws.answer(name, lambda request, name=name: self._called(name, request))
        aws.answer("StopBuild", self._stop_build)
        return aws

    def push(self, number: int, *, direct: bool = False) -> Execution:
        """A pull request is merged, or somebody pushes without one; it is built at once."""
        if direct:
            self.repository.direct.add(commit(number))
        return self.engine.start(self.pipeline, PUSH, source_revisions={"Source": commit(number)})

    def passes(self, **span: float) -> None:
        """Time goes on, and CodePipeline looks again at who waits."""
        self.time.passes(**span)
        self.engine.reconsider()

    def until(self, moment: datetime) -> None:
        self.time.now = moment
        self.engine.reconsider()

    def deployed(self, execution: Execution) -> None:
        """Its Deploy ends well."""
        run = execution.current
        assert run is not None
        assert run.name == "Deploy"
        self.engine.finish(run.actions[-1], Outcome(True))

    def judges(self, number: int, **statuses: Status) -> None:
        """What the gate says of a pull request; what is not named is PASS."""
        self.gates[number] = {name.replace("_", "-"): status for name, status in statuses.items()}

    def keep(self, who: str = "keeper") -> Told:
        """One run of the keeper."""
        return self._keeper(who).run()

    def would(self) -> Told:
        """What a run would do."""
        return self._keeper("keeper").would()

    def _keeper(self, who: str) -> Keeper:
        said, pause = self.said.append, self._pause
        return keeper_of(self.keeping(who), self.repository, judge=self._judge, tell=self._tell, pause=pause, say=said)

    def keeping(self, who: str) -> Keeping:
        ledger = ledger_of(who, self.store, cast("Any", self.time))
        return Keeping(StackOutputs.parse(OUTPUTS), self.aws.aws, ledger)

    def dies(self, call: str, *, after: bool) -> None:
        """Whoever makes that call next is killed at it."""

        def die() -> None:
            (self.after if after else self.before).pop(call)
            raise Killed

        (self.after if after else self.before)[call] = die

    def locked_by_hand(self, reason: str = "do not touch") -> None:
        where = {"pipelineName": self.pipeline.name, "stageName": "Deploy", "transitionType": "Inbound"}
        self.operations.disable_stage_transition({**where, "reason": reason})

    def opened_by_hand(self) -> None:
        where = {"pipelineName": self.pipeline.name, "stageName": "Deploy", "transitionType": "Inbound"}
        self.operations.enable_stage_transition(where)

    @property
    def is_open(self) -> bool:
        return self.pipeline.transition("Deploy").enabled

    @property
    def newest(self) -> Execution:
        return self.pipeline.executions[-1]

    @property
    def changes(self) -> list[str]:
        """What was changed in AWS, in order."""
        return [name for name in self.calls if name in CHANGES]

    def _called(self, name: str, request: Params) -> Params | Refusal:
        refused = self.before[name]() if name in self.before else None
        if isinstance(refused, Refusal):
            return refused
        self.calls.append(name)
        try:
            answer = getattr(self.operations, xform_name(name))(request)
        except AwsError as error:
            return Refusal(error.code, error.message)
        for state in answer.get("stageStates", []):
            del state["actionStates"]  # in which AWS leaves out what its own model requires
        if name in self.after:
            self.after[name]()
        return answer

    def _judge(self, number: int, needed: Needed) -> Report:
        self.asked.append(number)
        if number == self.unasked:
            raise GitHubError("GitHub cannot be reached")
        self.needed.append(needed)
        now, said = self.time(), self.gates.get(number, {})
        evidence = {"content": f"{number:040x}"}
        results = tuple(
            Result(one, "3", one, said.get(one, Status.PASS), f"{one} says so", "good", "", evidence) for one in CHECKS
        )
        return Report(GATE, "prod", None, commit(number), now, now, 0, results, purpose=f"for pull request #{number}")

    def _tell(self, number: int, why: str) -> Told | None:
        self.postponed.append((number, why))
        return Told(f"#{number} is postponed.", 0)

    def _pause(self, seconds: float) -> None:
        self.passes(seconds=seconds)

    def _look(self, rule: RuleRun) -> Verdict | None:
        window = window_of(rule.declaration["configuration"])
        return look_at_window(rule, window, cast("Any", SimpleNamespace(now=lambda: self.time.now)))

    def _stop_build(self, request: Params) -> Params:
        self.stopped_builds.append(request["id"])
        return {}


def _declaration() -> dict[str, Any]:
    """As the program has it (components/pipeline.py)."""
    window = OUTPUTS["releaseWindow"]
    rule = {
        "name": "ReleaseWindow",
        "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": "DeploymentWindow", "version": "1"},
        "configuration": {"Cron": window["cron"], "TimeZone": window["timeZone"]},
    }
    return {
        "name": OUTPUTS["pipelineName"],
        "version": 1,
        "executionMode": "SUPERSEDED",
        "stages": [
            {"name": "Source", "actions": [_action("Source", "Source", outputArtifacts=[{"name": "source"}])]},
            {"name": "Build", "actions": [_action("Build", "Build")]},
            {
                "name": "Deploy",
                "actions": [_action("Deploy", "Build")],
                "beforeEntry": {"conditions": [{"result": "FAIL", "rules": [rule]}]},
            },
        ],
    }


def _action(name: str, category: str, **more: Any) -> dict[str, Any]:
    provider = "CodeStarSourceConnection" if category == "Source" else "CodeBuild"
    of = {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
    source = {"ConnectionArn": PUSH.detail, "FullRepositoryId": OUTPUTS["repository"], "BranchName": "main"}
    configuration = source if category == "Source" else {"ProjectName": f"web-pipeline-prod-{name.lower()}"}
    return {"name": name, "actionTypeId": of, "configuration": configuration, **more}
