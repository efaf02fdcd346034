"""UpdatePolicy's AutoScalingRollingUpdate: a group's instances replaced in batches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.aws.cloudformation.resources.base import Context


def roll(context: Context, group: str, obsolete: list[str], policy: Mapping[str, Any]) -> None:
    """Replace `obsolete` instances. The sandbox's new ones start well, and signal.

    The order of events is AWS's: capacity for one batch is added first where keeping
    MinInstancesInService asks for it.
    """
    if not obsolete:
        return
    batch = max(1, int(policy.get("MaxBatchSize", 1)))
    in_service = int(policy.get("MinInstancesInService", 0))
    waits = str(policy.get("WaitOnResourceSignals", "false")).lower() == "true"
    pause = policy.get("PauseTime", "PT5M")
    signals = (
        f" Waiting on resource signals with a timeout of {pause} when new instances are added to the autoscaling group."
        if waits
        else ""
    )
    context.note(
        f"Rolling update initiated. Terminating {len(obsolete)} obsolete instance(s) in batches of {batch}, "
        f"while keeping at least {in_service} instance(s) in service.{signals}"
    )
    for start in range(0, len(obsolete), batch):
        gone = obsolete[start : start + batch]
        context.note(f"Terminating instance(s) [{','.join(gone)}]; replacing with {len(gone)} new instance(s).")
        come = _replace(context, group, gone)
        done = round(100 * (start + len(gone)) / len(obsolete))
        context.note(f"Successfully terminated instance(s) [{','.join(gone)}] (Progress {done}%).")
        if waits:
            context.note(
                f"New instance(s) added to autoscaling group - Waiting on {len(come)} resource signal(s) "
                f"with a timeout of {pause}."
            )
            for instance in come:
                context.note(f"Received SUCCESS signal with UniqueId {instance}")


def _replace(context: Context, group: str, gone: list[str]) -> list[str]:
    """Terminate instances; the group starts others, and sees to its target groups."""
    client = context.client("autoscaling")
    before = set(_instances(client, group))
    for instance in gone:
        client.terminate_instance_in_auto_scaling_group(InstanceId=instance, ShouldDecrementDesiredCapacity=False)
    return sorted(set(_instances(client, group)) - before)


def _instances(client: Any, group: str) -> list[str]:
    described = client.describe_auto_scaling_groups(AutoScalingGroupNames=[group])["AutoScalingGroups"][0]
    return [instance["InstanceId"] for instance in described["Instances"]]
