"""The loop: each happening once a watch, whatever ends it and however long AWS is silent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import pytest

from scripts.errors import AccessDeniedError, ConfigurationError, UnreachableError
from scripts.ledger.entries import Entry
from scripts.watching.following import Watch, Watched, World
from scripts.watching.happenings import Happening
from scripts.watching.snapshot import Snapshot
from tests.scripts.ledger.memory import Killed, Memory, Time, ledger_of
from tests.scripts.prod_stack import EXECUTION, REVISION
from tests.scripts.release import action, at, execution, rule
from tests.scripts.watching.test_ends import NEXT
from tests.scripts.watching.watched import BUILD, SOURCE, Line, Scene, deploying

DEPLOYED = action("Deploy", "Succeeded", 3, 7)


@dataclass(frozen=True, kw_only=True)
class Noted(Entry):
    """What a runner notes of a happening before it announces it."""

    kind: ClassVar[str] = "noted"
    text: str


class Watching:
    """A scene, time that passes only while the watch sleeps, and what it says."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.time = Time(scene.release.now)
        self.told: list[Happening] = []
        self.shown: list[str] = []
        self.said: list[str] = []
        self.slept: list[float] = []
        self.renewed = 0
        self.meanwhile: list[Callable[[], object]] = []
        self.troubles: list[Exception] = []

    def follow(self, *, tell: Callable[[Happening], None] | None = None, at_most: float = 120) -> Watched:
        world = World(
            read=self._read,
            clock=self.time,
            sleep=self._sleep,
            tell=tell or self.told.append,
            show=self.shown.append,
            say=self.said.append,
            renew=self._renew,
        )
        return Watch(world, timedelta(minutes=at_most)).follow(EXECUTION)

    def _read(self, execution_id: str) -> Snapshot:
        if self.troubles:
            raise self.troubles.pop(0)
        self.scene.release.now = self.time()
        return self.scene.read(execution_id)

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time.passes(timedelta(seconds=seconds))
        if self.meanwhile:
            self.meanwhile.pop(0)()

    def _renew(self) -> None:
        self.renewed += 1


@pytest.fixture
def watching(scene: Scene) -> Watching:
    scene.goes_on(SOURCE, BUILD, deploying(), now=at(6.9))
    return Watching(scene)


def ends_well(watching: Watching) -> Callable[[], None]:
    return lambda: watching.scene.ends("Succeeded", SOURCE, BUILD, DEPLOYED)


def test_each_happening_is_told_once_and_in_order_until_the_end(watching: Watching) -> None:
    watching.meanwhile = [lambda: None, ends_well(watching)]
    watched = watching.follow()
    names = [one.what for one in watching.told]
    assert names == ["source-began", "source", "build-began", "build", "deploy-began", "deploy", "end"]
    assert (watched.code, watched.execution) == (0, EXECUTION)
    assert watched.told == tuple(watching.told)
    assert watching.shown[0].startswith("Deploy runs for 3.9 min")


def test_it_looks_every_few_seconds_and_while_it_waits_less_often(watching: Watching) -> None:
    watching.meanwhile = [ends_well(watching)]
    watching.follow()
    assert watching.slept == [5.0]
    waiting = Watching(watching.scene)
    waiting.time = Time(at(600))
    watching.scene.goes_on(SOURCE, BUILD)
    watching.scene.release.rules(rule("Deploy", "InProgress", 3, 3))
    waiting.meanwhile = [ends_well(watching)]
    waiting.follow()
    assert waiting.slept == [20.0]


def test_it_is_bounded_and_says_then_what_goes_on(watching: Watching) -> None:
    watched = watching.follow(at_most=0.5)
    assert (watched.code, watched.ending) == (5, None)
    assert watched.state.startswith("Deploy runs")
    assert sum(watching.slept) == pytest.approx(30)


def test_aws_out_of_reach_for_a_while_is_said_once_and_survived(watching: Watching) -> None:
    silence = [UnreachableError("AWS cannot be reached.") for _ in range(40)]
    watching.meanwhile = [lambda: watching.troubles.extend(silence), *(lambda: None for _ in range(40))]
    watching.meanwhile.append(ends_well(watching))
    watched = watching.follow()
    assert watched.code == 0
    lost = [line for line in watching.said if "not read" in line]
    assert len(lost) == 1
    assert "AWS cannot be reached" in lost[0]
    assert any("AWS answers again" in line for line in watching.said)
    assert max(watching.slept) == 60
    assert watching.renewed == 40
    assert len({one.key for one in watching.told}) == len(watching.told)


