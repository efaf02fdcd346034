"""Named changes to the sample repository, for `sandbox push --change NAME`.

Every change raises the site's version, so each push is a commit and a release of its own, and first takes
back what an earlier change broke: `harmless` after `failing-resource` succeeds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_VERSION = "VERSION"


class UnknownChangeError(ValueError):
    """There is no change of that name; the message lists those there are."""


class ChangeError(RuntimeError):
    """The checkout does not hold what a change is made to."""


@dataclass(frozen=True)
class Edit:
    """One piece of one file, and what takes its place."""

    path: str
    find: str
    replace: str


@dataclass(frozen=True)
class Change:
    """A change as its commit tells it."""

    subject: str
    effect: str  # what comes of it, for who rehearses
    edits: tuple[Edit, ...] = field(default=())


_BEFORE_HTTPS = """
  HttpsListener:
"""
_SECOND_LISTENER = """
  StatusListener:
    Type: AWS::ElasticLoadBalancingV2::Listener
    DependsOn: HttpListener
    Properties:
      LoadBalancerArn: !Ref LoadBalancer
      Protocol: HTTP
      Port: 80
      DefaultActions:
        - { Type: forward, TargetGroupArn: !Ref TargetGroup }
      Tags:
        - { Key: Environment, Value: !Ref Environment }

  HttpsListener:
"""
_LOG_GROUP_OUTPUT = "  ApplicationLogGroupName:\n    Description:"
_RENAMED_OUTPUT = "  LogGroupName:\n    Description:"

CHANGES: Mapping[str, Change] = {
    "harmless": Change(
        subject="Release version {version} of the site",
        effect="the web servers are replaced one by one; the deployment succeeds",
    ),
    "broken-template": Change(
        subject="Check the health of the web servers more often",
        effect="cfn-lint finds a misspelt property; the Build stage fails and nothing is deployed",
        edits=(
            Edit(
                "templates/load-balancer.yaml",
                "      HealthCheckIntervalSeconds: 15\n",
                "      HealthCheckIntervalSecond: 10\n",
            ),
        ),
    ),
    "failing-resource": Change(
        subject="Serve the status page from a listener of its own",
        effect="the load balancer has a listener on that port already; CloudFormation rolls back",
        edits=(Edit("templates/load-balancer.yaml", _BEFORE_HTTPS, _SECOND_LISTENER),),
    ),
    "missing-output": Change(
        subject="Call the log group's output by a shorter name",
        effect="the deployment succeeds, but the stack lacks an output that is relied on",
        edits=(Edit("main.yaml", _LOG_GROUP_OUTPUT, _RENAMED_OUTPUT),),
    ),
    "failing-build-command": Change(
        subject="Check the scripts before the templates",
        effect="the Build stage runs a script that is not in the repository and fails",
        edits=(
            Edit(
                "buildspec-test.yml",
                "      - cfn-lint --version\n",
                "      - bash check-scripts.sh\n      - cfn-lint --version\n",
            ),
        ),
    ),
}


def apply(name: str, checkout: Path, sequence: int) -> str:
    """Carry out a change in a checkout of the sample repository, and return its commit message.

    `sequence` differs from push to push; it becomes the last part of the site's version.

    Raises:
        UnknownChangeError: there is no change called `name`.
        ChangeError: the checkout was edited where the change would be made.
    """
    if name not in CHANGES:
        raise UnknownChangeError(f"there is no change {name!r}; there are {', '.join(CHANGES)}")
    for other in CHANGES.values():
        for edit in other.edits:
            _substitute(checkout / edit.path, edit.replace, edit.find)
    change = CHANGES[name]
    for edit in change.edits:
        if not _substitute(checkout / edit.path, edit.find, edit.replace):
            raise ChangeError(f"{edit.path} was edited where {name} changes it; undo that first")
    version = f"1.0.{sequence}"
    (checkout / _VERSION).write_text(f"{version}\n")
    return f"{change.subject.format(version=version)}\n\nVersion {version}: {change.effect}.\n"


def _substitute(file: Path, find: str, replace: str) -> bool:
    """Replace the one occurrence of `find`, and say whether there was one."""
    text = file.read_text()
    if text.count(find) != 1:
        return False
    file.write_text(text.replace(find, replace))
    return True
