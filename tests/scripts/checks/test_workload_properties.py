"""Whatever AWS answers within its models: what is absent, changed or somebody else's is never a PASS."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.facts import http
from scripts.facts.http import Hop, Trouble, Visit
from scripts.results import Status
from tests.scripts.fake_aws import LOADER
from tests.scripts.prod_stack import LOAD_BALANCER, LOAD_BALANCER_NAME
from tests.scripts.release import Release, line, member, request

IDS = ("i-0a", "i-0b", "i-0c", "i-0d")
OK = ("running", "ok", "ok")


def enum(service: str, shape: str) -> list[str]:
    """The values that AWS's model gives a shape."""
    return LOADER.load_service_model(service, "service-2")["shapes"][shape]["enum"]


LIFECYCLES, TARGET_STATES = enum("autoscaling", "LifecycleState"), enum("elbv2", "TargetHealthStateEnum")
PROCESSES = ("Launch", "Terminate", "HealthCheck", "ReplaceUnhealthy", "AddToLoadBalancer", "AlarmNotification")

# mostly as promised, so that a PASS is among the examples
mostly_in_service = st.sampled_from(["InService"] * 20 + LIFECYCLES)
members = st.dictionaries(
    st.sampled_from(IDS),
    st.tuples(
        mostly_in_service,
        st.sampled_from(["Healthy"] * 5 + ["Unhealthy"]),
        st.sampled_from(["7"] * 5 + ["6", "8"]),
        st.sampled_from([OK] * 5 + [("stopped", "not-applicable", "not-applicable"), ("running", "impaired", "ok")]),
    ),
)


@pytest.fixture(scope="module")
def shared() -> Release:
    """One for all examples: each tells it anew."""
    return Release()


def tell(release: Release, group: dict[str, Any], wanted: int = 1, **more: Any) -> None:
    told = [member(name, one[0], health=one[1], version=one[2]) for name, one in group.items()]
    release.group(wanted=wanted, Instances=told, **more)
    release.instances(**{name.replace("-", "_"): one[3] for name, one in group.items()})
    release.aws.answer("DescribeInstanceRefreshes", {"InstanceRefreshes": []})


@given(group=members, wanted=st.integers(0, 3), suspended=st.sets(st.sampled_from(PROCESSES), max_size=1))
def test_instances(shared: Release, group: dict[str, Any], wanted: int, suspended: set[str]) -> None:
    tell(shared, group, wanted, SuspendedProcesses=[{"ProcessName": name} for name in suspended])
    serving = [one for one in group.values() if one[0] == "InService"]
    staying = [one for one in group.values() if not one[0].startswith(("Terminat", "Detach"))]
    promised = (
        len(serving) >= max(wanted, 1)
        and all(one[1:] == ("Healthy", "7", OK) for one in serving)
        and all(one[2] == "7" and not one[0].startswith("Pending") for one in staying)
        and not suspended
    )
    assert (shared.check("instance-status").status is Status.PASS) == promised


@given(
    group=members,
    targets=st.dictionaries(
        st.sampled_from([*IDS, "i-0e", "10.0.0.1"]), st.sampled_from(["healthy"] * 10 + TARGET_STATES)
    ),
)
def test_targets(shared: Release, group: dict[str, Any], targets: dict[str, str]) -> None:
    tell(shared, group)
    shared.targets(*targets.items())
    staying = {name: state for name, state in targets.items() if state != "draining"}
    promised = (
        bool(staying)
        and set(staying.values()) == {"healthy"}
        and {name for name, one in group.items() if one[0] == "InService"} <= staying.keys() <= group.keys()
    )
    assert (shared.check("target-health").status is Status.PASS) == promised


@given(group=members, lines=st.dictionaries(st.sampled_from([*IDS, "ip-10-0-0-1"]), st.sampled_from([6.9, 7.1, 19.9])))
def test_lines_of_instances(shared: Release, group: dict[str, Any], lines: dict[str, float]) -> None:
    tell(shared, group)
    shared.logs(application=[line("x", minute, f"{name}/app") for name, minute in lines.items()])
    serving = {name for name, one in group.items() if one[0] == "InService"}
    promised = bool(serving) and serving <= {name for name, minute in lines.items() if minute > 7}
    assert (shared.check("application-logs").status is Status.PASS) == promised


@given(
    entries=st.lists(
        st.tuples(
            st.sampled_from([LOAD_BALANCER_NAME, f"{LOAD_BALANCER_NAME}0", "app/web-dev/0", "-"]),
            st.sampled_from([6.9, 7.1, 19.9]),
            st.sampled_from([LOAD_BALANCER_NAME, "curl/8.0"]),
        ),
        max_size=4,
    )
)
def test_entries_of_load_balancers(shared: Release, entries: list[tuple[str, float, str]]) -> None:
    shared.logs(access=[request(minute, balancer, agent) for balancer, minute, agent in entries])
    promised = any(balancer == LOAD_BALANCER_NAME and minute > 7 for balancer, minute, _ in entries)
    assert (shared.check("access-logs").status is Status.PASS) == promised


@given(
    host=st.sampled_from([LOAD_BALANCER, LOAD_BALANCER.upper(), "www.helios.id", f"{LOAD_BALANCER}:8080"]),
    status=st.sampled_from([200, 200, 200, 204, 302, 404, 503]),
    size=st.sampled_from([0, 421]),
    trouble=st.sampled_from([None, None, None, *Trouble]),
)
def test_pages(shared: Release, host: str, status: int, size: int, trouble: Trouble | None) -> None:
    made = Visit([Hop(f"http://{host}/", status)], trouble, size=size)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(http, "visit", lambda url: made)
        outcome = shared.check("endpoint").status
    promised = (host.lower(), status, size > 0, trouble) == (LOAD_BALANCER, 200, True, None)
    assert (outcome is Status.PASS) == promised
