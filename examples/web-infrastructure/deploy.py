#!/usr/bin/env python3
"""Deploys main.yaml as one CloudFormation stack, and says what failed and why when it rolls back.

Needs ENVIRONMENT (dev or prod), STACK_NAME, ARTIFACT_BUCKET, CLOUDFORMATION_ROLE_ARN, Python 3.9 with boto3 and the AWS
CLI, as CodeBuild's standard images have them, credentials and a region. Exits 0 when the stack is as the templates say,
also when it already was.

The change set is executed with the client request token release-COMMIT-N: every event of the operation carries it, so
what runs can be told by commit. Where there is nothing to change, the change set stays and says so: it has that name,
too. The result is the stack's final status, never that of a call on the way.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

HERE = Path(__file__).resolve().parent
POLL_SECONDS = float(os.environ.get("POLL_SECONDS", "1"))  # short: a rollback should be seen while it happens
PATIENCE_SECONDS = float(os.environ.get("PATIENCE_SECONDS", "600"))  # for polls that fail one after another
LARGEST_TEMPLATE_BODY = 51_200  # bytes that CreateChangeSet takes; more goes by way of S3

NEVER_CREATED = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED"}  # CloudFormation refuses to update these
SUCCESS = {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
NOTHING_TO_CHANGE = ("didn't contain changes", "No updates are to be performed")
FOR_A_PERSON = {
    "UPDATE_ROLLBACK_FAILED": "its rollback got stuck. Mend what the events name, then: "
    "aws cloudformation continue-update-rollback --stack-name {stack}, and release again",
    "DELETE_FAILED": "something in it could not be deleted. Mend or keep what the events name, then: "
    "aws cloudformation delete-stack --stack-name {stack} [--retain-resources NAME ...], and release again",
    "REVIEW_IN_PROGRESS": "it was never created, and has no resources. Mend the template and release again; or look at "
    "aws cloudformation list-change-sets --stack-name {stack}, and delete the stack",
}
AWS_ERRORS = (BotoCoreError, ClientError)


class DeployError(Exception):
    """The deployment cannot go on; the message says why, and what to do."""


@cache
def client(service: str) -> Any:
    for name, usual in {"AWS_RETRY_MODE": "standard", "AWS_MAX_ATTEMPTS": "8"}.items():
        os.environ.setdefault(name, usual)
    return boto3.client(service)


def say(line: str) -> None:
    print(line, flush=True)


@dataclass
class Target:
    """What is deployed where, from the environment."""

    environment: str
    stack: str
    bucket: str
    role: str
    version: str
    token: str

    @classmethod
    def of_environment(cls) -> Target:
        names = ("ENVIRONMENT", "STACK_NAME", "ARTIFACT_BUCKET", "CLOUDFORMATION_ROLE_ARN")
        missing = [name for name in names if not os.environ.get(name)]
        if missing:
            raise DeployError(f"{', '.join(missing)}: not set; see the head of deploy.py")
        number = os.environ.get("CODEBUILD_BUILD_NUMBER") or str(int(time.time()))
        given = [os.environ[name] for name in names]
        return cls(*given, (HERE / "VERSION").read_text().strip(), f"release-{commit()}-{number}")


def commit() -> str:
    """The commit that is deployed: the pipeline's source, else what is checked out here."""
    resolved = os.environ.get("CODEBUILD_RESOLVED_SOURCE_VERSION", "")
    if re.fullmatch(r"[0-9a-f]{40}", resolved):
        return resolved
    asked = subprocess.run(["git", "rev-parse", "HEAD"], cwd=HERE, capture_output=True, text=True, check=False)
    return asked.stdout.strip() if asked.returncode == 0 else "unknown"


class Poll:
    """Reads that may fail on the way: throttled or unreachable, they are tried again, and say nothing of the stack."""

    def __init__(self, stack: str) -> None:
        self._stack = stack
        self._failing_since: float | None = None

    def __call__(self, operation: str, **parameters: Any) -> Any:
        while True:
            try:
                answer = getattr(client("cloudformation"), operation)(**parameters)
            except AWS_ERRORS as error:
                if "does not exist" in str(error):
                    raise
                now = time.monotonic()
                self._failing_since = self._failing_since or now
                if now - self._failing_since > PATIENCE_SECONDS:
                    raise DeployError(
                        f"{self._stack} cannot be read, and its deployment, which goes on, has no known end: {error}"
                    ) from error
                say(f"cannot read {self._stack}, trying again: {error}")
                time.sleep(POLL_SECONDS)
            else:
                self._failing_since = None
                return answer

    def status(self) -> str:
        """The stack's status; empty when there is no such stack."""
        try:
            return self("describe_stacks", StackName=self._stack)["Stacks"][0]["StackStatus"]
        except AWS_ERRORS:
            return ""

    def pages(self, operation: str, **parameters: Any) -> Iterator[Any]:
        """The pages of a list, each asked for when it is wanted."""
        page = self(operation, **parameters)
        yield page
        while page.get("NextToken"):
            page = self(operation, **parameters, NextToken=page["NextToken"])
            yield page

    def at_rest(self) -> str:
        """The stack's status once nothing is at work on it."""
        status = self.status()
        while status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
            say(f"{self._stack} is {status}; waiting")
            time.sleep(POLL_SECONDS)
            status = self.status()
        return status


