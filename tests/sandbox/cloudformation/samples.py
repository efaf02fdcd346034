"""Resources as a template has them, for tests of their types."""

from __future__ import annotations

from typing import Any

JSON = dict[str, Any]
TAGS = [{"Key": "Environment", "Value": "dev"}]
MORE_TAGS = [{"Key": "Environment", "Value": "prod"}, {"Key": "New", "Value": "1"}]


def trust(service: str, effect: str = "Allow") -> JSON:
    statement = {"Effect": effect, "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


TRUST = trust("ec2")
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
IMAGE = "ami-0720cb7af233b0529"


def of(type_name: str, **properties: Any) -> JSON:
    return {"Type": type_name, "Properties": properties}


VPC = of("AWS::EC2::VPC", CidrBlock="10.0.0.0/16")
SUBNET = of("AWS::EC2::Subnet", VpcId={"Ref": "Vpc"}, CidrBlock="10.0.0.0/24", AvailabilityZone="ap-southeast-2a")
SUBNET_B = of("AWS::EC2::Subnet", VpcId={"Ref": "Vpc"}, CidrBlock="10.0.1.0/24", AvailabilityZone="ap-southeast-2b")
GATEWAY = of("AWS::EC2::InternetGateway")
ATTACHMENT = of("AWS::EC2::VPCGatewayAttachment", VpcId={"Ref": "Vpc"}, InternetGatewayId={"Ref": "Gateway"})
TABLE = of("AWS::EC2::RouteTable", VpcId={"Ref": "Vpc"})
GROUP = of("AWS::EC2::SecurityGroup", GroupDescription="g", VpcId={"Ref": "Vpc"})
HTTP = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "0.0.0.0/0", "Description": "http"}
HTTPS = {**HTTP, "FromPort": 443, "ToPort": 443}
BALANCER = of("AWS::ElasticLoadBalancingV2::LoadBalancer", Subnets=[{"Ref": "Subnet"}, {"Ref": "SubnetB"}])
TARGETS = of("AWS::ElasticLoadBalancingV2::TargetGroup", Port=80, Protocol="HTTP", VpcId={"Ref": "Vpc"})
FORWARD = [{"Type": "forward", "TargetGroupArn": {"Ref": "Targets"}}]
LISTENER = of(
    "AWS::ElasticLoadBalancingV2::Listener",
    LoadBalancerArn={"Ref": "Balancer"},
    Port=80,
    Protocol="HTTP",
    DefaultActions=FORWARD,
)
NETWORK = {"Vpc": VPC, "Subnet": SUBNET, "SubnetB": SUBNET_B}
LOAD_BALANCING = {**NETWORK, "Balancer": BALANCER, "Targets": TARGETS, "Listener": LISTENER}
TEMPLATE = of("AWS::EC2::LaunchTemplate", LaunchTemplateData={"ImageId": IMAGE, "InstanceType": "t3.micro"})
LAUNCHED = {"LaunchTemplateId": {"Ref": "Launch"}, "Version": {"Fn::GetAtt": ["Launch", "LatestVersionNumber"]}}
ASG = of(
    "AWS::AutoScaling::AutoScalingGroup",
    MinSize=1,
    MaxSize=2,
    VPCZoneIdentifier=[{"Ref": "Subnet"}],
    LaunchTemplate=LAUNCHED,
)
SCALING = {**NETWORK, "Launch": TEMPLATE, "Group": ASG}
ROLE = of("AWS::IAM::Role", AssumeRolePolicyDocument=TRUST)
ALARM = of(
    "AWS::CloudWatch::Alarm",
    MetricName="CPUUtilization",
    Namespace="AWS/EC2",
    Statistic="Average",
    Period=60,
    EvaluationPeriods=3,
    Threshold=80,
    ComparisonOperator="GreaterThanThreshold",
)
LOG_GROUP = of("AWS::Logs::LogGroup")
ERRORS = [{"MetricName": "Errors", "MetricNamespace": "App", "MetricValue": "1", "DefaultValue": 0}]
FILTER = of(
    "AWS::Logs::MetricFilter", LogGroupName={"Ref": "Logs"}, FilterPattern="ERROR", MetricTransformations=ERRORS
)
TOPIC = of("AWS::SNS::Topic")
RULE = of(
    "AWS::Events::Rule",
    EventPattern={"source": ["aws.codepipeline"]},
    Targets=[{"Id": "topic", "Arn": {"Ref": "Topic"}}],
)
PUBLIC_SUBNET = {**SUBNET, "Properties": {**SUBNET["Properties"], "MapPublicIpOnLaunch": True}}
INSTANCE = of(
    "AWS::EC2::Instance",
    ImageId=IMAGE,
    InstanceType="t3.micro",
    SubnetId={"Ref": "Subnet"},
    UserData={"Fn::Base64": "echo"},
)
PROFILE = of("AWS::IAM::InstanceProfile", Roles=[{"Ref": "Role"}])
POLICY = of("AWS::IAM::Policy", PolicyName="read", PolicyDocument=ALLOW, Roles=[{"Ref": "Role"}])
ZONE = "example.org."
RECORD = of(
    "AWS::Route53::RecordSet",
    HostedZoneName=ZONE,
    Name="www.example.org",
    Type="A",
    TTL="300",
    ResourceRecords=["192.0.2.1"],
)
