"""Builds: started, run each in a thread of its own, stopped, told about."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Collection, Iterable, Mapping
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from sandbox.aws.access import ACCESS
from sandbox.aws.codebuild.build import FAILED, FAULT, IN_PROGRESS, STOPPED, SUCCEEDED, Build, PhaseRun
from sandbox.aws.codebuild.buildspec import DEFAULT_NAME, Buildspec, BuildspecError, UnsupportedBuildspecError
from sandbox.aws.codebuild.log import BuildLog
from sandbox.aws.codebuild.machine import first_on_path, new_python
from sandbox.aws.codebuild.projects import UNSUPPORTED, connection_of
from sandbox.aws.codebuild.role import require_connection, require_log, take_role
from sandbox.aws.codebuild.runner import Limits, PhaseError, Runner, collect, deadline_in
from sandbox.aws.codebuild.source import ArtifactSource, Source
from sandbox.aws.codebuild.telling import Telling
from sandbox.aws.codebuild.variables import folders, variables_of
from sandbox.aws.ports import LOG_LINES
from sandbox.aws.service import AwsError

if TYPE_CHECKING:
    from sandbox.core.account import Account

_DOWN_SECONDS = 5.0
_Overrides = list[Mapping[str, str]]

log = logging.getLogger("sandbox.codebuild")


class Builds:
    """Every build of the account."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._tell = Telling(account)
        self._all: dict[str, Build] = {}
        self._sources: dict[str, tuple[Source, _Overrides]] = {}
        self._numbers: dict[str, count[int]] = {}
        self._lock = threading.Lock()
        account.background.on_stop(self._stop_all)

    def start(
        self,
        project: dict[str, Any],
        source: Source,
        *,
        initiator: str,
        environment: Iterable[Mapping[str, str]] = (),
    ) -> Build:
        """Start a build of a project as it is now; it runs in the background."""
        with self._lock:
            number = next(self._numbers.setdefault(project["name"], count(1)))
            build = Build(
                project=project,
                number=number,
                initiator=initiator,
                started=self._account.clock.now(),
                source_version=source.version,
                region=self._account.region,
                account_id=self._account.account_id,
                log_group=_log_group(project),
            )
            self._all[build.id] = build
            self._sources[build.id] = (source, list(environment))
        self._account.background.start(f"build {build.id}", lambda: self._run(build))
        return build

    def retry(self, build: Build) -> Build:
        source, environment = self._sources[build.id]
        return self.start(build.project, source, initiator=build.initiator, environment=environment)

    def get(self, build_id: str) -> Build | None:
        """By id or ARN."""
        return self._all.get(build_id.rpartition("build/")[2])

    def newest_first(self, project: str | None = None) -> list[Build]:
        with self._lock:
            found = [build for build in self._all.values() if project in (None, build.project["name"])]
        return found[::-1]

    def tell_anew(self, instead_of: Collection[str], builds: Iterable[Build]) -> None:
        """Keep these builds instead of those with the ids `instead_of`; the newest stays the one that began last."""
        with self._lock:
            kept = [build for build in self._all.values() if build.id not in instead_of]
            told = sorted([*kept, *builds], key=lambda build: build.started)
            self._all = {build.id: build for build in told}

    def _stop_all(self) -> None:
        """End the processes of every build; there is nobody left to tell."""
        running = [build for build in self.newest_first() if not build.quiet.is_set()]
        for build in running:
            build.stop_asked.set()
        for build in running:
            build.quiet.wait(_DOWN_SECONDS)

    def _run(self, build: Build) -> None:
        source, overrides = self._sources[build.id]
        folder = self._account.paths.builds / build.log_stream
        self._tell.started(build, source)
        try:
            self._carry_out(build, source, overrides, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            for type_ in ("FINALIZING", "COMPLETED"):
                now = self._account.clock.now()
                build.phases.append(PhaseRun(type_, now, SUCCEEDED, now))
            build.ended = self._account.clock.now()
            try:
                self._tell.ended(build, source)
            finally:
                build.done.set()

    def _carry_out(self, build: Build, source: Source, overrides: _Overrides, folder: Path) -> None:
        lines: BuildLog | None = None
        try:
            for type_ in ("SUBMITTED", "QUEUED"):
                now = self._account.clock.now()
                build.phases.append(PhaseRun(type_, now, SUCCEEDED, now))
            lines = self._provision(build)
            limits = Limits(
                stopping=lambda: build.stop_asked.is_set() or self._account.background.stopping.is_set(),
                deadline=deadline_in(build.project["timeoutInMinutes"]),
            )
            runner = Runner(build, now=self._account.clock.now, log=lines or _nowhere, limits=limits)
            self._run_phases(build, runner, source, overrides, folder)
            build.status = SUCCEEDED
        except PhaseError as error:
            build.status = error.status
        except Exception:
            log.exception("build %s failed in the sandbox itself", build.id)
            build.status = FAULT
        finally:
            build.quiet.set()
            if build.status == IN_PROGRESS:
                build.status = STOPPED
            if lines is not None:
                lines.close()

    def _provision(self, build: Build) -> BuildLog | None:
        """The service role's session, and the build's log, which the role must be allowed to write."""
        started = self._account.clock.now()
        phase = PhaseRun("PROVISIONING", started)
        build.phases.append(phase)
        lines: BuildLog | None = None
        try:
            build.session = take_role(self._account, build)
            if build.log_group:
                require_log(self._account, build, build.session)
                logs, client = self._account.reach(LOG_LINES), self._account.client("logs")
                lines = BuildLog(logs, client, build.log_group, build.log_stream)
        except AwsError as error:
            phase.status, phase.code, phase.message = FAILED, error.code, error.message
            raise PhaseError(error.code, error.message) from error
        else:
            phase.status = SUCCEEDED
        finally:
            phase.ended = self._account.clock.now()
        return lines

    def _run_phases(self, build: Build, runner: Runner, source: Source, overrides: _Overrides, folder: Path) -> None:
        access = self._account.reach(ACCESS)
        with runner.phase("DOWNLOAD_SOURCE"):
            spec = self._download(build, source, folder)
            try:
                with access.acting(build.session):
                    variables = variables_of(self._account, build, spec, overrides, source.environment)
            except (AwsError, BotoCoreError) as error:
                raise PhaseError("CLIENT_ERROR", str(error)) from error
            for name in ("home", "tmp"):
                (folder / name).mkdir()
        python = folder / "python"
        variables = {**new_python(python), **variables, "PATH": first_on_path(python, variables)}
        runner.run(spec, folder / "src", {**variables, **folders(folder)})
        with runner.phase("UPLOAD_ARTIFACTS"):
            if isinstance(source, ArtifactSource) and source.output:
                try:
                    with access.acting(build.session):
                        build.artifact = collect(folder / "src", spec.artifacts)
                        source.upload(build.artifact)
                except ClientError as error:
                    raise PhaseError("CLIENT_ERROR", f"The artifacts cannot be uploaded: {error}") from error
                build.artifact_location = f"{source.location.rpartition('/')[0]}/{source.output}"

    def _download(self, build: Build, source: Source, folder: Path) -> Buildspec:
        try:
            if connection := connection_of(build.project):
                require_connection(self._account, build.session, connection)
            folder.mkdir(parents=True)
            with self._account.reach(ACCESS).acting(build.session):
                build.revision = source.download(folder / "src")
        except AwsError as error:
            raise PhaseError("CLIENT_ERROR", error.message) from error
        except (ClientError, OSError) as error:
            raise PhaseError("CLIENT_ERROR", f"The source cannot be downloaded: {error}") from error
        return _buildspec(build.project["source"].get("buildspec") or DEFAULT_NAME, folder / "src")


def _buildspec(named: str, folder: Path) -> Buildspec:
    """The buildspec: written out in the project, or a file of the source."""
    try:
        return Buildspec.parse(named if "\n" in named else (folder / named).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise PhaseError("YAML_FILE_ERROR", f"stat {named}: no such file or directory") from error
    except (BuildspecError, OSError, UnicodeDecodeError) as error:
        raise PhaseError("YAML_FILE_ERROR", str(error)) from error
    except UnsupportedBuildspecError as error:
        raise PhaseError(UNSUPPORTED, str(error), FAULT) from error


def _log_group(project: dict[str, Any]) -> str:
    """The CloudWatch log group; empty where the project logs nowhere."""
    config = project.get("logsConfig", {}).get("cloudWatchLogs", {})
    if config.get("status") == "DISABLED":
        return ""
    return config.get("groupName") or f"/aws/codebuild/{project['name']}"


def _nowhere(line: str) -> None:
    del line
