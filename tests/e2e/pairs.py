"""Two faults at once, of every two kinds: no verdict is PASS. `make test-pairs` runs it, `make test` does not."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations_with_replacement, cycle

import pytest

from sandbox.faults.catalogue import KINDS
from sop.names import Environment
from tests.e2e.conftest import SandboxUnderTest
from tests.e2e.fault_table import HARMLESS, ROWS
from tests.e2e.site import CannotBreakError, Site, site_of

# One thing is in one state: of these no two can be in force.
EXCLUSIVE = (
    # the newest execution's end
    {
        "failed-stage",
        "superseded-execution",
        "stopped-execution",
        "stack-rolled-back",
        "lint-failure-since",
        "retried-deploy",
        "nothing-deployed",
    },
    {"dashboard-missing", "dashboard-changed"},
    {"subscription-none", "subscription-filtered"},
    {"instance-stopped", "group-resized"},  # whose group would replace the instance
)


def pairs() -> Iterator[tuple[str, str]]:
    """One fault of each kind with one of each, a kind's own included; the faults of a kind take turns."""
    turns = [cycle(kind) for kind in KINDS]
    for one, other in combinations_with_replacement(range(len(KINDS)), 2):
        pair = next(turns[one]), next(turns[other])
        if pair[0] != pair[1] and not set(pair) <= set(HARMLESS):
            yield pair


PAIRS = [*pairs()]
FAULTS = [name for kind in KINDS for name in kind if any(one == name for one, _ in PAIRS)]


@pytest.fixture(scope="module")
def site(released: SandboxUnderTest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_of(released, tmp_path_factory.mktemp("pairs")) as site:
        assert site.verify().code == 0
        yield site


def test_every_fault_is_one_of_a_pair() -> None:
    assert {name for pair in PAIRS for name in pair} == set(ROWS)


@pytest.mark.parametrize("one", FAULTS)
def test_no_two_faults_are_a_pass(site: Site, one: str, subtests: pytest.Subtests) -> None:
    with site.broken(one, Environment.DEV, ROWS[one].observed):
        for other in [second for first, second in PAIRS if first == one]:
            with subtests.test(other):
                look_at_both(site, one, other)
    assert site.verify().code == 0


def look_at_both(site: Site, one: str, other: str) -> None:
    rows = ROWS[one], ROWS[other]
    try:
        with site.broken(other, Environment.DEV, ROWS[other].observed):
            if any(row.verify for row in rows):
                assert site.verify().code != 0
            if all(row.observe for row in rows):
                dev = any(row.observed is Environment.DEV for row in rows)
                assert site.observe(Environment.DEV if dev else Environment.PROD).code != 0
    except CannotBreakError:
        assert any({one, other} <= of_one_thing for of_one_thing in EXCLUSIVE)
