"""Redaction: what is a secret under any of its names, and what is none."""

from __future__ import annotations

import pytest

from scripts.evidence.redaction import REDACTED, redacted

HIDDEN = "hunter2-hunter2"


@pytest.mark.parametrize("name", ["DB_PASS", "DbPass", "pass", "DbPwd", "csrftoken", "XSRF-TOKEN"])
def test_the_short_names_of_secrets_are_known_too(name: str) -> None:
    assert redacted({name: HIDDEN}) == {name: REDACTED}


def test_what_opens_nothing_stays_under_whatever_name() -> None:
    arn = "arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:prod/db-AbCdEf"
    data = {"DbSecretArn": arn, "prod-auth-token-errors": "OK", "prod-passwords": "INSUFFICIENT_DATA", "Pwd": ""}
    assert redacted(data) == data
