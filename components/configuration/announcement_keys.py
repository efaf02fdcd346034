"""The keys of announcements (SOP 5): part of keys.py, which has all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.configuration import rules
from components.configuration.key import Group, Key
from sop.channels import Audience, Channel
from sop.names import Environment
from sop.outputs import ContactOutput

ANNOUNCEMENTS = Group(
    name="release:announcements",
    meaning="Who hears of a release to prod, and through which channel.",
    sop="5",
    environments=frozenset({Environment.PROD}),
)
SLACK_TOKEN: Key[str | None] = Key(
    name="release:slackToken",
    meaning="What announcements are posted with, of a Slack app with the scopes chat:write and channels:history "
    "(groups:history for a private channel). Kept in Secrets Manager.",
    rule=rules.SLACK_TOKEN,
    sop="5.1",
    secret=True,
    otherwise="SLACK_BOT_TOKEN of the environment that the command runs in",
)
STATUS_PAGE_KEY: Key[str | None] = Key(
    name="release:statusPageKey",
    meaning="What the status page is written with. Kept in Secrets Manager.",
    rule=rules.STATUS_PAGE_KEY,
    sop="5.4",
    secret=True,
    otherwise="STATUSPAGE_API_KEY of the environment that the command runs in",
)
REQUIRED = Key(
    name="release:announcements.required",
    meaning="Channels through which a release must have been announced a day ahead; what went wrong on another is "
    "told, and owed.",
    rule=rules.CHANNELS,
    sop="5.1",
    default=(str(Channel.MAIL),),
    otherwise=Channel.MAIL,
)
SENDER: Key[str | None] = Key(
    name="release:announcements.sender",
    meaning="Whom the mails come from: an address that is verified in SES, or of a domain that is.",
    rule=rules.EMAIL,
    otherwise="the first address of operations",
)
_AUDIENCES = {
    Audience.OPERATIONS: ("The operations team, who hear of every release.", "alertEmails"),
    Audience.DEVELOPMENT: ("The development team.", "none: operations is the one address that SOP 5.1 names"),
    Audience.MANAGEMENT: ("Management.", "none, as of development"),
    Audience.STAKEHOLDERS: ("Stakeholders, who hear of user-facing changes alone.", "none, as of development"),
    Audience.CUSTOMERS: ("Customers, who hear of downtime that is expected.", "none"),
}
AUDIENCES: Mapping[Audience, Key[tuple[str, ...] | None]] = {
    audience: Key(
        name=f"{ANNOUNCEMENTS.name}.{audience}",
        meaning=meaning,
        rule=rules.EMAILS_OR_NONE,
        sop="5.4" if audience is Audience.CUSTOMERS else "5.1",
        otherwise=otherwise,
    )
    for audience, (meaning, otherwise) in _AUDIENCES.items()
}
SLACK_CHANNEL: Key[str | None] = Key(
    name="release:announcements.slackChannel",
    meaning="The Slack channel that releases are announced in; the app must be a member. Alerts have their own "
    "(slackChannelId), which may be the same.",
    rule=rules.SLACK_CHANNEL,
    sop="5.1",
    otherwise="no Slack",
)
STATUS_PAGE: Key[str | None] = Key(
    name="release:announcements.statusPage",
    meaning="The status page that user-facing changes are announced on.",
    rule=rules.STATUS_PAGE,
    sop="5.4",
    otherwise="no status page",
)
STATUS_PAGE_COMPONENTS: Key[tuple[str, ...]] = Key(
    name="release:announcements.statusPageComponents",
    meaning="Its components that are under maintenance during a release.",
    rule=rules.STATUS_PAGE_COMPONENTS,
    sop="5.4",
    default=(),
    otherwise="none",
)


def _contact(member: str, meaning: str, sop: str) -> Key[ContactOutput | None]:
    return Key(
        name=f"{ANNOUNCEMENTS.name}.{member}",
        meaning=meaning,
        rule=rules.CONTACT,
        sop=sop,
        otherwise="nobody, and what must name one is not sent",
    )


RELEASE_MANAGER = _contact("releaseManager", "Whom to ask about a release.", "5.1")
ON_CALL = _contact("onCall", "The engineer on call.", "5.1")
INCIDENT_COMMANDER = _contact("incidentCommander", "Who leads when a release has failed.", "5.3")

KEYS: tuple[Key[Any], ...] = (
    *(SLACK_TOKEN, STATUS_PAGE_KEY),
    *(REQUIRED, SENDER, *AUDIENCES.values()),
    *(SLACK_CHANNEL, STATUS_PAGE, STATUS_PAGE_COMPONENTS),
    *(RELEASE_MANAGER, ON_CALL, INCIDENT_COMMANDER),
)
