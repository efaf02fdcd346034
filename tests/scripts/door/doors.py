"""A pipeline's door as CodePipeline keeps it, for those who open and close it in this process."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from scripts.door.keeping import Keeping
from sop.outputs import StackOutputs
from tests.scripts.fake_aws import FakeAws, Params, Refusal
from tests.scripts.ledger.memory import Memory, Time, ledger_of
from tests.scripts.prod_stack import OUTPUTS

BEGIN = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
PERSON = "arn:aws:iam::123456789012:user/carol"


class Doorway:
    """One door, one ledger, and people at it."""

    def __init__(self) -> None:
        self.aws = FakeAws()
        self.store = Memory()
        self.time = Time(BEGIN)
        self.transition: Params = {"enabled": True}
        self.waiting: list[str] = []
        self.calls: list[str] = []
        self.before_call: Callable[[], object] = lambda: None
        self.after_call: Callable[[], object] = lambda: None
        self.aws.answer("GetPipelineState", self._state)
        self.aws.answer("DisableStageTransition", self._disable)
        self.aws.answer("EnableStageTransition", self._enable)

    def of(self, who: str) -> Keeping:
        return Keeping(StackOutputs.parse(OUTPUTS), self.aws.aws, ledger_of(who, self.store, self.time))

    def locked_by_hand(self, reason: str = "do not touch") -> None:
        self.transition = {
            "enabled": False,
            "disabledReason": reason,
            "lastChangedBy": PERSON,
            "lastChangedAt": self.time(),
        }

    def passes(self, **span: float) -> None:
        self.time.passes(timedelta(**span))

    @property
    def is_open(self) -> bool:
        return self.transition["enabled"]

    def _state(self, _: Params) -> Params:
        waiting = [{"pipelineExecutionId": one, "status": "InProgress"} for one in self.waiting]
        deploy = {"stageName": "Deploy", "inboundTransitionState": self.transition, "inboundExecutions": waiting}
        return {"stageStates": [{"stageName": "Build"}, deploy]}

    def _disable(self, request: Params) -> Params | Refusal:
        return self._set("disable", {"enabled": False, "disabledReason": request["reason"]})

    def _enable(self, _: Params) -> Params | Refusal:
        return self._set("enable", {"enabled": True})

    def _set(self, call: str, transition: Params) -> Params | Refusal:
        refused = self.before_call()
        if isinstance(refused, Refusal):
            return refused
        self.calls.append(call)
        self.transition = transition | {"lastChangedBy": "somebody", "lastChangedAt": self.time()}
        self.after_call()
        return {}
