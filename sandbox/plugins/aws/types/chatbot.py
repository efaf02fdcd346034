# ruff: noqa: RUF012 -- the base class declares these tables
"""Amazon Q Developer in chat applications, formerly AWS Chatbot."""

from __future__ import annotations

from sandbox.plugins.aws.api import Api, Params
from sandbox.plugins.aws.declared import Call, Declared
from sandbox.plugins.aws.mapping import COMPUTED
from sandbox.plugins.aws.tags import TagOperations
from sandbox.plugins.values import Values

_ENDPOINTS = ("ap-southeast-1", "eu-west-1", "us-east-2", "us-west-2")
_FIXED = ("ConfigurationName", "SlackTeamId")


class SlackChannelConfiguration(Declared):
    token = "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration"
    service = "chatbot"
    request = "CreateSlackChannelConfiguration"
    unset = {
        "loggingLevel": "NONE",
        # AdministratorAccess, unless the program says something narrower.
        "guardrailPolicyArns": COMPUTED,
        "slackChannelName": COMPUTED,
        "snsTopicArns": [],
        "userAuthorizationRequired": False,
    }
    own = frozenset({"timeouts"})
    unordered = frozenset({"snsTopicArns"})
    identifier_in = "ChannelConfiguration.ChatConfigurationArn"
    reads = Call(
        "DescribeSlackChannelConfigurations",
        {"ChatConfigurationArn": "{id}"},
        "SlackChannelConfigurations[0]",
    )
    deletes = Call("DeleteSlackChannelConfiguration", {"ChatConfigurationArn": "{id}"})
    computed = {
        "chatConfigurationArn": "ChatConfigurationArn",
        "slackChannelName": "SlackChannelName",
        "slackTeamName": "SlackTeamName",
    }
    replaces = frozenset({"configurationName", "region"})
    kept = frozenset({"guardrailPolicyArns", "loggingLevel", "snsTopicArns", "userAuthorizationRequired"})
    tagging = TagOperations()
    tagged_by = "chatConfigurationArn"

    def change(self, api: Api, identifier: str, document: Params, old: Values, new: Values) -> None:
        changeable = {name: value for name, value in document.items() if name not in _FIXED}
        params = {"ChatConfigurationArn": identifier, **changeable}
        api.call("chatbot", "UpdateSlackChannelConfiguration", params)

    def api(self, inputs: Values) -> Api:
        """Where the service has no endpoint, us-west-2 answers."""
        region = super().api(inputs).region
        return self.account.api(region if region in _ENDPOINTS else "us-west-2")


TYPES = (SlackChannelConfiguration,)
