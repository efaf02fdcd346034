"""What the stack files say the world outside is: account, region, repository, branches, and what things are called.

They are read leniently: what cannot be used is the sample's here, and the program tells everything that is wrong.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import yaml

from sop.calendar.calendar import Calendar
from sop.calendar.freezes import Freezes
from sop.names import ALERT_EMAIL, RENAMEABLE, SERVICE, Environment, Names, environment_of
from sop.names import REGION as SOPS_REGION
from sop.outputs import CalendarOutput
from sop.thresholds import Thresholds
from sop.windows import ReleaseWindow, parse_days, parse_hour
from sop.wire import camel_case

_PROJECT = "release"
PROJECT_FILE = "Pulumi.yaml"
_CONNECTION = re.compile(r"arn:[^:]+:[^:]+:[^:]+:(?P<account>\d{12}):connection/.+")
_REPOSITORY = re.compile(r"[^/\s]+/[^/\s]+")


# The sample's, for what a file does not say
_SAMPLES = Thresholds(
    pipeline_expected_minutes=10,
    pipeline_alert_minutes=15,
    response_time_seconds=1,
    cpu_percent=80,
    error_rate_percent=5,
    error_rate_minimum_requests=20,
    unhealthy_hosts=1,
    application_errors=5,
    dev_observation_hours=24,
)


_NO_FREEZES = CalendarOutput(holidays=[], half_days=False, working_days=[], quarter_end_days=0, freezes={})


class StackFileError(Exception):
    """A stack file cannot be read; the message says which, and why."""


@dataclass(frozen=True)
class Stack:
    """What one stack's file says; of what it does not say, the sample's and the SOP's."""

    name: str  # of the Pulumi stack
    environment: Environment
    names: Names
    branch: str
    account_id: str = "123456789012"
    region: str = SOPS_REGION
    repository: str = "helios/web-infrastructure"
    connection_arn: str = (
        "arn:aws:codeconnections:ap-southeast-2:123456789012:connection/5c0de000-0000-4000-8000-000000000001"
    )
    alert_emails: tuple[str, ...] = (ALERT_EMAIL,)
    senders: tuple[str, ...] = ()  # and recipients of announcements
    slack_channel: str = "C0123456789"
    status_page: str = "kctbh9vrtdwd"
    endpoint_url: str = ""  # of the page that must answer, where it is not the load balancer's own
    release_window: ReleaseWindow | None = None
    freezes: CalendarOutput = _NO_FREEZES
    limits: Thresholds = _SAMPLES

    @property
    def calendar(self) -> Calendar | None:
        """When it may be released; None: at any time."""
        if self.release_window is None:
            return None
        zone = self.release_window.zone
        try:
            return Calendar(window=self.release_window, freezes=Freezes.of(self.freezes, zone))
        except ValueError:
            return Calendar(window=self.release_window, freezes=Freezes.of(_NO_FREEZES, zone))

    @property
    def mails(self) -> tuple[str, ...]:
        """Every address of theirs, whose domain they have verified in SES."""
        return (*self.alert_emails, *self.senders)

    def is_endpoint(self, host: str, path: str) -> bool:
        """Whether that is the page's address; "" as path is any."""
        try:
            page = urlsplit(self.endpoint_url)
        except ValueError:
            return False
        return bool(page.hostname) and page.hostname == host.lower() and path in ("", page.path or "/")


@dataclass(frozen=True)
class Configured:
    """What all stack files say. The sandbox is one account in one region with one repository: those of `leading`."""

    stacks: tuple[Stack, ...] = ()

    def of(self, environment: Environment) -> Stack:
        """The stack of an environment: of several the one called as it, else the first; without any, the SOP's."""
        own = [stack for stack in self.stacks if stack.environment == environment]
        names = Names(environment)
        usual = Stack(environment, environment, names, names.branch)
        return min(own, key=lambda stack: stack.name != environment, default=usual)

    @property
    def leading(self) -> Stack:
        """Prod's, where there is one."""
        there = [self.of(environment) for environment in (Environment.PROD, Environment.DEV)]
        return next((stack for stack in there if stack in self.stacks), there[0])

    @property
    def account_id(self) -> str:
        return self.leading.account_id

    @property
    def region(self) -> str:
        return self.leading.region

    @property
    def repository(self) -> str:
        return self.leading.repository

    @property
    def owner(self) -> str:
        """The repository's owner on GitHub."""
        return self.repository.partition("/")[0]

    @property
    def connections(self) -> tuple[str, ...]:
        """Their ARNs, in the sandbox's account."""
        arns = (self.here(stack.connection_arn) for stack in (*self.stacks, self.leading))
        return tuple(dict.fromkeys(arns))

    @property
    def branches(self) -> tuple[str, ...]:
        """Those that are deployed; prod's last, which is the repository's default branch."""
        default = self.of(Environment.PROD).branch
        found = [self.of(Environment.DEV).branch, *(stack.branch for stack in self.stacks)]
        return (*dict.fromkeys(branch for branch in found if branch != default), default)

    def here(self, text: str, account_id: str = "") -> str:
        """A text in which the stacks' accounts are all this one, the sandbox's."""
        for stack in self.stacks:
            text = text.replace(stack.account_id, account_id or self.account_id)
        return text


