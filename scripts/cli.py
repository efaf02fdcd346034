"""The `release` command: parses, prints, and ends with the exit code of design's table; nothing else.

What a command needs is imported inside it, so that `release --help` answers at once.
"""

from __future__ import annotations

import atexit
import gc
import shlex
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scripts import options, streams, unfinished
from scripts.bugs import report_bug
from scripts.errors import ConfigurationError, ReleaseError
from scripts.plan_diff import plan_diff
from scripts.publishing import Publication
from scripts.reports import Format

if TYPE_CHECKING:
    from scripts.clients.aws import Aws, Identity
    from scripts.clients.clock import AwsClock
    from scripts.observe.watch import Settings
    from scripts.results import Report
    from sop.outputs import StackOutputs

INTERRUPTED = 130
# Objects between two looks for garbage. AWS's models are many and stay: with Python's 700 a tenth of the time goes
# into looking through them.
GARBAGE = 50_000

app = typer.Typer(
    name="release",
    help="Carries out the release procedure (docs/sops/release-process.md).",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def release(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.", is_eager=True)] = False,
) -> None:
    if version:
        from importlib.metadata import version as installed

        print(f"release {installed('release-process')}")  # noqa: T201
        raise typer.Exit


@app.command()
def validate(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PATH]...", help="Folder of the templates, or files.", show_default=False),
    ] = None,
    *,
    profile: options.ProfileOption = None,
    region: options.RegionOption = None,
    report_format: options.FormatOption = Format.TABLE,
    output: options.OutputOption = None,
) -> None:
    """Validate templates before they are merged: SOP 3.1, cfn-lint and CloudFormation's own validation.

    Without PATH those of the current folder. Exit codes are those of verify.
    """
    reports = _reports("validate", report_format, output)
    from scripts import validate as validation
    from scripts.clients.aws import connect
    from sop.names import REGION

    report = validation.validate(paths or [], aws=connect(profile, region, REGION), clock=now)
    reports.publish(report)
    raise typer.Exit(report.exit_code)


@app.command()
def verify(
    *,
    stack: options.StackOption = None,
    for_promotion: Annotated[
        bool, typer.Option("--for-promotion", help="May what is in dev go to prod? SOP 3.3 instead of 4.1-4.5.")
    ] = False,
    outputs: options.OutputsOption = None,
    execution_id: options.ExecutionOption = None,
    revision: options.RevisionOption = None,
    profile: options.ProfileOption = None,
    region: options.RegionOption = None,
    report_format: options.FormatOption = Format.TABLE,
    output: options.OutputOption = None,
    evidence: options.EvidenceOption = None,
) -> None:
    """Verify a deployment: SOP 4.1-4.5, one verdict. With --for-promotion: is dev ready for prod, SOP 3.3.

    Exit code: 0 PASS, 3 FAIL, 4 INCONCLUSIVE or ERROR, 2 wrong usage or configuration, 1 the command itself failed.
    """
    purpose = options.FOR_PROMOTION if for_promotion else ""
    reports = _reports("verify", report_format, output, evidence, purpose)
    revision = options.commit(revision)
    from scripts.outputs import read_outputs

    with ThreadPoolExecutor(1) as beside:
        asked = beside.submit(read_outputs, stack, outputs)
        # pulumi takes as long to answer as these to import
        from scripts import verify as verification
        from scripts.checks import promotion, promotion_checks, verify_checks
        from scripts.clients.aws import SERVICES, connect
        from scripts.clients.clock import AwsClock
        from scripts.clients.github import GitHub
        from scripts.clients.models import read_ahead
        from scripts.evidence.keeping import Evidence

        read_ahead(SERVICES)
    known = asked.result()
    if for_promotion:
        promotion.refuse_other_than_dev(known)
    clock = AwsClock(now)
    kept = Evidence(evidence, clock=clock.now)
    reports = replace(reports, evidence=kept, clock=clock.now)
    aws = kept.of(connect(profile, region, known.region))
    aws.tell(clock)
    verification.refuse_other_region(known, aws)
    checks = promotion_checks() if for_promotion else verify_checks()
    with reports.even_unseen("verify", checks, known, aws):
        identity = aws.identity()
    _introduce(identity, aws, clock)
    verification.refuse_other_account(known, identity)
    streams.say(f"{known.pipeline_name}: {len(checks)} checks")
    report = verification.verify(
        checks,
        outputs=known,
        aws=aws,
        clock=clock.now,
        execution_id=execution_id,
        revision=revision,
        github=GitHub.of_environment(known.repository),
        say=streams.say,
    )
    reports.publish(report)
    raise typer.Exit(report.exit_code)


@app.command()
def checks(
    check_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="Explain this one check.")] = None,
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


@app.command()
def iam_policy(*, stack: options.StackOption = None, outputs: options.OutputsOption = None) -> None:
    """Print the IAM policy that a role needs to verify and observe the stack, and no more.

    It is made from what the checks declare; resources are those of the stack's outputs, where IAM allows it.
    """
    import json

    from scripts.checks import all_checks
    from scripts.iam import actions_of, policy
    from scripts.outputs import read_outputs

    known = read_outputs(stack, outputs)
    document = policy(actions_of(all_checks(), known.environment), known)
    sys.stdout.write(f"{json.dumps(document, indent=2)}\n")


