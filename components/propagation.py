"""IAM is eventually consistent: what uses a role at once waits, when it is created, until the role's policy is known.

CodeBuild tries a connection with the role while it creates the project, and a new pipeline's first execution starts at
once; neither tries again when the policy is seconds old
(https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency).
"""

from __future__ import annotations

import asyncio

import pulumi


def after_propagation(name: str, seconds: float) -> pulumi.ResourceHook:
    """Before its creation lets a resource wait `seconds` after what it depends on; a preview waits for nothing."""

    async def wait(_: pulumi.ResourceHookArgs) -> None:
        pulumi.log.info(f"waiting {seconds:g} s for IAM to know the policy", ephemeral=True)
        await asyncio.sleep(seconds)

    return pulumi.ResourceHook(f"{name}-after-propagation", wait)
