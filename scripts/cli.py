"""The `release` command: parses, prints, and ends with an exit code (README.md); nothing else.

What a command needs is imported inside it, so that `release --help` answers at once.
"""

from __future__ import annotations

import atexit
import gc
import os
import shlex
import sys
from copy import copy
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from scripts import completion, options, runs, streams, unfinished
from scripts.announcing.command import announce
from scripts.bugs import report_bug
from scripts.calendar.command import calendar
from scripts.deadlines import left_hanging
from scripts.door.command import door
from scripts.door.override_command import override as override_command
from scripts.errors import ConfigurationError, ReleaseError
from scripts.freeze import freeze
from scripts.gate.command import gate
from scripts.interruption import INTERRUPTED, interruptible
from scripts.plan_diff import plan_diff
from scripts.publishing import publication
from scripts.recording.back_merge_command import back_merge
from scripts.recording.command import record
from scripts.recording.history_command import history
from scripts.reports import Format
from scripts.running.command import run
from scripts.starting.command import start
from scripts.status.command import status
from scripts.watching.command import watch

# Objects between two looks for garbage. AWS's models are many and stay: with Python's 700 a tenth of the time goes
# into looking through them.
GARBAGE = 200_000

app = typer.Typer(
    name="release",
    help="Carries out the release procedure (docs/sops/release-process.md).",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"release {version('release-process')}")
        raise typer.Exit


@app.callback()
def release(
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_print_version),
    ] = False,
) -> None:
    """What all commands have in common."""


@app.command("validate", epilog=options.example("release validate templates"))
def validate(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PATH]...", help="Folder of the templates, or files.", show_default=False),
    ] = None,
    *,
    profile: options.ProfileOption = None,
    region: options.RegionOption = None,
    deadline: options.DeadlineOption = options.DEADLINE,
    report_format: options.FormatOption = Format.TABLE,
    output: options.OutputOption = None,
) -> None:
    """SOP 3.1: are the templates valid?

    Before they are merged, by cfn-lint and by CloudFormation itself. Without PATH those of the current folder. Exit
    codes are those of verify.
    """
    reports = publication("validate", report_format, output, now)
    with interruptible() as interruption:
        asked = runs.Asked(profile, region, options.span_of(deadline))
        raise typer.Exit(runs.validated(paths or [], asked, reports, now, interruption))


app.command("run", epilog=options.example("release run --stack prod --pr 12"))(run)
app.command("gate", epilog=options.example("release gate --stack prod --pr 12 --at 2026-12-29T11:00+10:00"))(gate)
app.command(
    "announce",
    epilog=options.example("release announce planned --stack prod --pr 12 --at 2026-12-15T10:00+10:00 --dry-run"),
)(announce)
app.command("calendar", epilog=options.example("release calendar --stack prod --weeks 6 --ics releases.ics"))(calendar)
app.command("freeze", epilog=options.example('release freeze --stack prod --on "checkout is down"'))(freeze)
app.command("door", epilog=options.example('release door --stack prod --close "checkout is down"'))(door)
_OVERRIDE = 'release override --stack prod --execution ID --reason "checkout is down"'
app.command("override", epilog=options.example(_OVERRIDE))(override_command)
app.command("start", epilog=options.example("release start --stack prod --reason rerun-failed"))(start)
app.command("status", epilog=options.example("release status --stack prod"))(status)
app.command("watch", epilog=options.example("release watch --stack prod --pr 12"))(watch)


app.command("record", epilog=options.example("release record --stack prod --pr 12"))(record)
app.command("history", epilog=options.example("release history --stack prod --since 26w"))(history)
app.command("back-merge", epilog=options.example("release back-merge --stack prod --pr 12"))(back_merge)
app.command("plan-diff", epilog=options.example("release plan-diff --golden origin/main"))(plan_diff)


