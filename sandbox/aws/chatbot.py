"""Amazon Q Developer in chat applications (AWS Chatbot): a stand-in that keeps what it is told.

Nothing is posted to Slack: that a workspace is authorised and a message arrives is for AWS to show.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.aws.access import ACCESS, AccessDenied
from sandbox.aws.ports import SUBSCRIBERS
from sandbox.aws.service import AwsError, Params, Service

if TYPE_CHECKING:
    from sandbox.core.account import Account

PRINCIPAL = "chatbot.amazonaws.com"
ENDPOINT = "https://global.sns-api.chatbot.amazonaws.com"  # it confirms its subscriptions by itself
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


class Chatbot(Service):
    """Slack channel configurations, recorded."""

    name = "chatbot"
    constraint_codes = ("InvalidParameterException",)
    recorded = (
        "CreateSlackChannelConfiguration",
        "UpdateSlackChannelConfiguration",
        "DescribeSlackChannelConfigurations",
        "DeleteSlackChannelConfiguration",
        "ListTagsForResource",
        "TagResource",
        "UntagResource",
    )

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self._configurations: dict[str, Params] = {}
        self._subscriptions: dict[str, str] = {}  # topic's ARN -> subscription's

    def create_slack_channel_configuration(self, request: Params) -> Params:
        name = request["ConfigurationName"]
        arn = f"arn:aws:chatbot::{self.account.account_id}:chat-configuration/slack-channel/{name}"
        if arn in self._configurations:
            raise AwsError("ConflictException", f"{name} already exists.", 409)
        self._require_role(request["IamRoleArn"], arn)
        self._require_free_channel(arn, request["SlackTeamId"], request["SlackChannelId"])
        configuration = {
            "SlackTeamName": request["SlackTeamId"],
            "SlackTeamId": request["SlackTeamId"],
            "SlackChannelId": request["SlackChannelId"],
            "SlackChannelName": request.get("SlackChannelName", ""),
            "ChatConfigurationArn": arn,
            "IamRoleArn": request["IamRoleArn"],
            "SnsTopicArns": request.get("SnsTopicArns", []),
            "ConfigurationName": name,
            "LoggingLevel": request.get("LoggingLevel", "NONE"),
            "GuardrailPolicyArns": request.get("GuardrailPolicyArns", [ADMINISTRATOR]),
            "UserAuthorizationRequired": request.get("UserAuthorizationRequired", False),
            "Tags": [{"TagKey": tag["TagKey"], "TagValue": tag["TagValue"]} for tag in request.get("Tags", [])],
            "State": "ENABLED",
        }
        self._configurations[arn] = configuration
        self._read_topics()
        return {"ChannelConfiguration": configuration}

    def update_slack_channel_configuration(self, request: Params) -> Params:
        configuration = self._configuration(request["ChatConfigurationArn"])
        if "IamRoleArn" in request:
            self._require_role(request["IamRoleArn"], request["ChatConfigurationArn"])
        self._require_free_channel(
            request["ChatConfigurationArn"], configuration["SlackTeamId"], request["SlackChannelId"]
        )
        configuration.update({key: value for key, value in request.items() if key in configuration})
        self._read_topics()
        return {"ChannelConfiguration": configuration}

    def describe_slack_channel_configurations(self, request: Params) -> Params:
        wanted = request.get("ChatConfigurationArn")
        if wanted is not None:
            return {"SlackChannelConfigurations": [self._configuration(wanted)]}
        return {"SlackChannelConfigurations": list(self._configurations.values())}

    def delete_slack_channel_configuration(self, request: Params) -> None:
        del self._configurations[self._configuration(request["ChatConfigurationArn"])["ChatConfigurationArn"]]
        self._read_topics()

    def list_tags_for_resource(self, request: Params) -> Params:
        return {"Tags": self._configuration(request["ResourceARN"])["Tags"]}

    def tag_resource(self, request: Params) -> None:
        configuration = self._configuration(request["ResourceARN"])
        tags = {tag["TagKey"]: tag["TagValue"] for tag in [*configuration["Tags"], *request["Tags"]]}
        configuration["Tags"] = [{"TagKey": key, "TagValue": value} for key, value in tags.items()]

    def untag_resource(self, request: Params) -> None:
        configuration = self._configuration(request["ResourceARN"])
        configuration["Tags"] = [tag for tag in configuration["Tags"] if tag["TagKey"] not in request["TagKeys"]]

    def _read_topics(self) -> None:
        """Subscribe to the topics that some channel shows, and to no others."""
        if not self.account.offers(SUBSCRIBERS.name):
            return
        sns = self.account.reach(SUBSCRIBERS)
        wanted = {topic for each in self._configurations.values() for topic in each["SnsTopicArns"]}
        for topic in wanted - set(self._subscriptions):
            request = {"TopicArn": topic, "Protocol": "https", "Endpoint": ENDPOINT}
            self._subscriptions[topic] = sns.subscribe(request)["SubscriptionArn"]
        for topic in set(self._subscriptions) - wanted:
            sns.unsubscribe({"SubscriptionArn": self._subscriptions.pop(topic)})

    def _require_free_channel(self, arn: str, team: str, channel: str) -> None:
        """No other configuration has the channel."""
        kept = [each for other, each in self._configurations.items() if other != arn]
        if (team, channel) in [(each["SlackTeamId"], each["SlackChannelId"]) for each in kept]:
            raise AwsError(
                "InvalidRequestException",
                f"Invalid request provided: Slack channel with ID {channel} in Slack team {team} has already been "
                f"configured for AWS account {self.account.account_id}.",
            )

    def _require_role(self, role_arn: str, configuration: str) -> None:
        """Amazon Q can take the channel's role."""
        try:
            self.account.reach(ACCESS).assume(PRINCIPAL, role_arn, "AWSChatbot", source_arn=configuration)
        except AccessDenied as error:
            raise AwsError("InvalidRequestException", error.message) from error

    def _configuration(self, arn: str) -> Params:
        if arn not in self._configurations:
            raise AwsError("ResourceNotFoundException", f"{arn} does not exist.", 404)
        return self._configurations[arn]
