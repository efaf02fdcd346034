"""The `sandbox` command: parse and print, nothing else. What a command does is in lifecycle.py and commands/."""

from __future__ import annotations

import os
import shutil
import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from sandbox.paths import PROJECT, HomeError, Paths

app = typer.Typer(
    help="AWS, GitHub, Slack and mail on 127.0.0.1, for `pulumi` and `release` to run against unchanged.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)

_NOT_FOUND = 127
_LONGEST_PROPAGATION = timedelta(minutes=4)  # and the program's own limit leaves a wait that is longer


def _fail(message: str, code: int = 2) -> NoReturn:
    typer.echo(message, err=True)
    raise SystemExit(code)


def _control(command: str, **arguments: object) -> None:
    """Run a command inside the sandbox and print its lines as they come."""
    from sandbox.lifecycle import NotRunningError, control

    try:
        for channel, text in control(Paths.of_environment(), command, arguments):
            if channel == "exit":
                raise SystemExit(int(text))
            typer.echo(text, err=channel == "error")
    except NotRunningError as error:
        _fail(str(error))


@app.command()
def up(
    behind: Annotated[
        str, typer.Option(metavar="SPAN", help="Begin that long ago: 25h, say. `sandbox pass` catches up.")
    ] = "0s",
    iam_propagation: Annotated[
        str, typer.Option(metavar="SPAN", help="How long a role's new policy takes; `pulumi up` waits for it.")
    ] = "10s",
) -> None:
    """Start the sandbox; where it is up already, change nothing."""
    from sandbox.configured import StackFileError, project_folder
    from sandbox.core.clock import LONGEST_BEHIND
    from sandbox.home import RemovalError
    from sandbox.lifecycle import StartError, start
    from sandbox.processes import EndError
    from sandbox.spans import SpanError, parse

    spans: dict[str, timedelta] = {}
    for option, text in (("--behind", behind), ("--iam-propagation", iam_propagation)):
        try:
            spans[option] = parse(text)
        except SpanError as error:
            _fail(f"{option}: {error}")
    span, propagation = spans.values()
    if propagation > _LONGEST_PROPAGATION:
        _fail(f"--iam-propagation: {_LONGEST_PROPAGATION.seconds} s at most")
    if span > LONGEST_BEHIND:
        _fail(f"--behind: {LONGEST_BEHIND.days}d at most; CloudWatch takes no older data in")
    try:
        project = project_folder(Path.cwd()) or PROJECT
        for line in start(Paths.of_environment(), project, span, propagation):
            typer.echo(line)
    except StackFileError as error:
        _fail(str(error))
    except (StartError, EndError, RemovalError) as error:
        _fail(str(error), 1)


@app.command()
def down() -> None:
    """End all that the sandbox has started, and forget its state."""
    from sandbox.home import RemovalError
    from sandbox.lifecycle import stop
    from sandbox.processes import EndError

    try:
        for line in stop(Paths.of_environment()):
            typer.echo(line)
    except (EndError, RemovalError) as error:
        _fail(str(error), 1)


@app.command("exec", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def exec_(
    command: Annotated[
        list[str], typer.Argument(metavar="COMMAND...", help="The command and its arguments, after `--`.")
    ],
    iam_policy: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="An IAM policy: run with a role's credentials that may do that and no more."),
    ] = None,
) -> None:
    """Run a command that reaches the sandbox, not AWS and GitHub.

    Its environment has the sandbox's endpoints and Pulumi backend. Its credentials may do everything unless
    --iam-policy says what; that role is called as the file. The command ends with `sandbox down`; what it has started
    itself does not.
    """
    from sandbox.environment import exec_environment
    from sandbox.lifecycle import CommandFailedError, NotRunningError, credentials_of, release_dead_locks, running
    from sandbox.processes import PROCESS_VARIABLE, mark
    from sandbox.project_folder import word_about

    if word := word_about(command, Path.cwd()):
        _fail(f"sandbox exec: {word}")
    paths = Paths.of_environment()
    try:
        sandbox = running(paths)
    except NotRunningError as error:
        _fail(str(error))
    release_dead_locks(paths)
    environment = exec_environment(paths, sandbox, os.environ)
    if iam_policy is not None:
        try:
            environment |= credentials_of(paths, iam_policy)
        except OSError as error:
            _fail(f"sandbox exec: --iam-policy {iam_policy}: {error.strerror}.")
        except CommandFailedError as error:
            _fail(f"sandbox exec: {error}")
    environment[PROCESS_VARIABLE] = mark(paths, os.getpid())
    found = shutil.which(command[0], path=environment["PATH"])
    if found is None:
        _fail(
            f"sandbox exec: {command[0]}: not found on PATH; `make setup` brings pulumi, aws and release.", _NOT_FOUND
        )
    sys.stdout.flush()
    os.execve(found, command, environment)  # noqa: S606