@app.command("verify", epilog=options.example("release verify --stack prod --wait -o junit=verify.xml"))
def verify(
    *,
    stack: options.StackOption = None,
    for_promotion: Annotated[
        bool, typer.Option("--for-promotion", help="May what is in dev go to prod? SOP 3.3 instead of 4.1-4.5.")
    ] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Stay, and ask again, until nothing is only a matter of time.")
    ] = False,
    wait_at_most: Annotated[
        str | None, typer.Option(metavar="SPAN", help=f"How long to stay. Default: {options.WAIT_AT_MOST}.")
    ] = None,
    outputs: options.OutputsOption = None,
    execution_id: options.ExecutionOption = None,
    revision: options.RevisionOption = None,
    profile: options.ProfileOption = None,
    region: options.RegionOption = None,
    deadline: options.DeadlineOption = options.DEADLINE,
    report_format: options.FormatOption = Format.TABLE,
    output: options.OutputOption = None,
    evidence: options.EvidenceOption = None,
) -> None:
    """SOP 4.1-4.5, 3.3: is it deployed and well, ready for prod?

    One verdict over all checks. Exit code: 0 PASS, 3 FAIL, 4 INCONCLUSIVE or ERROR, 2 wrong usage or configuration, 1
    the command itself failed, 130 interrupted by Ctrl-C (143: SIGTERM).
    """
    if wait_at_most and not wait:
        raise ConfigurationError("--wait-at-most says how long --wait stays.", "Say --wait, too.")
    purpose = options.FOR_PROMOTION if for_promotion else ""
    reports = publication("verify", report_format, output, now, evidence=evidence, purpose=purpose)
    with interruptible() as interruption:
        asked = runs.Asked(
            profile,
            region,
            options.span_of(deadline),
            stack,
            outputs,
            execution_id,
            options.commit(revision),
            evidence,
            for_promotion,
            options.span_of(wait_at_most or options.WAIT_AT_MOST) if wait else None,
        )
        raise typer.Exit(runs.verified(asked, reports, now, interruption))


@app.command("observe", epilog=options.example("release observe --stack prod --duration 1h"))
def observe(
    *,
    stack: options.StackOption = None,
    duration: Annotated[str, typer.Option(metavar="SPAN", help="How long from the deployment's end on.")] = "1h",
    interval: Annotated[
        str, typer.Option(metavar="SPAN", help="Length of a window, judged as one.")
    ] = options.INTERVAL,
    consecutive: Annotated[
        int, typer.Option(min=1, metavar="WINDOWS", help="Windows in a row over a limit that end it early.")
    ] = options.CONSECUTIVE,
    journal: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the windows seen are kept.")] = options.JOURNAL,
    outputs: options.OutputsOption = None,
    execution_id: options.ExecutionOption = None,
    revision: options.RevisionOption = None,
    profile: options.ProfileOption = None,
    region: options.RegionOption = None,
    deadline: options.DeadlineOption = options.DEADLINE,
    report_format: options.FormatOption = Format.TABLE,
    output: options.OutputOption = None,
    evidence: options.EvidenceOption = None,
) -> None:
    """SOP 4.6: do response time, CPU and errors hold?

    For an hour after the deployment. Ended by Ctrl-C, SIGTERM or worse, the same command carries on where it was. Exit
    codes are those of verify.
    """
    reports = publication("observe", report_format, output, now, evidence=evidence)
    from scripts.observe.watch import Settings

    again = shlex.join(["release", *sys.argv[1:]])
    spans = options.span_of(duration), options.span_of(interval)
    pinned = execution_id, options.commit(revision)
    settings = Settings(*spans, consecutive, journal, again, *pinned)
    with interruptible() as interruption:
        asked = runs.Asked(profile, region, options.span_of(deadline), stack, outputs, *pinned, evidence)
        raise typer.Exit(runs.observed(settings, asked, reports, now, interruption))


