"""`pulumi-analyzer-policy-release`, by which the engine starts the pack: its address and the pack's folder follow."""

from __future__ import annotations

import runpy


def main() -> None:
    runpy.run_module("pulumi.policy", run_name="__main__", alter_sys=True)
