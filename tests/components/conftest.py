from __future__ import annotations

import pytest

from tests.components.recorder import Plan, configuration, deployed, run_program, sample_plan


@pytest.fixture(scope="session")
def prod() -> Plan:
    """Production once it has been deployed."""
    return sample_plan("prod")


@pytest.fixture(scope="session")
def dev() -> Plan:
    """Development once it has been deployed."""
    return sample_plan("dev")


@pytest.fixture(scope="session")
def first() -> Plan:
    """Production before its first deployment."""
    return sample_plan("prod", is_deployed=False)


@pytest.fixture(scope="session")
def everything() -> Plan:
    """Production, deployed, with all that can be switched on."""
    announcements = {"release:announcements": '{"slackChannel": "C0SAMPLE1", "statusPage": "sample0page"}'}
    secrets = {
        "release:slackWorkspaceId": "T0SAMPLE1",
        "release:slackChannelId": "C0SAMPLE1",
        "release:slackToken": "xoxb-0-SAMPLE1",
        "release:statusPageKey": "0-SAMPLE1-KEY",
        "release:githubToken": "github_pat_SAMPLE1",
    }
    given = configuration("prod") | announcements | secrets | {"release:runner": "true"}
    return run_program("prod", deployed("prod"), given, sorted(secrets))
