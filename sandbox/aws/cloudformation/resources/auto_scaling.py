"""AWS::AutoScaling groups and policies, and the launch templates they start from."""

from __future__ import annotations

from typing import Any, ClassVar

from sandbox.aws.cloudformation.errors import ResourceError
from sandbox.aws.cloudformation.resources.base import Context, Handler, Properties, handles
from sandbox.aws.cloudformation.resources.rolling_update import roll

_WHOLE_NUMBERS = ("MinSize", "MaxSize", "DesiredCapacity", "DefaultCooldown")
_LAUNCH = ("LaunchTemplate", "VPCZoneIdentifier")


@handles
class LaunchTemplate(Handler):
    """A change makes a new version; the default version stays, as on AWS."""

    type_name = "AWS::EC2::LaunchTemplate"
    attributes = ("LaunchTemplateId", "LatestVersionNumber", "DefaultVersionNumber")
    updaters: ClassVar = {
        "LaunchTemplateData": "add_version",
        "VersionDescription": "add_version",
        "TagSpecifications": "set_tags",
    }

    def create(self, context: Context, properties: Properties) -> str:
        name = properties.pop("LaunchTemplateName", None) or context.name(128)
        answer = context.client("ec2").create_launch_template(LaunchTemplateName=name, **properties)
        return answer["LaunchTemplate"]["LaunchTemplateId"]

    def add_version(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        names = ("LaunchTemplateData", "VersionDescription")
        context.client("ec2").create_launch_template_version(
            LaunchTemplateId=physical_id, **{name: new[name] for name in names if name in new}
        )

    def set_tags(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        tags = [tag for spec in new.get("TagSpecifications", []) for tag in spec.get("Tags", [])]
        context.client("ec2").create_tags(Resources=[physical_id], Tags=tags)

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        context.client("ec2").delete_launch_template(LaunchTemplateId=physical_id)

    def attribute(self, context: Context, physical_id: str, name: str) -> Any:
        if name == "LaunchTemplateId":
            return physical_id
        answer = context.client("ec2").describe_launch_templates(LaunchTemplateIds=[physical_id])
        return str(answer["LaunchTemplates"][0][name])


@handles
class AutoScalingGroup(Handler):
    type_name = "AWS::AutoScaling::AutoScalingGroup"
    attributes = ("AutoScalingGroupARN", "AutoScalingGroupName")
    stack_tag: ClassVar = {"PropagateAtLaunch": True}
    updaters: ClassVar = {
        **dict.fromkeys(
            (
                *("MinSize", "MaxSize", "DesiredCapacity", "Cooldown", "HealthCheckType", "HealthCheckGracePeriod"),
                *("NewInstancesProtectedFromScaleIn", "TerminationPolicies", *_LAUNCH),
            ),
            "modify",
        ),
        "TargetGroupARNs": "set_target_groups",
        "MetricsCollection": "set_metrics",
        "Tags": "set_tags",
    }

    def create(self, context: Context, properties: Properties) -> str:
        client = context.client("autoscaling")
        metrics = {"MetricsCollection": properties.pop("MetricsCollection", [])}
        name: str = properties.pop("AutoScalingGroupName", None) or context.name(255)
        properties["Tags"] = _tags(name, properties.get("Tags", []))
        client.create_auto_scaling_group(AutoScalingGroupName=name, **_request(properties))
        self.set_metrics(context, name, {}, metrics)
        return name

    def settle(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Wait for the signals that CreationPolicy asks for. The sandbox's instances start well, and signal."""
        signal = context.creation_policy.get("ResourceSignal")
        if not signal or not context.record.status.startswith("CREATE"):
            return
        instances = self._instances(context, physical_id)
        for instance in instances:
            context.note(f"Received SUCCESS signal with UniqueId {instance}")
        wanted = int(signal.get("Count", 1))
        if len(instances) < wanted:
            raise ResourceError(
                f"Received {len(instances)} SUCCESS signal(s) out of {wanted}. Unable to satisfy 100% "
                "MinSuccessfulInstancesPercent requirement"
            )

    def modify(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        apart = ("AutoScalingGroupName", "MetricsCollection", "Tags", "TargetGroupARNs")
        kept = {name: value for name, value in new.items() if name not in apart}
        context.client("autoscaling").update_auto_scaling_group(AutoScalingGroupName=physical_id, **_request(kept))
        policy = context.update_policy.get("AutoScalingRollingUpdate")
        if policy and any(old.get(name) != new.get(name) for name in _LAUNCH):
            everyone = old.get("VPCZoneIdentifier") != new.get("VPCZoneIdentifier")
            roll(context, physical_id, self._obsolete(context, physical_id, everyone=everyone), policy)

    def set_target_groups(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        client = context.client("autoscaling")
        before, after = set(old.get("TargetGroupARNs", [])), set(new.get("TargetGroupARNs", []))
        if before - after:
            client.detach_load_balancer_target_groups(
                AutoScalingGroupName=physical_id, TargetGroupARNs=sorted(before - after)
            )
        if after - before:
            client.attach_load_balancer_target_groups(
                AutoScalingGroupName=physical_id, TargetGroupARNs=sorted(after - before)
            )

    def set_metrics(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        for collection in new.get("MetricsCollection", []):
            context.client("autoscaling").enable_metrics_collection(AutoScalingGroupName=physical_id, **collection)

    def set_tags(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        client = context.client("autoscaling")
        wanted = _tags(physical_id, new.get("Tags", []))
        keys = {tag["Key"] for tag in wanted}
        gone = [tag for tag in _tags(physical_id, old.get("Tags", [])) if tag["Key"] not in keys]
        if gone:
            client.delete_tags(Tags=gone)
        if wanted:
            client.create_or_update_tags(Tags=wanted)

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        client = context.client("autoscaling")
        if client.describe_auto_scaling_groups(AutoScalingGroupNames=[physical_id])["AutoScalingGroups"]:
            client.delete_auto_scaling_group(AutoScalingGroupName=physical_id, ForceDelete=True)

    def attribute(self, context: Context, physical_id: str, name: str) -> Any:
        return _describe(context, physical_id)[name]

    def _obsolete(self, context: Context, physical_id: str, *, everyone: bool) -> list[str]:
        """The members that are started from another version than the group's; a rollback leaves those that are not."""
        group = _describe(context, physical_id)
        wanted = group.get("LaunchTemplate")
        if wanted is None or everyone:
            return self._instances(context, physical_id)
        versions = context.client("ec2").describe_launch_template_versions(
            LaunchTemplateId=wanted["LaunchTemplateId"], Versions=[wanted.get("Version", "$Default")]
        )
        version = versions["LaunchTemplateVersions"][0]
        now = (version["LaunchTemplateId"], str(version["VersionNumber"]))
        started = {each["InstanceId"]: each.get("LaunchTemplate", {}) for each in group["Instances"]}
        return [name for name, t in started.items() if (t.get("LaunchTemplateId"), t.get("Version")) != now]

    def _instances(self, context: Context, physical_id: str) -> list[str]:
        return [instance["InstanceId"] for instance in _describe(context, physical_id)["Instances"]]


def _describe(context: Context, name: str) -> dict[str, Any]:
    answer = context.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    return answer["AutoScalingGroups"][0]


def _request(properties: Properties) -> Properties:
    """CloudFormation's properties as AutoScaling's API names and types them."""
    made = dict(properties)
    if "Cooldown" in made:
        made["DefaultCooldown"] = made.pop("Cooldown")
    for name in _WHOLE_NUMBERS:
        if name in made:
            made[name] = int(made[name])
    if isinstance(made.get("VPCZoneIdentifier"), list):
        made["VPCZoneIdentifier"] = ",".join(made["VPCZoneIdentifier"])
    return made


def _tags(group: str, tags: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**tag, "ResourceId": group, "ResourceType": "auto-scaling-group"} for tag in tags]


@handles
class ScalingPolicy(Handler):
    """Its physical id is the policy's ARN."""

    type_name = "AWS::AutoScaling::ScalingPolicy"
    attributes = ("Arn", "PolicyName")
    updaters: ClassVar = dict.fromkeys(
        (
            "PolicyType",
            "TargetTrackingConfiguration",
            "EstimatedInstanceWarmup",
            "StepAdjustments",
            "ScalingAdjustment",
        ),
        "put",
    )

    def create(self, context: Context, properties: Properties) -> str:
        return self._put(context, context.name(255), properties)

    def put(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        self._put(context, physical_id.rsplit("policyName/", 1)[-1], new)

    def _put(self, context: Context, name: str, properties: Properties) -> str:
        client = context.client("autoscaling")
        client.put_scaling_policy(PolicyName=name, **properties)
        group = properties["AutoScalingGroupName"]
        described = client.describe_policies(AutoScalingGroupName=group, PolicyNames=[name])
        return described["ScalingPolicies"][0]["PolicyARN"]

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        context.client("autoscaling").delete_policy(
            AutoScalingGroupName=properties["AutoScalingGroupName"],
            PolicyName=physical_id.rsplit("policyName/", 1)[-1],
        )

    def attribute(self, context: Context, physical_id: str, name: str) -> Any:
        return physical_id if name == "Arn" else physical_id.rsplit("policyName/", 1)[-1]
