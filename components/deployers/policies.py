"""The policies' documents: `preview` reads, `up` reads and changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from components.chat import REGION as CHAT_REGION
from components.configuration.settings import Settings
from components.deployers.grants import GRANTS, Grant, Scope
from components.deployers.resources import StackResources

LARGEST = 10_240  # characters of all the policies in one role, white space aside; one that stands alone has 6,144
_OWN_TAGS = ("Environment", "Project", "Service")


class Purpose(StrEnum):
    """What is run on the stack: `preview` (and `refresh --preview-only`), or `up` (and `refresh`, `destroy`)."""

    PREVIEW = "preview"
    UP = "up"


def policy(purpose: Purpose, settings: Settings) -> dict[str, Any]:
    """The IAM policy document; the same settings give the same text."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            _statement(grant, actions, settings)
            for grant in GRANTS
            if (actions := _actions(grant, purpose)) and grant.where(settings)
        ],
    }


def _actions(grant: Grant, purpose: Purpose) -> Sequence[str]:
    return sorted([*grant.reads, *(grant.changes if purpose is Purpose.UP else ())])


def _statement(grant: Grant, actions: Sequence[str], settings: Settings) -> dict[str, Any]:
    statement: dict[str, Any] = {
        "Sid": grant.sid,
        "Effect": "Allow",
        "Action": list(actions),
        "Resource": grant.resources(StackResources(settings)),
    }
    if equal := _equal(grant, settings):
        statement["Condition"] = {"StringEquals": equal}
    return statement


def _equal(grant: Grant, settings: Settings) -> Mapping[str, str | list[str]]:
    """The condition keys, and what each must be."""
    match grant.scope:
        case Scope.RESOURCE:
            passed_to = [service for service in grant.passed_to if service != "chatbot" or settings.slack]
            services = [f"{service}.amazonaws.com" for service in passed_to]
            return {"iam:PassedToService": services if len(services) > 1 else services[0]} if services else {}
        case Scope.REGION:
            return {"aws:RequestedRegion": settings.region}
        case Scope.CHAT:
            return {"aws:RequestedRegion": sorted({CHAT_REGION, settings.region})}
        case Scope.NEW_KEY:
            return {f"aws:RequestTag/{name}": settings.tags[name] for name in _OWN_TAGS}
        case Scope.OWN_KEY:
            return {f"aws:ResourceTag/{name}": settings.tags[name] for name in _OWN_TAGS}
