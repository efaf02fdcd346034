"""deploy.py, run by the real AWS CLI with the credentials that the program's Deploy project has."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from sandbox.aws.access import ACCESS
from sandbox.world import World
from sop.names import Environment, Names


@dataclass(frozen=True)
class Deploy:
    """The Deploy stage of an environment, from a checkout."""

    world: World
    checkout: Path

    def __call__(self, environment: Environment = Environment.PROD) -> subprocess.CompletedProcess[str]:
        names, world = Names(environment), self.world
        project = f"arn:aws:codebuild:{world.region}:{world.account_id}:project/{names.deploy_project}"
        taken = world.reach(ACCESS).assume(
            "codebuild.amazonaws.com", role_of(world, environment, "deploy"), "build", source_arn=project
        )
        variables = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self.checkout.parent),
            "AWS_ENDPOINT_URL": world.endpoint,
            **taken.environment(),
            "AWS_DEFAULT_REGION": world.region,
            "ENVIRONMENT": environment,
            "STACK_NAME": names.cloudformation_stack,
            "ARTIFACT_BUCKET": bucket_of(world, environment),
            "CLOUDFORMATION_ROLE_ARN": role_of(world, environment, "cloudformation"),
            "POLL_SECONDS": "0.2",
        }
        return subprocess.run(
            ["python3", "deploy.py"], cwd=self.checkout, env=variables, capture_output=True, text=True, check=False
        )


def role_of(world: World, environment: Environment, what: str) -> str:
    return f"arn:aws:iam::{world.account_id}:role/{Names(environment).role(what)}"


def bucket_of(world: World, environment: Environment) -> str:
    return f"{Names(environment).pipeline}-artifacts-{world.account_id}-{world.region}"
