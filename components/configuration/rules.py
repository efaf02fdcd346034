"""The rules of single values: pure, and without defaults."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, cast
from zoneinfo import ZoneInfo, available_timezones

import pulumi_aws as aws

from components.configuration.rule import Rule, flag, listed, matching, text, whole
from components.configuration.settings import Watched
from sop import windows
from sop.calendar.closures import read_day
from sop.channels import Channel
from sop.names import CHAT_TOPIC
from sop.outputs import ContactOutput

_REGIONS = {region.value for region in aws.Region}
_CONNECTION = re.compile(
    r"arn:aws(?:-[a-z-]+)?:(?:codeconnections|codestar-connections):(?P<region>[a-z0-9-]+):\d{12}:connection/"
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
)
# What `git check-ref-format` refuses, for a branch, and GitHub besides: what begins with refs/
# (https://github.blog/changelog/2023-03-23-block-ambiguous-branch-and-tag-names)
_NO_BRANCH = re.compile(r"^refs/|^[-/.]|[\x00-\x20~^:?*\[\\\x7f]|\.\.|@\{|//|/\.|(?:/|\.|\.lock)$|^@$")
_PHONE = matching(r"\+?[0-9][0-9 ()/.-]{3,}", "a telephone number", "PHONE")
_PATTERN = re.compile(r"\S.{0,1023}")
_TERM = re.compile(r'[?-]?(?:"(?:[^"\\]|\\.)*"|%[^%]*%|\S+)')
_MOST_APPROVALS = 6  # GitHub's own bound
_LONGEST_MONTH = 31  # days


def _region(value: str) -> str:
    if value not in _REGIONS:
        raise ValueError(value)
    return value


def _connection(value: str) -> str:
    match = _CONNECTION.fullmatch(value)
    if match is None:
        raise ValueError(value)
    _region(match["region"])
    return value


def _branch(value: str) -> str:
    if _NO_BRANCH.search(value):
        raise ValueError(value)
    return value


def _hour(lowest: int, highest: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        hour = windows.parse_hour(value)
        if not lowest <= hour <= highest:
            raise ValueError(value)
        return hour

    return parse


def _filter_pattern(value: str) -> str:
    terms = [] if value[:1] in ("{", "[") else _TERM.findall(value)
    optional = [term for term in terms if term.startswith("?")]
    if _PATTERN.fullmatch(value) is None or (optional and len(optional) < len(terms)):
        raise ValueError(value)
    return value


def _time_zone(value: str) -> str:
    # CodePipeline documents Region/City: a zone of three parts is in no example of its rule
    if value.count("/") != 1 or value not in available_timezones():
        raise ValueError(value)
    return ZoneInfo(value).key


def _holidays(value: str) -> tuple[str, ...]:
    return () if value == "none" else _CALENDARS.read(value)


def _emails(value: str) -> tuple[str, ...]:
    return () if value == "none" else EMAILS.read(value)


def _contact(value: str) -> ContactOutput:
    name, email, phone = (part.strip() for part in value.split(","))  # another number of parts is a ValueError, too
    if not name or not name.isprintable():
        raise ValueError(value)
    return ContactOutput(name=name, email=EMAIL.read(email), phone=_PHONE.read(phone))


def _by_name(value: Any) -> Mapping[str, str]:
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in cast("dict[Any, Any]", value).values()):
        raise ValueError(value)
    return cast("dict[str, str]", value)


FLAG = flag("true")
REGION = text("a region of AWS, such as us-east-1", "REGION", _region, placeholder=True)
SERVICE = matching(
    r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*", "a name of lower-case letters and digits, words joined by single hyphens", "NAME"
)
REPOSITORY = matching(
    r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})/[A-Za-z0-9._-]{1,100}", "a GitHub repository as owner/name", "OWNER/NAME"
)
CONNECTION_ARN = text(
    "the ARN of a CodeConnections connection, "
    "arn:aws:codeconnections:REGION:ACCOUNT (12 digits):connection/ID (a UUID)",
    "arn:aws:codeconnections:REGION:ACCOUNT:connection/ID",
    _connection,
    placeholder=True,
)
BRANCH = text("a branch name as git and GitHub accept it", "BRANCH", _branch, placeholder=True)
EMAIL = matching(
    r"[^@\s,]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)+", "an e-mail address", "NAME@DOMAIN"
)
EMAILS = listed(EMAIL, "e-mail addresses")
EMAILS_OR_NONE = text(f"{EMAILS.allowed}; or the word none", EMAILS.example, _emails, placeholder=True)
CONTACT = text(
    "a person's name, e-mail address and telephone number, separated by commas",
    "NAME, NAME@DOMAIN, PHONE",
    _contact,
    placeholder=True,
)
_ACTOR = r"(?:[A-Za-z0-9][A-Za-z0-9-]*)?/[A-Za-z0-9_][A-Za-z0-9_.-]*"
ACTOR = matching(_ACTOR, "a GitHub user as /name, or a team as organization/name", "ORGANIZATION/TEAM")
ACTORS = listed(
    matching(_ACTOR, "a user or a team", "/USER"),
    "GitHub users as /name and teams as organization/name",
)
APPROVALS = whole(0, _MOST_APPROVALS)
CHAT_TOPIC_ARNS = listed(
    matching(
        rf"arn:aws(?:-[a-z-]+)?:sns:[a-z0-9-]+:\d{{12}}:(?=.{{1,256}}$)[\w-]+{CHAT_TOPIC}",
        "the ARN of a chat topic",
        "TOPIC_ARN",
    ),
    f"ARNs of chat topics, which end in {CHAT_TOPIC}",
)
POLICY_ARNS = listed(
    matching(r"arn:aws(?:-[a-z-]+)?:iam::(?:aws|\d{12}):policy/[\w+=,.@/-]+", "the ARN of an IAM policy", "POLICY_ARN"),
    "ARNs of IAM policies",
)
DAYS = text("weekdays, such as TUE-THU or MON,WED", "TUE-THU", windows.parse_days)
OPENS = text("a whole hour from 00:00 to 23:00", "10:00", _hour(0, 23))
CLOSES = text("a whole hour from 01:00 to 24:00, after the window opens", "14:00", _hour(1, 24))
TIME_ZONE = text(
    "a zone of the tz database as Region/City, such as Australia/Brisbane "
    "(AEST all year; the letters AEST are no zone)",
    "Australia/Brisbane",
    _time_zone,
)
_CALENDARS = listed(
    matching(r"[A-Z]{2}(?:-\S(?:.*\S)?)?", "a calendar", "COUNTRY-SUBDIVISION"),
    "countries with their subdivision (ISO 3166), such as AU-QLD",
)
HOLIDAYS = text(f"{_CALENDARS.allowed}; or the word none", _CALENDARS.example, _holidays, placeholder=True)
HOLIDAYS_WORKED = listed(
    text("a day", "YYYY-MM-DD", lambda value: read_day(value).isoformat(), placeholder=True),
    "days as YYYY-MM-DD, each a holiday of the calendars",
)
QUARTER_END_DAYS = whole(0, _LONGEST_MONTH)
FREEZES: Rule[Mapping[str, str]] = Rule(
    allowed="by its name a day, 2026-12-24, or FROM to TO: 2026-11-27 to 2026-11-30, the last day included, or "
    "2026-11-27 13:00 to 2026-11-30 09:00",
    example="FROM to TO",
    parse=_by_name,
    placeholder=True,
)
RUNBOOKS = matching(r"https://[^\s/]+(?:/[^\s/]+)*", "an https address without a slash at its end", "URL")
ENDPOINT_URL = matching(
    r"https?://[^\s/@?#]+(?:/[^\s?#]*)?(?:\?[^\s#]*)?",
    "the web address of a page, http or https, without user or password",
    "URL",
)
WATCHED = text("instances, targets or none", Watched.TARGETS, Watched)
SLACK_WORKSPACE = matching(r"T[A-Z0-9]{2,}", "a Slack workspace id, T…", "WORKSPACE_ID")
# What is posted with is a bot's token (https://docs.slack.dev/authentication/tokens)
SLACK_TOKEN = matching(r"xoxb-[A-Za-z0-9-]+", "a bot token of Slack, xoxb-…", "TOKEN")
GITHUB_TOKEN = matching(r"\S{4,}", "a token of GitHub, github_pat_… or ghs_… say", "TOKEN")
STATUS_PAGE_KEY = matching(r"[A-Za-z0-9-]{8,}", "an API key of Statuspage", "KEY")
STATUS_PAGE = matching(r"[a-z0-9]{6,}", "the id of a page of Statuspage", "PAGE_ID")
STATUS_PAGE_COMPONENTS = listed(
    matching(r"[a-z0-9]{6,}", "a component", "COMPONENT_ID"), "ids of the status page's components"
)
CHANNELS = listed(
    text("a channel", Channel.MAIL, lambda value: str(Channel(value))), f"channels out of {', '.join(Channel)}"
)
SLACK_CHANNEL = matching(r"[CG][A-Z0-9]{2,}", "a Slack channel id, C… or G…", "CHANNEL_ID")
FILTER_PATTERN = text(
    "a CloudWatch Logs filter pattern of 1 to 1024 characters, in which ?terms are alone: beside others they are "
    "ignored",
    "?ERROR ?FATAL",
    _filter_pattern,
)
NAME = matching(r"\S(?:.*\S)?", "a name with the word dev or prod, whichever the stack is of", "NAME")
