"""`release run`: what cannot be carried on ends with one clear message and the right exit code, and nothing is done."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.clients.github import GitHub
from sop.channels import Channel as Kind
from tests.scripts.announcing.samples import BODY as DESCRIBED
from tests.scripts.channels.fake import Fake
from tests.scripts.cli.command import Ended, Run
from tests.scripts.gate.dev_place import DevPlace
from tests.scripts.gate.place import TICKED, Place
from tests.scripts.ledger.stores import folder_store
from tests.scripts.prod_stack import OUTPUTS

# Tests begin on a Tuesday, 22:30 in Brisbane
BODY = f"{DESCRIBED}\n## Review checklist\n\n{TICKED}"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    place = Place(tmp_path / "place")
    monkeypatch.setattr(GitHub, "of_environment", lambda _: place.github)
    monkeypatch.setattr("scripts.clients.aws.connect", lambda *_: place.aws.aws)
    DevPlace(place, monkeypatch)
    monkeypatch.setattr("scripts.running.site.open_dev", lambda *_: (place.dev, None))
    monkeypatch.chdir(tmp_path)
    return place


@pytest.fixture
def channels(monkeypatch: pytest.MonkeyPatch) -> dict[Kind, Fake]:
    made = {kind: Fake() for kind in Kind}
    monkeypatch.setattr("scripts.channels.opening.channels_of", lambda *_: made.__getitem__)
    return made


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps({**OUTPUTS, "recordsBucket": None}))
    return file


@pytest.fixture
def carry_on(run: Run, place: Place, channels: dict[Kind, Fake], outputs: Path, tmp_path: Path) -> Run:
    del place, channels  # which it goes by

    def command(*arguments: object) -> Ended:
        return run("run", *arguments, "--outputs", outputs, "--ledger", tmp_path / "the ledger")

    return command


@pytest.fixture
def untouched(channels: dict[Kind, Fake], tmp_path: Path) -> Callable[[], bool]:
    """Whether nothing was noted and nothing sent."""
    return lambda: (
        not folder_store(tmp_path / "the ledger").list("releases/") and not any(one.sent for one in channels.values())
    )


def test_it_is_announced_for_the_first_opening_and_the_command_to_go_on_is_quoted(
    carry_on: Run, place: Place, channels: dict[Kind, Fake], tmp_path: Path
) -> None:
    pull = place.agreed(place.pull(body=BODY))
    ended = carry_on("--pr", pull.number)
    assert ended.code == 5
    assert "announced for 2026-03-12T00:00:00Z" in ended.out
    *_, when, command = ended.out.splitlines()
    assert when == "Again at 2026-03-12T00:00:00Z, with:"
    assert command.startswith(f"  release run --pr {pull.number} ")
    assert command.endswith(f"--ledger '{tmp_path}/the ledger'")
    assert channels[Kind.MAIL].sent


def test_a_dry_run_tells_what_is_to_do_and_does_nothing(
    carry_on: Run, place: Place, untouched: Callable[[], bool]
) -> None:
    ended = carry_on("--pr", place.agreed(place.pull(body=BODY)).number, "--dry-run")
    assert ended.code == 5
    assert "announce    to do: not announced yet" in ended.out
    assert untouched()


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("2026-03-09T10:00+10:00", "24 hours of notice"),
        ("2026-03-13T10:00+10:00", "an open calendar"),
        ("2026-03-12T15:00+10:00", "an open calendar"),
    ],
    ids=["in the past", "on a Friday", "after the window"],
)
def test_a_time_at_which_it_cannot_begin_is_refused(
    carry_on: Run, place: Place, untouched: Callable[[], bool], at: str, said: str
) -> None:
    ended = carry_on("--pr", place.agreed(place.pull(body=BODY)).number, "--at", at)
    assert ended.code == 3
    assert said in ended.out
    assert untouched()


def test_a_time_other_than_the_announced_one_is_refused_and_nobody_is_told_of_it(
    carry_on: Run, place: Place, channels: dict[Kind, Fake]
) -> None:
    pull = place.agreed(place.pull(body=BODY))
    assert carry_on("--pr", pull.number, "--at", "2026-03-12T10:00+10:00").code == 5
    sent = len(channels[Kind.MAIL].sent)
    ended = carry_on("--pr", pull.number, "--at", "2026-03-12T11:00+10:00")
    assert ended.code == 2
    assert "announced for 2026-03-12T00:00:00Z, and --at says 2026-03-12T01:00:00Z" in ended.err
    assert "release announce postponed --stack prod" in ended.err
    assert len(channels[Kind.MAIL].sent) == sent
    assert carry_on("--pr", pull.number, "--at", "2026-03-12T10:00+10:00").code == 5


def test_a_pull_request_into_another_branch_is_refused(
    carry_on: Run, place: Place, untouched: Callable[[], bool]
) -> None:
    ended = carry_on("--pr", place.pull("feature/more", "dev").number)
    assert ended.code == 2
    assert "is into dev; prod is released from main" in ended.err
    assert untouched()


def test_a_pull_request_that_was_closed_is_not_announced_and_not_merged(
    carry_on: Run, place: Place, untouched: Callable[[], bool]
) -> None:
    pull = place.agreed(place.pull(body=BODY))
    place.host.set_pull_state(pull, "closed", "sample-engineer")
    ended = carry_on("--pr", pull.number)
    assert ended.code == 2
    assert "is closed" in ended.err
    assert untouched()


def test_a_draft_is_not_announced(carry_on: Run, place: Place, untouched: Callable[[], bool]) -> None:
    pull = place.agreed(place.pull(body=BODY))
    pull.draft = True
    ended = carry_on("--pr", pull.number)
    assert ended.code == 3
    assert "draft" in ended.out
    assert untouched()


def test_a_pull_request_that_is_not_there_is_refused(carry_on: Run) -> None:
    ended = carry_on("--pr", 99)
    assert ended.code == 2
    assert "no such pull request" in ended.err


def test_an_execution_that_is_not_there_is_refused(carry_on: Run) -> None:
    ended = carry_on("--execution-id", "0c0ffee0")
    assert ended.code == 2
    assert "0c0ffee0" in ended.err


@pytest.mark.parametrize("asked", [[], ["--pr", 1, "--execution-id", "x"]], ids=["neither", "both"])
def test_which_release_is_meant_must_be_said(carry_on: Run, asked: list[object]) -> None:
    assert carry_on(*asked).code == 2


def test_how_long_to_stay_without_staying_is_refused(carry_on: Run) -> None:
    assert carry_on("--pr", 1, "--wait-at-most", "2h").code == 2


def test_without_a_ledger_nothing_is_begun(run: Run, place: Place, outputs: Path) -> None:
    ended = run("run", "--pr", place.pull().number, "--outputs", outputs)
    assert ended.code == 2
    assert "--ledger" in ended.err


def test_without_dev_it_is_not_announced_and_the_missing_stack_is_named(
    carry_on: Run, place: Place, monkeypatch: pytest.MonkeyPatch, untouched: Callable[[], bool]
) -> None:
    monkeypatch.setattr("scripts.running.site.open_dev", lambda *_: (None, None))
    ended = carry_on("--pr", place.agreed(place.pull(body=BODY)).number)
    assert ended.code == 4
    assert "--dev-stack" in ended.out + ended.err
    assert untouched()


def test_without_a_token_it_is_said_which_one_is_missing(
    carry_on: Run, monkeypatch: pytest.MonkeyPatch, place: Place, untouched: Callable[[], bool]
) -> None:
    monkeypatch.setattr(GitHub, "of_environment", lambda _: GitHub("helios/web-infrastructure", token=""))
    ended = carry_on("--pr", 1)
    assert ended.code == 4
    assert "GITHUB_TOKEN" in ended.err
    assert untouched()
