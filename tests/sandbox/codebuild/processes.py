"""Processes, as the kernel sees them."""

from __future__ import annotations

import os
import select

from tests.clock import PATIENCE


def goes_on(pid: int) -> bool:
    """Whether a process lives on. The moment that a signal takes to end it is waited for, on the kernel's word."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return False
    try:
        ended, _, _ = select.select([process], [], [], PATIENCE)
    finally:
        os.close(process)
    return not ended
