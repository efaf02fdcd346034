"""The operations on log groups, streams and resource policies: moto's, refused and told where AWS differs."""

from __future__ import annotations

import json
from typing import Any, cast

from moto.logs.models import LogGroup, LogsBackend, logs_backends

from sandbox.aws.logs.deliveries import Deliveries
from sandbox.aws.logs.streams import Stream
from sandbox.aws.service import AwsError, Params, UnsupportedError

STANDARD = "STANDARD"


class Groups(Deliveries):
    """What moto keeps as AWS does. Queries, exports, destinations, subscription filters are not among it."""

    from_moto = frozenset(
        {
            *("DeleteLogStream", "PutRetentionPolicy", "DeleteRetentionPolicy", "AssociateKmsKey"),
            *("DisassociateKmsKey", "TagLogGroup", "UntagLogGroup", "ListTagsLogGroup"),
        }
    )

    def has_group(self, name: str) -> bool:
        return name in self._backend.groups

    def _tags(self, arn: str) -> dict[str, str] | None:
        """Moto tags what does not exist, too."""
        tags = super()._tags(arn)
        if tags is None and not self.has_group(arn.partition(":log-group:")[2].removesuffix(":*")):
            raise AwsError("ResourceNotFoundException", "The specified resource does not exist.")
        return tags

    def create_log_group(self, request: Params) -> None:
        if request.get("logGroupClass", STANDARD) != STANDARD or request.get("deletionProtectionEnabled"):
            raise UnsupportedError("The sandbox has log groups of the class STANDARD without deletion protection only.")
        passed = ("logGroupName", "kmsKeyId", "tags")
        self.call_moto("CreateLogGroup", {key: request[key] for key in passed if key in request})

    def describe_log_groups(self, request: Params) -> Params:
        if "logGroupNamePrefix" in request and "logGroupNamePattern" in request:
            raise invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
        if unserved := {"accountIdentifiers", "logGroupClass", "logGroupIdentifiers"} & request.keys():
            raise UnsupportedError(f"The sandbox does not pick log groups by {', '.join(sorted(unserved))}; AWS does.")
        pattern = request.pop("logGroupNamePattern", None)
        start = read_token(request.pop("nextToken", None))
        size = request.pop("limit", 50)
        prefix = request.get("logGroupNamePrefix", "")
        found = [
            group
            for name, group in sorted(self._backend.groups.items())
            if name.startswith(prefix) and (pattern is None or pattern in name)
        ]
        described = [
            {
                **group.to_describe_dict(),
                "storedBytes": sum(stream.size() for stream in self._streams(group.name).values()),
                "logGroupClass": STANDARD,
                "deletionProtectionEnabled": False,
            }
            for group in found[start : start + size]
        ]
        more = {"nextToken": str(start + size)} if start + size < len(found) else {}
        return {"logGroups": described, **more}

    def create_log_stream(self, request: Params) -> None:
        group = self._group(request["logGroupName"])
        if request["logStreamName"] in group.streams:
            raise AwsError("ResourceAlreadyExistsException", "The specified log stream already exists")
        self.call_moto("CreateLogStream", request)

    def put_resource_policy(self, request: Params) -> Params:
        if unserved := {"resourceArn", "expectedRevisionId"} & request.keys():
            raise UnsupportedError(f"The sandbox does not know {', '.join(sorted(unserved))} of a policy; AWS does.")
        try:
            content: Any = json.loads(request.get("policyDocument", ""))
        except ValueError:
            content = None
        if not isinstance(content, dict) or "Statement" not in content:
            raise invalid("Provided policyDocument is invalid.")
        answer = self.call_moto("PutResourcePolicy", request)
        return {"resourcePolicy": _account_wide(answer["resourcePolicy"])}

    def describe_resource_policies(self, request: Params) -> Params:
        answer = self.call_moto("DescribeResourcePolicies", request)
        return {"resourcePolicies": [_account_wide(each) for each in answer["resourcePolicies"]]}

    def delete_resource_policy(self, request: Params) -> None:
        name = request.get("policyName", "")
        if name not in self._backend.resource_policies:
            raise AwsError("ResourceNotFoundException", f"Policy with name [{name}] does not exist.")
        self.call_moto("DeleteResourcePolicy", request)

    @property
    def _backend(self) -> LogsBackend:
        return logs_backends[self.account.account_id][self.account.region]

    def _group(self, name: str) -> LogGroup:
        if name not in self._backend.groups:
            raise AwsError("ResourceNotFoundException", "The specified log group does not exist.")
        return self._backend.groups[name]

    def _streams(self, group: str) -> dict[str, Stream]:
        return cast("dict[str, Stream]", self._group(group).streams)


def read_token(token: str | None) -> int:
    """Where a page starts. Raises AwsError InvalidParameterException."""
    if token is None:
        return 0
    if not token.isdecimal():
        raise invalid("The specified nextToken is invalid.")
    return int(token)


def invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterException", message)


def _account_wide(policy: Params) -> Params:
    return {**policy, "policyScope": "ACCOUNT"}
