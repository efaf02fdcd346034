"""Reads who hears of a release (SOP 5), and through which channel."""

from __future__ import annotations

from components.configuration import announcement_keys as keys
from components.configuration import rules, runner_keys
from components.configuration.configuration import Configuration
from components.configuration.settings import ChannelSecrets
from sop.channels import Audience, Channel
from sop.names import Environment
from sop.outputs import AnnouncementsOutput, MailOutput, SlackOutput, StatusPageOutput


def announcements_of(
    given: Configuration, environment: Environment, alert_emails: tuple[str, ...]
) -> AnnouncementsOutput | None:
    """What is configured, with every mistake noted; the secret's ARN is not known yet."""
    if environment not in keys.ANNOUNCEMENTS.environments:
        return None
    channel, page = given.get(keys.SLACK_CHANNEL), given.get(keys.STATUS_PAGE)
    components = given.get(keys.STATUS_PAGE_COMPONENTS)
    if components and not given.is_set(keys.STATUS_PAGE):
        given.not_here(keys.STATUS_PAGE_COMPONENTS, "set where statusPage is")
    required = list(given.get(keys.REQUIRED) or ())
    _require(given, required)
    return AnnouncementsOutput(
        required=required,
        mail=_mail(given, alert_emails, required=Channel.MAIL in required),
        slack=SlackOutput(channel) if channel else None,
        status_page=StatusPageOutput(page, list(components or ())) if page else None,
        release_manager=given.get(keys.RELEASE_MANAGER),
        on_call=given.get(keys.ON_CALL),
        incident_commander=given.get(keys.INCIDENT_COMMANDER),
        secret_arn=None,
    )


def channel_secrets(given: Configuration) -> ChannelSecrets | None:
    """What the channels, and GitHub, are asked with, with every mistake noted; None where none is configured."""
    for secret, channel in ((keys.SLACK_TOKEN, keys.SLACK_CHANNEL), (keys.STATUS_PAGE_KEY, keys.STATUS_PAGE)):
        if given.is_set(secret) and not given.is_set(channel):
            given.not_here(secret, f"set where {keys.ANNOUNCEMENTS.name}'s {channel.member} is")
    found = ChannelSecrets(
        slack_token=given.get(keys.SLACK_TOKEN),
        status_page_key=given.get(keys.STATUS_PAGE_KEY),
        github_token=given.get(runner_keys.GITHUB_TOKEN),
    )
    return found if found.slack_token or found.status_page_key or found.github_token else None


def _mail(given: Configuration, alert_emails: tuple[str, ...], *, required: bool) -> MailOutput | None:
    addresses = {audience: given.get(key) for audience, key in keys.AUDIENCES.items()}
    operations = keys.AUDIENCES[Audience.OPERATIONS]
    if not given.is_set(operations):
        addresses[Audience.OPERATIONS] = alert_emails
    audiences = {str(audience): list(found) for audience, found in addresses.items() if found}
    sender = given.get(keys.SENDER)
    nobody = addresses[Audience.OPERATIONS] == ()  # None is a mistake, which has been told
    if nobody and required and not audiences:
        given.mistake(operations, f"{rules.EMAILS.allowed}, as {Channel.MAIL} is required")
    if not audiences:
        return None
    if not sender and nobody:
        given.mistake(keys.SENDER, f"{keys.SENDER.rule.allowed}, as operations has none that could be it")
    return MailOutput(sender=sender or next(iter(audiences.values()))[0], audiences=audiences)


def _require(given: Configuration, required: list[str]) -> None:
    for channel, key in ((Channel.SLACK, keys.SLACK_CHANNEL), (Channel.STATUS_PAGE, keys.STATUS_PAGE)):
        if channel in required and not given.is_set(key):
            given.mistake(key, f"{key.rule.allowed}, as {channel} is required")
