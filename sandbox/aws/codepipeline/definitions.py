"""Operations on pipelines themselves: create, read, update, delete, list, tags."""

from __future__ import annotations

import copy
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sandbox.aws.access import ACCESS, AccessDenied
from sandbox.aws.codepipeline.model import PRINCIPAL, Pipeline, Trigger
from sandbox.aws.codepipeline.runs import Declaration, Mode
from sandbox.aws.codepipeline.validation import RULE_PROVIDERS, validate
from sandbox.aws.paging import answer_page
from sandbox.aws.service import AwsError, Params, Service

if TYPE_CHECKING:
    from sandbox.aws.codepipeline.engine import Engine

_MAX_TAGS = 50


class DefinitionOperations(Service):
    """Part of `CodePipeline`."""

    constraint_codes = ("ValidationException",)

    engine: Engine

    def now(self) -> datetime:
        return self.account.clock.now()

    def pipeline(self, name: str) -> Pipeline:
        try:
            return self.engine.pipelines[name]
        except KeyError as error:
            raise AwsError(
                "PipelineNotFoundException",
                f"Account '{self.account.account_id}' does not have a pipeline with name '{name}'",
            ) from error

    def create_pipeline(self, request: Params) -> Params:
        """A new pipeline runs once by itself, as on AWS."""
        declaration = self._declared(request["pipeline"], version=1)
        tags = _tags(request.get("tags", []))
        with self.engine.changed:
            if declaration["name"] in self.engine.pipelines:
                raise AwsError(
                    "PipelineNameInUseException", f"A pipeline with the name '{declaration['name']}' already exists"
                )
            pipeline = Pipeline(declaration, self.now(), self.now(), tags)
            self.engine.pipelines[pipeline.name] = pipeline
        self.engine.start(pipeline, Trigger("CreatePipeline", self.caller_arn))
        return {"pipeline": copy.deepcopy(declaration), "tags": _tag_list(tags)}

    def get_pipeline(self, request: Params) -> Params:
        pipeline = self.pipeline(request["name"])
        wanted = request.get("version", pipeline.version)
        declaration = pipeline.declaration if wanted == pipeline.version else pipeline.earlier_versions.get(wanted)
        if declaration is None:
            raise AwsError("PipelineVersionNotFoundException", f"Pipeline '{pipeline.name}' has no version {wanted}")
        metadata = {"pipelineArn": self.arn(pipeline.name), "created": pipeline.created, "updated": pipeline.updated}
        return {"pipeline": copy.deepcopy(declaration), "metadata": metadata}

    def update_pipeline(self, request: Params) -> Params:
        pipeline = self.pipeline(request["pipeline"]["name"])
        declaration = self._declared(request["pipeline"], version=pipeline.version + 1)
        with self.engine.changing():
            if {**declaration, "version": pipeline.version} != pipeline.declaration:
                if declaration["stages"] != pipeline.stages:
                    self.engine.cancel_all(pipeline)
                pipeline.earlier_versions[pipeline.version] = pipeline.declaration
                pipeline.declaration = declaration
                pipeline.updated = self.now()
        return {"pipeline": copy.deepcopy(pipeline.declaration)}

    def delete_pipeline(self, request: Params) -> Params:
        """Deleting what is not there succeeds, as on AWS."""
        with self.engine.changing():
            pipeline = self.engine.pipelines.get(request["name"])
            if pipeline is not None:
                self.engine.cancel_all(pipeline)
                del self.engine.pipelines[pipeline.name]
        return {}

    def list_pipelines(self, request: Params) -> Params:
        summaries = [
            {
                "name": pipeline.name,
                "version": pipeline.version,
                "pipelineType": pipeline.declaration["pipelineType"],
                "executionMode": pipeline.declaration["executionMode"],
                "created": pipeline.created,
                "updated": pipeline.updated,
            }
            for _, pipeline in sorted(self.engine.pipelines.items())
        ]
        return answer_page(summaries, "pipelines", request, default=1000)

    def list_rule_types(self, request: Params) -> Params:
        del request
        artifacts = {"minimumCount": 0, "maximumCount": 5}
        return {
            "ruleTypes": [
                {
                    "id": {"category": "Rule", "owner": "AWS", "provider": provider, "version": "1"},
                    "inputArtifactDetails": artifacts,
                }
                for provider in RULE_PROVIDERS
            ]
        }

    def list_tags_for_resource(self, request: Params) -> Params:
        return answer_page(_tag_list(self._tagged(request).tags), "tags", request)

    def tag_resource(self, request: Params) -> Params:
        pipeline = self._tagged(request)
        pipeline.tags = _tags([*_tag_list(pipeline.tags), *request["tags"]])
        return {}

    def untag_resource(self, request: Params) -> Params:
        pipeline = self._tagged(request)
        pipeline.tags = {key: value for key, value in pipeline.tags.items() if key not in request["tagKeys"]}
        return {}

    @property
    def caller_arn(self) -> str:
        return f"arn:aws:iam::{self.account.account_id}:user/sandbox"

    def arn(self, pipeline: str) -> str:
        return f"arn:aws:codepipeline:{self.account.region}:{self.account.account_id}:{pipeline}"

    def _tagged(self, request: Params) -> Pipeline:
        prefix, _, name = request["resourceArn"].rpartition(":")
        if f"{prefix}:" != self.arn(""):
            raise AwsError("InvalidArnException", f"{request['resourceArn']} is no pipeline of this account and region")
        try:
            return self.engine.pipelines[name]
        except KeyError as error:
            raise AwsError("ResourceNotFoundException", f"{request['resourceArn']} does not exist") from error

    def _declared(self, declaration: Declaration, version: int) -> Declaration:
        """The structure with AWS's defaults filled in, once it is found valid."""
        declared = copy.deepcopy(declaration)
        validate(declared, self.account.region)
        self._require_role(declared["roleArn"], declared["name"])
        declared["version"] = version
        declared.setdefault("pipelineType", "V1")
        declared.setdefault("executionMode", Mode.SUPERSEDED.value)
        for stage in declared["stages"]:
            for action in stage["actions"]:
                action.setdefault("runOrder", 1)
                action.setdefault("configuration", {})
                action.setdefault("inputArtifacts", [])
                action.setdefault("outputArtifacts", [])
        return declared

    def _require_role(self, role_arn: str, pipeline: str) -> None:
        """The role exists and trusts CodePipeline."""
        try:
            self.account.reach(ACCESS).assume(PRINCIPAL, role_arn, "validation", source_arn=self.arn(pipeline))
        except AccessDenied as error:
            raise AwsError(
                "InvalidStructureException", f"CodePipeline is not authorized to perform AssumeRole on role {role_arn}"
            ) from error


def _tags(tags: list[dict[str, str]]) -> dict[str, str]:
    by_key = {tag["key"]: tag["value"] for tag in tags}
    if len(by_key) > _MAX_TAGS:
        raise AwsError("TooManyTagsException", f"A pipeline has at most {_MAX_TAGS} tags")
    reserved = [key for key in by_key if key.lower().startswith("aws:")]
    if reserved:
        raise AwsError("InvalidTagsException", f"Tag keys starting with aws: are reserved: {', '.join(reserved)}")
    return by_key


def _tag_list(tags: dict[str, str]) -> list[dict[str, Any]]:
    return [{"key": key, "value": value} for key, value in tags.items()]
