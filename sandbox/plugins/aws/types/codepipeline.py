# ruff: noqa: RUF012 -- the base class declares these tables
"""CodePipeline, with the rules that AWS applies and the real provider does not know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from sandbox.plugins.aws.declared import Call, Declared
from sandbox.plugins.aws.mapping import COMPUTED
from sandbox.plugins.aws.tags import TagOperations
from sandbox.plugins.aws.types.codepipeline_rules import pipeline_failures
from sandbox.plugins.resource import Failure
from sandbox.plugins.values import Values

_CONDITION_HOLDERS = ("beforeEntry", "onFailure", "onSuccess")


def _renames() -> dict[str, str]:
    action = "stages.actions"
    names = {
        "artifactStores": "artifactStore",
        **{f"{action}.{part}": f"actionTypeId.{part}" for part in ("category", "owner", "provider", "version")},
        f"{action}.inputArtifacts": "inputArtifacts[*].name",
        f"{action}.outputArtifacts": "outputArtifacts[*].name",
        f"{action}.outputArtifactsForComputeActions": "outputArtifacts",
        "triggers.gitConfiguration.pushes": "push",
        "triggers.gitConfiguration.pullRequests": "pullRequest",
    }
    for holder in _CONDITION_HOLDERS:
        names[f"stages.{holder}.condition"] = "conditions[]"
        names[f"stages.{holder}.condition.rules.inputArtifacts"] = "inputArtifacts[*].name"
    return names


class Pipeline(Declared):
    token = "aws:codepipeline/pipeline:Pipeline"
    service = "codepipeline"
    request = "CreatePipeline.pipeline"
    renames = _renames()
    unset: ClassVar[Mapping[str, Any]] = {
        "executionMode": "SUPERSEDED",
        "pipelineType": "V1",
        "version": COMPUTED,
        "stages.actions.runOrder": 1,
        "stages.actions.outputArtifactsForComputeActions": COMPUTED,
        **{f"stages.{holder}.condition.rules.ruleTypeId.owner": "AWS" for holder in _CONDITION_HOLDERS},
        **{f"stages.{holder}.condition.rules.ruleTypeId.version": "1" for holder in _CONDITION_HOLDERS},
    }
    updates = "UpdatePipeline"
    reads = Call("GetPipeline", {"name": "{id}"}, "merge(pipeline, {arn: metadata.pipelineArn})")
    deletes = Call("DeletePipeline", {"name": "{id}"})
    computed = {"arn": "arn"}
    replaces = frozenset({"name", "region"})
    # The provider asserts an int32 where Terraform hands it an int: the value is dropped without a word.
    unsent = frozenset(f"stages.{holder}.condition.rules.timeoutInMinutes" for holder in _CONDITION_HOLDERS)
    unread = frozenset({"triggers"})
    unordered = frozenset({"artifactStores"})
    autoname = "name"
    tagging = TagOperations()

    def rules(self, inputs: Values) -> Iterator[Failure]:
        return pipeline_failures(inputs)


TYPES = (Pipeline,)
