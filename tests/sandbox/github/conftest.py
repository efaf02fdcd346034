from __future__ import annotations

from tests.sandbox.codepipeline.conftest import account, shared_account

__all__ = ["account", "shared_account"]
