"""What a resource type's registry schema lists under its handlers' permissions and a resource can do without.

Everything else that it lists is needed. Each entry is of the types in use and has its reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# Listed with a star: what the handler is known to ask of it
NARROWED: Mapping[str, Sequence[str]] = {
    "autoscaling:Describe*": ["autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeScalingActivities"],
    "ec2:Describe*": ["ec2:DescribeLaunchTemplateVersions", "ec2:DescribeSubnets"],
    "elasticloadbalancing:Describe*": ["elasticloadbalancing:DescribeTargetGroups"],
}


@dataclass(frozen=True)
class Unneeded:
    """Actions that are needed only where one of `properties` is set (on an update: differs).

    `unless_says` makes them needed where the properties hold this text anywhere.
    """

    actions: Sequence[str]
    reason: str
    properties: Sequence[str] = ()
    unless_says: str = ""


def _of(properties: str, *actions: str) -> Unneeded:
    names = properties.split()
    return Unneeded(actions, f"belongs to {', '.join(names)}", names)


_COGNITO = Unneeded(
    ["cognito-idp:DescribeUserPoolClient"],
    "belongs to actions that sign visitors in",
    unless_says="authenticate-cognito",
)
_INGRESS = ("ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress")
_EGRESS = ("ec2:AuthorizeSecurityGroupEgress", "ec2:RevokeSecurityGroupEgress")

UNNEEDED: Mapping[str, Sequence[Unneeded]] = {
    "AWS::AutoScaling::AutoScalingGroup": [
        _of(
            "NotificationConfiguration NotificationConfigurations",
            "autoscaling:DeleteNotificationConfiguration",
            "autoscaling:PutNotificationConfiguration",
        ),
        _of("LifecycleHookSpecificationList", "autoscaling:DeleteLifecycleHook", "autoscaling:PutLifecycleHook"),
        _of("LoadBalancerNames", "autoscaling:AttachLoadBalancers", "autoscaling:DetachLoadBalancers"),
        _of(
            "TargetGroupARNs",
            "autoscaling:AttachLoadBalancerTargetGroups",
            "autoscaling:DetachLoadBalancerTargetGroups",
        ),
        _of("MetricsCollection", "autoscaling:DisableMetricsCollection", "autoscaling:EnableMetricsCollection"),
        _of(
            "TrafficSources",
            "autoscaling:AttachTrafficSources",
            "autoscaling:DetachTrafficSources",
            "vpc-lattice:DeregisterTargets",
            "vpc-lattice:GetTargetGroup",
            "vpc-lattice:ListTargets",
            "vpc-lattice:RegisterTargets",
        ),
        Unneeded(
            ["autoscaling:CancelInstanceRefresh", "autoscaling:StartInstanceRefresh", "cloudwatch:PutMetricAlarm"],
            "belongs to instance refreshes, for which there is an update policy of its own",
        ),
        Unneeded(
            ["autoscaling:ResumeProcesses", "autoscaling:SuspendProcesses"],
            "belongs to rolling updates, which ask for it themselves",
        ),
        Unneeded(
            [
                "managed-fleets:CreateAutoScalingGroup",
                "managed-fleets:DeleteAutoScalingGroup",
                "managed-fleets:DeregisterAutoScalingGroup",
                "managed-fleets:Get*",
                "managed-fleets:RegisterAutoScalingGroup",
                "managed-fleets:UpdateAutoScalingGroup",
            ],
            "AWS's authorization reference has no such service",
        ),
        Unneeded(["ec2:Get*"], "reads Windows passwords and console output among much else; none is a property"),
        Unneeded(["ssm:Get*"], "belongs to images by parameter", unless_says="resolve:ssm:"),
    ],
    "AWS::AutoScaling::ScalingPolicy": [_of("PredictiveScalingConfiguration", "cloudwatch:GetMetricData")],
    "AWS::CloudFormation::Stack": [
        Unneeded(
            ["cloudformation:GetStackPolicy", "cloudformation:GetTemplate"],
            "outputs are all that is read of a nested stack",
        ),
        _of("EnableTerminationProtection", "cloudformation:UpdateTerminationProtection"),
        _of("StackPolicyBody StackPolicyURL", "cloudformation:SetStackPolicy"),
    ],
    "AWS::EC2::SecurityGroup": [
        _of("SecurityGroupIngress", *_INGRESS, "ec2:UpdateSecurityGroupRuleDescriptionsIngress"),
        _of("SecurityGroupEgress", *_EGRESS, "ec2:UpdateSecurityGroupRuleDescriptionsEgress"),
    ],
    "AWS::EC2::Subnet": [
        _of(
            "AssignIpv6AddressOnCreation EnableDns64 MapPublicIpOnLaunch PrivateDnsNameOptionsOnLaunch",
            "ec2:ModifySubnetAttribute",
        ),
        _of("Ipv6CidrBlock", "ec2:AssociateSubnetCidrBlock", "ec2:DisassociateSubnetCidrBlock"),
    ],
    "AWS::EC2::VPC": [
        _of("EnableDnsHostnames EnableDnsSupport", "ec2:ModifyVpcAttribute"),
        _of("InstanceTenancy", "ec2:ModifyVpcTenancy"),
        _of("VpcEncryptionControl", "ec2:CreateVpcEncryptionControl"),
    ],
    "AWS::EC2::VPCGatewayAttachment": [
        _of("InternetGatewayId", "ec2:AttachInternetGateway", "ec2:DetachInternetGateway"),
        _of("VpnGatewayId", "ec2:AttachVpnGateway", "ec2:DetachVpnGateway"),
    ],
    "AWS::ElasticLoadBalancingV2::Listener": [_COGNITO],
    "AWS::ElasticLoadBalancingV2::ListenerRule": [_COGNITO],
    "AWS::ElasticLoadBalancingV2::LoadBalancer": [
        _of("Ipv4IpamPoolId", "ec2:DescribeIpamPools", "elasticloadbalancing:ModifyIpPools"),
        _of("IpAddressType", "elasticloadbalancing:SetIpAddressType"),
        _of("LoadBalancerAttributes", "elasticloadbalancing:ModifyLoadBalancerAttributes"),
        _of("MinimumLoadBalancerCapacity", "elasticloadbalancing:ModifyCapacityReservation"),
        _of("SecurityGroups", "elasticloadbalancing:SetSecurityGroups"),
        _of("SubnetMappings Subnets", "elasticloadbalancing:SetSubnets"),
    ],
    "AWS::ElasticLoadBalancingV2::TargetGroup": [
        _of("TargetGroupAttributes", "elasticloadbalancing:ModifyTargetGroupAttributes"),
        _of("Targets", "elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"),
    ],
    "AWS::IAM::InstanceProfile": [
        _of("Roles", "iam:AddRoleToInstanceProfile", "iam:RemoveRoleFromInstanceProfile"),
    ],
    "AWS::IAM::Role": [
        _of("AssumeRolePolicyDocument", "iam:UpdateAssumeRolePolicy"),
        _of("Description MaxSessionDuration", "iam:UpdateRole", "iam:UpdateRoleDescription"),
        _of("ManagedPolicyArns", "iam:AttachRolePolicy", "iam:DetachRolePolicy"),
        _of("PermissionsBoundary", "iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary"),
        _of("Policies", "iam:DeleteRolePolicy", "iam:PutRolePolicy"),
    ],
    "AWS::Logs::LogGroup": [
        _of("BearerTokenAuthenticationEnabled", "logs:PutBearerTokenAuthentication"),
        _of(
            "DataProtectionPolicy",
            "firehose:TagDeliveryStream",
            "logs:CreateLogDelivery",
            "logs:DeleteDataProtectionPolicy",
            "logs:PutDataProtectionPolicy",
            "s3:REST.PUT.OBJECT",
        ),
        _of("DeletionProtectionEnabled", "logs:PutLogGroupDeletionProtection"),
        _of("FieldIndexPolicies", "logs:DeleteIndexPolicy", "logs:PutIndexPolicy"),
        _of("KmsKeyId", "logs:AssociateKmsKey", "logs:DisassociateKmsKey"),
        _of("ResourcePolicyDocument", "logs:DeleteResourcePolicy", "logs:PutResourcePolicy"),
        _of("RetentionInDays", "logs:DeleteRetentionPolicy", "logs:PutRetentionPolicy"),
    ],
}
