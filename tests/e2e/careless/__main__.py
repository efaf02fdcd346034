"""Breaks every rule of policies/, each with a resource of its own."""

import json

import pulumi
import pulumi_aws as aws
import pulumi_github as github


def policy(action: str, **statement: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, **statement}]})


ANYBODY = policy("sns:Publish", Principal="*", Resource="*")
EVERYTHING = policy("s3:*", Resource="*")
SERVICE = policy("sts:AssumeRole", Principal={"Service": "codepipeline.amazonaws.com"})

there = pulumi.ResourceOptions(provider=aws.Provider("aws", region="ap-southeast-2"))
bucket = aws.s3.Bucket("open-bucket", bucket="prod-open", opts=there)
topic = aws.sns.Topic("open-topic", name="prod-open", opts=there)
aws.sns.TopicPolicy("open-topic-policy", arn=topic.arn, policy=ANYBODY, opts=there)
aws.kms.Key("old-key", enable_key_rotation=False, opts=there)
role = aws.iam.Role("mighty-role", name="prod-mighty", assume_role_policy=SERVICE, opts=there)
aws.iam.RolePolicy("mighty-policy", role=role.name, policy=EVERYTHING, opts=there)
aws.cloudwatch.LogGroup("endless-log", name="/prod/endless", opts=there)
aws.cloudwatch.Dashboard(
    "nameless-dashboard", dashboard_name="infrastructure", dashboard_body='{"widgets": []}', opts=there
)
aws.cloudwatch.MetricAlarm(
    "mute-alarm", name="prod-mute", comparison_operator="GreaterThanThreshold", evaluation_periods=1, threshold=1,
    metric_name="CPUUtilization", namespace="AWS/EC2", period=300, statistic="Average", opts=there,
)  # fmt: skip
aws.cloudwatch.CompositeAlarm("mute-composite", alarm_name="prod-all", alarm_rule='ALARM("prod-mute")', opts=there)
source = aws.codepipeline.PipelineStageActionArgs(
    name="Source", category="Source", owner="AWS", provider="CodeStarSourceConnection", version="1",
    output_artifacts=["source"],
)  # fmt: skip
build = aws.codepipeline.PipelineStageActionArgs(
    name="Build", category="Build", owner="AWS", provider="CodeBuild", version="1", input_artifacts=["source"],
)  # fmt: skip
aws.codepipeline.Pipeline(
    "short-pipeline", name="prod-short", pipeline_type="V2", role_arn=role.arn,
    artifact_stores=[aws.codepipeline.PipelineArtifactStoreArgs(location=bucket.bucket, type="S3")],
    stages=[
        aws.codepipeline.PipelineStageArgs(name="Source", actions=[source]),
        aws.codepipeline.PipelineStageArgs(name="Build", actions=[build]),
    ],
    opts=there,
)  # fmt: skip
github.BranchProtection("open-branch", repository_id="web-infrastructure", pattern="main")
