"""One build: its phases, its state, and how AWS shows it."""

from __future__ import annotations

import copy
import hashlib
import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from sandbox.aws.access import Session

IN_PROGRESS, SUCCEEDED, FAILED = "IN_PROGRESS", "SUCCEEDED", "FAILED"
FAULT, TIMED_OUT, STOPPED = "FAULT", "TIMED_OUT", "STOPPED"
S3_LOGS = {"status": "DISABLED", "encryptionDisabled": False}  # the sandbox keeps none
_TAIL_LINES = 15
_WITHOUT_CONTEXT = ("SUBMITTED", "QUEUED", "COMPLETED")  # in every answer of AWS that was published
_KEPT_OF_PROJECT = (
    "secondarySources",
    "secondarySourceVersions",
    "cache",
    "environment",
    "serviceRole",
    "timeoutInMinutes",
    "queuedTimeoutInMinutes",
    "encryptionKey",
    "vpcConfig",
    "fileSystemLocations",
)


@dataclass
class PhaseRun:
    """One phase. `code` and `message` are its context: why it failed."""

    type: str
    started: datetime
    status: str = IN_PROGRESS
    ended: datetime | None = None
    code: str = ""
    message: str = ""

    def as_json(self) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "phaseType": self.type,
            "startTime": self.started,
        }
        if self.type not in _WITHOUT_CONTEXT and self.ended is not None:
            shown["contexts"] = [{"statusCode": self.code, "message": self.message}]
        if self.type != "COMPLETED" and self.status != IN_PROGRESS:
            shown["phaseStatus"] = self.status
        if self.type != "COMPLETED" and self.ended is not None:
            shown["endTime"] = self.ended
            shown["durationInSeconds"] = round((self.ended - self.started).total_seconds())
        return shown


@dataclass
class Build:
    """A build that runs or has run. `done` is set at its end."""

    project: dict[str, Any]  # as it was when the build started, overrides applied
    number: int
    initiator: str
    started: datetime
    source_version: str
    region: str
    account_id: str
    log_group: str
    id: str = ""
    status: str = IN_PROGRESS
    ended: datetime | None = None
    revision: str = ""
    phases: list[PhaseRun] = field(default_factory=list)
    session: Session | None = None  # the service role's, once it is taken
    exported_variables: dict[str, str] = field(default_factory=dict)
    artifact: bytes = b""
    artifact_location: str = ""
    stop_asked: threading.Event = field(default_factory=threading.Event)
    quiet: threading.Event = field(default_factory=threading.Event)  # no process of it is left
    done: threading.Event = field(default_factory=threading.Event)
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=_TAIL_LINES))  # what its commands wrote last

    def __post_init__(self) -> None:
        self.id = self.id or f"{self.project['name']}:{uuid4()}"

    @property
    def arn(self) -> str:
        return f"arn:aws:codebuild:{self.region}:{self.account_id}:build/{self.id}"

    @property
    def log_stream(self) -> str:
        return self.id.rpartition(":")[2]

    @property
    def console_url(self) -> str:
        return f"https://console.aws.amazon.com/codebuild/home?region={self.region}#/builds/{self.id}/view/new"

    @property
    def failed_phase(self) -> PhaseRun | None:
        return next((phase for phase in self.phases if phase.status not in (SUCCEEDED, IN_PROGRESS)), None)

    def as_json(self) -> dict[str, Any]:
        """The API's Build."""
        kept = {key: copy.deepcopy(self.project[key]) for key in _KEPT_OF_PROJECT if key in self.project}
        shown: dict[str, Any] = {
            **kept,
            "id": self.id,
            "arn": self.arn,
            "buildNumber": self.number,
            "startTime": self.started,
            "currentPhase": self.phases[-1].type if self.phases else "SUBMITTED",
            "buildStatus": self.status,
            "projectName": self.project["name"],
            "phases": [phase.as_json() for phase in self.phases],
            "source": copy.deepcopy(self.project["source"]),
            "artifacts": self._artifacts(),
            "secondaryArtifacts": [],
            "logs": self._logs(),
            "buildComplete": self.done.is_set(),
            "initiator": self.initiator,
            "exportedEnvironmentVariables": [
                {"name": name, "value": value} for name, value in self.exported_variables.items()
            ],
        }
        for key, value in (("sourceVersion", self.source_version), ("resolvedSourceVersion", self.revision)):
            if value:
                shown[key] = value
        if self.ended is not None:
            shown["endTime"] = self.ended
        return shown

    def _artifacts(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"location": self.artifact_location, "encryptionDisabled": False}
        if self.artifact:
            shown |= {
                "md5sum": hashlib.md5(self.artifact, usedforsecurity=False).hexdigest(),
                "sha256sum": hashlib.sha256(self.artifact).hexdigest(),
            }
        return shown

    def _logs(self) -> dict[str, Any]:
        if not self.log_group:
            return {
                "cloudWatchLogs": {"status": "DISABLED"},
                "s3Logs": S3_LOGS,
            }
        path = f"log-group:{self.log_group}:log-stream:{self.log_stream}"
        return {
            "groupName": self.log_group,
            "streamName": self.log_stream,
            "deepLink": f"https://console.aws.amazon.com/cloudwatch/home?region={self.region}"
            f"#logEvent:group={self.log_group};stream={self.log_stream}",
            "cloudWatchLogsArn": f"arn:aws:logs:{self.region}:{self.account_id}:{path}",
            "cloudWatchLogs": {"status": "ENABLED", "groupName": self.log_group},
            "s3Logs": S3_LOGS,
        }
