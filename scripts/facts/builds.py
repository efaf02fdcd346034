"""What CodeBuild says of a pipeline's build: the phase that it is in, and the one that failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from scripts.evidence.redaction import redacted_text

if TYPE_CHECKING:
    from mypy_boto3_codebuild.client import CodeBuildClient
    from mypy_boto3_codebuild.type_defs import BuildPhaseTypeDef

# A phase's status, https://docs.aws.amazon.com/codebuild/latest/APIReference/API_BuildPhase.html
_WRONG = ("FAILED", "FAULT", "TIMED_OUT", "STOPPED")

# What CodeBuild runs of a source where it is told nothing (API_ProjectSource)
DEFAULT_BUILDSPEC = "buildspec.yml"


@dataclass(frozen=True)
class BuildRun:
    """One build. `failed` says in which phase and why it failed, and is empty where none did."""

    id: str
    phase: str
    since: datetime | None
    failed: str


def read_builds(client: CodeBuildClient, ids: Sequence[str]) -> dict[str, BuildRun]:
    """Those builds, by id; what CodeBuild does not know is left out."""
    if not ids:
        return {}
    found = client.batch_get_builds(ids=list(ids)).get("builds", [])
    builds: dict[str, BuildRun] = {}
    for one in found:
        phases = one.get("phases", [])
        since = phases[-1].get("startTime") if phases else None
        wrong = next((each for each in phases if each.get("phaseStatus") in _WRONG), None)
        name = one.get("id", "")
        builds[name] = BuildRun(name, one.get("currentPhase", ""), since, _told(wrong) if wrong else "")
    return builds


def read_buildspecs(client: CodeBuildClient, ids: Sequence[str]) -> dict[str, str]:
    """What each of those builds was told to run, by id: a file's name, or all that was written out in its place.

    What CodeBuild does not know is left out; it forgets a build after a year.
    """
    builds = client.batch_get_builds(ids=list(ids)).get("builds", []) if ids else []
    return {one.get("id", ""): one.get("source", {}).get("buildspec") or DEFAULT_BUILDSPEC for one in builds}


def _told(phase: BuildPhaseTypeDef) -> str:
    said = [
        ": ".join(filter(None, (one.get("statusCode", ""), " ".join(redacted_text(one.get("message", "")).split()))))
        for one in phase.get("contexts", [])
    ]
    return f"{phase.get('phaseType', '')} {phase.get('phaseStatus', '')}: {'; '.join(filter(None, said))}".rstrip(": ")