def test_from_the_first_look_on_out_of_reach_is_an_error(watching: Watching) -> None:
    watching.troubles = [UnreachableError("AWS cannot be reached.")]
    with pytest.raises(UnreachableError):
        watching.follow()


@pytest.mark.parametrize("problem", [AccessDeniedError("no"), ConfigurationError("none")])
def test_what_no_waiting_mends_ends_it(watching: Watching, problem: Exception) -> None:
    watching.meanwhile = [lambda: watching.troubles.append(problem)]
    with pytest.raises(type(problem)):
        watching.follow()


def test_a_superseded_one_is_followed_to_its_successor(watching: Watching) -> None:
    scene = watching.scene
    scene.github = Line(REVISION, NEXT)
    newer = execution(pipelineExecutionId="next", minutes=20) | {"startTime": at(5)}
    newer["sourceRevisions"] = [{"actionName": "Source", "revisionId": NEXT}]
    runs = {EXECUTION: [SOURCE, BUILD], "next": []}
    for one in (action("Source", "Succeeded", 5, 6), action("Build", "Succeeded", 6, 12)):
        runs["next"].append({**one, "pipelineExecutionId": "next"})
    runs["next"].append({**action("Deploy", "Succeeded", 13, 20), "pipelineExecutionId": "next"})
    scene.release.executions(newer, execution("Superseded", minutes=12))

    scene.release.aws.answer(
        "ListActionExecutions",
        lambda request: {"actionExecutionDetails": runs[request["filter"]["pipelineExecutionId"]]},
    )
    watched = watching.follow()
    assert (watched.execution, watched.code) == ("next", 0)
    ends = [one for one in watching.told if one.ending]
    assert [one.execution for one in ends] == [EXECUTION, "next"]
    assert "carries both" in ends[0].text
    assert any("execution next of bbbbbbbbbbbb" in line for line in watching.said)


def test_the_commit_is_named_by_its_subject_as_a_connection_tells_it(watching: Watching) -> None:
    summary = '{"ProviderType":"GitHub","CommitMessage":"Bigger servers\\n\\nfor the sale"}'
    source = {"actionName": "Source", "revisionId": REVISION, "revisionSummary": summary}
    watching.scene.ends("Succeeded", SOURCE, BUILD, DEPLOYED, sourceRevisions=[source])
    watching.follow()
    assert watching.said == [f"web-pipeline-prod: execution {EXECUTION} of {REVISION[:12]}: Bigger servers"]


def note(watching: Watching, memory: Memory, until: int = 100) -> Callable[[Happening], None]:
    """Who notes each in the ledger, and is killed after so many."""
    ledger, left = ledger_of("runner", memory, watching.time), [until]

    def tell(one: Happening) -> None:
        if left[0] == 0:
            raise Killed
        left[0] -= 1
        if ledger.add(f"watched/{one.key}.json", ledger.made(Noted, text=one.text)):
            watching.told.append(one)

    return tell


def test_killed_anywhere_and_started_again_it_makes_the_same_happenings_once(scene: Scene) -> None:
    scene.ends("Succeeded", SOURCE, BUILD, action("Deploy", "Succeeded", 3, 14), minutes=14)
    whole = Watching(scene)
    whole.follow()
    keys = [one.key for one in whole.told]
    assert f"{EXECUTION}-deploy-10m" in keys
    for killed_after in range(len(keys)):
        memory, watching = Memory(), Watching(scene)
        with pytest.raises(Killed):
            watching.follow(tell=note(watching, memory, killed_after))
        watching.follow(tell=note(watching, memory))
        assert [one.key for one in watching.told] == keys


def test_a_watch_that_began_early_and_one_of_the_end_make_the_same(watching: Watching) -> None:
    watching.meanwhile = [*(lambda: None for _ in range(40)), ends_well(watching)]
    watching.follow()
    late = Watching(watching.scene)
    late.follow()
    assert [one.key for one in late.told] == [one.key for one in watching.told if one.kind != "progress"]


def test_the_end_event_twice_is_one_end(scene: Scene) -> None:
    scene.ends("Failed", SOURCE, action("Build", "Failed", 1, 3), minutes=3)
    memory, watching = Memory(), Watching(scene)
    for _ in range(2):
        assert watching.follow(tell=note(watching, memory)).code == 3
    assert [one.what for one in watching.told].count("end") == 1
