from __future__ import annotations

import gc
import os
import signal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import none

# A slow machine fails nothing. Every run tries the same examples; who goes looking for others says so:
# `pytest --hypothesis-profile=search`.
settings.register_profile("search", deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("still", settings.get_profile("search"), derandomize=True, max_examples=30)
settings.register_profile("quick", settings.get_profile("still"), max_examples=5)
settings.load_profile("still")

# The models of botocore and moto stay, and so do the worlds of a test until it ends: looking through them for garbage
# took a sixth of the time.
gc.set_threshold(1_000_000, 10, 1_000)

# Who runs the tests may have it to run the program; no plan and no command of theirs may.
os.environ.pop("GITHUB_TOKEN", None)

# Who starts the tests in the background has SIGINT ignored; who tests an interruption would wait for it for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)


@given(none())
def _begin(_: None) -> None:
    """The first property has Hypothesis look for its random numbers in all that there is: at the start, little."""


@pytest.hookimpl(trylast=True)  # after Hypothesis, which warns of what is drawn before
def pytest_sessionstart() -> None:
    _begin()


def pytest_configure(config: pytest.Config) -> None:
    # The SDK imports its own deprecated modules
    config.addinivalue_line("filterwarnings", "ignore::DeprecationWarning:pulumi_aws")


def pytest_collection_finish() -> None:
    # What is there by now stays, and the search for garbage at the end needn't look through it five times
    gc.freeze()
