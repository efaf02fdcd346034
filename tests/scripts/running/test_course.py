"""A release is carried on from wherever it stands: by facts alone, whoever was killed and whatever was done by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scripts.facts.pipeline import Execution
from scripts.gate.go import Go
from scripts.gate.pull_request import MergeState, Person, PullRequest
from scripts.releases.verdicts import Verdict
from scripts.running.course import Ended, Hands, carry_on
from scripts.running.facts import Facts, Notice
from scripts.running.steps import Name, State, standings

NOW = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
HEAD, MERGE, TREE = "a" * 40, "b" * 40, "c" * 40
OPEN = PullRequest(
    number=1,
    title="More",
    body="",
    url="https://github.com/helios/web-infrastructure/pull/1",
    author=Person("ada"),
    state="OPEN",
    draft=False,
    base="main",
    base_sha="d" * 40,
    head="dev",
    head_sha=HEAD,
    head_repository="helios/web-infrastructure",
    own_head=True,
    mergeable=MergeState.MERGEABLE,
    merged_at=None,
    merge_sha="",
    content=TREE,
    merge_commits=True,
)
MERGED = replace(OPEN, state="MERGED", merged_at=NOW, merge_sha=MERGE)
BEGIN = Facts(now=NOW, release="pr-1", pull=OPEN, notice_needed=True)
ALL = tuple(Name)


def execution(status: str) -> Execution:
    ended = None if status == "InProgress" else NOW
    return Execution("4f1c", status, "", MERGE, "", NOW, ended, "Webhook", None, (MERGE,))


def go(**changes: Any) -> Go:
    return Go(by="arn", at=NOW, content=TREE, head=HEAD, judged_at=NOW, report={}, **changes)


def verdict(said: str) -> Verdict:
    wrong = {"id": "cpu", "status": "FAIL", "observed": "91 %\nof one"}
    return Verdict(by="arn", at=NOW, verdict=said, report={"checks": [wrong] if said == "FAIL" else []})


class World:
    """Facts that change as the steps are carried out; `killed_after` ends the run there, as kill -9 does."""

    def __init__(self, facts: Facts = BEGIN) -> None:
        self.facts = facts
        self.did: list[Name] = []
        self.concluded: list[Name] = []
        self.killed_after: Name | None = None
        self.comes: dict[Name, Callable[[Facts], Facts]] = {
            Name.ANNOUNCE: lambda f: replace(f, notice=Notice(NOW)),
            Name.GATE: lambda f: replace(f, go=go()),
            Name.MERGE: lambda f: replace(f, pull=MERGED),
            Name.WATCH: lambda f: replace(f, attempts=(execution("Succeeded"),), untold=()),
            Name.BACK_MERGE: lambda f: replace(f, back_merge="#2"),
            Name.VERIFY: lambda f: replace(f, verified=verdict("PASS")),
            Name.COMPLETE: lambda f: replace(f, completed=True),
            Name.OBSERVE: lambda f: replace(f, observed=verdict("PASS")),
            Name.RECORD: lambda f: replace(f, recorded="docs/releases/2026-03-10-release-notes.md"),
        }

    def run(self) -> Ended:
        hands = Hands({name: self._do(name) for name in Name}, self._conclude)
        return carry_on(lambda: self.facts, hands, lambda _step, _standing: None)

    def _do(self, name: Name) -> Callable[[Facts], None]:
        def do(_facts: Facts) -> None:
            self.did.append(name)
            self.facts = self.comes[name](self.facts)
            if self.killed_after is name:
                raise KeyboardInterrupt

        return do

    def _conclude(self, _facts: Facts, name: Name) -> None:
        self.concluded.append(name)


def test_the_steps_are_done_in_the_procedures_order() -> None:
    world = World()
    assert world.run().code == 0
    assert world.did == list(ALL)


@pytest.mark.parametrize("name", ALL)
def test_a_run_that_is_killed_after_any_step_is_gone_on_with_and_nothing_is_done_twice(name: Name) -> None:
    world = World()
    world.killed_after = name
    with pytest.raises(KeyboardInterrupt):
        world.run()
    world.killed_after = None
    assert world.run().code == 0
    assert world.did == list(ALL)


def test_what_was_merged_by_hand_is_gone_on_with_after_the_merge_and_what_was_missed_is_said() -> None:
    world = World(replace(BEGIN, pull=MERGED))
    assert [(step.name, how.state) for step, how in standings(world.facts)][:3] == [
        (Name.ANNOUNCE, State.MISSED),
        (Name.GATE, State.MISSED),
        (Name.MERGE, State.DONE),
    ]
    assert world.run().code == 0
    assert world.did == list(ALL[3:])


def test_what_was_pushed_without_a_pull_request_is_carried_on_and_told_as_that() -> None:
    facts = replace(BEGIN, release="exec-4f1c", pull=None)
    world = World(facts)
    assert world.run().code == 0
    assert world.did == list(ALL[3:])
    assert [how.told for step, how in standings(facts) if step.name is Name.MERGE] == ["pushed without a pull request"]


def test_a_go_older_than_a_minute_is_none() -> None:
    world = World(replace(BEGIN, notice=Notice(NOW), go=go(), now=NOW + timedelta(seconds=61)))
    world.comes[Name.GATE] = lambda f: replace(f, go=replace(go(), judged_at=f.now))
    world.run()
    assert world.did[:2] == [Name.GATE, Name.MERGE]


@pytest.mark.parametrize("changed", [{"head_sha": "e" * 40}, {"content": "e" * 40}])
def test_a_new_commit_between_gate_and_merge_is_not_merged_by_the_old_go(changed: dict[str, str]) -> None:
    facts = replace(BEGIN, notice=Notice(NOW), go=go(), pull=replace(OPEN, **changed))
    assert [step.name for step, _ in standings(facts)][-1] is Name.GATE


def test_an_announcement_that_one_audience_has_not_got_is_gone_on_with() -> None:
    facts = replace(BEGIN, notice=Notice(NOW, owed=("mail-management",)))
    *_, (step, how) = standings(facts)
    assert (step.name, how.state) == (Name.ANNOUNCE, State.OPEN)
    assert "mail-management" in how.told


def test_what_needs_no_announcement_is_not_missed() -> None:
    facts = replace(BEGIN, notice_needed=False, pull=MERGED)
    (_, how), *_ = standings(facts)
    assert how.state is State.SKIPPED


def test_the_observation_is_not_yet_before_its_hour_is_over_and_says_when() -> None:
    world = World()
    later = NOW + timedelta(hours=1)
    world.comes[Name.COMPLETE] = lambda f: replace(f, completed=True, observable_at=later)
    ended = world.run()
    assert (ended.code, ended.again_at) == (5, later)
    assert world.did[-1] is Name.COMPLETE
    world.facts = replace(world.facts, now=later)
    assert world.run().code == 0


@pytest.mark.parametrize("status", ["Failed", "Stopped", "Superseded", "Cancelled"])
def test_an_execution_that_came_to_nothing_ends_the_release_and_is_told(status: str) -> None:
    world = World()
    world.comes[Name.WATCH] = lambda f: replace(f, attempts=(execution(status),))
    ended = world.run()
    assert ended.code == 3
    assert status in ended.told
    assert world.concluded == [Name.WATCH]
    assert Name.VERIFY not in world.did


def test_a_release_whose_rerun_succeeded_is_gone_on_with() -> None:
    facts = replace(BEGIN, pull=MERGED, attempts=(execution("Failed"), execution("Succeeded")))
    world = World(facts)
    assert world.run().code == 0
    assert world.did[0] is Name.BACK_MERGE


@pytest.mark.parametrize("name", [Name.VERIFY, Name.OBSERVE])
def test_a_verdict_that_failed_is_told_and_nothing_is_called_complete(name: Name) -> None:
    world = World()
    key = {Name.VERIFY: "verified", Name.OBSERVE: "observed"}[name]
    world.comes[name] = lambda f: replace(f, **{key: verdict("FAIL")})
    ended = world.run()
    assert ended.code == 3
    assert "cpu: 91 %" in ended.told
    assert world.concluded == [name]
    assert Name.RECORD not in world.did


def test_what_follows_the_merge_is_left_to_the_runner_where_there_is_one() -> None:
    world = World(replace(BEGIN, runner="web-runner-prod"))
    ended = world.run()
    assert ended.code == 5
    assert "web-runner-prod" in ended.told
    assert world.did == [Name.ANNOUNCE, Name.GATE, Name.MERGE, Name.WATCH, Name.BACK_MERGE]


def test_a_step_that_comes_to_nothing_ends_undetermined_and_not_never() -> None:
    world = World()
    world.comes[Name.ANNOUNCE] = lambda f: f
    ended = world.run()
    assert ended.code == 4
    assert "announce" in ended.told
    assert world.did == [Name.ANNOUNCE] * 3


def test_a_step_that_must_end_the_run_ends_it() -> None:
    def refuse(_facts: Facts) -> Ended:
        return Ended(3, "NO-GO")

    world = World()
    hands = Hands({**dict.fromkeys(Name, refuse)}, lambda _facts, _name: None)
    assert carry_on(lambda: world.facts, hands, lambda _step, _standing: None) == Ended(3, "NO-GO")


def test_a_message_that_is_owed_keeps_nothing_from_going_on_and_is_said_at_the_end() -> None:
    world = World()
    world.comes[Name.COMPLETE] = lambda f: replace(f, completed=True, owed=("pr-1/complete/4f1c/mail-operations",))
    ended = world.run()
    assert world.did == list(ALL)
    assert ended.code == 4
    assert "pr-1/complete/4f1c/mail-operations" in ended.told


def test_what_another_execution_has_taken_the_place_of_is_not_judged_any_more_and_recorded_as_that() -> None:
    facts = replace(BEGIN, pull=MERGED, attempts=(execution("Succeeded"),), back_merge="#2", overtaken="9e9e")
    world = World(facts)
    assert world.run().code == 0
    assert world.did == [Name.RECORD]
    missed = [step.name for step, how in standings(facts) if how.state is State.MISSED]
    assert missed[-3:] == [Name.VERIFY, Name.COMPLETE, Name.OBSERVE]


def test_an_observation_that_another_execution_cut_short_keeps_the_verdict_before_it() -> None:
    facts = replace(BEGIN, pull=MERGED, attempts=(execution("Succeeded"),), back_merge="#2", verified=verdict("PASS"))
    world = World(replace(facts, overtaken="9e9e", observable_at=NOW + timedelta(hours=1)))
    assert world.run().code == 0
    assert world.did == [Name.COMPLETE, Name.RECORD]
