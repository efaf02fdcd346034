"""EventBridge Scheduler: schedules in their groups, which invoke their targets by the sandbox's clock."""

from sandbox.aws.scheduler.service import Scheduler

__all__ = ["Scheduler"]
