"""What a document has a person type can be typed so: the command has that name, and takes those options."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.configured import SAMPLE
from sandbox.procedure import afterwards, short_steps, steps
from sandbox.timetable import timetable
from tests import clock
from tests.documents.typed import DOCUMENTS, Typed, commands_of, problem, typed_in, typed_in_messages
from toolchain.__main__ import CLONE

PROGRAMS = ("sop", "components", "policies", "scripts", "sandbox", "toolchain")
NAMES = [str(file.relative_to(CLONE)) for file in DOCUMENTS]


def told(file: Path, *programs: str) -> list[str]:
    typed = [one for one in typed_in(file.read_text(encoding="utf-8")) if one.words[0] in programs]
    return [f"{one}: {wrong}" for one in typed if (wrong := problem(one))]


@pytest.mark.parametrize("name", NAMES)
def test_every_command_in_a_document_can_be_typed(name: str) -> None:
    assert told(CLONE / name, "release", "sandbox", "aws", "make", "python") == []


@pytest.mark.slow
def test_every_pulumi_command_in_a_document_can_be_typed() -> None:
    assert {name: wrong for name in NAMES if (wrong := told(CLONE / name, "pulumi"))} == {}


def test_every_command_of_the_rehearsal_can_be_typed() -> None:
    """But for pulumi's, which it runs."""
    whole = steps(SAMPLE, timetable(None, 24, clock.now()))
    rehearsed = [step.command for step in (*whole, *short_steps(SAMPLE, clock.now(), clock.now()))]
    lines = [*rehearsed, *(line for _, lines in afterwards(SAMPLE.leading) for line in lines)]
    typed = [one for line in lines for one in commands_of(line, whole=True)]
    assert len(typed) == len(lines)
    assert [(str(one), wrong) for one in typed if "pulumi" not in one.words and (wrong := problem(one))] == []


@pytest.mark.slow
def test_every_command_in_a_message_can_be_typed() -> None:
    programs = [file for folder in PROGRAMS for file in (CLONE / folder).rglob("*.py")]
    typed = [(file, one) for file in programs for one in typed_in_messages(file.read_text(encoding="utf-8"))]
    assert len(typed) > 100
    assert [f"{file}: {one}: {wrong}" for file, one in typed if (wrong := problem(one))] == []


def test_the_documents_have_commands_of_each_kind() -> None:
    """Or the tests above would look at nothing."""
    typed = [one for file in DOCUMENTS for one in typed_in(file.read_text(encoding="utf-8"))]
    assert {one.words[0] for one in typed if one.whole} >= {"release", "sandbox", "pulumi", "aws", "make"}
    assert len(typed) > 100


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("release verify --stock prod", "No such option: --stock"),
        ("release verfy", "release has no command verfy"),
        ("release checks alarms dashboard", "Got unexpected extra argument(s) (dashboard)"),
        ("release completion tcsh", "'tcsh' is not one of 'bash', 'zsh', 'fish'."),
        ("release --verbose", "no such option of release"),
        ("sandbox exec -- release verify --stock prod", "No such option: --stock"),
        ("sandbox push --change harmless", "Missing option '--branch'"),
        ("X=1 sandbox fly | tee log", "sandbox has no command fly"),
        ("aws codepipelines list-pipelines", "AWS has no service codepipelines"),
        ("aws codepipeline list-pipes", "codepipeline has no operation list-pipes"),
        ("aws codepipeline get-pipeline-state --stack prod", "no option --stack"),
        ("aws cloudformation wait stack-gone --stack-name prod", "cloudformation has no waiter stack-gone"),
        ("echo $(aws sns list-topic)", "sns has no operation list-topic"),
        ("make rehears", "make has no target rehears"),
        ("python -m components.deployer", "there is no module components.deployer"),
    ],
)
def test_what_cannot_be_typed_is_told(line: str, wrong: str) -> None:
    (told,) = (told for one in commands_of(line, whole=True) if (told := problem(one)))
    assert wrong in told


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("pulumi upp --stack prod", "pulumi has no command upp"),
        ("pulumi stack output --jason", "no option --jason"),
        ("sandbox exec -- pulumi preview --refesh", "no option --refesh"),
        ("pulumi config set release:servce shop", "there is no configuration key release:servce"),
        (
            "pulumi config set release:slackWorkspaceId T1",
            "--secret belongs to secrets, and release:slackWorkspaceId is one",
        ),
        (
            "pulumi config set release:accessLogs.deliver true",
            "--path belongs to members of a group, and release:accessLogs.deliver is one",
        ),
        ("pulumi stack init prod --secrets-provider awskms://alias/x", None),
    ],
)
def test_what_pulumi_does_not_take_is_told(line: str, wrong: str | None) -> None:
    (one,) = commands_of(line, whole=True)
    assert problem(one) == wrong


def test_a_command_in_running_text_may_lack_what_belongs_to_it() -> None:
    assert problem(Typed(("sandbox", "push"), whole=False)) is None
    assert problem(Typed(("sandbox", "push", "--brunch"), whole=False)) == "no option --brunch"
