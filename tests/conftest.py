from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    # The SDK imports its own deprecated modules
    config.addinivalue_line("filterwarnings", "ignore::DeprecationWarning:pulumi_aws")