SAMPLE = Configured()


class _Loader(yaml.SafeLoader):
    """Scalars as Pulumi reads them: 10:00 is text, and so are yes, 1_000 and a date."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _form, _first in (
    ("null", r"~|null|", ["~", "n", ""]),
    ("bool", r"true|false", list("tf")),
    ("int", r"[-+]?\d+", list("-+0123456789")),
    ("float", r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", list("-+.0123456789")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_form})$"), _first)


def project_folder(around: Path) -> Path | None:
    """This program's project that a folder is in; None where it is in none, or in another one."""
    found = next((folder for folder in (around, *around.parents) if (folder / PROJECT_FILE).is_file()), None)
    try:
        return found if found and document(found / PROJECT_FILE).get("name") == _PROJECT else None
    except StackFileError:
        return None


def stack_files(project: Path) -> dict[str, Path]:
    """The file of each stack that has one."""
    return {path.name.split(".", 1)[1].removesuffix(".yaml"): path for path in sorted(project.glob("Pulumi.?*.yaml"))}


def document(path: Path) -> dict[str, Any]:
    """What stands in one of Pulumi's files.

    Raises:
        StackFileError: it cannot be read, or is none.
    """
    try:
        found = yaml.load(path.read_text(encoding="utf-8"), _Loader) or {}  # noqa: S506 - a SafeLoader
        return {**found, "config": dict(found.get("config") or {})}
    except (OSError, ValueError, TypeError, AttributeError, yaml.YAMLError) as error:
        raise StackFileError(f"{path} cannot be read: {' '.join(str(error).split())}") from error


def read(project: Path) -> Configured:
    """What the project's stack files say.

    Raises:
        StackFileError: a file is no stack file.
    """
    stacks = (_stack(name, document(path)["config"]) for name, path in stack_files(project).items())
    return Configured(tuple(stack for stack in stacks if stack))


def _stack(name: str, values: Mapping[str, Any]) -> Stack | None:
    try:
        environment = environment_of(name)
    except ValueError:
        return None
    names = _names(values, environment)
    connection = _CONNECTION.fullmatch(_text(values, "connectionArn"))
    given = {
        "account_id": connection and connection["account"],
        "region": _text(values, "aws:region"),
        "repository": _text(values, "repository", _REPOSITORY),
        "connection_arn": connection and connection[0],
        "alert_emails": _listed(_text(values, "alertEmails")),
        **_announcements(_group(values, "announcements")),
        "endpoint_url": _text(values, "endpointUrl"),
        "release_window": _window(_group(values, "releaseWindow")),
        "freezes": _freezes(_group(values, "calendar")),
        "limits": _limits(_group(values, "thresholds")),
    }
    branch = _text(values, "branch") or names.branch
    return Stack(name, environment, names, branch, **{key: value for key, value in given.items() if value})


def _announcements(group: Mapping[str, Any]) -> dict[str, Any]:
    """Senders and the operations team are of the company; other audiences may be anybody's."""
    return {
        "senders": (*_listed(group.get("sender")), *(each for each in _listed(group.get("operations")) if "@" in each)),
        "slack_channel": str(group.get("slackChannel") or ""),
        "status_page": str(group.get("statusPage") or ""),
    }


def _names(values: Mapping[str, Any], environment: Environment) -> Names:
    given = _group(values, "names")
    overrides = {name: str(given[camel_case(name)]) for name in RENAMEABLE if given.get(camel_case(name))}
    region = _text(values, "aws:region") or SOPS_REGION
    return Names(environment, overrides, _text(values, "service") or SERVICE, region)


def _limits(group: Mapping[str, Any]) -> Thresholds:
    given = {limit.name: _number(group.get(camel_case(limit.name))) for limit in fields(Thresholds)}
    return replace(_SAMPLES, **{name: value for name, value in given.items() if value > 0})


def _window(group: Mapping[str, Any]) -> ReleaseWindow | None:
    try:
        return ReleaseWindow(
            days=parse_days(str(group["days"])),
            opens=parse_hour(str(group["opens"])),
            closes=parse_hour(str(group["closes"])),
            time_zone=str(group["timeZone"]),
        )
    except (KeyError, ValueError):
        return None


def _freezes(group: Mapping[str, Any]) -> CalendarOutput:
    periods = group.get("freezes")
    return CalendarOutput(
        holidays=list(_listed(group.get("holidays"))),
        half_days=group.get("halfDays") is True,
        working_days=list(_listed(group.get("workingDays"))),
        quarter_end_days=int(_number(group.get("quarterEndDays"))),
        freezes={str(name): str(period) for name, period in periods.items()} if isinstance(periods, dict) else {},
    )


def _text(values: Mapping[str, Any], key: str, form: re.Pattern[str] | None = None) -> str:
    """A value, "" where there is none or it is none of that form; a secret is none."""
    value = values.get(key if ":" in key else f"release:{key}")
    text = str(value) if isinstance(value, str | int | float) else ""
    return text if form is None or form.fullmatch(text) else ""


def _group(values: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """A group's members; `pulumi config set` without --path writes it as JSON."""
    value = values.get(f"release:{key}")
    try:
        value = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        value = None
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def _listed(value: Any) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else ()


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0
