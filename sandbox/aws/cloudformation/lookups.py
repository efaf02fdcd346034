"""What CloudFormation reads of the account: templates in S3, parameters, zones, ids, the role it takes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from botocore.exceptions import ClientError

from sandbox.aws.access import ACCESS, AccessDenied
from sandbox.aws.cloudformation.errors import ValidationError
from sandbox.aws.service import UnsupportedError

if TYPE_CHECKING:
    from sandbox.core.account import Account

_PATH_STYLE = re.compile(r"s3([.-][a-z0-9-]+)?\.amazonaws\.com(\.cn)?")
_HOST_STYLE = re.compile(r"(?P<bucket>.+)\.s3([.-][a-z0-9-]+)?\.amazonaws\.com(\.cn)?")

# parameter type -> service, operation, the parameter that names it: a list but for Id
_EXISTENCE = {
    "AWS::EC2::AvailabilityZone::Name": ("ec2", "describe_availability_zones", "ZoneNames"),
    "AWS::EC2::Image::Id": ("ec2", "describe_images", "ImageIds"),
    "AWS::EC2::Instance::Id": ("ec2", "describe_instances", "InstanceIds"),
    "AWS::EC2::KeyPair::KeyName": ("ec2", "describe_key_pairs", "KeyNames"),
    "AWS::EC2::SecurityGroup::GroupName": ("ec2", "describe_security_groups", "GroupNames"),
    "AWS::EC2::SecurityGroup::Id": ("ec2", "describe_security_groups", "GroupIds"),
    "AWS::EC2::Subnet::Id": ("ec2", "describe_subnets", "SubnetIds"),
    "AWS::EC2::VPC::Id": ("ec2", "describe_vpcs", "VpcIds"),
    "AWS::EC2::Volume::Id": ("ec2", "describe_volumes", "VolumeIds"),
    "AWS::Route53::HostedZone::Id": ("route53", "get_hosted_zone", "Id"),
    "AWS::SSM::Parameter::Name": ("ssm", "get_parameters", "Names"),
}


class Lookups:
    """Reads through the account's own APIs."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._zones: dict[str, list[str]] = {}

    def template(self, url: str) -> str:
        """The text of a template in S3.

        Raises:
            ValidationError: it is no S3 URL, or nothing is there.
        """
        bucket, key = self._bucket_and_key(url)
        try:
            answer = self._account.client("s3").get_object(Bucket=bucket, Key=key)
        except ClientError as error:
            raise ValidationError(
                f"S3 error: {error.response.get('Error', {}).get('Message', 'Access Denied')} "
                "TemplateURL must reference a valid S3 object to which you have access."
            ) from error
        return answer["Body"].read().decode()

    def _bucket_and_key(self, url: str) -> tuple[str, str]:
        parts = urlsplit(url)
        host, path = parts.netloc, unquote(parts.path).lstrip("/")
        host_style = _HOST_STYLE.fullmatch(host)
        if host == urlsplit(self._account.endpoint).netloc or _PATH_STYLE.fullmatch(host):
            bucket, _, key = path.partition("/")
        elif host_style:
            bucket, key = host_style["bucket"], path
        else:
            raise ValidationError("TemplateURL must be a supported URL.")
        if not bucket or not key:
            raise ValidationError("TemplateURL must reference a valid S3 object to which you have access.")
        return bucket, key

    def parameter(self, name: str) -> str | None:
        """The value of a Systems Manager parameter by NAME or NAME:VERSION, None where there is none."""
        try:
            found = self._account.client("ssm").get_parameters(Names=[name])["Parameters"]
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code == "AccessDeniedException":
                raise ValidationError("User doesn't have permission to call ssm:GetParameters") from error
            raise
        return found[0]["Value"] if found else None

    def zones(self, region: str) -> list[str]:
        """The region's Availability Zones, in order.

        Raises:
            UnsupportedError: of another region than the sandbox's.
        """
        if region != self._account.region:
            raise UnsupportedError(f"The sandbox does not know the zones of {region}.")
        if region not in self._zones:
            answer = self._account.client("ec2").describe_availability_zones()
            self._zones[region] = sorted(zone["ZoneName"] for zone in answer["AvailabilityZones"])
        return self._zones[region]

    def check_exists(self, kind: str, parameter: str, values: list[str]) -> None:
        """Refuse a parameter of an AWS type whose resource is not there.

        With nobody's permissions: the role that AWS's CDK deploys with takes images by parameter and describes none.

        Raises:
            ValidationError: in AWS's words.
        """
        service, operation, argument = _EXISTENCE[kind]
        for value in values:
            try:
                with self._account.reach(ACCESS).acting(None):
                    answer: dict[str, Any] = getattr(self._account.client(service), operation)(
                        **{argument: value if argument == "Id" else [value]}
                    )
                found = not answer.get("InvalidParameters")
            except ClientError:
                found = False
            if not found:
                raise ValidationError(
                    f"Parameter validation failed: parameter value {value} for parameter name {parameter} "
                    "does not exist"
                )

    def check_role(self, arn: str) -> None:
        """Refuse a service role that is not there or does not trust CloudFormation.

        Raises:
            ValidationError: in AWS's words.
        """
        try:
            self._account.reach(ACCESS).assume("cloudformation.amazonaws.com", arn, "AWSCloudFormation")
        except AccessDenied as error:
            raise ValidationError(f"Role {arn} is invalid or cannot be assumed") from error
