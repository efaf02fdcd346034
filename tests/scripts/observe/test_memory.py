"""An observation may last for hours: of each window it keeps the reading, and nothing of the clients that asked."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from scripts.clients.aws import Aws
from tests.scripts.fake_aws import FakeAws, Refusal
from tests.scripts.observe.observed import DEPLOYED, MINUTE, Observed
from tests.scripts.release import Release

pytestmark = pytest.mark.slow

EARLY = 20  # minutes of the observation, a window each
A_READING = 2_000  # bytes, three samples and the window that they are of
CLIENTS = 100_000  # bytes, more than what is said and cached, less than the clients of two rounds


class Measured(Observed):
    """Forgets what the test's own parts keep, and measures what is left at two moments."""

    def __init__(self, release: Release, folder: Path) -> None:
        super().__init__(release, folder)
        self.early = self.late = EARLY
        self.kept: list[int] = []
        self.fakes: list[FakeAws] = []
        self.on_wait = self.measure

    def measure(self, until: datetime) -> None:
        for one in (self.said, self.waits, *(fake.calls for fake in (self.release.aws, *self.fakes))):
            one.clear()
        del self.fakes[:-1]
        if (until - DEPLOYED) // MINUTE in (self.early, self.late):
            gc.collect()
            self.kept.append(tracemalloc.get_traced_memory()[0])

    def growth(self, *, early: int = EARLY, late: int) -> int:
        """Bytes by which an observation grows from the early to a late minute."""
        self.early, self.late = early, late
        self.run(duration=late, interval=1)
        before, after = self.kept
        return after - before

    def connect(self) -> Aws:
        """New clients each time, as the command makes them."""
        fake = FakeAws()
        fake._answers = self.release.aws._answers
        self.fakes.append(fake)
        return fake.aws


@pytest.fixture
def measured(release: Release, tmp_path: Path) -> Iterator[Measured]:
    tracemalloc.start()
    yield Measured(release, tmp_path)
    tracemalloc.stop()


def test_a_window_costs_no_more_than_its_reading(measured: Measured) -> None:
    late = 70
    assert 0 < measured.growth(late=late) < (late - EARLY) * A_READING


def test_clients_that_failed_are_given_up_whole(measured: Measured) -> None:
    measured.answered = lambda _: Refusal("ExpiredToken")
    assert measured.growth(early=16, late=22) < CLIENTS