@dataclass
class Story:
    """What the events tell of one operation: printed as it happens, its failures kept for the end."""

    poll: Poll
    root: str
    token: str
    failures: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)  # of the stack's own events, where no resource is to blame
    started: datetime | None = None  # when the operation's first event was
    seen: set[str] = field(default_factory=set)
    at_work: dict[str, str] = field(default_factory=dict)  # nested stacks: id -> path
    failed: dict[str, str] = field(default_factory=dict)

    def follow(self) -> None:
        """Tell what is new of the stack, of its nested stacks at work and of those that have failed."""
        self._follow(self.root, "")
        for nested, path in [*self.at_work.items(), *self.failed.items()]:
            self._follow(nested, path)

    def _follow(self, stack: str, path: str) -> None:
        for event in reversed(self._news(stack)):
            self.seen.add(event["EventId"])
            self.started = self.started or event["Timestamp"]
            self._tell(event, path)

    def _news(self, stack: str) -> list[dict[str, Any]]:
        """This operation's events that were not told yet, newest first."""
        news: list[dict[str, Any]] = []
        for page in self.poll.pages("describe_stack_events", StackName=stack):
            news += (new := [event for event in page["StackEvents"] if self._is_new(event, stack)])
            if len(new) < len(page["StackEvents"]):  # it reaches back to what is known
                break
        return news

    def _is_new(self, event: dict[str, Any], stack: str) -> bool:
        of_this = event.get("ClientRequestToken") == self.token if stack == self.root else self.started is not None
        early = self.started is not None and event["Timestamp"] < self.started
        return of_this and event["EventId"] not in self.seen and not early

    def _tell(self, event: dict[str, Any], path: str) -> None:
        status, reason = event["ResourceStatus"], event.get("ResourceStatusReason", "")
        physical, of_stack = event.get("PhysicalResourceId", ""), event["ResourceType"] == "AWS::CloudFormation::Stack"
        line = f"{status} {path}{event['LogicalResourceId']} ({event['ResourceType']})"
        line += f": {' '.join(reason.split())}" if reason else ""
        say(f"{event['Timestamp']:%H:%M:%S} {line}")
        if physical == event["StackId"]:
            if reason and not path and ("ROLLBACK" in status or status.endswith("_FAILED")):
                self.reasons.append(line)
            return
        if status.endswith("_FAILED") and not reason.endswith(" cancelled"):
            self.failures.append(line)
        if of_stack and physical.startswith("arn:"):
            below = f"{path}{event['LogicalResourceId']}/"
            self.at_work.pop(physical, None)
            if status.endswith("_IN_PROGRESS"):
                self.at_work[physical] = below
            elif status.endswith("_FAILED"):
                self.failed[physical] = below


def deploy(target: Target) -> str:
    """Bring the stack to what the templates say; its final status, empty when there was nothing to change."""
    poll = Poll(target.stack)
    kind = prepare(target, poll)
    say(f"{target.stack}: version {target.version}, {kind}, {target.token}")
    create_change_set(target, kind)
    if not change_set_is_ready(target, poll):
        return ""
    change_set = {"StackName": target.stack, "ChangeSetName": target.token}
    client("cloudformation").execute_change_set(**change_set, ClientRequestToken=target.token)
    story, status = Story(poll, target.stack, target.token), ""
    # A status read before the operation's first event may be that of the operation before
    while not story.started or status.endswith("_IN_PROGRESS"):
        time.sleep(POLL_SECONDS)
        story.follow()
        status = poll.status()
    story.follow()
    if status not in SUCCESS:
        # A nested stack fails by what is in it, and says so first
        causes = sorted(story.failures, key=lambda line: "(AWS::CloudFormation::Stack)" in line)
        told = causes or story.reasons or ["nothing that its events tell"]
        say(f"\n{target.stack}: {status or 'deleted'}. What failed:")
        for line in told:
            say(f"  {line}")
        raise DeployError(for_a_person(target.stack, status) or f"{target.stack} is {status}")
    return status


