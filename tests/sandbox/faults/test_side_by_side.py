"""Faults begin and end while the sandbox goes on beside them."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from tests.clock import PATIENCE
from tests.sandbox.workload.deployed import Deployed


def while_it_is_half_told(site: Deployed, monkeypatch: pytest.MonkeyPatch, run: Callable[[], None]) -> None:
    """Have `run` called whenever a site's metrics are taken back and not yet told anew."""
    store = site.world.service("cloudwatch").store
    forget = store.forget

    def forget_and_run(concerns: Callable[..., bool], since: float) -> None:
        forget(concerns, since)
        run()

    monkeypatch.setattr(store, "forget", forget_and_run)


def test_nobody_tells_the_past_by_what_was_deployed_before(site: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    healthy = site.series("AWS/ApplicationELB/HealthyHostCount", site.target_group)
    workload, look = site.world.workload, site.world.workload._deployments
    looked = threading.Event()
    others: list[threading.Thread] = []
    site.world.faults.activate("no-targets")
    before = look()

    def look_or_know() -> object:
        if threading.current_thread() not in others:
            return look()
        looked.set()
        return before

    def advance_beside() -> None:
        others.append(threading.Thread(target=workload.advance))
        others[-1].start()
        assert looked.wait(PATIENCE)

    monkeypatch.setattr(workload, "_deployments", look_or_know)
    while_it_is_half_told(site, monkeypatch, advance_beside)
    site.world.faults.heal()
    for other in others:
        other.join()
    assert others
    assert site.series("AWS/ApplicationELB/HealthyHostCount", site.target_group) == healthy


def test_no_alarm_is_evaluated_on_what_is_half_told(site: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    alarms = site.world.service("cloudwatch").alarms
    evaluated: list[threading.Event] = []

    def evaluate_beside() -> None:
        done = threading.Event()
        evaluated.append(done)
        threading.Thread(target=lambda: (alarms.evaluate(), done.set())).start()
        assert not done.wait(0.05)

    while_it_is_half_told(site, monkeypatch, evaluate_beside)
    site.world.faults.activate("slow-responses")
    site.world.faults.heal()
    assert evaluated
    for done in evaluated:
        assert done.wait(PATIENCE)
    states = {alarm.name: alarm.state.value.value for alarm in alarms.all()}
    assert set(states.values()) == {"OK"}