@app.command()
def env() -> None:
    """Print its environment, for `eval "$(sandbox env)"`."""
    import shlex

    from sandbox.environment import callers_own, exec_environment
    from sandbox.lifecycle import NotRunningError, running

    paths = Paths.of_environment()
    try:
        changed = exec_environment(paths, running(paths), {"PATH": os.environ.get("PATH", os.defpath)})
    except NotRunningError as error:
        _fail(str(error))
    for name in callers_own(os.environ):
        if name not in changed:
            typer.echo(f"unset {name}")
    for name, value in changed.items():
        typer.echo(f"export {name}={shlex.quote(value)}")


@app.command()
def push(
    branch: Annotated[str, typer.Option(metavar="BRANCH", help="The branch to commit to, as a merge would.")],
    change: Annotated[str | None, typer.Option(metavar="NAME", help="A named change; `harmless` unless given.")] = None,
    pull_request: Annotated[
        str | None, typer.Option(help="Open (or update) a pull request from BRANCH to this branch.", metavar="BASE")
    ] = None,
) -> None:
    """Commit to the sample repository and follow what that starts."""
    _control("push", branch=branch, change=change, pull_request=pull_request)


@app.command()
def approve(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="The pull request's.")],
) -> None:
    """Describe a pull request as its author would, and approve it as those who are needed."""
    _control("approve", number=number)


@app.command()
def comment(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="The pull request's.")],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What is said, `/approve hotfix …` say.")],
    by: Annotated[
        str | None, typer.Option(metavar="LOGIN", help="Who says it. Default: the operations manager.")
    ] = None,
) -> None:
    """Comment on a pull request: what a review cannot say, as the gate prints it."""
    _control("comment", number=number, text=text, by=by)


@app.command()
def fault(
    name: Annotated[str, typer.Argument(metavar="NAME", help="One of `sandbox faults`.")],
    environment: Annotated[
        str, typer.Option(metavar="NAME", help="dev or prod, where the fault belongs to one.")
    ] = "prod",
) -> None:
    """Break one thing, as it breaks on AWS."""
    _control("fault", name=name, environment=environment)


@app.command()
def heal(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="The fault to mend; all of them unless given.")
    ] = None,
) -> None:
    """Mend what `sandbox fault` broke."""
    _control("heal", name=name)


@app.command()
def faults() -> None:
    """List the faults, what each breaks, and which are active."""
    _control("faults")


@app.command()
def clock(
    time: Annotated[
        str,
        typer.Argument(metavar="TIME", help="ISO 8601, in the release window's zone unless it names one; or `real`."),
    ],
) -> None:
    """Let the time until TIME pass at once.

    `real` is the real time, for a sandbox that is behind it.
    """
    _control("clock", time=time)


@app.command("pass")
def pass_(span: Annotated[str, typer.Argument(metavar="SPAN", help="24h, 10m, …")]) -> None:
    """Let time pass at once, with all that happens in it."""
    _control("pass", span=span)


@app.command()
def confirm(
    endpoint: Annotated[
        str | None, typer.Argument(metavar="[ADDRESS]", help="The address that got the mail; all of them unless given.")
    ] = None,
) -> None:
    """Confirm pending subscriptions, as the mail's recipient would."""
    _control("confirm", endpoint=endpoint)


@app.command()
def outbox(
    as_json: Annotated[bool, typer.Option("--json", help="All of every message, as one JSON array.")] = False,
) -> None:
    """Print what was e-mailed and posted, a line a message."""
    _control("outbox", as_json=as_json)


@app.command()
def decisions() -> None:
    """Print as JSON what was asked of IAM, and what decided."""
    _control("decisions")


@app.command()
def status() -> None:
    """Say whether it is up, where it listens, and its time."""
    from sandbox.lifecycle import NotRunningError, running

    try:
        sandbox = running(Paths.of_environment())
    except NotRunningError as error:
        _fail(str(error), 3)
    typer.echo(f"up: {sandbox.endpoint}, process {sandbox.pid}, files in {Paths.of_environment().home}")
    _control("status")


def main() -> None:
    try:
        app()
    except HomeError as error:
        _fail(str(error))
