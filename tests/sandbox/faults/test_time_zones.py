"""The sandbox starts wherever its people are."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize("zone", ["Australia/Brisbane", "America/New_York"])
def test_the_faults_know_of_no_time_zone(zone: str) -> None:
    command = [sys.executable, "-c", "import sandbox.faults.catalogue"]
    subprocess.run(command, env={**os.environ, "TZ": zone}, check=True)