@app.command("checks", epilog=options.example("release checks alarms"))
def checks(
    check_id: Annotated[
        str | None,
        typer.Argument(metavar="[ID]", help="Explain this one check.", autocompletion=completion.check_ids),
    ] = None,
    *,
    reference: Annotated[bool, typer.Option("--reference", help="Explain all of them, as Markdown.")] = False,
) -> None:
    """List the checks, or explain one of them.

    The explanation says why, what is expected, the fix, and the IAM actions that the check needs.
    """
    from scripts.checks import all_checks
    from scripts.reports import catalogue

    known = {check.id: check for check in all_checks()}
    if reference:
        sys.stdout.write(catalogue.reference(list(known.values())))
    elif check_id is None:
        sys.stdout.write(catalogue.overview(list(known.values())))
    elif check_id in known:
        sys.stdout.write(catalogue.explain(known[check_id]))
    else:
        raise ConfigurationError(f"There is no check {check_id}.", f"One of: {', '.join(known)}.")


@app.command("iam-policy", epilog=options.example("release iam-policy --stack prod > policy.json"))
def iam_policy(
    *,
    purpose: options.PolicyForOption = options.PolicyFor.VERIFY,
    stack: options.StackOption = None,
    outputs: options.OutputsOption = None,
) -> None:
    """Print the IAM policy that these commands need.

    A role needs no more for what --for names. It is made from what the checks and the commands declare; resources are
    those of the stack's outputs, where IAM allows it.
    """
    import json

    from scripts.iam import policy
    from scripts.outputs import read_outputs
    from scripts.purposes import actions_for, wider

    known = read_outputs(stack, outputs)
    document = policy(actions_for(purpose, known), known, wider(purpose))
    sys.stdout.write(f"{json.dumps(document, indent=2)}\n")


app.command("completion", epilog=options.example('eval "$(release completion bash)"'))(completion.completion)


def main() -> None:
    """The console script. Nobody sees a traceback who has not asked for it."""
    gc.set_threshold(GARBAGE)
    atexit.register(gc.freeze)  # or Python looks through all of it once more before it ends
    streams.prepare()
    completion.prepare(os.environ)
    code = _run()
    streams.give_up(sys.stdout)
    streams.give_up(sys.stderr)
    if left_hanging():
        os._exit(code)  # what nobody waits for any more would hold the process
    sys.exit(code)


def _run() -> int:
    try:
        try:
            _asked(sys.argv[1:])()
        finally:
            sys.stdout.flush()  # while it can still be told that it fails
    except ReleaseError as problem:
        from scripts.fixes import of_command

        fix = of_command(problem.fix, sys.argv[1:])
        streams.say(f"release: {problem.message}")
        if fix:
            streams.say(f"  fix: {fix}")
        if not problem.reported:
            unfinished.end(sys.argv[1:], problem.message, fix)
        return problem.exit_code
    except SystemExit as ended:  # Typer's own; also of Ctrl-C
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        if code == ConfigurationError.exit_code:
            unfinished.end(sys.argv[1:], "The command line was not understood; nothing was looked at.")
        if code == INTERRUPTED:
            _interrupted()
        return code
    except KeyboardInterrupt:
        return _interrupted()
    except BrokenPipeError:
        return 1
    except Exception as problem:
        report_bug(problem)
        unfinished.end(sys.argv[1:], f"The command itself failed: {type(problem).__name__}: {problem}")
        return 1
    return 0


def _asked(arguments: list[str]) -> typer.Typer:
    """The command, with the one that it is asked for alone: for one, Typer makes all that it has, 30 ms of each run."""
    one = [known for known in app.registered_commands if arguments[:1] == [known.name]]
    asked = copy(app)
    asked.registered_commands = one or app.registered_commands
    return asked


def _interrupted() -> int:
    streams.say("release: The run was interrupted.")
    unfinished.end(sys.argv[1:], "The run was interrupted.")
    return INTERRUPTED


def now() -> datetime:
    """This machine's time of day; what asks AWS goes by AWS's (`AwsClock`)."""
    return datetime.now(UTC)
