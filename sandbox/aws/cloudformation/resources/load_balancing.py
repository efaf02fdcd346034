"""AWS::ElasticLoadBalancingV2: load balancers, target groups, listeners and their rules."""

from __future__ import annotations

import zlib
from typing import Any, ClassVar

from moto.elbv2.models import elbv2_backends

from sandbox.aws.cloudformation.resources.base import Context, Handler, Properties, api_error, changed_tags, handles


def _full_name(arn: str) -> str:
    """`app/web-prod/50dc6c495c0c9188`: how CloudWatch's dimensions name it."""
    return arn.split(":", 5)[5].removeprefix("loadbalancer/")


class _Elbv2Handler(Handler):
    updaters: ClassVar = {"Tags": "update_tags"}

    def update_tags(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        elbv2 = context.client("elbv2")
        wanted, gone = changed_tags(old, new)
        if gone:
            elbv2.remove_tags(ResourceArns=[physical_id], TagKeys=gone)
        if wanted:
            elbv2.add_tags(ResourceArns=[physical_id], Tags=wanted)


@handles
class LoadBalancer(_Elbv2Handler):
    type_name = "AWS::ElasticLoadBalancingV2::LoadBalancer"
    attributes = ("LoadBalancerArn", "DNSName", "LoadBalancerName", "LoadBalancerFullName", "CanonicalHostedZoneID")
    updaters: ClassVar = {
        **_Elbv2Handler.updaters,
        "LoadBalancerAttributes": "set_attributes",
        "SecurityGroups": "set_security_groups",
        "Subnets": "set_subnets",
        "IpAddressType": "set_ip_address_type",
    }

    def create(self, context: Context, properties: Properties) -> str:
        elbv2 = context.client("elbv2")
        attributes = properties.pop("LoadBalancerAttributes", [])
        name = properties.pop("Name", None) or context.name(32)
        if any(balancer["LoadBalancerName"] == name for balancer in elbv2.describe_load_balancers()["LoadBalancers"]):
            raise api_error(
                "CreateLoadBalancer",
                "DuplicateLoadBalancerName",
                f"A load balancer with the same name '{name}' exists, but with different settings",
            )
        arn: str = elbv2.create_load_balancer(Name=name, **properties)["LoadBalancers"][0]["LoadBalancerArn"]
        self._name_as_aws_does(context, arn, name)
        if attributes:
            self.set_attributes(context, arn, {}, {"LoadBalancerAttributes": attributes})
        return arn

    def _name_as_aws_does(self, context: Context, arn: str, name: str) -> None:
        """AWS's DNS names carry a number of their own; moto's end in -1 for every one."""
        balancer = elbv2_backends[context.account_id][context.region].load_balancers[arn]
        internal = "internal-" if balancer.scheme == "internal" else ""
        number = zlib.crc32(arn.encode())
        balancer.dns_name = f"{internal}{name}-{number:010d}.{context.region}.elb.amazonaws.com"

    def set_attributes(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        context.client("elbv2").modify_load_balancer_attributes(
            LoadBalancerArn=physical_id, Attributes=new.get("LoadBalancerAttributes", [])
        )

    def set_security_groups(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        context.client("elbv2").set_security_groups(
            LoadBalancerArn=physical_id, SecurityGroups=new.get("SecurityGroups", [])
        )

    def set_subnets(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        context.client("elbv2").set_subnets(LoadBalancerArn=physical_id, Subnets=new["Subnets"])

    def set_ip_address_type(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        context.client("elbv2").set_ip_address_type(
            LoadBalancerArn=physical_id, IpAddressType=new.get("IpAddressType", "ipv4")
        )

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        context.client("elbv2").delete_load_balancer(LoadBalancerArn=physical_id)

    def attribute(self, context: Context, physical_id: str, name: str) -> Any:
        if name == "LoadBalancerArn":
            return physical_id
        if name == "LoadBalancerFullName":
            return _full_name(physical_id)
        described = context.client("elbv2").describe_load_balancers(LoadBalancerArns=[physical_id])
        balancer = described["LoadBalancers"][0]
        return balancer["CanonicalHostedZoneId" if name == "CanonicalHostedZoneID" else name]


@handles
class TargetGroup(_Elbv2Handler):
    type_name = "AWS::ElasticLoadBalancingV2::TargetGroup"
    attributes = ("TargetGroupArn", "TargetGroupName", "TargetGroupFullName")
    _HEALTH_CHECK = (
        "HealthCheckEnabled",
        "HealthCheckIntervalSeconds",
        "HealthCheckPath",
        "HealthCheckPort",
        "HealthCheckProtocol",
        "HealthCheckTimeoutSeconds",
        "HealthyThresholdCount",
        "Matcher",
        "UnhealthyThresholdCount",
    )
    updaters: ClassVar = {
        **_Elbv2Handler.updaters,
        **dict.fromkeys(_HEALTH_CHECK, "set_health_check"),
        "TargetGroupAttributes": "set_attributes",
        "Targets": "set_targets",
    }

    def create(self, context: Context, properties: Properties) -> str:
        attributes, targets = properties.pop("TargetGroupAttributes", []), properties.pop("Targets", [])
        self._check_health_check(properties)
        name = properties.pop("Name", None) or context.name(32)
        answer = context.client("elbv2").create_target_group(Name=name, **properties)
        arn: str = answer["TargetGroups"][0]["TargetGroupArn"]
        if attributes:
            self.set_attributes(context, arn, {}, {"TargetGroupAttributes": attributes})
        self.set_targets(context, arn, {}, {"Targets": targets})
        return arn

    def set_targets(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        elbv2, before, after = context.client("elbv2"), old.get("Targets", []), new.get("Targets", [])
        if gone := [target for target in before if target not in after]:
            elbv2.deregister_targets(TargetGroupArn=physical_id, Targets=gone)
        if come := [target for target in after if target not in before]:
            elbv2.register_targets(TargetGroupArn=physical_id, Targets=come)

    def _check_health_check(self, properties: Properties) -> None:
        """Moto takes any pair of timeout and interval."""
        timeout = properties.get("HealthCheckTimeoutSeconds", 5)
        interval = properties.get("HealthCheckIntervalSeconds", 30)
        if timeout >= interval:
            raise api_error(
                "CreateTargetGroup",
                "ValidationError",
                f"Health check timeout '{timeout}' must be smaller than the interval '{interval}'",
            )

    def set_health_check(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        self._check_health_check(new)
        context.client("elbv2").modify_target_group(
            TargetGroupArn=physical_id, **{name: new[name] for name in self._HEALTH_CHECK if name in new}
        )

    def set_attributes(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        context.client("elbv2").modify_target_group_attributes(
            TargetGroupArn=physical_id, Attributes=new.get("TargetGroupAttributes", [])
        )

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        context.client("elbv2").delete_target_group(TargetGroupArn=physical_id)

    def attribute(self, context: Context, physical_id: str, name: str) -> Any:
        if name == "TargetGroupArn":
            return physical_id
        full_name = _full_name(physical_id)
        return full_name if name == "TargetGroupFullName" else full_name.split("/")[1]


@handles
class Listener(_Elbv2Handler):
    type_name = "AWS::ElasticLoadBalancingV2::Listener"
    attributes = ("ListenerArn",)
    updaters: ClassVar = {
        **_Elbv2Handler.updaters,
        **dict.fromkeys(("Port", "Protocol", "SslPolicy", "Certificates", "DefaultActions"), "modify"),
    }

    def create(self, context: Context, properties: Properties) -> str:
        self._check_port(context, properties, ours=None)
        return context.client("elbv2").create_listener(**properties)["Listeners"][0]["ListenerArn"]

    def _check_port(self, context: Context, properties: Properties, ours: str | None) -> None:
        """Moto takes any number of listeners on one port."""
        balancer = properties["LoadBalancerArn"]
        listeners = context.client("elbv2").describe_listeners(LoadBalancerArn=balancer)["Listeners"]
        taken = {listener["Port"] for listener in listeners if listener["ListenerArn"] != ours}
        if properties.get("Port") in taken:
            raise api_error(
                "CreateListener",
                "DuplicateListener",
                f"A listener already exists on this port for this load balancer '{balancer}'",
            )

    def modify(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        self._check_port(context, new, ours=physical_id)
        kept = {name: value for name, value in new.items() if name not in ("LoadBalancerArn", "Tags")}
        context.client("elbv2").modify_listener(ListenerArn=physical_id, **kept)

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        context.client("elbv2").delete_listener(ListenerArn=physical_id)

    def attribute(self, context: Context, physical_id: str, name: str) -> Any:
        return physical_id


@handles
class ListenerRule(_Elbv2Handler):
    type_name = "AWS::ElasticLoadBalancingV2::ListenerRule"
    attributes = ("RuleArn",)
    updaters: ClassVar = {
        **_Elbv2Handler.updaters,
        "Actions": "modify",
        "Conditions": "modify",
        "Priority": "set_priority",
    }

    def create(self, context: Context, properties: Properties) -> str:
        return context.client("elbv2").create_rule(**properties)["Rules"][0]["RuleArn"]

    def modify(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        context.client("elbv2").modify_rule(RuleArn=physical_id, Actions=new["Actions"], Conditions=new["Conditions"])

    def set_priority(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        context.client("elbv2").set_rule_priorities(
            RulePriorities=[{"RuleArn": physical_id, "Priority": new["Priority"]}]
        )

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        context.client("elbv2").delete_rule(RuleArn=physical_id)

    def attribute(self, context: Context, physical_id: str, name: str) -> Any:
        return physical_id
