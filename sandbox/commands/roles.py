"""`sandbox exec --iam-policy FILE`: the credentials of a role that may do what the policy says, and nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from moto.core.exceptions import ServiceException
from moto.iam.models import iam_backends

from sandbox.aws.access import ACCESS
from sandbox.control import CommandError, Lines

if TYPE_CHECKING:
    from sandbox.world import World

_LARGEST = 10_240  # characters of a role's inline policies, white space aside
_SESSION = "sandbox-exec"


def take_role(world: World, name: str, policy: str) -> Lines:
    """The session's credentials as environment variables, in JSON.

    An administrator is thought to have made the role before anything else happened: its policy is known at once.
    """
    if len("".join(policy.split())) > _LARGEST:
        raise CommandError(f"the policy of {name} is longer than the {_LARGEST:,} characters that IAM takes in a role")
    iam = iam_backends[world.account_id]["aws"]
    root = f"arn:aws:iam::{world.account_id}:root"
    trust = {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "sts:AssumeRole"}
    try:
        if not any(role.name == name for role in iam.get_roles()):
            document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
            iam.create_role(name, document, "/", None, "What `sandbox exec --iam-policy` runs with", [], "3600")
        iam.put_role_policy(name, name, policy)
    except ServiceException as error:
        raise CommandError(f"IAM refuses the policy of {name}: {error}") from error
    session = world.reach(ACCESS).take(f"arn:aws:iam::{world.account_id}:role/{name}", _SESSION)
    yield json.dumps(session.environment())
    return None
