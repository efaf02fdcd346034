"""CodeBuild: projects whose builds really run their buildspec's commands on this machine."""

from __future__ import annotations

import copy
import secrets
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any

from sandbox.aws.access import ACCESS
from sandbox.aws.codebuild.build import Build
from sandbox.aws.codebuild.builds import Builds
from sandbox.aws.codebuild.projects import (
    Project,
    complete,
    connection_of,
    refused,
    repository_of,
    unsupported,
    validate,
)
from sandbox.aws.codebuild.source import ArtifactSource, GitHubSource, NoSource, Source
from sandbox.aws.codebuild.webhooks import Delivery, matches, of_pull_request, of_push, validate_groups
from sandbox.aws.paging import answer_page
from sandbox.aws.ports import CONNECTIONS
from sandbox.aws.service import AwsError, Params, Service
from sandbox.github import github_of

if TYPE_CHECKING:
    from sandbox.core.account import Account

_IDS_A_PAGE = 100
_OVERRIDES = {
    "projectName",
    "sourceVersion",
    "environmentVariablesOverride",
    "buildspecOverride",
    "timeoutInMinutesOverride",
    "idempotencyToken",
}
_SORTED_BY = {"NAME": "name", "CREATED_TIME": "created", "LAST_MODIFIED_TIME": "lastModified"}


