"""What may do who runs `pulumi preview` and `pulumi up` on a stack: two IAM policies, made from its configuration.

`python -m components.deployers` prints them; docs/reference/deployers.md tells what of them is proved.
"""

from components.deployers.policies import Purpose, policy

__all__ = ["Purpose", "policy"]
