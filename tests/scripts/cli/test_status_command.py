"""`release status`: one screen, each part for itself, and an exit code that says whether all of it is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from scripts.announcing.occasions import Announced, Event, Occasion, note
from scripts.clients.github import Compared, GitHub
from scripts.gate import reading
from scripts.ledger import freezes
from scripts.ledger.folder import FolderStore
from scripts.ledger.ledger import Ledger
from scripts.releases.identity import _BROUGHT
from scripts.releases.verdicts import Verdict
from tests.scripts.cli.command import Ended, Run
from tests.scripts.fake_aws import Params, Refusal
from tests.scripts.prod_stack import EXECUTION, REVISION
from tests.scripts.release import FakeGitHub, Release, at, execution, rule
from tests.scripts.watching.watched import BUILD, SOURCE, Scene, states


class Repository(FakeGitHub):
    """What is open, and how far dev lags behind."""

    def __init__(self) -> None:
        super().__init__()
        self.into: dict[str, list[tuple[int, str]]] = {}
        self.incidents: list[int] = []
        self.lacking = 0
        self.brought: int | None = None

    def compare(self, base: str, head: str) -> Compared:
        self._refuse()
        return Compared(self.lacking, 0, ())

    def pages(self, query: str, *path: str, needs: str = "", **variables: Any) -> Iterator[Mapping[str, Any]]:
        self._refuse()
        if query == reading.OPEN_PULLS:
            for number, head in self.into.get(variables["base"], []):
                url = f"https://github.com/pull/{number}"
                yield {"number": number, "url": url, "headRefName": head, "headRefOid": "1" * 40}
        elif query == reading.ISSUES:
            yield from ({"number": one, "title": "Down", "url": f"https://issue/{one}"} for one in self.incidents)
        elif query == _BROUGHT and self.brought:
            merge = {"oid": variables["sha"]}
            yield {"number": self.brought, "baseRefName": "main", "mergedAt": "x", "mergeCommit": merge}


@pytest.fixture
def repository(monkeypatch: pytest.MonkeyPatch) -> Repository:
    made = Repository()
    monkeypatch.setattr(GitHub, "of_environment", lambda _: made)
    return made


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(FolderStore(tmp_path / "ledger"), "arn:aws:iam::123456789012:user/ada", lambda: at(15))


@pytest.fixture
def status(run: Run, outputs: Path, tmp_path: Path, release: Release, repository: Repository) -> Run:
    del repository
    release.aws.date = "Tue, 10 Mar 2026 01:20:00 GMT"
    release.stages(*states())

    def command(*arguments: object) -> Ended:
        return run("status", "--outputs", outputs, "--ledger", tmp_path / "ledger", *arguments)

    return command


def row(told: Ended, label: str) -> str:
    """A part's lines."""
    lines = told.out.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith(label))
    more = next((n for n in range(first + 1, len(lines)) if not lines[n].startswith(" ")), len(lines))
    return "\n".join(lines[first:more])


def test_it_says_what_runs_and_since_when(status: Run) -> None:
    told = status()
    assert told.code == 0
    assert told.out.startswith("Releases of prod at 2026-03-10T01:20:00Z (Tue 2026-03-10 11:20 AEST)")
    assert f"{REVISION[:12]} Bigger servers" in row(told, "Runs")
    assert f"execution {EXECUTION}, since 2026-03-10T01:07:00Z (13 min)" in row(told, "Runs")
    assert row(told, "Under way").endswith("nothing")
    assert "open" in row(told, "Door")
    assert "No keeper is configured" in row(told, "Door")
    assert "open: merge by Tue 2026-03-10 13:45 AEST" in row(told, "Calendar")
    assert "dev has all" in row(told, "Back-merge")
    assert "release verify --stack prod" in row(told, "Next")
    assert "/timeline" in row(told, "Links") or "pipelines/web-pipeline-prod" in row(told, "Links")


def test_what_was_found_for_good_is_told_with_the_release_that_it_is_of(
    status: Run, repository: Repository, ledger: Ledger
) -> None:
    repository.brought = 12
    ledger.add(f"releases/pr-12/verify/{EXECUTION}.json", ledger.made(Verdict, verdict="PASS", report={}))
    told = status()
    assert f"pr-12, execution {EXECUTION}" in row(told, "Runs")
    assert "verified: PASS at 2026-03-10T01:15:00Z; observed: not yet" in row(told, "Runs")
    assert "release run --stack prod --pr 12" in row(told, "Next")


