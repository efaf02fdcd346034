"""SOP 3.1: are the templates such that they can be deployed. These checks look at a folder, not at a stack."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from scripts.checks.framework import check
from scripts.clients.failures import AWS_FAILURES, error_code, error_message
from scripts.errors import UndeterminedError
from scripts.facts.lint import Finding, lint, lint_version, looked_at
from scripts.facts.lint_configuration import Off, configuration, pipelines_version, switched_off
from scripts.facts.templates import PATTERNS, find_templates, passed_over
from scripts.results import Outcome, failed, inconclusive, passed
from scripts.shared import shared
from scripts.text import count, listing

if TYPE_CHECKING:
    from scripts.clients.aws import Aws

MAIN = "main.yaml"
# The most that ValidateTemplate takes in a request; from S3 CloudFormation deploys up to 1 MB.
LARGEST_BODY = 51_200  # bytes
FINDINGS_SHOWN = 20
PARALLEL_CALLS = 4


class Workspace:
    """The folder whose templates are looked at, or of it those `files` alone."""

    def __init__(self, folder: Path, aws: Aws, files: Sequence[str] = ()) -> None:
        self.folder = folder
        self.aws = aws
        self.files = tuple(files)

    @shared
    def templates(self) -> tuple[str, ...]:
        return self.files or find_templates(self.folder)


@check(
    id="template-lint",
    sop="3.1",
    title="Template syntax",
    why="What cfn-lint finds fails in the pipeline's Build stage, or worse, half-way through a deployment.",
    expected="No errors or warnings in templates/*.yaml, main.yaml and pipeline-*.yaml",
    fix="Correct the named lines; `cfn-lint --info` and https://github.com/aws-cloudformation/cfn-lint explain rules.",
    permissions=(),
    runbook="docs/runbooks/deployment.md",
)
def template_lint(workspace: Workspace) -> Outcome:
    templates = workspace.templates
    if not templates:
        return _no_templates(workspace)
    linted = looked_at(workspace.folder, templates) if configuration(workspace.folder) else list(templates)
    off = switched_off(workspace.folder, templates)
    findings = lint(workspace.folder, linted) if linted else []
    remarks = list(_remarks(workspace, templates, linted, off))
    evidence = {
        "templates": linted,
        "findings": [str(finding) for finding in findings],
        "off": [str(one) for one in off],
        "cfn_lint": lint_version(),
    }
    counted = [finding for finding in findings if not finding.informational]
    if counted:
        return failed("\n".join([*_found(counted, len(linted)), *remarks]), evidence=evidence)
    blinding = [one for one in off if one.blinds]
    if len(linted) < len(templates) or blinding:
        headline = (
            f"{len(linted)} of {count(len(templates), 'template')} linted."
            if len(linted) < len(templates)
            else f"No errors or warnings, but {listing([str(one) for one in blinding])} leave much out."
        )
        fix = "Take the lines that are named out of cfn-lint's configuration, and run the same command again."
        return inconclusive("\n".join([headline, *remarks]), fix=fix, evidence=evidence)
    return passed("\n".join([f"{count(len(linted), 'template')}, no errors or warnings.", *remarks]), evidence=evidence)


def _found(counted: Sequence[Finding], linted: int) -> Iterator[str]:
    levels = Counter(finding.level.lower() for finding in counted)
    found = listing([count(number, level) for level, number in sorted(levels.items())])
    where = len({finding.template for finding in counted})
    yield f"{found} in {where} of {count(linted, 'template')}."
    yield from (str(finding) for finding in counted[:FINDINGS_SHOWN])
    if (more := len(counted) - FINDINGS_SHOWN) > 0:
        yield f"and {more} more"


def _remarks(
    workspace: Workspace, templates: Sequence[str], linted: Sequence[str], off: Sequence[Off]
) -> Iterator[str]:
    """What was not looked at, and with what it was looked at."""
    own = configuration(workspace.folder)
    if (hidden := [one for one in templates if one not in linted]) and own:
        yield f"Hidden by {own.name}: {listing(hidden)}."
    if off:
        yield f"Switched off: {listing([str(one) for one in off])}."
    if not workspace.files and (others := passed_over(workspace.folder)):
        yield f"Not looked at, for no pattern of SOP 3.1 matches: {listing(others)}."
    if persons := configuration(Path.home()):
        yield f"{persons} was left aside: the pipeline has none."
    if theirs := pipelines_version(workspace.folder):
        yield f"Linted with cfn-lint {lint_version() or 'of another environment'}; the pipeline installs {theirs}."


@check(
    id="template-validation",
    sop="3.1",
    title="Template validation",
    why="CloudFormation itself refuses what it cannot read, before the pipeline has started anything.",
    expected="CloudFormation takes main.yaml and every other template for valid",
    fix="Correct what CloudFormation names in the template.",
    permissions=("cloudformation:ValidateTemplate",),
    runbook="docs/runbooks/deployment.md",
)
def template_validation(workspace: Workspace) -> Outcome:
    templates = workspace.templates
    if not templates:
        return _no_templates(workspace)
    client = workspace.aws.cloudformation

    def ask(template: str) -> _Answer:
        return _ask(workspace.folder / template, lambda body: client.validate_template(TemplateBody=body))

    with ThreadPoolExecutor(PARALLEL_CALLS) as pool:
        answers = dict(zip(templates, pool.map(ask, templates), strict=True))
    return judge_answers(answers, main=not workspace.files)


@dataclass(frozen=True)
class _Answer:
    """What was said of one template: nothing, that it is invalid, that it is too large to ask, or no answer at all."""

    invalid: str = ""
    too_large: int = 0
    problem: Exception | None = None

    def __str__(self) -> str:
        size = f"{self.too_large} bytes; ValidateTemplate takes at most {LARGEST_BODY}" if self.too_large else ""
        return self.invalid or size or ("not asked" if self.problem else "valid")


def judge_answers(answers: dict[str, _Answer], *, main: bool = True) -> Outcome:
    """Every template valid, main.yaml among them where `main` is asked for.

    Raises:
        Exception: none is known to be invalid, but AWS did not answer for all: its failure.
    """
    evidence = {name: str(answer) for name, answer in answers.items()}
    wrong = [f"{name}: {answer.invalid}" for name, answer in answers.items() if answer.invalid]
    wrong += [] if MAIN in answers or not main else [f"{MAIN}: there is no such file"]
    large = [f"{name}: {answer}" for name, answer in answers.items() if answer.too_large]
    if wrong:
        return failed("\n".join([f"{count(len(wrong), 'template')} not valid.", *wrong, *large]), evidence=evidence)
    if problem := next((answer.problem for answer in answers.values() if answer.problem), None):
        raise problem
    if large:
        headline = f"{count(len(large), 'template')} too large to be validated from here."
        fix = "Move parts of it into a nested template, or upload it to S3 and validate it there with --template-url."
        return inconclusive("\n".join([headline, *large]), fix=fix, evidence=evidence)
    return passed(f"{count(len(answers), 'template')} valid.", evidence=evidence)


def _ask(template: Path, validate: Callable[[str], object]) -> _Answer:
    try:
        body = template.read_bytes()
        answer = _without_asking(body)
        if answer is None:
            validate(body.decode("utf-8"))
    except OSError as problem:
        return _Answer(problem=UndeterminedError(f"{template} cannot be read: {problem.strerror}."))
    except ClientError as problem:
        invalid = error_code(problem) == "ValidationError"
        return _Answer(invalid=error_message(problem)) if invalid else _Answer(problem=problem)
    except AWS_FAILURES as problem:
        return _Answer(problem=problem)
    return answer or _Answer()


def _without_asking(body: bytes) -> _Answer | None:
    if len(body) > LARGEST_BODY:
        return _Answer(too_large=len(body))
    if not body.strip():
        return _Answer(invalid="it is empty")
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return _Answer(invalid="it is not UTF-8 text")
    return None


def _no_templates(workspace: Workspace) -> Outcome:
    return inconclusive(
        f"No template in {workspace.folder.absolute()}: nothing matches {listing(PATTERNS)}.",
        fix="Run it in the repository with the templates, or name its folder or files: `release validate PATH`.",
    )
