"""A site is found by what its stack has, whatever that is called or put out, and however little of it there is."""

from __future__ import annotations

import base64

import pytest
from werkzeug.test import Client

from sandbox.aws.cloudformation.plan import STACK_TYPE
from sandbox.faults import FaultError
from sandbox.workload.deployment import GROUP, INSTANCE, LOAD_BALANCER, LOG_GROUP, NESTED
from sandbox.workload.site import create_app
from sop.names import Environment
from tests.sandbox.conftest import MakeWorld
from tests.sandbox.workload.deployed import Deployed, FakeResource, FakeStack, deploy, load_balanced

ALB, EC2 = "AWS/ApplicationELB", "AWS/EC2"
SECOND = "shop-prod-2.ap-southeast-2.elb.amazonaws.com"


@pytest.fixture
def site(make_world: MakeWorld) -> Deployed:
    return deploy(make_world)


def without(site: Deployed, *types: str) -> None:
    """The next release has nothing of these types."""
    resources = site.stack.resources
    for name in [name for name, each in resources.items() if each.type in types]:
        del resources[name]


def test_what_is_in_nested_stacks_is_found(site: Deployed) -> None:
    before = site.world.workload.deployment(Environment.PROD)
    nested = FakeStack("UPDATE_COMPLETE", dict(site.stack.resources), site.stack.created)
    site.world.service("cloudformation").known["nested-id"] = nested
    site.stack.resources = {"Inner": FakeResource(STACK_TYPE, "nested-id")}
    assert NESTED == STACK_TYPE
    assert site.world.workload.deployment(Environment.PROD) == before


def test_a_stack_of_another_name_is_known_by_its_environment_tag(site: Deployed) -> None:
    known = site.world.service("cloudformation").known
    known["our-site"] = known.pop("web-infrastructure-prod")
    assert site.world.workload.deployment(Environment.PROD) is None
    site.stack.tags["Environment"] = "prod"
    assert site.world.workload.deployment(Environment.PROD) is not None


def test_each_of_several_load_balancers_has_its_own_visitors_and_answers(site: Deployed) -> None:
    balancer, group, _ = load_balanced(site.world, "shop-prod", SECOND)
    site.stack.resources["Shop"] = FakeResource(LOAD_BALANCER, balancer)
    site.stack.resources["ShopServers"] = FakeResource(GROUP, "shop-prod")
    site.pass_time(minutes=10)
    second = {"LoadBalancer": balancer.partition(":loadbalancer/")[2]}
    first, other = (site.series(f"{ALB}/RequestCount", each, minutes=6) for each in (site.load_balancer, second))
    assert len(first) == len(other)
    assert first != other
    behind = {"TargetGroup": group.split(":")[-1], **second}
    assert set(site.series(f"{ALB}/HealthyHostCount", behind, "Minimum", minutes=6)) == {2}
    samples = site.series(f"{EC2}/CPUUtilization", {"AutoScalingGroupName": "web-prod"}, "SampleCount", minutes=6)
    assert set(samples) == {2}  # each server reports once a minute, not once for every load balancer
    client = Client(create_app(site.world))
    assert client.get("/", base_url=f"http://{SECOND}").status_code == 200


def test_a_group_that_no_listener_forwards_to_gets_no_visits(site: Deployed) -> None:
    listeners = site.world.client("elbv2").describe_listeners(LoadBalancerArn=site.stack.of(LOAD_BALANCER))
    site.world.client("elbv2").delete_listener(ListenerArn=listeners["Listeners"][0]["ListenerArn"])
    found = site.world.workload.deployment(Environment.PROD)
    assert found is not None
    assert [balancer.groups for balancer in found.load_balancers] == [()]


def test_without_a_load_balancer_the_servers_still_report_and_nobody_visits(site: Deployed) -> None:
    balancer = site.load_balancer
    without(site, LOAD_BALANCER)
    site.pass_time(minutes=10)
    assert len(site.series(f"{EC2}/CPUUtilization", {"InstanceId": site.instances[0]}, minutes=6)) > 3
    assert site.series(f"{ALB}/RequestCount", balancer, minutes=6) == []
    with pytest.raises(FaultError, match="no load balancer"):
        site.world.faults.activate("slow-responses")
    site.world.faults.activate("high-cpu")
    assert site.series(f"{EC2}/CPUUtilization", {"InstanceId": site.instances[0]}, minutes=6)[-1] > 90


def test_a_network_load_balancer_has_no_application_load_balancers_metrics(site: Deployed) -> None:
    site.stack.resources["Balancer"].properties["Type"] = "network"
    found = site.world.workload.deployment(Environment.PROD)
    assert found is not None
    assert found.load_balancers == ()


def test_without_a_group_the_servers_are_those_of_the_stack_and_those_registered(site: Deployed) -> None:
    without(site, GROUP)
    alone = site.world.client("ec2").run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1)["Instances"][0]
    site.stack.resources["Bastion"] = FakeResource(INSTANCE, alone["InstanceId"])
    found = site.world.workload.deployment(Environment.PROD)
    assert found is not None
    assert found.auto_scaling_groups == ()
    assert set(found.instances) == {*site.instances, alone["InstanceId"]}
    site.pass_time(minutes=5)
    assert site.series(f"{EC2}/CPUUtilization", {"InstanceId": alone["InstanceId"]}, minutes=5)
    assert site.series(f"{ALB}/RequestCount", site.load_balancer, minutes=5)


def test_a_stack_without_a_load_balancer_and_servers_is_no_site(site: Deployed) -> None:
    without(site, GROUP, LOAD_BALANCER)
    assert site.world.workload.deployment(Environment.PROD) is None


def test_the_web_servers_log_where_the_agents_configuration_says(site: Deployed) -> None:
    configuration = '{"logs": {"collect_list": [{"log_group_name": "%s", "log_stream_name": "{instance_id}"}]}}'
    site.stack.resources["Flow"] = FakeResource(LOG_GROUP, "/vpc/flow")
    found = site.world.workload.deployment(Environment.PROD)
    assert found is not None
    assert found.log_groups == (site.log_group, "/vpc/flow")
    for resource in (
        FakeResource("AWS::SSM::Parameter", "agent", {"Value": configuration % "/ours"}),
        FakeResource(
            "AWS::EC2::LaunchTemplate",
            "lt-1",
            {
                "LaunchTemplateData": {
                    "UserData": base64.b64encode(f"#!/bin/sh\n{configuration % '/ours'}".encode()).decode()
                }
            },
        ),
    ):
        site.stack.resources["Agent"] = resource
        found = site.world.workload.deployment(Environment.PROD)
        assert found is not None
        assert found.log_groups == ("/ours",)


def test_what_another_environments_stack_lacks_is_its_own_affair(site: Deployed) -> None:
    incomplete = {"Balancer": FakeResource(LOAD_BALANCER, "gone"), "Nothing": FakeResource(GROUP, "")}
    site.world.service("cloudformation").known["web-infrastructure-dev"] = FakeStack(
        "UPDATE_COMPLETE", incomplete, site.stack.created
    )
    site.pass_time(minutes=5)
    assert site.world.workload.deployment(Environment.DEV) is None
    assert site.series(f"{ALB}/RequestCount", site.load_balancer, minutes=5)
    assert site.world.client("ec2").describe_instance_status()["InstanceStatuses"]
