"""The data sources that the sandbox knows; each makes the calls that the real provider makes, and no others."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from sandbox.plugins.aws.account import Account
from sandbox.plugins.aws.api import ApiError, Params
from sandbox.plugins.aws.tags import plain
from sandbox.plugins.resource import ProviderError
from sandbox.plugins.values import Values

DataSource = Callable[[Account, Values], Values]

_GONE = ("DELETE_COMPLETE",)


def caller_identity(account: Account, _arguments: Values) -> Values:
    identity = account.api().call("sts", "GetCallerIdentity")
    return {
        "id": identity["Account"],
        "accountId": identity["Account"],
        "arn": identity["Arn"],
        "userId": identity["UserId"],
    }


def stack(account: Account, arguments: Values) -> Values:
    """A CloudFormation stack; missing, deleted and empty alike are "no matching"."""
    name = arguments["name"]
    api = account.api(arguments.get("region"))
    missing = _failed("aws:cloudformation/getStack:getStack", "no matching CloudFormation Stack found")
    try:
        found = next(iter(api.call("cloudformation", "DescribeStacks", {"StackName": name})["Stacks"]), None)
    except ApiError as error:
        if error.code == "ValidationError" and "does not exist" in str(error):
            raise missing from error
        raise
    if found is None or found["StackStatus"] in _GONE:
        raise missing
    try:
        template = api.call("cloudformation", "GetTemplate", {"StackName": name})["TemplateBody"]
    except ApiError as error:
        reading = f"reading CloudFormation Stack ({name}) template: {error}"
        raise _failed("aws:cloudformation/getStack:getStack", reading) from error
    return {
        "id": found["StackId"],
        "name": found["StackName"],
        "region": api.region,
        "capabilities": found.get("Capabilities", []),
        "description": found.get("Description", ""),
        "disableRollback": found.get("DisableRollback", False),
        "iamRoleArn": found.get("RoleARN", ""),
        "notificationArns": found.get("NotificationARNs", []),
        "outputs": {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])},
        "parameters": {p["ParameterKey"]: p.get("ParameterValue", "") for p in found.get("Parameters", [])},
        "tags": plain(found.get("Tags")),
        "templateBody": template if isinstance(template, str) else json.dumps(template),
        "timeoutInMinutes": found.get("TimeoutInMinutes", 0),
    }


def connection(account: Account, arguments: Values) -> Values:
    """A connection to a source provider, by its ARN or its name, under the service's former name."""
    api, service = account.api(arguments.get("region")), "codestar-connections"
    token, found = "aws:codestarconnections/getConnection:getConnection", None
    if "arn" in arguments:
        params: Params = {"ConnectionArn": arguments["arn"]}
        found = api.call(service, "GetConnection", params)["Connection"]
    else:
        listed = api.call(service, "ListConnections")["Connections"]
        found = next((c for c in listed if c["ConnectionName"] == arguments.get("name")), None)
    if found is None:
        raise _failed(token, f"CodeStar Connections Connection ({arguments.get('name')}): not found")
    arn = found["ConnectionArn"]
    return {
        "id": arn,
        "arn": arn,
        "name": found["ConnectionName"],
        "connectionStatus": found["ConnectionStatus"],
        "hostArn": found.get("HostArn", ""),
        "providerType": found["ProviderType"],
        "region": api.region,
        "tags": plain(api.call(service, "ListTagsForResource", {"ResourceArn": arn})["Tags"]),
    }


def log_groups(account: Account, arguments: Values) -> Values:
    """The log groups whose names begin with `logGroupNamePrefix`, every one without it."""
    api = account.api(arguments.get("region"))
    prefix = arguments.get("logGroupNamePrefix")
    params: Params = {"logGroupNamePrefix": prefix} if prefix else {}
    found: list[Params] = []
    while True:
        page = api.call("logs", "DescribeLogGroups", params)
        found += page["logGroups"]
        if not page.get("nextToken"):
            break
        params["nextToken"] = page["nextToken"]
    return {
        "id": api.region,
        "logGroupNames": [group["logGroupName"] for group in found],
        "arns": [group["arn"].removesuffix(":*") for group in found],
        "region": api.region,
    }


def _failed(token: str, reason: str) -> ProviderError:
    return ProviderError(f"invoking {token}: 1 error occurred:\n\t* {reason}\n\n")


FUNCTIONS: Mapping[str, DataSource] = {
    "aws:cloudformation/getStack:getStack": stack,
    "aws:cloudwatch/getLogGroups:getLogGroups": log_groups,
    "aws:codestarconnections/getConnection:getConnection": connection,
    "aws:index/getCallerIdentity:getCallerIdentity": caller_identity,
}
