"""Starting, reaching and ending the sandbox's process, so that nothing is left of it."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from sandbox.configured import Configured, read, stack_files
from sandbox.home import ELSEWHERE, check, claim, clear, is_ours
from sandbox.paths import PROJECT, HomeError, Paths
from sandbox.processes import MARKED, end, is_own
from sandbox.running import Running
from sandbox.spans import shown

READY = "ready\n"  # what the process says when it answers; else it says in a line why it cannot
_CONNECT_SECONDS = 2.0
_HTTP = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class NotRunningError(Exception):
    """No sandbox is up."""


class CommandFailedError(Exception):
    """A command inside the sandbox refused; the message says why."""


class StartError(Exception):
    """The sandbox did not come up; the message says why."""


def running(paths: Paths) -> Running:
    """The sandbox that is up.

    Raises:
        NotRunningError: there is none: what its file names is gone, or has become somebody else's.
    """
    try:
        sandbox = Running.read(paths)
        if is_ours(paths) and is_own(paths, sandbox.pid):
            address = urllib.parse.urlsplit(sandbox.endpoint)
            socket.create_connection((address.hostname, address.port), _CONNECT_SECONDS).close()
            return sandbox
    except (OSError, ValueError):
        pass
    raise NotRunningError("The sandbox is not up: run `sandbox up` first.")


def _running_or_none(paths: Paths) -> Running | None:
    try:
        return running(paths)
    except NotRunningError:
        return None


def start(paths: Paths, project: Path, behind: timedelta, iam_propagation: timedelta) -> Iterator[str]:
    """Bring the sandbox up as the project's stack files say, or say that it is up; lines for a person.

    Its time is so far `behind` the real one. A role may do what its policies say `iam_propagation` later.

    Raises:
        HomeError: its folder is somebody's, or cannot be made.
        StackFileError: a file is no stack file.
        StartError: with the end of the log.
    """
    configured = read(project)
    with _alone(paths):
        left = check(paths)
        already = _running_or_none(paths)
        if already is not None:
            yield f"The sandbox is up already at {already.endpoint}."
            if behind:
                yield "Its time stays as it is: `sandbox status` tells it, `sandbox down` lets you begin anew."
            return
        if left:
            yield "What an earlier sandbox left behind is removed: it did not end by `sandbox down`."
        _clear(paths)
        claim(paths)
        try:
            sandbox = _spawn(paths, project, configured, behind, iam_propagation)
            _prepare_pulumi(paths, project, sandbox)
        except OSError as error:
            _clear(paths)
            raise StartError(f"The sandbox did not start. {error}") from error
        except BaseException:
            _clear(paths)
            raise
        yield f"The sandbox is up at {sandbox.endpoint}: AWS, GitHub, Slack and mail."
        yield f"It is account {sandbox.account_id} in {sandbox.region}, and has {sandbox.repository} on GitHub."
        for stack in configured.stacks:
            if stack.account_id != sandbox.account_id:
                yield f"There is one account: what is of {stack.account_id} in Pulumi.{stack.name}.yaml is in this one."
            if stack.endpoint_url.startswith("https:"):
                yield f"{stack.endpoint_url} is asked for over http: the sandbox has no certificates."
        if behind:
            yield f"Its time is {shown(behind)} behind the real one; `sandbox pass` and `sandbox clock` move it on."
        yield "Next: sandbox exec -- pulumi up --stack dev --yes"


def stop(paths: Paths) -> Iterator[str]:
    """End every process that the sandbox has started and remove what it put into its folder.

    Raises:
        HomeError: its folder is somebody's.
        EndError, RemovalError: something of the sandbox's stays.
    """
    with _alone(paths):
        check(paths)
        if _running_or_none(paths) is None:
            yield "The sandbox was not up."
        others = _clear(paths)
        yield "The sandbox is down; its state is gone."
        if others:
            yield f"{paths.home} stays: {', '.join(others)} in it is not the sandbox's."


def control(paths: Paths, command: str, arguments: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Run a command inside the sandbox: ("line" | "error" | "exit", text) as they come."""
    sandbox = running(paths)
    body = json.dumps({"command": command, "arguments": arguments}).encode()
    request = urllib.request.Request(  # noqa: S310
        f"{sandbox.endpoint}/_sandbox/run", data=body, headers={"Content-Type": "application/json"}
    )
    try:
        with _HTTP.open(request) as answer:
            for line in answer:
                for channel, text in json.loads(line).items():
                    yield channel, str(text)
    except (urllib.error.URLError, ConnectionError) as error:
        raise NotRunningError(f"The sandbox went away ({error}); its log is {paths.log}.") from error


