"""The actions that the sandbox carries out, each in a thread of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from sandbox.aws.codepipeline.build_action import BuildAction
from sandbox.aws.codepipeline.model import Execution, Pipeline
from sandbox.aws.codepipeline.runs import ActionRun, Outcome, new_id
from sandbox.aws.codepipeline.source_action import SourceAction
from sandbox.aws.codepipeline.variables import UnresolvedVariableError, resolve
from sandbox.aws.service import AwsError

if TYPE_CHECKING:
    from sandbox.core.account import Account

log = logging.getLogger("sandbox.codepipeline")

SOURCE_PROVIDERS = ("CodeStarSourceConnection",)
BUILD_PROVIDERS = ("CodeBuild",)
APPROVAL_PROVIDERS = ("Manual",)
PROVIDERS = (*SOURCE_PROVIDERS, *BUILD_PROVIDERS, *APPROVAL_PROVIDERS)

Run = Callable[[Pipeline, Execution, ActionRun], Outcome]


class AccountActions:
    """Carries out actions in the account and reports their end with `finish`."""

    def __init__(self, account: Account, finish: Callable[[ActionRun, Outcome], None]) -> None:
        self._account = account
        self._finish = finish
        self._runs: dict[str, Run] = {
            "CodeStarSourceConnection": SourceAction(account),
            "CodeBuild": BuildAction(account),
        }

    def prepare(self, pipeline: Pipeline, execution: Execution, action: ActionRun) -> None:
        """What is known before the action starts: its inputs, its approval token."""
        del pipeline
        declared = action.declaration
        action.inputs = [
            execution.artifacts[artifact["name"]]
            for artifact in declared.get("inputArtifacts", [])
            if artifact["name"] in execution.artifacts
        ]
        action.configuration = dict(declared.get("configuration", {}))
        if declared["actionTypeId"]["provider"] in APPROVAL_PROVIDERS:
            action.token = new_id()

    def start(self, pipeline: Pipeline, execution: Execution, action: ActionRun) -> None:
        if action.token:
            return  # PutApprovalResult ends it
        self._account.background.start(
            f"{pipeline.name} {action.name}", lambda: self._finish(action, self._run(pipeline, execution, action))
        )

    def _run(self, pipeline: Pipeline, execution: Execution, action: ActionRun) -> Outcome:
        try:
            action.configuration = resolve(action.configuration, execution)
            return self._runs[action.declaration["actionTypeId"]["provider"]](pipeline, execution, action)
        except UnresolvedVariableError as error:
            return Outcome(False, error_code="ConfigurationError", error_message=str(error))
        except AwsError as error:
            return Outcome(False, error_code=error.code, error_message=error.message)
        except ClientError as error:
            answer = error.response.get("Error", {})
            message = f"{error.operation_name}: {answer.get('Message', '')}"
            return Outcome(False, error_code=answer.get("Code", ""), error_message=message)
        except BotoCoreError as error:
            return Outcome(False, error_code="ServiceError", error_message=str(error))
        except Exception as error:
            log.exception("action %s of %s failed in the sandbox itself", action.name, pipeline.name)
            return Outcome(False, error_code="SandboxInternalError", error_message=repr(error))
