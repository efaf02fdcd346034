"""`release freeze`: who, when and why, for everybody to see; and exit codes that a script can go by."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.clients.aws import Aws
from scripts.ledger import opening
from scripts.ledger.store import Store
from scripts.outputs import read_outputs
from sop.outputs import StackOutputs
from tests.scripts.cli.command import Ended, Run
from tests.scripts.fake_aws import ACCOUNT
from tests.scripts.ledger.memory import Memory
from tests.scripts.prod_stack import OUTPUTS
from tests.scripts.release import Release

ADA, BOB = (f"arn:aws:sts::{ACCOUNT}:assumed-role/operator/{who}" for who in ("ada", "bob"))


@pytest.fixture
def freeze(run: Run, outputs: Path, release: Release, tmp_path: Path) -> Run:
    """`release freeze` on a stack without a records bucket, by `who`."""

    def command(*arguments: object, who: str = ADA) -> Ended:
        release.aws.answer("GetCallerIdentity", {"Account": ACCOUNT, "Arn": who})
        release.aws.date = "Tue, 10 Mar 2026 02:00:00 GMT"
        return run("freeze", "--outputs", outputs, "--ledger", tmp_path / "ledger", *arguments)

    return command


def test_it_is_set_shown_and_lifted(freeze: Run) -> None:
    shown = freeze()
    assert (shown.code, shown.out) == (0, "prod is not frozen.\n")
    done = freeze("--on", "checkout is down")
    assert done.code == 0
    assert "prod is frozen from 2026-03-10T" in done.out
    shown = freeze(who=BOB)
    assert shown.code == 3
    assert f"Z by {ADA}: checkout is down.\n" in shown.out
    assert freeze("--off").code == 0
    assert freeze().code == 0


def test_as_data_it_says_what_it_says_to_a_person_and_how_it_stands_after_it(freeze: Run) -> None:
    def data(*arguments: object, who: str = ADA) -> tuple[Any, ...]:
        done = freeze(*arguments, "--format", "json", who=who)
        assert (done.data["schema"], done.data["command"], done.data["stack"]) == (1, "freeze", "prod")
        assert done.data["exit_code"] == done.code
        return done.code, done.data["told"].partition(" from ")[0], done.data["frozen"], done.data["freeze"]

    assert data() == (0, "prod is not frozen.", False, None)
    frozen = data("--on", "checkout is down")
    assert frozen[:3] == (0, "prod is frozen", True)
    assert (frozen[3]["by"], frozen[3]["reason"], frozen[3]["at"][:10]) == (ADA, "checkout is down", "2026-03-10")
    assert data(who=BOB)[::2] == (3, True)
    assert data("--on", "another", who=BOB)[3] == frozen[3]
    assert data("--off") == (0, "prod is not frozen any more.", False, None)


def test_the_time_is_awss_and_not_this_machines(freeze: Run) -> None:
    assert "from 2026-03-10T02:00:0" in freeze("--on", "r").out


def test_a_second_reason_is_not_recorded_and_the_exit_code_says_so(freeze: Run) -> None:
    freeze("--on", "first")
    told = freeze("--on", "second", who=BOB)
    assert told.code == 3
    assert f"by {ADA}: first. Your reason was not recorded: tell them" in told.out
    told = freeze("--on", "second")
    assert told.code == 3
    assert "not recorded: `release freeze --stack prod --off` first" in told.out


def test_the_same_command_again_changes_nothing_and_is_done(freeze: Run) -> None:
    freeze("--on", "first")
    again = freeze("--on", "  first ")
    assert (again.code, "frozen already" in again.out) == (0, True)


def test_who_lifts_the_freeze_of_another_is_told_whose_it_was(freeze: Run) -> None:
    freeze("--on", "checkout is down")
    told = freeze("--off", who=BOB)
    assert told.code == 0
    assert "It was somebody else who froze prod, since 2026-03-10T02:00:0" in told.err
    assert f"by {ADA}: checkout is down: let them know." in told.err
    freeze("--on", "mine")
    assert "somebody else" not in freeze("--off").err


def test_there_may_be_nothing_to_lift(freeze: Run) -> None:
    told = freeze("--off")
    assert (told.code, told.out) == (0, "prod is not frozen: there is nothing to lift.\n")


@pytest.mark.parametrize("arguments", [("--on", "r"), ("--off",)])
def test_a_dry_run_says_what_would_be_done_and_does_nothing(freeze: Run, arguments: tuple[str, ...]) -> None:
    assert "would be recorded" in freeze(*arguments, "--dry-run").out
    assert freeze().out == "prod is not frozen.\n"
    freeze("--on", "r")
    assert freeze(*arguments, "--dry-run").code == (3 if "--on" in arguments else 0)
    assert freeze().code == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--on", "r", "--off"), "--on sets a freeze, --off lifts it."),
        (("--on", ""), "--on needs the reason"),
        (("--on", " \n"), "--on needs the reason"),
        (("--off", "--on", ""), "--on sets a freeze, --off lifts it."),
        (("--dry-run",), "--dry-run is for --on and --off"),
    ],
)
def test_options_that_do_not_fit_are_wrong_usage(freeze: Run, arguments: tuple[str, ...], said: str) -> None:
    ended = freeze(*arguments)
    assert ended.code == 2
    assert said in ended.err


def test_what_a_reason_holds_harms_no_terminal(freeze: Run) -> None:
    freeze("--on", "a\x1b[31m\nb\u202e")
    shown = freeze().out
    assert "a\\x1b[31m b\\u202e." in shown


def test_a_folder_says_that_it_protects_one_machine_only(freeze: Run) -> None:
    assert "it protects this machine only" in freeze().err


def test_without_bucket_and_folder_it_says_what_makes_either(run: Run, outputs: Path) -> None:
    ended = run("freeze", "--outputs", outputs)
    assert ended.code == 2
    assert "name no records bucket" in ended.err
    assert "`pulumi up --stack prod`" in ended.err
    assert "--ledger FOLDER" in ended.err


def test_a_folder_beside_the_bucket_is_refused(run: Run, outputs: Path, tmp_path: Path) -> None:
    outputs.write_text(json.dumps(OUTPUTS | {"recordsBucket": "records"}))
    ended = run("freeze", "--outputs", outputs, "--ledger", tmp_path)
    assert ended.code == 2
    assert "is in its records bucket records" in ended.err


@pytest.mark.parametrize("arguments", [(), ("--on", "r"), ("--off",)])
def test_what_cannot_be_read_is_exit_code_4_and_never_not_frozen(
    freeze: Run, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    freeze("--on", "first")
    (tmp_path / "ledger" / "freezes" / "000001.json").write_text("{}")
    ended = freeze(*arguments)
    assert (ended.code, ended.out) == (4, "")
    assert "freezes/000001.json cannot be read" in ended.err


def test_credentials_of_another_account_change_nothing(
    run: Run, outputs: Path, release: Release, tmp_path: Path
) -> None:
    release.aws.answer("GetCallerIdentity", {"Account": "999999999999", "Arn": ADA})
    ended = run("freeze", "--outputs", outputs, "--ledger", tmp_path / "ledger", "--on", "r")
    assert ended.code == 2
    assert not (tmp_path / "ledger").exists()


class TestTwoAtOnce:
    @pytest.fixture
    def store(self, monkeypatch: pytest.MonkeyPatch) -> Memory:
        memory = Memory()

        def opened(*_: Any) -> Store:
            return memory

        monkeypatch.setattr(opening, "open_store", opened)
        return memory

    def test_the_one_who_lost_is_told_who_won(self, freeze: Run, store: Memory) -> None:
        store.meanwhile(lambda: freeze("--on", "his", who=BOB))
        ended = freeze("--on", "hers")
        assert (ended.code, f"by {BOB}: his." in ended.out) == (3, True)

    def test_a_freeze_set_and_lifted_in_that_moment_is_not_known(self, freeze: Run, store: Memory) -> None:
        store.meanwhile(lambda: (freeze("--on", "his", who=BOB), freeze("--off", who=BOB)))
        ended = freeze("--on", "hers")
        assert (ended.code, "froze and thawed prod in this moment" in ended.err) == (4, True)

    def test_a_freeze_lifted_by_another_in_that_moment_is_lifted(self, freeze: Run, store: Memory) -> None:
        freeze("--on", "hers")
        store.meanwhile(lambda: freeze("--off", who=BOB))
        ended = freeze("--off")
        assert (ended.code, f"{BOB} lifted it" in ended.out) == (0, True)

    def test_another_freeze_that_began_in_that_moment_is_not_lifted(self, freeze: Run, store: Memory) -> None:
        freeze("--on", "hers")
        store.meanwhile(lambda: (freeze("--off", who=BOB), freeze("--on", "his", who=BOB)))
        ended = freeze("--off")
        assert (ended.code, f"by {BOB}: his. It was not lifted." in ended.out) == (3, True)


def test_a_stack_with_a_records_bucket_has_its_ledger_there(outputs: Path, release: Release) -> None:
    from scripts.ledger.bucket import BucketStore

    outputs.write_text(json.dumps(OUTPUTS | {"recordsBucket": "records"}))
    known: StackOutputs = read_outputs("prod", outputs)
    aws: Aws = release.aws.aws
    assert isinstance(opening.open_store(known, None, aws, lambda _: None), BucketStore)
