"""AWS::S3 buckets and AWS::SNS topics, the plain kind."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from sandbox.aws.cloudformation.errors import ResourceError
from sandbox.aws.cloudformation.resources.base import Context, Handler, Properties, changed_tags, handles


@handles
class Bucket(Handler):
    type_name = "AWS::S3::Bucket"
    attributes = ("Arn", "DomainName", "RegionalDomainName")
    updaters: ClassVar = {
        "BucketEncryption": "configure",
        "PublicAccessBlockConfiguration": "configure",
        "Tags": "configure",
        "VersioningConfiguration": "configure",
    }

    def create(self, context: Context, properties: Properties) -> str:
        name: str = properties.pop("BucketName", None) or context.name(63).lower()
        settings = {key: properties.pop(key) for key in self.updaters if key in properties}
        self.refuse_rest(properties)
        context.client("s3").create_bucket(
            Bucket=name, CreateBucketConfiguration={"LocationConstraint": context.region}
        )
        self.configure(context, name, {}, settings)
        return name

    def configure(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        s3 = context.client("s3")
        gone = sorted(name for name in self.updaters if name in old and name not in new)
        if gone:
            raise ResourceError(f"The sandbox does not take {gone} off a bucket; AWS does.")
        if "VersioningConfiguration" in new:
            s3.put_bucket_versioning(Bucket=physical_id, VersioningConfiguration=new["VersioningConfiguration"])
        if "PublicAccessBlockConfiguration" in new:
            s3.put_public_access_block(
                Bucket=physical_id, PublicAccessBlockConfiguration=new["PublicAccessBlockConfiguration"]
            )
        if "BucketEncryption" in new:
            rules = [
                {
                    **rule,
                    "ApplyServerSideEncryptionByDefault": rule.get("ServerSideEncryptionByDefault", {}),
                }
                for rule in new["BucketEncryption"]["ServerSideEncryptionConfiguration"]
            ]
            for rule in rules:
                rule.pop("ServerSideEncryptionByDefault", None)
            s3.put_bucket_encryption(Bucket=physical_id, ServerSideEncryptionConfiguration={"Rules": rules})
        if "Tags" in new:
            s3.put_bucket_tagging(Bucket=physical_id, Tagging={"TagSet": new["Tags"]})

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        context.client("s3").delete_bucket(Bucket=physical_id)

    def attribute(self, context: Context, physical_id: str, name: str) -> Any:
        return {
            "Arn": f"arn:aws:s3:::{physical_id}",
            "DomainName": f"{physical_id}.s3.amazonaws.com",
            "RegionalDomainName": f"{physical_id}.s3.{context.region}.amazonaws.com",
        }[name]


@handles
class BucketPolicy(Handler):
    """Its physical id is the bucket's name."""

    type_name = "AWS::S3::BucketPolicy"
    updaters: ClassVar = {"PolicyDocument": "put"}

    def create(self, context: Context, properties: Properties) -> str:
        self.put(context, properties["Bucket"], {}, properties)
        return properties["Bucket"]

    def put(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        context.client("s3").put_bucket_policy(Bucket=physical_id, Policy=json.dumps(new["PolicyDocument"]))

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        context.client("s3").delete_bucket_policy(Bucket=physical_id)


@handles
class Topic(Handler):
    """Its physical id is the topic's ARN."""

    type_name = "AWS::SNS::Topic"
    attributes = ("TopicArn", "TopicName")
    updaters: ClassVar = {"DisplayName": "set_attributes", "KmsMasterKeyId": "set_attributes", "Tags": "set_tags"}
    _ATTRIBUTES = ("DisplayName", "KmsMasterKeyId")

    def create(self, context: Context, properties: Properties) -> str:
        name = properties.pop("TopicName", None) or context.name(256)
        attributes = {key: properties.pop(key) for key in self._ATTRIBUTES if key in properties}
        tags = properties.pop("Tags", [])
        self.refuse_rest(properties)
        answer = context.client("sns").create_topic(Name=name, Attributes=attributes, Tags=tags)
        return answer["TopicArn"]

    def set_attributes(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        for name in self._ATTRIBUTES:
            if old.get(name) != new.get(name):
                context.client("sns").set_topic_attributes(
                    TopicArn=physical_id, AttributeName=name, AttributeValue=new.get(name, "")
                )

    def set_tags(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        sns = context.client("sns")
        wanted, gone = changed_tags(old, new)
        if gone:
            sns.untag_resource(ResourceArn=physical_id, TagKeys=gone)
        if wanted:
            sns.tag_resource(ResourceArn=physical_id, Tags=wanted)

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        context.client("sns").delete_topic(TopicArn=physical_id)

    def attribute(self, context: Context, physical_id: str, name: str) -> Any:
        return physical_id if name == "TopicArn" else physical_id.rsplit(":", 1)[-1]


@handles
class WaitConditionHandle(Handler):
    """A URL that nothing posts to here; useful where a template needs a resource that costs nothing."""

    type_name = "AWS::CloudFormation::WaitConditionHandle"

    def create(self, context: Context, properties: Properties) -> str:
        self.refuse_rest(properties)
        return f"{context.engine.account.endpoint}/wait-condition/{context.name()}"

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Nothing is kept."""
