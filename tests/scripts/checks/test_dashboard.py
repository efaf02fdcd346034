"""SOP 4.4: the dashboard exists and is the one deployed."""

from __future__ import annotations

import json

from scripts.results import Status
from tests.scripts.fake_aws import Refusal
from tests.scripts.prod_stack import DASHBOARD
from tests.scripts.release import Release

CHECK = "dashboard"


def test_the_one_deployed_passes(release: Release) -> None:
    result = release.check(CHECK)
    assert (result.status, result.observed) == (Status.PASS, "prod-infrastructure-dashboard is the one deployed.")


def test_written_otherwise_it_is_the_same(release: Release) -> None:
    release.dashboard(json.dumps(DASHBOARD, indent=2, sort_keys=True))
    assert release.check(CHECK).status is Status.PASS


def test_a_changed_one_fails(release: Release) -> None:
    release.dashboard(json.dumps({"widgets": DASHBOARD["widgets"][:-1]}))
    result = release.check(CHECK)
    assert (result.status, result.observed) == (
        Status.FAIL,
        "prod-infrastructure-dashboard was changed after it was deployed.",
    )
    assert "pulumi up --refresh --stack prod" in result.fix


def test_a_missing_one_fails(release: Release) -> None:
    release.aws.answer("GetDashboard", Refusal("ResourceNotFound", "Dashboard does not exist"))
    result = release.check(CHECK)
    assert (result.status, result.observed) == (
        Status.FAIL,
        "The dashboard prod-infrastructure-dashboard does not exist.",
    )


def test_a_body_that_cannot_be_read_is_no_pass(release: Release) -> None:
    release.dashboard("{")
    assert release.check(CHECK).status is Status.ERROR