class CodeBuild(Service):
    """The service. `projects` and `builds` are for those in process."""

    name = "codebuild"
    constraint_codes = ("InvalidInputException",)

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self.projects: dict[str, Project] = {}
        self.builds = Builds(account)
        self._github = github_of(account)
        self._hooks = count(1)
        self._github.on_pull_request(lambda event: self._delivered(of_pull_request(self._github, event)))
        self._github.on_push(lambda push: self._delivered(of_push(self._github, push)))

    def create_project(self, request: Params) -> Params:
        if request["name"] in self.projects:
            raise AwsError("ResourceAlreadyExistsException", f"Project already exists: {self._arn(request['name'])}")
        project = complete(request, self.account)
        validate(project, self.account)
        project["created"] = project["lastModified"] = self.account.clock.now()
        self.projects[project["name"]] = project
        return {"project": copy.deepcopy(project)}

    def update_project(self, request: Params) -> Params:
        """What the request leaves out stays as it is."""
        present = self._project(request["name"])
        kept = {key: value for key, value in present.items() if key != "badge"}
        kept["badgeEnabled"] = present["badge"]["badgeEnabled"]
        project = complete({**kept, **request}, self.account)
        validate(project, self.account)
        project["lastModified"] = self.account.clock.now()
        self.projects[project["name"]] = project
        return {"project": copy.deepcopy(project)}

    def delete_project(self, request: Params) -> Params:
        """Deleting what is not there succeeds, as on AWS."""
        self.projects.pop(request["name"].rpartition("project/")[2], None)
        return {}

    def batch_get_projects(self, request: Params) -> Params:
        names = [name.rpartition("project/")[2] for name in request["names"]]
        return {
            "projects": [copy.deepcopy(self.projects[name]) for name in names if name in self.projects],
            "projectsNotFound": [name for name in names if name not in self.projects],
        }

    def list_projects(self, request: Params) -> Params:
        key = _SORTED_BY[request.get("sortBy", "NAME")]
        descending = request.get("sortOrder") == "DESCENDING"
        projects = sorted(self.projects.values(), key=lambda project: project[key], reverse=descending)
        return answer_page([project["name"] for project in projects], "projects", request, default=_IDS_A_PAGE)

    def create_webhook(self, request: Params) -> Params:
        """The secret is shown here and never again."""
        project = self._project(request["projectName"])
        if "webhook" in project:
            raise AwsError("ResourceAlreadyExistsException", f"Webhook already exists for project {project['name']}")
        if project["source"]["type"] != "GITHUB":
            raise refused(f"Webhooks are not supported for source type {project['source']['type']}")
        self._require_connection(project)
        project["webhook"] = self._webhook(project, request)
        return {"webhook": {**copy.deepcopy(project["webhook"]), "secret": secrets.token_hex(20)}}

    def update_webhook(self, request: Params) -> Params:
        project = self._project(request["projectName"])
        if "webhook" not in project:
            raise AwsError("ResourceNotFoundException", f"No webhook found for project {project['name']}")
        self._require_connection(project)
        kept = {key: project["webhook"][key] for key in ("filterGroups", "url")}
        project["webhook"] = {**self._webhook(project, {**kept, **request}), "url": kept["url"]}
        shown = copy.deepcopy(project["webhook"])
        if request.get("rotateSecret"):
            shown["secret"] = secrets.token_hex(20)
        return {"webhook": shown}

    def delete_webhook(self, request: Params) -> Params:
        project = self._project(request["projectName"])
        if project.pop("webhook", None) is None:
            raise AwsError("ResourceNotFoundException", f"No webhook found for project {project['name']}")
        return {}

    def start_build(self, request: Params) -> Params:
        unknown = sorted(set(request) - _OVERRIDES)
        if unknown:
            raise unsupported(f"StartBuild with {', '.join(unknown)}")
        project = copy.deepcopy(self._project(request["projectName"]))
        if project["source"]["type"] == "CODEPIPELINE":
            raise refused(f"Project {project['name']} has a CODEPIPELINE source: only its pipeline can start it")
        if "buildspecOverride" in request:
            project["source"]["buildspec"] = request["buildspecOverride"]
        project["timeoutInMinutes"] = request.get("timeoutInMinutesOverride", project["timeoutInMinutes"])
        version = request.get("sourceVersion") or project.get("sourceVersion", "")
        build = self.builds.start(
            project,
            self._source(project, version),
            initiator=self._initiator(),
            environment=request.get("environmentVariablesOverride", []),
        )
        return {"build": build.as_json()}

    def retry_build(self, request: Params) -> Params:
        build = self._build(request.get("id", ""))
        if build.project["source"]["type"] == "CODEPIPELINE":
            raise refused("A build that a pipeline has started cannot be retried here; retry the stage")
        return {"build": self.builds.retry(build).as_json()}

    def stop_build(self, request: Params) -> Params:
        build = self._build(request["id"])
        build.stop_asked.set()
        return {"build": build.as_json()}

    def batch_get_builds(self, request: Params) -> Params:
        found = {build_id: self.builds.get(build_id) for build_id in request["ids"]}
        return {
            "builds": [build.as_json() for build in found.values() if build is not None],
            "buildsNotFound": [build_id for build_id, build in found.items() if build is None],
        }

    def list_builds(self, request: Params) -> Params:
        return self._list(request, None)

    def list_builds_for_project(self, request: Params) -> Params:
        return self._list(request, self._project(request["projectName"])["name"])

    def _list(self, request: Params, project: str | None) -> Params:
        ids = [build.id for build in self.builds.newest_first(project)]
        if request.get("sortOrder") == "ASCENDING":
            ids.reverse()
        return answer_page(ids, "ids", request, default=_IDS_A_PAGE)

    def _webhook(self, project: Project, request: Params) -> dict[str, Any]:
        if request.get("filterGroups") and request.get("branchFilter"):
            raise refused("branchFilter and filterGroups cannot be used together")
        if request.get("buildType", "BUILD") != "BUILD":
            raise unsupported(f"webhooks of build type {request['buildType']}")
        if request.get("scopeConfiguration") or request.get("manualCreation"):
            raise unsupported("organisation webhooks and webhooks made by hand")
        if request.get("branchFilter"):
            raise unsupported("webhooks with a branchFilter; filterGroups say the same")
        groups = request.get("filterGroups") or []
        validate_groups(groups)
        webhook = {
            "url": f"https://api.github.com/repos/{repository_of(project)}/hooks/{next(self._hooks)}",
            "payloadUrl": f"https://codebuild.{self.account.region}.amazonaws.com/webhooks",
            "filterGroups": copy.deepcopy(groups),
            "buildType": "BUILD",
            "lastModifiedSecret": self.account.clock.now(),
            "status": "ACTIVE",
        }
        if request.get("pullRequestBuildPolicy"):
            webhook["pullRequestBuildPolicy"] = request["pullRequestBuildPolicy"]
        return webhook

    def _require_connection(self, project: Project) -> None:
        arn = connection_of(project) or ""
        try:
            self.account.reach(CONNECTIONS).require_available(arn)
        except AwsError as error:
            raise AwsError("OAuthProviderException", f"Failed to create webhook: {error.message}") from error

    def project_arn(self, name: str) -> str | None:
        """In process: a project's ARN, None where there is no such project."""
        project = self.projects.get(name)
        return project["arn"] if project else None

    def build_artifact(
        self,
        project: str,
        *,
        location: str,
        revision: str,
        archive: Callable[[], bytes],
        output: str,
        upload: Callable[[bytes], None],
        initiator: str,
        environment: Sequence[Mapping[str, str]],
    ) -> Build:
        """In process: start a pipeline's build of the zip that `archive` gives; `upload` takes its output."""
        source = ArtifactSource(location=location, revision=revision, archive=archive, output=output, upload=upload)
        return self.builds.start(self.projects[project], source, initiator=initiator, environment=environment)

    def _delivered(self, delivery: Delivery) -> None:
        """Start the builds of every project whose webhook takes this event."""
        for project in list(self.projects.values()):
            webhook = project.get("webhook")
            if webhook is None or repository_of(project) != delivery.repository:
                continue
            groups = webhook["filterGroups"] or [[{"type": "EVENT", "pattern": "PUSH"}]]
            if matches(groups, delivery.facts):
                source = self._source(project, delivery.version, delivery.variables)
                self.builds.start(copy.deepcopy(project), source, initiator="GitHub-Hookshot/sandbox")

    def _initiator(self) -> str:
        """Who starts a build by the API: a role's session, or the account's own people."""
        caller = self.account.reach(ACCESS).caller
        return caller.principal.name.partition("assumed-role/")[2] if caller else "sandbox"

    def _source(self, project: Project, version: str, variables: Any = None) -> Source:
        if project["source"]["type"] == "NO_SOURCE":
            return NoSource(version)
        return GitHubSource(self._github, version, project["source"]["location"], variables or {})

    def _project(self, name: str) -> Project:
        try:
            return self.projects[name.rpartition("project/")[2]]
        except KeyError as error:
            raise AwsError("ResourceNotFoundException", f"Project cannot be found: {self._arn(name)}") from error

    def _build(self, build_id: str) -> Build:
        build = self.builds.get(build_id)
        if build is None:
            raise AwsError("ResourceNotFoundException", f"Build cannot be found: {build_id}")
        return build

    def _arn(self, project: str) -> str:
        return f"arn:aws:codebuild:{self.account.region}:{self.account.account_id}:project/{project}"
