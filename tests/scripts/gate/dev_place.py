"""dev's account, for prod's gate to look at."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from scripts.gate.checks import promotion as module
from scripts.gate.dev import Dev
from scripts.results import Outcome, Result, Status
from sop.outputs import StackOutputs
from tests import clock
from tests.scripts.fake_aws import FakeAws
from tests.scripts.gate.place import Place
from tests.scripts.prod_stack import OUTPUTS

HOUR = timedelta(hours=1)


class Deployments:
    """What an account's pipeline has deployed."""

    def __init__(self, aws: FakeAws) -> None:
        self.executions: list[dict[str, Any]] = []
        self.actions: list[dict[str, Any]] = []
        aws.answer("ListPipelineExecutions", lambda _: {"pipelineExecutionSummaries": self.executions[::-1]})
        aws.answer("ListActionExecutions", lambda _: {"actionExecutionDetails": self.actions[::-1]})

    def deployed(self, revision: str, hours_ago: float, status: str = "Succeeded") -> str:
        began = clock.now() - hours_ago * HOUR
        ended = began + timedelta(minutes=5)
        execution = f"e{len(self.executions) + 1}"
        self.executions.append(
            {
                "pipelineExecutionId": execution,
                "status": status,
                "startTime": began,
                "lastUpdateTime": ended,
                "sourceRevisions": [{"actionName": "Source", "revisionId": revision}],
            }
        )
        self.actions.append(
            {
                "pipelineExecutionId": execution,
                "stageName": "Deploy",
                "actionName": "Deploy",
                "status": status,
                "startTime": began,
                "lastUpdateTime": ended,
            }
        )
        return execution


class DevPlace(Deployments):
    """dev's account, in which revisions were deployed; promotion's own checks answer as they are told to."""

    def __init__(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        self.place = place
        self.aws = FakeAws()
        super().__init__(self.aws)
        self.asked: list[tuple[str, str, datetime | None]] = []
        self.says: dict[str, Outcome] = {}
        outputs = StackOutputs.parse({**OUTPUTS, "stack": "dev", "environment": "dev", "branch": "dev"})
        place.dev = Dev(outputs, self.aws.aws)
        place.ran_in_dev = lambda pull: self.deployed(pull.head_sha, 30)
        monkeypatch.setattr(module, "run_check", self._answered)

    def _answered(self, check: Any, context: Any) -> Result:
        self.asked.append((check.id, context.pin.execution_id, context.soaked_since))
        said = self.says.get(check.id, Outcome(Status.PASS, "good"))
        return Result(check.id, "3.3", "", said.status, said.observed, "", said.fix, {}, said.again_at)

    def answer(self, head: str = "dev") -> Result:
        pull = self.place.host.open_pulls(head, "main")[0]
        return self.place.answer("promotion", pull)
