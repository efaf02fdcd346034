# ruff: noqa: RUF012 -- the base class declares these tables
"""CodeBuild projects and their webhooks."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.plugins.aws.api import Api, Params
from sandbox.plugins.aws.declared import Call, Declared
from sandbox.plugins.aws.mapping import COMPUTED
from sandbox.plugins.aws.resource import AwsResource
from sandbox.plugins.resource import Failure
from sandbox.plugins.values import Values


class Project(Declared):
    token = "aws:codebuild/project:Project"
    service = "codebuild"
    request = "CreateProject"
    renames = {
        "buildTimeout": "timeoutInMinutes",
        "queuedTimeout": "queuedTimeoutInMinutes",
        "buildBatchConfig.timeoutInMins": "timeoutInMins",
        "buildBatchConfig.restrictions.computeTypesAlloweds": "computeTypesAllowed",
    }
    unset = {
        "buildTimeout": 60,
        "queuedTimeout": 480,
        "encryptionKey": COMPUTED,
        "cache.type": "NO_CACHE",
        "environment.imagePullCredentialsType": "CODEBUILD",
        "environment.environmentVariables.type": "PLAINTEXT",
        "artifacts.name": COMPUTED,
        "artifacts.namespaceType": "NONE",
        "artifacts.packaging": "NONE",
        "logsConfig.cloudwatchLogs.status": "ENABLED",
        "logsConfig.s3Logs.status": "DISABLED",
    }
    not_emulated = frozenset({"projectVisibility", "resourceAccessRole"})
    identifier_in = "project.arn"
    updates = "UpdateProject"
    reads = Call("BatchGetProjects", {"names": ["{id}"]}, "projects[0]")
    deletes = Call("DeleteProject", {"name": "{id}"})
    delete_missing = False
    computed = {"arn": "arn", "badgeUrl": "badge.badgeRequestUrl"}
    replaces = frozenset({"name", "region"})
    autoname = "name"
    kept = frozenset({"autoRetryLimit", "description", "encryptionKey", "environment.hostKernel"})

    def named(self, identifier: str) -> Values:
        return {"name": identifier.rsplit("/", 1)[-1]}

    def find(self, api: Api, identifier: str, inputs: Values) -> Params | None:
        found = self.reads.run(api, "codebuild", self.scope(identifier, inputs))
        if found and found.get("badge", {}).get("badgeEnabled"):
            found["badgeEnabled"] = True
        return found

    def change(self, api: Api, identifier: str, document: Params, old: Values, new: Values) -> None:
        """The service keeps what an update leaves out, and has no tagging calls of its own."""
        blank = {member: empty for name, member, empty in _CLEARED if name in old and name not in new}
        tags = self.request_tags(new) or {"tags": []}
        api.call("codebuild", "UpdateProject", blank | document | tags)

    def rules(self, inputs: Values) -> Iterator[Failure]:
        source, artifacts = inputs["source"], inputs["artifacts"]
        if not isinstance(source, dict) or not isinstance(artifacts, dict):
            return
        piped = [part.get("type") == "CODEPIPELINE" for part in (source, artifacts)]
        if any(piped) and not all(piped):
            yield Failure("artifacts.type", "artifacts.type: source and artifacts are both CODEPIPELINE, or neither")
        if piped[0] and source.get("reportBuildStatus"):
            reason = "builds of a pipeline report no status"
            yield Failure("source.reportBuildStatus", f"source.reportBuildStatus: {reason}")
        if source.get("type") == "NO_SOURCE" and "buildspec" not in source:
            yield Failure("source.buildspec", "source.buildspec: is required without a source")
        if source.get("type") in ("GITHUB", "S3", "CODECOMMIT") and "location" not in source:
            yield Failure("source.location", f"source.location: is required for {source['type']}")


# What UpdateProject takes as "no longer": property, member, empty value.
_CLEARED = (
    ("sourceVersion", "sourceVersion", ""),
    ("logsConfig", "logsConfig", {"cloudWatchLogs": {"status": "ENABLED"}, "s3Logs": {"status": "DISABLED"}}),
    ("cache", "cache", {"type": "NO_CACHE"}),
    ("vpcConfig", "vpcConfig", {}),
    ("secondarySources", "secondarySources", []),
    ("secondaryArtifacts", "secondaryArtifacts", []),
    ("concurrentBuildLimit", "concurrentBuildLimit", -1),
    ("badgeEnabled", "badgeEnabled", False),
)


class Webhook(AwsResource):
    token = "aws:codebuild/webhook:Webhook"
    service = "codebuild"
    request = "CreateWebhook"
    folded = {"filterGroups": "filters"}
    unset = {"buildType": "BUILD"}
    not_emulated = frozenset({"manualCreation", "scopeConfiguration"})
    computed = {"payloadUrl": "payloadUrl", "secret": "created.webhook.secret", "url": "url"}
    remembered = frozenset({"secret"})
    sensitive = frozenset({"secret"})
    kept = frozenset({"pullRequestBuildPolicy"})
    unordered = frozenset({"filterGroups"})
    replaces = frozenset({"projectName", "region"})

    def insert(self, api: Api, document: Params, inputs: Values) -> tuple[str, Params]:
        return inputs["projectName"], api.call("codebuild", "CreateWebhook", document)

    def find(self, api: Api, identifier: str, inputs: Values) -> Params | None:
        projects = api.call("codebuild", "BatchGetProjects", {"names": [identifier]}).get("projects", [])
        webhook = projects[0].get("webhook") if projects else None
        return {"projectName": identifier, **webhook} if webhook else None

    def change(self, api: Api, identifier: str, document: Params, old: Values, new: Values) -> None:
        # An update that leaves the branch filter out keeps it.
        blank = {"branchFilter": ""} if "branchFilter" in old else {}
        api.call("codebuild", "UpdateWebhook", blank | document)

    def remove(self, api: Api, identifier: str, inputs: Values) -> None:
        api.call("codebuild", "DeleteWebhook", {"projectName": identifier})

    def rules(self, inputs: Values) -> Iterator[Failure]:
        groups = inputs.get("filterGroups")
        if groups and inputs.get("branchFilter"):
            yield Failure("branchFilter", "branchFilter: conflicts with filterGroups")
        for index, group in enumerate(groups if isinstance(groups, list) else []):
            filters = group.get("filters") if isinstance(group, dict) else None
            types = [f.get("type") for f in filters if isinstance(f, dict)] if isinstance(filters, list) else None
            if types is not None and types.count("EVENT") != 1:
                path = f"filterGroups[{index}]"
                yield Failure(path, f"{path}: exactly one filter of type EVENT is needed")


TYPES = (Project, Webhook)
