from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

# A slow machine fails nothing; what a search finds by chance is for people to mend, not for other people's changes.
settings.register_profile(
    "here",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=bool(os.environ.get("CI")),
)
settings.load_profile("here")

# Who runs the tests may have it to run the program; no plan and no command of theirs may.
os.environ.pop("GITHUB_TOKEN", None)


def pytest_configure(config: pytest.Config) -> None:
    # The SDK imports its own deprecated modules
    config.addinivalue_line("filterwarnings", "ignore::DeprecationWarning:pulumi_aws")
