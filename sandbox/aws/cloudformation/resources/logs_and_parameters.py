"""AWS::Logs log groups and AWS::SSM parameters."""

from __future__ import annotations

from typing import Any, ClassVar

from sandbox.aws.cloudformation.resources.base import Context, Handler, Properties, api_error, handles


@handles
class LogGroup(Handler):
    type_name = "AWS::Logs::LogGroup"
    attributes = ("Arn",)
    updaters: ClassVar = {"RetentionInDays": "set_retention", "KmsKeyId": "set_key", "Tags": "set_tags"}

    def create(self, context: Context, properties: Properties) -> str:
        retention = properties.pop("RetentionInDays", None)
        tags = {tag["Key"]: tag["Value"] for tag in properties.pop("Tags", [])}
        name: str = properties.pop("LogGroupName", None) or context.name(512)
        key = {"kmsKeyId": properties.pop("KmsKeyId")} if "KmsKeyId" in properties else {}
        self.refuse_rest(properties)
        context.client("logs").create_log_group(logGroupName=name, **({"tags": tags} if tags else {}), **key)
        if retention is not None:
            self.set_retention(context, name, {}, {"RetentionInDays": retention})
        return name

    def set_retention(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        logs = context.client("logs")
        if "RetentionInDays" in new:
            logs.put_retention_policy(logGroupName=physical_id, retentionInDays=new["RetentionInDays"])
        else:
            logs.delete_retention_policy(logGroupName=physical_id)

    def set_key(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        logs = context.client("logs")
        if "KmsKeyId" in new:
            logs.associate_kms_key(logGroupName=physical_id, kmsKeyId=new["KmsKeyId"])
        else:
            logs.disassociate_kms_key(logGroupName=physical_id)

    def set_tags(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        logs = context.client("logs")
        arn = self.attribute(context, physical_id, "Arn").removesuffix(":*")
        wanted = {tag["Key"]: tag["Value"] for tag in new.get("Tags", [])}
        gone = [tag["Key"] for tag in old.get("Tags", []) if tag["Key"] not in wanted]
        if gone:
            logs.untag_resource(resourceArn=arn, tagKeys=gone)
        if wanted:
            logs.tag_resource(resourceArn=arn, tags=wanted)

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        context.client("logs").delete_log_group(logGroupName=physical_id)

    def attribute(self, context: Context, physical_id: str, name: str) -> Any:
        return f"arn:aws:logs:{context.region}:{context.account_id}:log-group:{physical_id}:*"


@handles
class Parameter(Handler):
    """Tags are a map here, unlike everywhere else."""

    type_name = "AWS::SSM::Parameter"
    attributes = ("Type", "Value", "Name")
    updaters: ClassVar = {
        **dict.fromkeys(("Type", "Value", "Description", "AllowedPattern", "Tier", "DataType"), "put"),
        "Tags": "set_tags",
    }

    def create(self, context: Context, properties: Properties) -> str:
        tags = [{"Key": key, "Value": value} for key, value in properties.pop("Tags", {}).items()]
        name: str = properties.pop("Name", None) or context.name(128)
        ssm = context.client("ssm")
        if not ssm.get_parameters(Names=[name])["InvalidParameters"]:
            raise api_error("PutParameter", "ParameterAlreadyExists", f"{name} already exists.")
        ssm.put_parameter(Name=name, **properties, **({"Tags": tags} if tags else {}))
        return name

    def put(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        kept = {key: value for key, value in new.items() if key not in ("Name", "Tags")}
        context.client("ssm").put_parameter(Name=physical_id, Overwrite=True, **kept)

    def set_tags(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        ssm = context.client("ssm")
        wanted = new.get("Tags", {})
        gone = [key for key in old.get("Tags", {}) if key not in wanted]
        if gone:
            ssm.remove_tags_from_resource(ResourceType="Parameter", ResourceId=physical_id, TagKeys=gone)
        if wanted:
            ssm.add_tags_to_resource(
                ResourceType="Parameter",
                ResourceId=physical_id,
                Tags=[{"Key": key, "Value": value} for key, value in wanted.items()],
            )

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        context.client("ssm").delete_parameter(Name=physical_id)

    def attribute(self, context: Context, physical_id: str, name: str) -> Any:
        return context.client("ssm").get_parameter(Name=physical_id)["Parameter"][name]
