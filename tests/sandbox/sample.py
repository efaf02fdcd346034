"""What the sandbox is without stack files, as single services are tested."""

from datetime import timedelta

from sandbox.configured import SAMPLE
from sandbox.running import Running

ACCOUNT_ID, REGION = SAMPLE.account_id, SAMPLE.region


def up_at(endpoint: str, pid: int = 1) -> Running:
    """A sandbox that says that it is up there."""
    return Running(pid, endpoint, timedelta(seconds=10), ACCOUNT_ID, REGION, SAMPLE.repository)