def for_a_person(stack: str, status: str) -> str:
    """What somebody must do about a status that no deployment leaves by itself; empty for the others."""
    what = FOR_A_PERSON.get(status)
    return f"{stack} is {status}: {what.format(stack=stack)}" if what else ""


def prepare(target: Target, poll: Poll) -> str:
    """Wait until nothing else is at work, and remove a stack whose first creation failed: the change set's type."""
    status = poll.at_rest()
    if status in NEVER_CREATED:
        say(f"{target.stack} is {status} from an earlier attempt; deleting it")
        client("cloudformation").delete_stack(StackName=target.stack, RoleARN=target.role)
        status = poll.at_rest()
        if status in NEVER_CREATED:  # the deletion has not begun to show
            time.sleep(POLL_SECONDS)
            status = poll.at_rest()
    if status in ("", "REVIEW_IN_PROGRESS"):
        return "CREATE"
    if status in {*FOR_A_PERSON, *NEVER_CREATED}:
        raise DeployError(for_a_person(target.stack, status) or f"{target.stack} cannot be deleted, it is {status}")
    return "UPDATE"


def create_change_set(target: Target, kind: str) -> None:
    """Package the templates, and ask for the change set."""
    parameters = json.loads((HERE / "parameters" / f"{target.environment}.json").read_text())
    parameters.append({"ParameterKey": "SiteVersion", "ParameterValue": target.version})
    tags = {"Environment": target.environment, "Project": "web-infrastructure", "ManagedBy": "CloudFormation"}
    client("cloudformation").create_change_set(
        StackName=target.stack,
        ChangeSetName=target.token,
        ChangeSetType=kind,
        RoleARN=target.role,
        Capabilities=["CAPABILITY_NAMED_IAM"],
        Parameters=parameters,
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        **template(target),
    )


def template(target: Target) -> dict[str, str]:
    """The packaged template as a parameter: itself, or where it lies in the artifact bucket when it is too long."""
    prefix = f"templates/{target.environment}"
    body = packaged(target.bucket, prefix)
    if len(body) <= LARGEST_TEMPLATE_BODY:
        return {"TemplateBody": body.decode()}
    key = f"{prefix}/{hashlib.sha256(body).hexdigest()}.yaml"
    client("s3").put_object(Bucket=target.bucket, Key=key, Body=body)
    region = client("s3").get_bucket_location(Bucket=target.bucket)["LocationConstraint"] or "us-east-1"
    return {"TemplateURL": f"https://{target.bucket}.s3.{region}.amazonaws.com/{key}"}


def packaged(bucket: str, prefix: str) -> bytes:
    """main.yaml, with the nested templates uploaded that it names."""
    source = ("--template-file", "main.yaml", "--s3-bucket", bucket, "--s3-prefix", prefix)
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "packaged.yaml"
        command = ["aws", "cloudformation", "package", *source, "--output-template-file", str(file)]
        done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise DeployError(f"the templates cannot be packaged: {done.stderr.strip() or done.stdout.strip()}")
        return file.read_bytes()


def change_set_is_ready(target: Target, poll: Poll) -> bool:
    """Wait for the change set; False when there is nothing to change."""
    change_set = {"StackName": target.stack, "ChangeSetName": target.token}
    while True:
        found = poll("describe_change_set", **change_set)
        status, reason = found["Status"], found.get("StatusReason", "")
        if status == "CREATE_COMPLETE":
            return True
        if status == "FAILED":
            if is_empty(reason):
                remove_older_empty(target, poll)
                return False
            client("cloudformation").delete_change_set(**change_set)
            stays = for_a_person(target.stack, poll.status())
            raise DeployError("; ".join(each for each in (f"the change set failed: {reason}", stays) if each))
        time.sleep(POLL_SECONDS)


def is_empty(reason: str) -> bool:
    """Whether a change set failed because there is nothing to change."""
    return any(words in reason for words in NOTHING_TO_CHANGE)


def remove_older_empty(target: Target, poll: Poll) -> None:
    """Of the change sets that found nothing to change, leave this deployment's."""
    try:
        known = poll.pages("list_change_sets", StackName=target.stack)
        for one in [one for page in known for one in page["Summaries"]]:
            name = one["ChangeSetName"]
            if name.startswith("release-") and name != target.token and is_empty(one.get("StatusReason", "")):
                client("cloudformation").delete_change_set(StackName=target.stack, ChangeSetName=name)
    except AWS_ERRORS as error:
        say(f"older change sets without changes stay: {error}")


def main() -> int:
    try:
        target = Target.of_environment()
        status = deploy(target)
    except (DeployError, *AWS_ERRORS) as error:
        print(f"deploy: {error}", file=sys.stderr, flush=True)
        return 1
    say(f"{target.stack}: {status or 'nothing to change'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
