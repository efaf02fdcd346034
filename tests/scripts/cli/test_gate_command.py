"""`release gate`: its words, its exit codes and its formats."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scripts.clients.github import GitHub
from tests.scripts.cli.command import Run
from tests.scripts.gate.dev_place import DevPlace
from tests.scripts.gate.place import Place
from tests.scripts.prod_stack import OUTPUTS

OPEN, QUARTER_END = "2026-12-15T11:00+10:00", "2026-12-29T11:00+10:00"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    place = Place(tmp_path / "place")
    monkeypatch.setattr(GitHub, "of_environment", lambda _: place.github)
    monkeypatch.setattr("scripts.clients.aws.connect", lambda *_: place.aws.aws)
    DevPlace(place, monkeypatch)
    return place


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps({**OUTPUTS, "recordsBucket": None, "announcements": None}))
    return file


def test_go_is_0_no_go_3_and_undetermined_4(
    run: Run, outputs: Path, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pull = place.agreed(place.pull())
    asked = ("gate", "--outputs", outputs, "--pr", pull.number)
    with_ledger = (*asked, "--ledger", tmp_path / "ledger")
    place.aws.answer("GetCallerIdentity", {"Account": OUTPUTS["accountId"], "Arn": "arn:aws:iam::123456789012:user/x"})
    monkeypatch.setattr("scripts.gate.run.open_dev", lambda *_: (place.dev, None))
    go = run(*with_ledger, "--at", OPEN)
    assert (go.code, "\nGO  " in go.out) == (0, True)
    assert "prod for pull request #" in go.out
    assert "counts, on the head" in " ".join(go.out.split())
    no_go = run(*with_ledger, "--at", QUARTER_END)
    assert (no_go.code, "\nNO-GO  " in no_go.out) == (3, True)
    assert no_go.out.rstrip().endswith("GO at Tue 2027-01-05 10:00 AEST at the earliest.")
    undetermined = run(*asked, "--at", OPEN)
    assert (undetermined.code, "\nUNDETERMINED  " in undetermined.out) == (4, True)
    assert "name no records bucket" in " ".join(undetermined.out.split())


def test_every_format_has_the_word_and_json_the_contracts_verdict_beside_it(
    run: Run, outputs: Path, place: Place, tmp_path: Path
) -> None:
    pull = place.pull()
    files = {name: tmp_path / f"gate.{name}" for name in ("markdown", "html", "junit")}
    wanted = [part for name, path in files.items() for part in ("-o", f"{name}={path}")]
    ended = run("gate", "--outputs", outputs, "--pr", pull.number, "--at", QUARTER_END, "-f", "json", *wanted)
    assert (ended.code, ended.data["verdict"], ended.data["decision"]) == (3, "FAIL", "NO-GO")
    assert ended.data["again_at"] == "2027-01-05T00:00:00Z"
    assert ended.data["revision"] == pull.head_sha
    assert files["markdown"].read_text().startswith("### ❌ NO-GO: release gate prod for pull request #1\n")
    assert "<h1>NO-GO</h1>" in files["html"].read_text()
    again = run("gate", "--outputs", outputs, "--pr", pull.number, "--at", QUARTER_END, *wanted)
    assert again.code == 3, "a report of the gate is one of this command's, and may be written anew"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (("--pr", "1", "--at", "2026-12-29T11:00"), "expected a time with its zone"),
        (("--pr", "1", "--at", "soon"), "expected a time with its zone"),
        (("--pr", "0"), "--pr"),
        ((), "--pr"),
        (("--pr", "77"), "has no such pull request"),
    ],
)
def test_wrong_use_is_2(run: Run, outputs: Path, place: Place, wrong: tuple[str, ...], said: str) -> None:
    ended = run("gate", "--outputs", outputs, *wrong)
    assert (ended.code, said in ended.err) == (2, True)


@pytest.mark.parametrize("said", [(), ("--dev-outputs", "missing.json")])
def test_dev_out_of_reach_is_4(run: Run, outputs: Path, place: Place, said: tuple[str, ...]) -> None:
    place.aws.answer("GetCallerIdentity", {"Account": OUTPUTS["accountId"], "Arn": "arn:aws:iam::123456789012:user/x"})
    ended = run("gate", "--outputs", outputs, "--pr", place.agreed(place.pull()).number, "--at", OPEN, *said)
    assert ended.code == 4
    assert "dev cannot be looked at: " in ended.out


def test_dev_is_the_stack_of_the_same_label() -> None:
    from scripts.gate.opening import _beside

    assert [_beside(stack) for stack in ("prod", "api-prod", "web-use1-prod")] == ["dev", "api-dev", "web-use1-dev"]


def test_devs_outputs_lead_to_its_account(run: Run, outputs: Path, place: Place, tmp_path: Path) -> None:
    pull = place.agreed(place.pull())
    place.aws.answer("GetCallerIdentity", {"Account": OUTPUTS["accountId"], "Arn": "arn:aws:iam::123456789012:user/x"})
    for operation in ("ListActionExecutions", "ListPipelineExecutions"):
        place.aws.answer(operation, {})
    (tmp_path / "dev.json").write_text(json.dumps({**OUTPUTS, "stack": "dev", "environment": "dev", "branch": "dev"}))
    ended = run("gate", "--outputs", outputs, "--pr", pull.number, "--at", OPEN, "--dev-outputs", tmp_path / "dev.json")
    assert "dev has not run tree" in ended.out
    assert ended.code == 3
