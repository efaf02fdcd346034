"""The data sources that the sandbox knows."""

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
    """A CloudFormation stack, or the real provider's words for one that is missing."""
    name = arguments["name"]
    api = account.api(arguments.get("region"))
    missing = ProviderError(
        "invoking aws:cloudformation/getStack:getStack: 1 error occurred:\n"
        f"\t* reading CloudFormation Stack ({name}): couldn't find resource\n\n"
    )
    try:
        (found,) = api.call("cloudformation", "DescribeStacks", {"StackName": name})["Stacks"]
    except ApiError as error:
        if error.code == "ValidationError" and "does not exist" in str(error):
            raise missing from error
        raise
    if found["StackStatus"] in _GONE:
        raise missing
    template = api.call("cloudformation", "GetTemplate", {"StackName": name})["TemplateBody"]
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
    """A connection to a source provider, by its ARN or its name."""
    api = account.api(arguments.get("region"))
    if "arn" in arguments:
        params: Params = {"ConnectionArn": arguments["arn"]}
        found = api.call("codeconnections", "GetConnection", params)["Connection"]
    else:
        listed = api.call("codeconnections", "ListConnections")["Connections"]
        found = next((c for c in listed if c["ConnectionName"] == arguments.get("name")), None)
    if found is None:
        raise ProviderError(f"no connection is named {arguments.get('name')!r}")
    return {
        "id": found["ConnectionArn"],
        "arn": found["ConnectionArn"],
        "name": found["ConnectionName"],
        "connectionStatus": found["ConnectionStatus"],
        "hostArn": found.get("HostArn", ""),
        "providerType": found["ProviderType"],
        "region": api.region,
        "tags": {},
    }


FUNCTIONS: Mapping[str, DataSource] = {
    "aws:cloudformation/getStack:getStack": stack,
    "aws:codestarconnections/getConnection:getConnection": connection,
    "aws:index/getCallerIdentity:getCallerIdentity": caller_identity,
}
