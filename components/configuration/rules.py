"""What configuration values must be: one Rule each, pure and without defaults."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pulumi_aws as aws

from components.configuration.rule import Rule
from sop import windows
from sop.names import ALERT_EMAIL, CHAT_TOPIC, REGION, Environment

_REGIONS = {region.value for region in aws.Region}
_EMAIL = re.compile(r"[^@\s,]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)+")
_REPOSITORY = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})/[A-Za-z0-9._-]{1,100}")
_CONNECTION = re.compile(
    r"arn:aws(?:-[a-z-]+)?:(?:codeconnections|codestar-connections):(?P<region>[a-z0-9-]+):\d{12}:connection/"
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
)
# What `git check-ref-format` refuses, for a branch
_NO_BRANCH = re.compile(r"^[-/.]|[\x00-\x20~^:?*\[\\\x7f]|\.\.|@\{|//|/\.|(?:/|\.|\.lock)$|^@$")
_POLICY = re.compile(r"arn:aws(?:-[a-z-]+)?:iam::(?:aws|\d{12}):policy/[\w+=,.@/-]+")
_CHAT_TOPIC = re.compile(rf"arn:aws(?:-[a-z-]+)?:sns:[a-z0-9-]+:\d{{12}}:(?=.{{1,256}}$)[\w-]+{CHAT_TOPIC}")
_PATTERN = re.compile(r"\S.{0,1023}")
_TERM = re.compile(r'[?-]?(?:"(?:[^"\\]|\\.)*"|%[^%]*%|\S+)')
_ACTOR = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9-]*)?/[A-Za-z0-9_][A-Za-z0-9_.-]*")


def matching(pattern: re.Pattern[str], allowed: str, example: str) -> Rule[str]:
    """Text that `pattern` matches as a whole."""

    def parse(value: Any) -> str:
        if not isinstance(value, str) or pattern.fullmatch(value) is None:
            raise ValueError(value)
        return value

    return Rule(allowed=allowed, example=example, parse=parse)


def listed(item: Rule[str], allowed: str, example: str) -> Rule[tuple[str, ...]]:
    """Values of one rule, separated by commas, none twice."""

    def parse(value: Any) -> tuple[str, ...]:
        if not isinstance(value, str):
            raise ValueError(value)  # noqa: TRY004 - a rule says no in one way
        items = tuple(item.parse(part.strip()) for part in value.split(","))
        if len(set(items)) < len(items):
            raise ValueError(value)
        return items

    return Rule(allowed=allowed, example=example, parse=parse)


def whole(lowest: int, highest: int, example: str, unit: str = "") -> Rule[int]:
    """A whole number within bounds, both allowed."""

    def parse(value: Any) -> int:
        number = _number(value)
        if number != int(number) or not lowest <= number <= highest:
            raise ValueError(value)
        return int(number)

    return Rule(allowed=f"a whole number{unit} from {lowest} to {highest}", example=example, parse=parse)


def positive(unit: str, highest: float | None = None) -> Rule[float]:
    """A number of `unit` above 0."""

    def parse(value: Any) -> float:
        number = _number(value)
        if number <= 0 or (highest is not None and number > highest):
            raise ValueError(value)
        return number

    at_most = "" if highest is None else f", at most {highest:g}"
    return Rule(allowed=f"a number of {unit} above 0{at_most}", example=unit.upper(), parse=parse)


def positive_whole(unit: str) -> Rule[int]:
    """A whole number of `unit`, at least 1."""

    def parse(value: Any) -> int:
        number = _number(value)
        if number < 1 or number != int(number):
            raise ValueError(value)
        return int(number)

    return Rule(allowed=f"a whole number of {unit}, at least 1", example=unit.upper(), parse=parse)


def flag(example: str) -> Rule[bool]:
    """True or false; `pulumi config set` outside of a group writes them as text."""

    def parse(value: Any) -> bool:
        if not isinstance(value, bool) and value not in ("true", "false"):
            raise ValueError(value)
        return value in (True, "true")

    return Rule(allowed="true or false", example=example, parse=parse)


def _number(value: Any) -> float:
    # `pulumi config set --path` writes 0.5 as the text "0.5"
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(value)  # noqa: TRY004 - a rule says no in one way
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(value)
    return number


def _text(parse_text: Callable[[str], Any]) -> Callable[[Any], Any]:
    def parse(value: Any) -> Any:
        if not isinstance(value, str):
            raise ValueError(value)  # noqa: TRY004 - a rule says no in one way
        return parse_text(value)

    return parse


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


REGION_RULE: Rule[str] = Rule(allowed="a region of AWS, such as ap-southeast-2", example=REGION, parse=_text(_region))
SERVICE_RULE = matching(
    re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*"),
    "a service's name of lower-case letters and digits, words joined by single hyphens",
    "shop",
)
REPOSITORY = matching(_REPOSITORY, "a GitHub repository as owner/name", "helios/web-infrastructure")
CONNECTION_ARN: Rule[str] = Rule(
    allowed="the ARN of a CodeConnections connection, "
    "arn:aws:codeconnections:REGION:ACCOUNT (12 digits):connection/ID (a UUID)",
    example="arn:aws:codeconnections:REGION:ACCOUNT:connection/ID",
    parse=_text(_connection),
)
EMAILS = listed(
    matching(_EMAIL, "an e-mail address", ALERT_EMAIL),
    "e-mail addresses, separated by commas",
    ALERT_EMAIL,
)
ACTORS = listed(
    matching(_ACTOR, "a user or a team", "/octocat"),
    "GitHub users as /name and teams as organization/name, separated by commas",
    "helios/on-call",
)
CHAT_TOPIC_ARNS = listed(
    matching(_CHAT_TOPIC, "the ARN of a chat topic", "arn:aws:sns:ap-southeast-2:123456789012:dev-alerts-chat"),
    f"ARNs of other stacks' chat topics (their output chatTopicArn, which ends in {CHAT_TOPIC}), separated by commas: "
    "of what is written for people Amazon Q shows nothing",
    "arn:aws:sns:ap-southeast-2:123456789012:dev-alerts-chat",
)
POLICY_ARNS = listed(
    matching(_POLICY, "the ARN of an IAM policy", "arn:aws:iam::aws:policy/AmazonSQSFullAccess"),
    "ARNs of IAM policies, separated by commas",
    "arn:aws:iam::aws:policy/AmazonSQSFullAccess",
)
DAYS: Rule[tuple[str, ...]] = Rule(
    allowed="weekdays, such as TUE-THU or MON,WED", example="TUE-THU", parse=_text(windows.parse_days)
)
OPENS: Rule[int] = Rule(allowed="a whole hour from 00:00 to 23:00", example="10:00", parse=_text(_hour(0, 23)))
CLOSES: Rule[int] = Rule(
    allowed="a whole hour from 01:00 to 24:00, after the window opens",
    example="14:00",
    parse=_text(_hour(1, 24)),
)
TIME_ZONE: Rule[str] = Rule(
    allowed="a zone of the tz database as Region/City, such as Australia/Brisbane "
    "(AEST all year; the letters AEST are no zone)",
    example="Australia/Brisbane",
    parse=_text(_time_zone),
)
RUNBOOKS = matching(
    re.compile(r"https://[^\s/]+(?:/[^\s/]+)*"),
    "an https address without a slash at its end",
    "https://github.com/helios/release/blob/main",
)
ENDPOINT_URL = matching(
    re.compile(r"https?://[^\s/@?#]+(?:/[^\s?#]*)?(?:\?[^\s#]*)?"),
    "the web address of a page, http or https, without user or password",
    "https://www.example.com/",
)
NO_WORKLOAD = matching(re.compile("none"), "none, or not set where the web infrastructure is watched", "none")
SLACK_WORKSPACE = matching(re.compile(r"T[A-Z0-9]{2,}"), "a Slack workspace id, T…", "WORKSPACE_ID")
SLACK_CHANNEL = matching(re.compile(r"[CG][A-Z0-9]{2,}"), "a Slack channel id, C… or G…", "CHANNEL_ID")
FILTER_PATTERN: Rule[str] = Rule(
    allowed="a CloudWatch Logs filter pattern of 1 to 1024 characters, in which ?terms are alone: beside others they "
    "are ignored",
    example="'?ERROR ?FATAL'",
    parse=_text(_filter_pattern),
)


def name_of(environment: Environment) -> Rule[str]:
    """A name in which the environment is a word, so that dev and prod never share one."""
    word = re.compile(rf"(?:.*[^A-Za-z0-9])?{environment}(?:[^A-Za-z0-9].*)?")
    return matching(word, f"a name with the word {environment}, so that dev and prod share none", f"web-{environment}")


def branch(default: str) -> Rule[str]:
    """A branch name as git accepts it."""
    return Rule(allowed="a branch name as git accepts it", example=default, parse=_text(_branch))
