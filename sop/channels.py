"""The channels of SOP 5.1, and whom its mail goes to."""

from __future__ import annotations

from enum import StrEnum


class Channel(StrEnum):
    """What a release is announced through."""

    MAIL = "mail"
    SLACK = "slack"
    STATUS_PAGE = "status-page"


class Audience(StrEnum):
    """Who gets a mail: the recipients of SOP 5.1, and the customers of SOP 5.4."""

    OPERATIONS = "operations"
    DEVELOPMENT = "development"
    MANAGEMENT = "management"
    STAKEHOLDERS = "stakeholders"
    CUSTOMERS = "customers"
