"""SOP 4.3: visitors reach the targets that are looked at, and nobody else's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.checks.routes import judge_routes
from scripts.facts.load_balancer import Route
from scripts.results import Status
from tests.scripts.fake_aws import Params, Refusal
from tests.scripts.prod_stack import TARGET_GROUP
from tests.scripts.release import Release, forward

CHECK = "target-health"
OTHER = TARGET_GROUP.replace("web-prod", "by-hand")
FIXED: Params = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}
TO_HTTPS: Params = {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "StatusCode": "HTTP_301"}}
OURS = forward(**{TARGET_GROUP: 1})


@pytest.mark.parametrize(
    ("listeners", "status", "words"),
    [
        ({}, Status.FAIL, "No listener sends visitors to these targets: there is none."),
        ({"HTTP:80": [FIXED]}, Status.FAIL, "No listener sends visitors to these targets: HTTP:80 (fixed-response)."),
        ({"HTTP:80": [forward(**{OTHER: 1})]}, Status.FAIL, "No listener sends"),
        ({"HTTP:80": [forward(**{OTHER: 1, TARGET_GROUP: 0})]}, Status.FAIL, "No listener sends"),
        (
            {"HTTP:80": [forward(**{OTHER: 9, TARGET_GROUP: 1})]},
            Status.FAIL,
            f"Listener HTTP:80 sends visitors to {OTHER}, too, a target group that the stack has not made.",
        ),
        ({"HTTP:80": [forward(**{OTHER: 1}), OURS]}, Status.FAIL, "a target group that the stack has not made"),
        (
            {"HTTP:80": [FIXED, OURS]},
            Status.INCONCLUSIVE,
            "a rule (fixed-response) that the stack has not made: rule-0",
        ),
        ({"HTTP:80": [TO_HTTPS, OURS]}, Status.INCONCLUSIVE, "a rule (redirect) that the stack has not made: rule-0"),
        ({"HTTP:80": [FIXED], "HTTPS:443": [OURS]}, Status.INCONCLUSIVE, "HTTP:80 sends nobody to any target"),
        ({"HTTP:80": [TO_HTTPS], "HTTPS:443": [OURS]}, Status.PASS, ""),
        ({"HTTP:80": [forward(**{OTHER: 0, TARGET_GROUP: 1})]}, Status.PASS, ""),
    ],
)
def test_where_listeners_send_visitors(
    release: Release, listeners: dict[str, list[Params]], status: Status, words: str
) -> None:
    release.listeners(listeners, made=(TARGET_GROUP,))
    result = release.check(CHECK)
    assert result.status is status
    assert words in result.observed


def test_rules_and_target_groups_of_the_stack_are_as_deployed(release: Release) -> None:
    release.listeners({"HTTP:80": [FIXED, forward(**{OTHER: 1}), OURS]}, made=(OTHER, "rule-0", "rule-1"))
    assert release.check(CHECK).status is Status.PASS


def test_those_of_a_load_balancer_that_the_stack_has_not_made_are_not_its_own(release: Release) -> None:
    release.listeners({"HTTP:80": [forward(**{OTHER: 1}), OURS]})
    assert release.check(CHECK).status is Status.PASS


def test_where_nothing_is_beside_the_stack_is_not_asked(release: Release) -> None:
    assert release.check(CHECK).status is Status.PASS
    assert not release.aws.called("ListStackResources")


@pytest.mark.parametrize("operation", ["DescribeListeners", "DescribeRules"])
def test_listeners_that_cannot_be_read_are_an_error_and_hide_no_unhealthy_target(
    release: Release, operation: str
) -> None:
    release.aws.answer(operation, Refusal("AccessDenied"))
    result = release.check(CHECK)
    assert (result.status, f"elasticloadbalancing:{operation}" in result.observed) == (Status.ERROR, True)
    release.targets(("i-0a", "healthy"), ("i-0b", "unhealthy"))
    assert release.check(CHECK).status is Status.FAIL


def test_a_load_balancer_that_is_gone_fails(release: Release) -> None:
    release.aws.answer("DescribeListeners", Refusal("LoadBalancerNotFound"))
    assert release.check(CHECK).status is Status.FAIL


ROUTES = st.builds(
    Route,
    listener=st.sampled_from(["HTTP:80", "HTTPS:443"]),
    arn=st.sampled_from(["rule-0", "rule-1", "rule-2"]),
    default=st.booleans(),
    kind=st.sampled_from(["forward", "redirect", "fixed-response"]),
    groups=st.frozensets(st.sampled_from([TARGET_GROUP, OTHER]), max_size=2),
)


@given(st.lists(ROUTES, max_size=4), st.frozensets(st.sampled_from([TARGET_GROUP, OTHER, "rule-0", "rule-1"])))
def test_whoever_gets_visitors_that_the_stack_has_not_made_is_found(routes: list[Route], made: frozenset[str]) -> None:
    found = [one.status for one in judge_routes(routes, TARGET_GROUP, lambda: made)]
    strangers = frozenset[str]().union(*(route.groups for route in routes)) - made - {TARGET_GROUP}
    if strangers or not any(TARGET_GROUP in route.groups for route in routes):
        assert Status.FAIL in found
    elif any(not route.default and route.arn not in made for route in routes):
        assert Status.INCONCLUSIVE in found