def credentials_of(paths: Paths, policy: Path) -> dict[str, str]:
    """The environment variables of a role that may do what the policy in the file says; it is called as the file.

    Raises:
        CommandFailedError: IAM would refuse the policy.
        OSError: the file cannot be read.
    """
    told = dict(control(paths, "take-role", {"name": policy.stem, "policy": policy.read_text()}))
    if "error" in told:
        raise CommandFailedError(told["error"])
    return json.loads(told["line"])


def release_dead_locks(paths: Paths) -> None:
    """Remove the locks that a killed `pulumi` left in the sandbox's own backend."""
    for lock in (paths.backend / ".pulumi" / "locks").glob("**/*.json"):
        if not _held(lock):
            for file in lock.parent.glob(f"{lock.name}*"):
                file.unlink(missing_ok=True)


def _held(lock: Path) -> bool:
    """Whether the process that took a lock runs still; a younger one has only got its number."""
    import psutil

    try:
        taken = lock.stat().st_mtime
        return psutil.Process(json.loads(lock.read_text())["pid"]).create_time() <= taken
    except psutil.NoSuchProcess:
        return False
    except (ValueError, KeyError, TypeError, OSError, psutil.Error):
        return True


@contextmanager
def _alone(paths: Paths) -> Iterator[None]:
    """One `up` or `down` at a time. A folder around is what is locked: a file beside ours might be somebody's."""
    lock = _nearest(paths.home.parent)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
        except OSError as error:
            raise HomeError(f"{paths.home.parent} cannot be locked ({error.strerror}): {ELSEWHERE}") from error
        yield
    finally:
        os.close(lock)


def _nearest(folder: Path) -> int:
    """The folder itself, opened, or the nearest above it that is there and may be read."""
    for each in (folder, *folder.parents):
        with suppress(OSError):
            return os.open(each, os.O_RDONLY | os.O_DIRECTORY)
    raise HomeError(f"{folder} and the folders above it cannot be read: {ELSEWHERE}")


def _spawn(
    paths: Paths, project: Path, configured: Configured, behind: timedelta, iam_propagation: timedelta
) -> Running:
    """Start the process and wait for its word that it answers."""
    from sandbox.environment import server_environment

    readable, writable = os.pipe()
    seconds = [str(span.total_seconds()) for span in (behind, iam_propagation)]
    with paths.log.open("ab") as log:
        process = subprocess.Popen(
            [*MARKED, sys.executable, "-m", "sandbox.daemon", str(writable), str(project), *seconds],
            cwd=PROJECT,
            env={**server_environment(paths, os.environ), **_moto_settings(configured)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(writable,),
            start_new_session=True,
        )
    os.close(writable)
    with os.fdopen(readable) as ready:
        said = ready.readline()
        if said == READY:
            return running(paths)
    process.wait()
    words = said.strip() or f"The end of its log:\n{paths.log.read_text().strip()[-2000:]}"
    raise StartError(f"The sandbox did not start. {words}")


def _moto_settings(configured: Configured) -> dict[str, str]:
    """AWS's own policies exist, as in every account."""
    return {"MOTO_IAM_LOAD_MANAGED_POLICIES": "true", "MOTO_ACCOUNT_ID": configured.account_id}


def _prepare_pulumi(paths: Paths, project: Path, sandbox: Running) -> None:
    """The CLI and its plugins, and the stacks that have a file in the sandbox's own backend."""
    from sandbox import pulumi
    from sandbox.environment import exec_environment
    from sandbox.plugins.install import install

    install(paths.pulumi_home)
    pulumi.install(paths.programs)
    paths.backend.mkdir()
    environment = exec_environment(paths, sandbox, os.environ)
    for stack in stack_files(project):
        command = [str(paths.programs / "pulumi"), "stack", "init", stack, "--no-select", "--non-interactive"]
        made = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise StartError(f"`pulumi stack init {stack}` failed:\n{made.stderr.strip()}")


def _clear(paths: Paths) -> list[str]:
    """End and remove all that is the sandbox's; the names of somebody's files in its folder."""
    end(paths)
    return clear(paths) if is_ours(paths) else []
