"""The pack's process, as the engine starts it."""

from __future__ import annotations

import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clock import PATIENCE

ROOT = Path(__file__).parents[2]
ANALYZER = Path(sys.executable).parent / "pulumi-analyzer-policy-release"


@pytest.mark.slow
def test_the_pack_ends_with_a_killed_engine() -> None:
    nobody_listens = shlex.join([str(ANALYZER), "127.0.0.1:1", str(ROOT / "policies")])
    engine = subprocess.Popen(["sh", "-c", f"{nobody_listens} & wait"], stdout=subprocess.PIPE, text=True)
    assert engine.stdout is not None
    assert int(engine.stdout.readline()) > 0
    engine.send_signal(signal.SIGKILL)
    # The pack holds the other end: this returns when it has ended, and not before.
    assert engine.communicate(timeout=PATIENCE)[0] == ""
