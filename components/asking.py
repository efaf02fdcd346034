"""Asking AWS itself, where the provider has no data source or answers in words only.

Credentials, profile and endpoint are the environment's, as they are the provider's.
"""

from __future__ import annotations

import threading
from functools import cache
from typing import Any

from botocore.config import Config
from botocore.session import Session

_one_at_a_time = threading.Lock()  # botocore's sessions are for one thread, their clients for all


def client(service: str, region: str) -> Any:
    """A client with standard retries, unless the AWS environment or profile asks for others."""
    with _one_at_a_time:
        session = _session()
        mode = session.get_config_variable("retry_mode")
        config = Config(retries={"mode": "standard" if mode == "legacy" else mode})
        return session.create_client(service, region_name=region, config=config)


@cache
def _session() -> Session:
    """One for all clients: it looks for credentials once, and reads what AWS's endpoints are once."""
    return Session()
