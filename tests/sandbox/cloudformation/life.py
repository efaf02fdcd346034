"""One life of the sample's stack with the program's role: made, changed, rolled back, replaced in parts, deleted."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.aws.cloudformation.model import Stack
from sandbox.changes import apply
from sandbox.world import World
from sop.names import Environment, Names
from tests.sandbox.cloudformation.conftest import Stacks
from tests.sandbox.cloudformation.deploying import bucket_of, role_of

ENVIRONMENT = Environment.PROD
STACK = Names(ENVIRONMENT).cloudformation_stack
_TAG = re.compile(r"( *)- \{ Key: Environment, Value: !Ref Environment(, PropagateAtLaunch: true)? \}")
_EVERYTHING_CHANGED = {
    "network.yaml": {
        "EnableDnsHostnames: true": "EnableDnsHostnames: false",
        # Another range: the subnet is replaced
        "CidrBlock: !Select [0, !Cidr [!Ref VpcCidr, 2, 8]]": "CidrBlock: !Select [2, !Cidr [!Ref VpcCidr, 3, 8]]",
    },
    "security.yaml": {
        "CidrIp: 0.0.0.0/0\n": "CidrIp: 10.0.0.0/8\n",
        "FromPort: 443, ToPort: 443": "FromPort: 444, ToPort: 444",
    },
    "load-balancer.yaml": {
        "IntervalSeconds: 15": "IntervalSeconds: 20",
        '"30"': '"40"',
        '"60"': '"70"',
    },
    "logs.yaml": {
        "RetentionInDays: !Ref RetentionDays": "RetentionInDays: 365",
        "What the CloudWatch": "All that the CloudWatch",
        "        Environment: !Ref Environment": "        Environment: !Ref Environment\n        Owner: web",
    },
    "web-servers.yaml": {
        "What a web server": "All that a web server",
        "- Effect: Allow\n            Principal": "- Sid: Servers\n            Effect: Allow\n            Principal",
        "[logs:CreateLogStream, ": "[",
        "- Granularity: 1Minute": "- Granularity: 1Minute\n          Metrics: [GroupInServiceInstances]",
        "TargetValue: 60": "TargetValue: 50",
    },
}
_TARGETS_REPLACED = {
    "load-balancer.yaml": {
        'Name: !Sub "web-${Environment}"\n      TargetType': 'Name: !Sub "site-${Environment}"\n      TargetType'
    },
}
_SERVERS_REPLACED = {
    "web-servers.yaml": {'GroupName: !Sub "web-${Environment}"': 'GroupName: !Sub "site-${Environment}"'},
}


@dataclass
class Life:
    """Releases from a checkout, straight to CloudFormation: its role is what matters here."""

    world: World
    checkout: Path
    releases: int = 0

    def __post_init__(self) -> None:
        self.stacks = Stacks(self.world)

    def lived(self) -> None:
        """From the first deployment to the deletion."""
        assert self.release(first=True).status == "CREATE_COMPLETE"
        for file in (self.checkout / "main.yaml", *(self.checkout / "templates").iterdir()):
            file.write_text(_TAG.sub(r"\g<0>\n\1- { Key: Owner, Value: web\2 }", file.read_text()))
        self.edit(_EVERYTHING_CHANGED)
        apply("failing-resource", self.checkout, 2)
        assert self.release().status == "UPDATE_ROLLBACK_COMPLETE"
        apply("harmless", self.checkout, 3)
        assert self.release().status == "UPDATE_COMPLETE"
        for replaced in (_TARGETS_REPLACED, _SERVERS_REPLACED):
            self.edit(replaced)
            assert self.release().status == "UPDATE_COMPLETE"
        assert self.stacks.delete(STACK).status == "DELETE_COMPLETE"

    def release(self, *, first: bool = False) -> Stack:
        """What the checkout holds, packaged and deployed; the stack once nothing is at work on it."""
        service = self.stacks.service
        (service.create_stack if first else service.update_stack)(self._request())
        return self.stacks.wait(STACK)

    def edit(self, edits: dict[str, dict[str, str]]) -> None:
        for name, pairs in edits.items():
            file = self.checkout / "templates" / name
            text = file.read_text()
            for find, replace in pairs.items():
                assert find in text, (name, find)
                text = text.replace(find, replace)
            file.write_text(text)

    def _request(self) -> dict[str, Any]:
        self.releases += 1
        main, bucket = (self.checkout / "main.yaml").read_text(), bucket_of(self.world, ENVIRONMENT)
        for file in (self.checkout / "templates").iterdir():
            key = f"templates/{self.releases}/{file.name}"
            self.world.client("s3").put_object(Bucket=bucket, Key=key, Body=file.read_bytes())
            url = f"https://s3.{self.world.region}.amazonaws.com/{bucket}/{key}"
            main = main.replace(f"templates/{file.name}", url)
        parameters = json.loads((self.checkout / "parameters" / f"{ENVIRONMENT}.json").read_text())
        version = {"ParameterKey": "SiteVersion", "ParameterValue": (self.checkout / "VERSION").read_text().strip()}
        return {
            "StackName": STACK,
            "TemplateBody": main,
            "Parameters": [*parameters, version],
            "Capabilities": ["CAPABILITY_NAMED_IAM"],
            "RoleARN": role_of(self.world, ENVIRONMENT, "cloudformation"),
            "Tags": [{"Key": "Environment", "Value": str(ENVIRONMENT)}],
        }
