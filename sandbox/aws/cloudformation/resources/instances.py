"""AWS::EC2::Instance."""

from __future__ import annotations

import base64
import binascii
from typing import Any, ClassVar

from sandbox.aws.cloudformation.errors import ResourceError
from sandbox.aws.cloudformation.resources.base import Context, Properties, handles
from sandbox.aws.cloudformation.resources.ec2 import Ec2Handler, tag_specifications

_PLACEMENT = ("AvailabilityZone", "HostId")
# What moto's RunInstances applies under the same name
_PARAMETERS = (
    "BlockDeviceMappings",
    "DisableApiTermination",
    "EbsOptimized",
    "ImageId",
    "InstanceInitiatedShutdownBehavior",
    "InstanceType",
    "Ipv6AddressCount",
    "KeyName",
    "LaunchTemplate",
    "MetadataOptions",
    "PrivateIpAddress",
    "SecurityGroupIds",
    "SecurityGroups",
    "SubnetId",
)
_STOPPED_FOR = ("InstanceType", "EbsOptimized", "UserData")  # changed between a stop and a start


@handles
class Instance(Ec2Handler):
    type_name = "AWS::EC2::Instance"
    attributes = (
        "InstanceId",
        "PrivateIp",
        "PrivateDnsName",
        "PublicIp",
        "PublicDnsName",
        "VpcId",
        "AvailabilityZone",
        "State.Code",
        "State.Name",
    )
    replaces_on = frozenset({"BlockDeviceMappings"})
    updaters: ClassVar = {
        **Ec2Handler.updaters,
        **dict.fromkeys(_STOPPED_FOR, "change_stopped"),
        "SecurityGroupIds": "set_security_groups",
        "DisableApiTermination": "set_attributes",
        "InstanceInitiatedShutdownBehavior": "set_attributes",
        "SourceDestCheck": "set_attributes",
        "IamInstanceProfile": "set_profile",
    }

    def create(self, context: Context, properties: Properties) -> str:
        ec2 = context.client("ec2")
        request = {name: properties.pop(name) for name in _PARAMETERS if name in properties}
        placement = {name: properties.pop(name) for name in _PLACEMENT if name in properties}
        profile, monitored = properties.pop("IamInstanceProfile", None), properties.pop("Monitoring", False)
        interfaces = [_interface(each) for each in properties.pop("NetworkInterfaces", [])]
        user_data, checked = properties.pop("UserData", None), properties.pop("SourceDestCheck", True)
        tags = tag_specifications("instance", properties)
        self.refuse_rest(properties)
        started = ec2.run_instances(
            MinCount=1,
            MaxCount=1,
            **request,
            **tags,
            **({"Placement": placement} if placement else {}),
            **({"IamInstanceProfile": {"Name": profile}} if profile else {}),
            **({"Monitoring": {"Enabled": True}} if monitored else {}),
            **({"NetworkInterfaces": interfaces} if interfaces else {}),
            **({"UserData": _decoded(user_data)} if user_data else {}),
        )
        instance: str = started["Instances"][0]["InstanceId"]
        context.exists(instance)
        if request.get("DisableApiTermination"):  # which moto's RunInstances leaves out
            ec2.modify_instance_attribute(InstanceId=instance, DisableApiTermination={"Value": True})
        if not checked:
            ec2.modify_instance_attribute(InstanceId=instance, SourceDestCheck={"Value": False})
        return instance

    def change_stopped(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Some interruption, as the registry calls it: the instance is stopped, changed and started."""
        ec2 = context.client("ec2")
        ec2.stop_instances(InstanceIds=[physical_id])
        try:
            if old.get("InstanceType") != new.get("InstanceType"):
                wanted = new.get("InstanceType", "m1.small")
                ec2.modify_instance_attribute(InstanceId=physical_id, InstanceType={"Value": wanted})
            if old.get("EbsOptimized") != new.get("EbsOptimized"):
                ec2.modify_instance_attribute(
                    InstanceId=physical_id, EbsOptimized={"Value": new.get("EbsOptimized", False)}
                )
            if old.get("UserData") != new.get("UserData"):
                _decoded(new.get("UserData", ""))
                # In base64: moto takes what the client encodes once for what it encodes twice.
                ec2.modify_instance_attribute(InstanceId=physical_id, UserData={"Value": new.get("UserData", "")})
        finally:
            ec2.start_instances(InstanceIds=[physical_id])

    def set_security_groups(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        groups = new.get("SecurityGroupIds")
        if not groups:  # as if it had never named any
            vpc = [{"Name": "vpc-id", "Values": [self.attribute(context, physical_id, "VpcId")]}]
            default = [*vpc, {"Name": "group-name", "Values": ["default"]}]
            described = context.client("ec2").describe_security_groups(Filters=default)["SecurityGroups"]
            groups = [group["GroupId"] for group in described]
        context.client("ec2").modify_instance_attribute(InstanceId=physical_id, Groups=groups)

    def set_attributes(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        defaults = {
            "DisableApiTermination": False,
            "InstanceInitiatedShutdownBehavior": "stop",
            "SourceDestCheck": True,
        }
        for name, default in defaults.items():
            if old.get(name, default) != new.get(name, default):
                context.client("ec2").modify_instance_attribute(
                    InstanceId=physical_id, **{name: {"Value": new.get(name, default)}}
                )

    def set_profile(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        ec2 = context.client("ec2")
        of_instance = [{"Name": "instance-id", "Values": [physical_id]}]
        associated = ec2.describe_iam_instance_profile_associations(Filters=of_instance)
        for each in associated["IamInstanceProfileAssociations"]:
            ec2.disassociate_iam_instance_profile(AssociationId=each["AssociationId"])
        if "IamInstanceProfile" in new:
            profile = {"Name": new["IamInstanceProfile"]}
            ec2.associate_iam_instance_profile(InstanceId=physical_id, IamInstanceProfile=profile)

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        context.client("ec2").terminate_instances(InstanceIds=[physical_id])

    def attribute(self, context: Context, physical_id: str, name: str) -> Any:
        if name == "InstanceId":
            return physical_id
        described = context.client("ec2").describe_instances(InstanceIds=[physical_id])
        instance = described["Reservations"][0]["Instances"][0]
        if name.startswith("State."):
            return instance["State"][name.removeprefix("State.")]
        if name == "AvailabilityZone":
            return instance["Placement"]["AvailabilityZone"]
        return instance.get({"PrivateIp": "PrivateIpAddress", "PublicIp": "PublicIpAddress"}.get(name, name))


def _decoded(user_data: str) -> str:
    """A template's user data is in base64, and so would the client write it once more."""
    try:
        return base64.b64decode(user_data, validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise ResourceError("Invalid BASE64 encoding of user data.") from error


def _interface(properties: Properties) -> dict[str, Any]:
    """As RunInstances names it."""
    made = {**properties, "DeviceIndex": int(properties["DeviceIndex"])}
    if "GroupSet" in made:
        made["Groups"] = made.pop("GroupSet")
    return made