@app.command()
def observe(
    *,
    stack: options.StackOption = None,
    duration: Annotated[str, typer.Option(metavar="SPAN", help="How long from the deployment's end on.")] = "1h",
    interval: Annotated[str, typer.Option(metavar="SPAN", help="Length of a window, judged as one.")] = "5m",
    consecutive: Annotated[int, typer.Option(min=1, help="Windows in a row over a limit that end it early.")] = 3,
    journal: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the windows seen are kept.")] = Path(
        ".release/observations"
    ),
    outputs: options.OutputsOption = None,
    execution_id: options.ExecutionOption = None,
    revision: options.RevisionOption = None,
    profile: options.ProfileOption = None,
    region: options.RegionOption = None,
    report_format: options.FormatOption = Format.TABLE,
    output: options.OutputOption = None,
    evidence: options.EvidenceOption = None,
) -> None:
    """Observe response time, CPU and error rate after a deployment: SOP 4.6.

    Ended by Ctrl-C, SIGTERM or worse, the same command carries on where it was. Exit codes are those of verify.
    """
    reports = _reports("observe", report_format, output, evidence)
    from scripts.clients.aws import connect
    from scripts.clients.clock import AwsClock
    from scripts.evidence.folder import JOURNAL
    from scripts.evidence.keeping import Evidence
    from scripts.observe.watch import Settings
    from scripts.observe.windows import parse_span
    from scripts.outputs import read_outputs

    again = shlex.join(["release", *sys.argv[1:]])
    pinned = execution_id, options.commit(revision)
    settings = Settings(parse_span(duration), parse_span(interval), consecutive, journal, again, *pinned)
    clock = AwsClock(now)
    kept = Evidence(evidence, JOURNAL, clock.now)

    def connected(own_region: str) -> Aws:
        aws = kept.of(connect(profile, region, own_region))
        aws.tell(clock)
        return aws

    reports = replace(reports, evidence=kept, clock=clock.now)
    report = _observed(settings, reports, lambda: read_outputs(stack, outputs), connected, clock)
    raise typer.Exit(report.exit_code)


def _observed(
    settings: Settings,
    reports: Publication,
    outputs: Callable[[], StackOutputs],
    connect: Callable[[str], Aws],
    clock: AwsClock,
) -> Report:
    """Observe, and publish the report, of which there is one even if a signal comes before the observation begins."""
    from scripts import verify as verification
    from scripts.observe.checks import CHECKS
    from scripts.observe.observer import observe as observed
    from scripts.observe.patience import interrupted, interruptible, wait_until
    from scripts.observe.watch import World

    known = aws = None
    with interruptible() as interruption:
        reports = replace(reports, hold=interruption.hold)
        try:
            known = outputs()
            aws = connect(known.region)
            verification.refuse_other_region(known, aws)
            with reports.even_unseen("observe", CHECKS, known, aws):
                identity = aws.identity()
                _introduce(identity, aws, clock)
                verification.refuse_other_account(known, identity)
                wait = partial(wait_until, clock=clock.now)
                world = World(lambda: connect(known.region), clock.now, wait, streams.say)
                report = observed(settings, known, world)
            reports.publish(report)
        except KeyboardInterrupt:  # none comes once a report is being published
            report = interrupted(settings, known, aws, clock.now())
            reports.publish(report)
    return report


app.command("plan-diff")(plan_diff)


def main() -> None:
    """The console script. Nobody sees a traceback who has not asked for it."""
    gc.set_threshold(GARBAGE)
    atexit.register(gc.freeze)  # or Python looks through all of it once more before it ends
    streams.prepare()
    try:
        try:
            app()
        finally:
            sys.stdout.flush()  # while it can still be told that it fails
    except ReleaseError as problem:
        streams.say(f"release: {problem.message}")
        if problem.fix:
            streams.say(f"  fix: {problem.fix}")
        if not problem.reported:
            unfinished.end(sys.argv[1:], problem.message, problem.fix)
        sys.exit(problem.exit_code)
    except SystemExit as ended:  # Typer's own; also of Ctrl-C
        if ended.code == ConfigurationError.exit_code:
            unfinished.end(sys.argv[1:], "The command line was not understood; nothing was looked at.")
        if ended.code == INTERRUPTED:
            unfinished.end(sys.argv[1:], "The run was interrupted.")
        raise
    except KeyboardInterrupt:
        unfinished.end(sys.argv[1:], "The run was interrupted.")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        sys.exit(1)
    except Exception as problem:
        report_bug(problem)
        unfinished.end(sys.argv[1:], f"The command itself failed: {type(problem).__name__}: {problem}")
        sys.exit(1)
    finally:
        streams.give_up(sys.stdout)
        streams.give_up(sys.stderr)


def now() -> datetime:
    """This machine's time of day; what asks AWS goes by AWS's (`AwsClock`)."""
    return datetime.now(UTC)


def _introduce(identity: Identity, aws: Aws, clock: AwsClock) -> None:
    """Who asks, and when: AWS's first answer has told both."""
    streams.say(f"Account {identity.account_id}, region {aws.region}, as {identity.arn}")
    if wrong := clock.difference():
        streams.say(wrong)


def _reports(
    command: str, printed: Format, files: list[str] | None, evidence: Path | None = None, purpose: str = ""
) -> Publication:
    """Where the command's reports go; what went there before says PASS no longer."""
    given = files or []
    to_stdout, to_files = options.printed(printed, given), options.destinations(given, evidence)
    return Publication(to_stdout, to_files, streams.say, now, purpose=purpose).begin(command, evidence)
