"""Auto Scaling: groups that keep their members, and their members' targets, as AWS's do."""

from sandbox.aws.autoscaling.service import AutoScaling

__all__ = ["AutoScaling"]
