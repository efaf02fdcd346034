"""Networks: AWS::EC2's VPC, subnets, gateways and routes."""

from __future__ import annotations

from typing import Any, ClassVar

from sandbox.aws.cloudformation.resources.base import Context, Handler, Properties, api_error, changed_tags, handles


def tag_specifications(kind: str, properties: Properties) -> dict[str, Any]:
    """The TagSpecifications argument for Tags taken out of `properties`."""
    tags = properties.pop("Tags", [])
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": tags}]} if tags else {}


class Ec2Handler(Handler):
    """What EC2 resources share: tags that are changed in place."""

    updaters: ClassVar = {"Tags": "update_tags"}

    def update_tags(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        ec2 = context.client("ec2")
        wanted, gone = changed_tags(old, new)
        if gone:
            ec2.delete_tags(Resources=[physical_id], Tags=[{"Key": key} for key in gone])
        if wanted:
            ec2.create_tags(Resources=[physical_id], Tags=wanted)


@handles
class Vpc(Ec2Handler):
    type_name = "AWS::EC2::VPC"
    attributes = ("VpcId", "CidrBlock", "DefaultSecurityGroup", "DefaultNetworkAcl")
    replaces_on = frozenset({"InstanceTenancy"})
    updaters: ClassVar = {**Ec2Handler.updaters, "EnableDnsSupport": "set_dns", "EnableDnsHostnames": "set_dns"}

    def create(self, context: Context, properties: Properties) -> str:
        dns = {name: properties.pop(name) for name in ("EnableDnsSupport", "EnableDnsHostnames") if name in properties}
        tags = tag_specifications("vpc", properties)
        vpc_id: str = context.client("ec2").create_vpc(**properties, **tags)["Vpc"]["VpcId"]
        self.set_dns(context, vpc_id, {}, dns)
        return vpc_id

    def set_dns(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        for name, default in (("EnableDnsSupport", True), ("EnableDnsHostnames", False)):
            if new.get(name, default) != old.get(name, default):
                context.client("ec2").modify_vpc_attribute(
                    VpcId=physical_id, **{name: {"Value": new.get(name, default)}}
                )

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        context.client("ec2").delete_vpc(VpcId=physical_id)

    def attribute(self, context: Context, physical_id: str, name: str) -> Any:
        ec2 = context.client("ec2")
        of_vpc = [{"Name": "vpc-id", "Values": [physical_id]}]
        if name == "DefaultSecurityGroup":
            named = [*of_vpc, {"Name": "group-name", "Values": ["default"]}]
            return ec2.describe_security_groups(Filters=named)["SecurityGroups"][0]["GroupId"]
        if name == "DefaultNetworkAcl":
            default = [*of_vpc, {"Name": "default", "Values": ["true"]}]
            return ec2.describe_network_acls(Filters=default)["NetworkAcls"][0]["NetworkAclId"]
        return ec2.describe_vpcs(VpcIds=[physical_id])["Vpcs"][0][name]


@handles
class Subnet(Ec2Handler):
    type_name = "AWS::EC2::Subnet"
    attributes = ("SubnetId", "AvailabilityZone", "CidrBlock", "VpcId")
    updaters: ClassVar = {**Ec2Handler.updaters, "MapPublicIpOnLaunch": "set_public"}

    def create(self, context: Context, properties: Properties) -> str:
        public = {"MapPublicIpOnLaunch": properties.pop("MapPublicIpOnLaunch", False)}
        tags = tag_specifications("subnet", properties)
        subnet_id: str = context.client("ec2").create_subnet(**properties, **tags)["Subnet"]["SubnetId"]
        self.set_public(context, subnet_id, {}, public)
        return subnet_id

    def set_public(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        context.client("ec2").modify_subnet_attribute(
            SubnetId=physical_id, MapPublicIpOnLaunch={"Value": new.get("MapPublicIpOnLaunch", False)}
        )

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        context.client("ec2").delete_subnet(SubnetId=physical_id)

    def attribute(self, context: Context, physical_id: str, name: str) -> Any:
        return context.client("ec2").describe_subnets(SubnetIds=[physical_id])["Subnets"][0][name]


@handles
class InternetGateway(Ec2Handler):
    type_name = "AWS::EC2::InternetGateway"
    attributes = ("InternetGatewayId",)

    def create(self, context: Context, properties: Properties) -> str:
        tags = tag_specifications("internet-gateway", properties)
        answer = context.client("ec2").create_internet_gateway(**properties, **tags)
        return answer["InternetGateway"]["InternetGatewayId"]

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        context.client("ec2").delete_internet_gateway(InternetGatewayId=physical_id)

    def attribute(self, context: Context, physical_id: str, name: str) -> Any:
        return physical_id


@handles
class GatewayAttachment(Handler):
    """Its physical id is `IGW|vpc-…`, as the registry has it."""

    type_name = "AWS::EC2::VPCGatewayAttachment"
    replaces_on = frozenset({"InternetGatewayId"})

    def create(self, context: Context, properties: Properties) -> str:
        context.client("ec2").attach_internet_gateway(**properties)
        return f"IGW|{properties['VpcId']}"

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        context.client("ec2").detach_internet_gateway(**properties)


@handles
class RouteTable(Ec2Handler):
    type_name = "AWS::EC2::RouteTable"
    attributes = ("RouteTableId",)

    def create(self, context: Context, properties: Properties) -> str:
        tags = tag_specifications("route-table", properties)
        return context.client("ec2").create_route_table(**properties, **tags)["RouteTable"]["RouteTableId"]

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        context.client("ec2").delete_route_table(RouteTableId=physical_id)

    def attribute(self, context: Context, physical_id: str, name: str) -> Any:
        return physical_id


@handles
class Route(Handler):
    """Its physical id is `rtb-…|destination`."""

    type_name = "AWS::EC2::Route"
    updaters: ClassVar = {"GatewayId": "point", "NatGatewayId": "point"}
    _DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")

    def create(self, context: Context, properties: Properties) -> str:
        context.client("ec2").create_route(**properties)
        destination = next(properties[name] for name in self._DESTINATIONS if name in properties)
        return f"{properties['RouteTableId']}|{destination}"

    def point(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        context.client("ec2").replace_route(**new)

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        keys = ("RouteTableId", *self._DESTINATIONS)
        context.client("ec2").delete_route(**{key: properties[key] for key in keys if key in properties})


@handles
class RouteTableAssociation(Handler):
    type_name = "AWS::EC2::SubnetRouteTableAssociation"
    attributes = ("Id",)

    def create(self, context: Context, properties: Properties) -> str:
        return context.client("ec2").associate_route_table(**properties)["AssociationId"]

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        context.client("ec2").disassociate_route_table(AssociationId=physical_id)

    def attribute(self, context: Context, physical_id: str, name: str) -> Any:
        return physical_id


@handles
class ElasticIp(Ec2Handler):
    """Its Ref is the address, its AllocationId an attribute."""

    type_name = "AWS::EC2::EIP"
    attributes = ("AllocationId", "PublicIp")

    def create(self, context: Context, properties: Properties) -> str:
        tags = tag_specifications("elastic-ip", properties)
        return context.client("ec2").allocate_address(**properties, **tags)["PublicIp"]

    def update_tags(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        super().update_tags(context, self._allocation(context, physical_id), old, new)

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        context.client("ec2").release_address(AllocationId=self._allocation(context, physical_id))

    def attribute(self, context: Context, physical_id: str, name: str) -> Any:
        return physical_id if name == "PublicIp" else self._allocation(context, physical_id)

    def _allocation(self, context: Context, physical_id: str) -> str:
        answer = context.client("ec2").describe_addresses(PublicIps=[physical_id])
        return answer["Addresses"][0]["AllocationId"]


@handles
class NatGateway(Ec2Handler):
    type_name = "AWS::EC2::NatGateway"
    attributes = ("NatGatewayId",)

    def create(self, context: Context, properties: Properties) -> str:
        tags = tag_specifications("natgateway", properties)
        if "AllocationId" not in properties and properties.get("ConnectivityType") != "private":
            raise api_error(
                "CreateNatGateway", "MissingParameter", "The request must contain the parameter AllocationId"
            )
        return context.client("ec2").create_nat_gateway(**properties, **tags)["NatGateway"]["NatGatewayId"]

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        context.client("ec2").delete_nat_gateway(NatGatewayId=physical_id)

    def attribute(self, context: Context, physical_id: str, name: str) -> Any:
        return physical_id
