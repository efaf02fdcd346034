"""What CodeBuild tells others: EventBridge events, CloudWatch metrics, commit statuses on GitHub."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.aws.codebuild.build import IN_PROGRESS, SUCCEEDED, Build
from sandbox.aws.codebuild.source import GitHubSource, Source
from sandbox.aws.ports import METRICS
from sandbox.aws.service import AwsError

if TYPE_CHECKING:
    from sandbox.core.account import Account

NAMESPACE = "AWS/CodeBuild"
REPORTER = "aws-codebuild"
_TIME = "%b %d, %Y %I:%M:%S %p"


class Telling:
    """Reports a build's start and end."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def started(self, build: Build, source: Source) -> None:
        self._publish(build)
        self._report(build, source, "pending", "Build is in progress")

    def ended(self, build: Build, source: Source) -> None:
        succeeded = build.status == SUCCEEDED
        self._measure(build)
        words = f"Build {build.status.lower().replace('_', ' ')}"
        self._report(build, source, "success" if succeeded else "failure", words)
        self._publish(build)

    def _publish(self, build: Build) -> None:
        self._account.events.publish(
            "aws.codebuild",
            "CodeBuild Build State Change",
            {
                "build-status": build.status,
                "project-name": build.project["name"],
                "build-id": build.arn,
                "current-phase": build.phases[-1].type if build.phases else "SUBMITTED",
                "current-phase-context": "[]",
                "version": "1",
                "additional-information": {
                    "initiator": build.initiator,
                    "build-start-time": build.started.strftime(_TIME),
                    "build-complete": build.status != IN_PROGRESS,
                    "source-version": build.source_version,
                },
            },
            [build.arn],
        )

    def _measure(self, build: Build) -> None:
        dimensions = {"ProjectName": build.project["name"]}
        for metric, (value, unit) in measured(build).items():
            self._account.reach(METRICS).record(NAMESPACE, metric, dimensions, value, at=build.ended, unit=unit)

    def _report(self, build: Build, source: Source, state: str, description: str) -> None:
        """The commit status, where the project asks for it."""
        declared = build.project["source"]
        if not declared.get("reportBuildStatus") or not isinstance(source, GitHubSource):
            return
        try:
            sha = build.revision or source.resolve()
        except AwsError:
            return  # no such commit: there is nothing to put a status on
        name = build.project["name"]
        context = declared.get("buildStatusConfig", {}).get("context") or f"AWS CodeBuild {build.region} ({name})"
        source.github.set_status(
            sha,
            context,
            state,
            description=f"{description} for project {name}",
            target_url=declared.get("buildStatusConfig", {}).get("targetUrl") or build.console_url,
            creator=REPORTER,
        )


def measured(build: Build) -> dict[str, tuple[float, str]]:
    """The metrics of a build that has ended: value and unit of each, at its end."""
    ended = build.ended or build.started
    return {
        "Builds": (1.0, "Count"),
        "SucceededBuilds" if build.status == SUCCEEDED else "FailedBuilds": (1.0, "Count"),
        "Duration": ((ended - build.started).total_seconds(), "Seconds"),
    }
