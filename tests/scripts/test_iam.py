"""The policy of a role that verifies or freezes: all that it needs, on this stack's resources, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scripts.announcing.permissions import PERMISSIONS as ANNOUNCE
from scripts.checks import all_checks, gate_checks, promotion_checks, verify_checks
from scripts.checks.framework import Check
from scripts.door.keeper import PERMISSIONS as KEEPER
from scripts.door.keeping import PERMISSIONS as DOOR
from scripts.door.override import PERMISSIONS as OVERRIDE
from scripts.errors import ConfigurationError
from scripts.iam import NARROWED, OF_RECORDS, actions_of, policy
from scripts.ledger.store import PERMISSIONS
from scripts.observe.checks import CHECKS as OBSERVE_CHECKS
from scripts.results import passed
from scripts.starting.starts import PERMISSIONS as START
from scripts.watching.reading import PERMISSIONS as WATCH
from sop.outputs import StackOutputs
from tests.scripts.fake_aws import ACCOUNT, LOADER, REGION
from tests.scripts.prod_stack import CONNECTION, OUTPUTS, TOPIC

# The Service Authorization Reference names no resource for these, or AWS leaves out part of the answer when given one.
NOT_NARROWED = {
    "autoscaling:DescribeAutoScalingGroups",
    "autoscaling:DescribeInstanceRefreshes",
    "autoscaling:DescribeScalingActivities",
    "cloudwatch:DescribeAlarmHistory",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetMetricData",
    "ec2:DescribeInstances",
    "ec2:DescribeInstanceStatus",
    "ec2:DescribeLaunchTemplateVersions",
    "ec2:DescribeNetworkInterfaces",
    "elasticloadbalancing:DescribeListeners",
    "elasticloadbalancing:DescribeRules",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth",
    "logs:DescribeLogGroups",
    "sns:GetSubscriptionAttributes",
}
PROD_COMMANDS: list[Check[Any]] = [*verify_checks(), *OBSERVE_CHECKS, *gate_checks("prod")]
DEV_COMMANDS = [*PROD_COMMANDS, *promotion_checks()]
BOTOCORE_NAMES = {"elasticloadbalancing": "elbv2"}
OTHERWISE_CALLED = {"s3:ListBucket": "ListObjectsV2", "s3:ListBucketVersions": "ListObjectVersions"}
RECORDS_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"
DECLARED = sorted(actions_of(all_checks(), "dev"))


def document(**outputs: Any) -> dict[str, Any]:
    records = {"recordsBucket": "records", "recordsKeyArn": RECORDS_KEY}
    return policy(DECLARED, StackOutputs.parse(OUTPUTS | records | outputs))


def resources(document: dict[str, Any], action: str) -> list[str]:
    (found,) = (one["Resource"] for one in document["Statement"] if action in one["Action"])
    return found


def test_it_allows_what_the_checks_declare_and_nothing_else() -> None:
    allowed = [action for statement in document()["Statement"] for action in statement["Action"]]
    assert sorted(allowed) == DECLARED
    assert all(statement["Effect"] == "Allow" for statement in document()["Statement"])


@pytest.mark.parametrize(("environment", "commands"), [("prod", PROD_COMMANDS), ("dev", DEV_COMMANDS)])
def test_one_role_may_carry_out_every_command_of_its_stack(environment: str, commands: list[Check[Any]]) -> None:
    assert actions_of(all_checks(), environment) == {action for check in commands for action in check.permissions}


def test_prods_role_needs_nothing_that_only_dev_is_asked() -> None:
    of_dev = Check(
        id="new", sop="3.3", title="", why="", expected="", fix="", permissions=("a:B",), runbook="", run=passed
    )
    assert (actions_of([of_dev], "prod"), actions_of([of_dev], "dev")) == (set(), {"a:B"})


@pytest.mark.parametrize("action", sorted({*DECLARED, *NARROWED}))
def test_an_action_is_an_operation_of_aws_and_known_to_be_narrowed_or_not(action: str) -> None:
    service, _, operation = action.partition(":")
    model = LOADER.load_service_model(BOTOCORE_NAMES.get(service, service), "service-2")
    assert OTHERWISE_CALLED.get(action, operation) in model["operations"]
    assert (action in NARROWED) != (action in NOT_NARROWED)


SECRET = "arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:prod-release-channels-AbCdEf"


def test_who_announces_may_send_from_the_sender_and_read_the_secret_where_there_is_one() -> None:
    def resources(secret: str | None) -> dict[str, list[str]]:
        outputs = StackOutputs.parse(OUTPUTS | {"announcements": OUTPUTS["announcements"] | {"secretArn": secret}})
        statements = policy(("ses:SendEmail", "secretsmanager:GetSecretValue"), outputs)["Statement"]
        return {action: one["Resource"] for one in statements for action in one["Action"]}

    sender = [
        f"arn:aws:ses:ap-southeast-2:123456789012:identity/{name}" for name in ("operations@helios.id", "helios.id")
    ]
    assert resources(SECRET) == {"ses:SendEmail": sender, "secretsmanager:GetSecretValue": [SECRET]}
    assert resources(None) == {"ses:SendEmail": sender}


@pytest.fixture
def with_records() -> StackOutputs:
    return StackOutputs.parse(OUTPUTS | {"recordsBucket": "records", "recordsKeyArn": RECORDS_KEY})


def test_who_freezes_may_use_the_ledger_and_nothing_else(with_records: StackOutputs) -> None:
    made = {one["Sid"]: (one["Action"], one["Resource"]) for one in policy(PERMISSIONS, with_records)["Statement"]}
    assert made == {
        "UseS3Ledger": (["s3:GetObject", "s3:PutObject"], ["arn:aws:s3:::records/ledger/*"]),
        "ReadS3RecordsBucket": (["s3:ListBucket"], ["arn:aws:s3:::records"]),
        "UseKmsRecordsKey": (["kms:Decrypt", "kms:GenerateDataKey"], [RECORDS_KEY]),
    }


def test_nobody_may_delete_what_is_in_the_ledger(with_records: StackOutputs) -> None:
    assert "Delete" not in json.dumps(policy(PERMISSIONS, with_records))


def test_who_keeps_the_door_may_change_the_deploy_stages_transition_and_no_other(with_records: StackOutputs) -> None:
    made = {one["Sid"]: (one["Action"], one["Resource"]) for one in policy(DOOR, with_records)["Statement"]}
    pipeline = f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:web-pipeline-prod"
    assert made["UseCodepipelineDeployStage"] == (
        ["codepipeline:DisableStageTransition", "codepipeline:EnableStageTransition"],
        [f"{pipeline}/Deploy"],
    )
    assert made["ReadCodepipelinePipeline"] == (["codepipeline:GetPipelineState"], [pipeline])


def test_the_keeper_may_also_take_one_out_and_let_one_past_the_rule_of_this_pipeline(
    with_records: StackOutputs,
) -> None:
    made = {one["Sid"]: (one["Action"], one["Resource"]) for one in policy(KEEPER, with_records)["Statement"]}
    pipeline = f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:web-pipeline-prod"
    assert made["UseCodepipelineDeployStage"] == (
        [f"codepipeline:{name}StageTransition" for name in ("Disable", "Enable")]
        + ["codepipeline:OverrideStageCondition"],
        [f"{pipeline}/Deploy"],
    )
    using, where = made["UseCodepipelinePipeline"]
    assert {"codepipeline:StartPipelineExecution", "codepipeline:StopPipelineExecution"} <= set(using)
    assert where == [pipeline]
    deploy = f"arn:aws:codebuild:{REGION}:{ACCOUNT}:project/web-pipeline-prod-deploy"
    assert made["UseCodebuildDeployProject"] == (["codebuild:StopBuild"], [deploy])


def test_who_grants_an_exception_changes_nothing_but_the_ledger() -> None:
    assert set(OVERRIDE) - set(PERMISSIONS) == {"codepipeline:ListPipelineExecutions"}


def test_who_starts_may_start_this_pipeline_and_change_nothing_else(with_records: StackOutputs) -> None:
    made = policy(START, with_records)["Statement"]
    (starting,) = (one for one in made if "codepipeline:StartPipelineExecution" in one["Action"])
    assert starting["Resource"] == [f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:web-pipeline-prod"]
    reading = ("Get", "List", "Describe")
    changing = {action for action in START if not action.partition(":")[2].startswith(reading)}
    ledger = {"s3:PutObject", "kms:Decrypt", "kms:GenerateDataKey"}
    assert changing == {"codepipeline:StartPipelineExecution", *ledger}


def test_who_watches_may_read_this_pipelines_builds_and_change_nothing(with_records: StackOutputs) -> None:
    made = policy(WATCH, with_records)
    projects = ("web-pipeline-prod-build", "web-pipeline-prod-deploy", "web-pipeline-prod-pull-request")
    expected = [f"arn:aws:codebuild:{REGION}:{ACCOUNT}:project/{name}" for name in projects]
    assert resources(made, "codebuild:BatchGetBuilds") == expected
    reading = ("Get", "BatchGet", "List", "Describe", "Decrypt")
    assert all(action.partition(":")[2].startswith(reading) for action in WATCH)


def test_without_a_records_bucket_there_is_nothing_to_allow() -> None:
    with pytest.raises(ConfigurationError, match="a folder needs no permission"):
        policy(PERMISSIONS, StackOutputs.parse(OUTPUTS))


def test_only_reading_is_allowed() -> None:
    assert all(
        action.partition(":")[2].startswith(("Get", "BatchGet", "List", "Describe", "Filter", "Decrypt"))
        for action in DECLARED
    )


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("codepipeline:GetPipelineState", [f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:web-pipeline-prod"]),
        ("codeconnections:GetConnection", [CONNECTION, CONNECTION.replace("codeconn", "codestar-conn")]),
        ("codestar-connections:GetConnection", [CONNECTION, CONNECTION.replace("codeconn", "codestar-conn")]),
        ("sns:ListSubscriptionsByTopic", [TOPIC]),
        (
            "cloudformation:DescribeStackEvents",
            [
                f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/web-infrastructure-prod/*",
                f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/web-infrastructure-prod-*/*",
            ],
        ),
    ],
)
def test_what_iam_can_narrow_is_narrowed_to_this_stack(action: str, expected: list[str]) -> None:
    assert resources(document(), action) == expected


def test_a_dashboard_and_log_groups_are_named_as_iam_names_them() -> None:
    made = policy(["cloudwatch:GetDashboard", "logs:FilterLogEvents"], StackOutputs.parse(OUTPUTS))
    assert resources(made, "cloudwatch:GetDashboard") == [
        f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/prod-infrastructure-dashboard"
    ]
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/ec2/web-server"
    assert resources(made, "logs:FilterLogEvents")[:2] == [group, f"{group}:*"]


def test_what_iam_cannot_narrow_is_held_to_the_region() -> None:
    wide = [one for one in document()["Statement"] if one["Resource"] == ["*"]]
    assert [one["Condition"] for one in wide] == [{"StringEquals": {"aws:RequestedRegion": REGION}}]


def test_another_partition_has_its_own_arns() -> None:
    made = document(topicArn=TOPIC.replace("arn:aws:", "arn:aws-cn:"))
    assert resources(made, "codepipeline:GetPipelineState")[0].startswith("arn:aws-cn:")


@pytest.mark.parametrize("topic", ["", "topic", "arn", "arn:aws", "arn::sns", "urn:aws:sns"])
def test_a_topic_without_an_arn_is_wrong_configuration(topic: str) -> None:
    with pytest.raises(ConfigurationError, match="topicArn is no ARN"):
        document(topicArn=topic)


def test_statements_have_names_of_their_own_as_iam_takes_them() -> None:
    names = [one["Sid"] for one in document()["Statement"]]
    assert len(set(names)) == len(names)
    assert all(name.isalnum() for name in names)


def test_the_order_of_declarations_does_not_show() -> None:
    outputs = StackOutputs.parse(OUTPUTS | {"recordsBucket": "records", "recordsKeyArn": RECORDS_KEY})
    assert json.dumps(policy(DECLARED, outputs)) == json.dumps(policy(reversed(DECLARED * 2), outputs))


def test_who_announces_reads_keeps_and_sends_as_the_stacks_own_sender() -> None:
    records = {"recordsBucket": "records", "recordsKeyArn": RECORDS_KEY}
    secret = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:channels-AbCdEf"
    announced = {**OUTPUTS["announcements"], "secretArn": secret}
    made = policy(ANNOUNCE, StackOutputs.parse({**OUTPUTS, **records, "announcements": announced}))
    assert resources(made, "secretsmanager:GetSecretValue") == [secret]
    assert all(":identity/" in one for one in resources(made, "ses:SendEmail"))
    reading = ("BatchGet", "Describe", "Get", "List")
    changing = {one for one in ANNOUNCE if not one.partition(":")[2].startswith(reading)}
    assert changing == {"s3:PutObject", "kms:Decrypt", "kms:GenerateDataKey", "ses:SendEmail", "ses:SendRawEmail"}


def test_who_records_releases_keeps_notes_beside_the_ledger_and_nobody_else_does() -> None:
    outputs = StackOutputs.parse(OUTPUTS | {"recordsBucket": "records", "recordsKeyArn": RECORDS_KEY})
    wider, usual = (policy(["s3:PutObject"], outputs, more) for more in (OF_RECORDS, {}))
    assert resources(wider, "s3:PutObject") == ["arn:aws:s3:::records/ledger/*", "arn:aws:s3:::records/releases/*"]
    assert resources(usual, "s3:PutObject") == ["arn:aws:s3:::records/ledger/*"]