def test_what_waits_says_where_and_until_when(status: Run, release: Release) -> None:
    Scene(release).goes_on(SOURCE, BUILD)
    release.rules(rule("Deploy", "InProgress", 3, 3) | {"startTime": at(-500)})
    told = status("--format", "json")
    (one,) = told.data["executions"]
    assert (one["execution_id"], one["waits"], one["end"]) == (EXECUTION, True, None)
    assert "waits for the release window, which opens" in one["doing"]
    assert told.data["next"]["command"] == f"release watch --stack prod --execution-id {EXECUTION}"


def test_a_closed_door_says_whose_it_is_who_waits_and_what_opens_it(status: Run, release: Release) -> None:
    door: Params = {"enabled": False, "disabledReason": "mine", "lastChangedBy": "carol", "lastChangedAt": at(1)}
    one, two, deploy = states(door=door)
    release.stages(one, two, {**deploy, "inboundExecutions": [{"pipelineExecutionId": "e-9", "status": "InProgress"}]})
    told = status()
    assert "closed by hand since 2026-03-10T01:01:00Z by carol (mine)" in row(told, "Door")
    assert "execution e-9 waits before it" in row(told, "Door")
    assert "enable-stage-transition" in row(told, "Door")


def test_a_freeze_that_somebody_ordered_closes_the_calendar(status: Run, ledger: Ledger) -> None:
    freezes.freeze(ledger, "checkout is down")
    told = status()
    assert "checkout is down, until somebody ends it" in row(told, "Calendar")
    assert "next when somebody ends that" in row(told, "Calendar")
    assert status("--format", "json").data["calendar"]["open"] is False


def test_what_is_proposed_to_be_merged_back_and_wrong_is_named(status: Run, repository: Repository) -> None:
    repository.into = {"main": [(12, "dev"), (13, "hotfix/x"), (14, "feature/y")], "dev": [(9, "back-merge/pr-8")]}
    repository.lacking, repository.incidents = 2, [7]
    told = status()
    assert "#12 release, from dev" in row(told, "Proposed")
    assert "#13 hotfix" in row(told, "Proposed")
    assert "#14 take-back, or none" in row(told, "Proposed")
    assert "dev lacks 2 commits: https://github.com/pull/9" in row(told, "Back-merge")
    assert "https://issue/7" in row(told, "Incidents")


def test_messages_that_did_not_arrive_are_named(status: Run, repository: Repository, ledger: Ledger) -> None:
    repository.into = {"main": [(12, "dev")]}
    planned = Occasion("pr-12", Event.PLANNED, "0123456789ab-20260312t0000z")
    note(ledger, planned, ledger.made(Announced, messages={"mail-operations": "x"}))
    told = status()
    assert "pr-12/planned/0123456789ab-20260312t0000z: mail-operations" in row(told, "Not told")


def test_a_part_that_cannot_be_read_says_why_and_leaves_the_others_alone(status: Run, release: Release) -> None:
    release.aws.answer("GetPipelineState", Refusal("AccessDeniedException"))
    told = status()
    assert told.code == 4
    assert "not known: Access denied: codepipeline:GetPipelineState" in row(told, "Door")
    assert "Bigger servers" in row(told, "Runs")
    assert status("--format", "json").data["door"] is None


def test_without_github_the_rest_is_told(status: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GitHub, "of_environment", lambda _: FakeGitHub(refusal="GitHub cannot be reached"))
    monkeypatch.setattr(FakeGitHub, "pages", lambda self, *_, **__: self._refuse())
    monkeypatch.setattr(FakeGitHub, "compare", lambda self, *_: self._refuse())
    told = status()
    assert told.code == 4
    assert "GitHub cannot be reached" in row(told, "Proposed")
    assert "open" in row(told, "Door")


def test_a_failed_execution_is_told_with_its_cause(status: Run, release: Release) -> None:
    scene = Scene(release)
    scene.ends("Failed", SOURCE, {**BUILD, "status": "Failed"}, minutes=3)
    older = execution(pipelineExecutionId="older") | {"startTime": at(-100), "lastUpdateTime": at(-90)}
    release.executions(execution("Failed", minutes=3), older)
    told = status()
    assert "Failed in Build; nothing was deployed" in row(told, "Newest")
    assert "correct the cause" in row(told, "Next")
