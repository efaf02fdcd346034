"""Every pair of faults at once: no verdict is PASS. `make test-pairs` runs it; its name keeps it out of `make test`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import pytest

from sandbox.faults.catalogue import CATALOGUE
from sop.names import Environment
from tests.e2e.conftest import SandboxUnderTest
from tests.e2e.fault_table import HARMLESS, ROWS
from tests.e2e.site import CannotBreakError, Site, site_of

PAIRS = [pair for pair in combinations(CATALOGUE, 2) if not set(pair) <= set(HARMLESS)]
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
)


@pytest.fixture(scope="module")
def site(released: SandboxUnderTest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_of(released, tmp_path_factory.mktemp("pairs")) as site:
        assert site.verify().code == 0
        yield site


@pytest.mark.parametrize("one", CATALOGUE)
def test_no_two_faults_are_a_pass(site: Site, one: str, subtests: pytest.Subtests) -> None:
    with site.broken(one, Environment.DEV, ROWS[one].observed):
        for _, other in (pair for pair in PAIRS if pair[0] == one):
            with subtests.test(other):
                look_at_both(site, one, other)
    assert site.verify().code == 0


def look_at_both(site: Site, one: str, other: str) -> None:
    rows = ROWS[one], ROWS[other]
    try:
        with site.broken(other, Environment.DEV, ROWS[other].observed):
            assert site.verify().code != 0
            if all(row.observe for row in rows):
                dev = any(row.observed is Environment.DEV for row in rows)
                assert site.observe(Environment.DEV if dev else Environment.PROD).code != 0
    except CannotBreakError:
        assert any({one, other} <= of_one_thing for of_one_thing in EXCLUSIVE)
