"""The lives of pipelines and builds."""

from __future__ import annotations

from sandbox.plugins.values import Values
from tests.sandbox.plugins.cases.case import Case, Disturb
from tests.sandbox.plugins.cases.parts import CONNECTION, PROJECT, ROLE_POLICY, grant, role, role_arn

PIPELINE: Values = {
    "name": "life-pipeline",
    "pipelineType": "V2",
    "executionMode": "QUEUED",
    "roleArn": role_arn("{role}"),
    "artifactStores": [{"location": "life-artifacts", "type": "S3", "encryptionKey": {"id": "alias/x", "type": "KMS"}}],
    "stages": [
        {
            "name": "Source",
            "actions": [
                {
                    "name": "GitHub",
                    "category": "Source",
                    "owner": "AWS",
                    "provider": "CodeStarSourceConnection",
                    "version": "1",
                    "outputArtifacts": ["source"],
                    "configuration": {
                        "ConnectionArn": CONNECTION,
                        "FullRepositoryId": "helios/web-infrastructure",
                        "BranchName": "dev",
                        "DetectChanges": "true",
                    },
                }
            ],
        },
        {
            "name": "Deploy",
            "actions": [
                {
                    "name": "Deploy",
                    "category": "Build",
                    "owner": "AWS",
                    "provider": "CodeBuild",
                    "version": "1",
                    "inputArtifacts": ["source"],
                    "configuration": {"ProjectName": "web-deploy-dev"},
                }
            ],
            "beforeEntry": {
                "condition": {
                    "result": "FAIL",
                    "rules": [
                        {
                            "name": "window",
                            "ruleTypeId": {"category": "Rule", "provider": "DeploymentWindow"},
                            "configuration": {"Cron": "* * 10-13 ? * TUE-THU *", "TimeZone": "Australia/Brisbane"},
                        }
                    ],
                }
            },
        },
    ],
}

BUILD: Values = {
    "name": "life-build",
    "description": "Builds",
    "serviceRole": role_arn("{role}"),
    "buildTimeout": 15,
    "artifacts": {"type": "CODEPIPELINE"},
    "source": {"type": "CODEPIPELINE", "buildspec": "buildspec-test.yml"},
    "environment": {
        "computeType": "BUILD_GENERAL1_SMALL",
        "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
        "type": "LINUX_CONTAINER",
        "environmentVariables": [
            {"name": "ENVIRONMENT", "value": "dev", "type": "PLAINTEXT"},
            {"name": "STACK_NAME", "value": "web-infrastructure-dev"},
        ],
    },
    "logsConfig": {"cloudwatchLogs": {"groupName": "/aws/codebuild/life", "status": "ENABLED"}},
}

PULL_REQUEST_BUILD: Values = {
    **BUILD,
    "name": "life-pull-request",
    "artifacts": {"type": "NO_ARTIFACTS"},
    "source": {
        "type": "GITHUB",
        "location": "https://github.com/helios/web-infrastructure.git",
        "buildspec": "buildspec-test.yml",
        "gitCloneDepth": 1,
        "reportBuildStatus": True,
        "buildStatusConfig": {"context": "CFN-Lint"},
        "auth": {"type": "CODECONNECTIONS", "resource": CONNECTION},
    },
}


def filters(branch: str) -> list[Values]:
    events = "PULL_REQUEST_CREATED, PULL_REQUEST_UPDATED, PULL_REQUEST_REOPENED"
    return [
        {"filters": [{"type": "EVENT", "pattern": events}, {"type": "BASE_REF", "pattern": f"^refs/heads/{branch}$"}]}
    ]


def _renamed_first_action(behind: Disturb, identifier: str) -> None:
    pipeline = behind("codepipeline", "get_pipeline", name=identifier)["pipeline"]
    pipeline["stages"][0]["actions"][0]["configuration"]["BranchName"] = "main"
    behind("codepipeline", "update_pipeline", pipeline=pipeline)


CASES: dict[str, Case] = {
    "aws:codepipeline/pipeline:Pipeline": Case(
        needs={"role": role("life-pipeline", "codepipeline")},
        inputs=PIPELINE,
        update={"executionMode": "SUPERSEDED", "tags": {"Kind": "pipeline"}},
        drift=_renamed_first_action,
        seen="stages[0].actions[0].configuration.BranchName",
    ),
    PROJECT: Case(
        needs={"role": role("life-build", "codebuild")},
        inputs=BUILD,
        update={"buildTimeout": 20, "environment": {**BUILD["environment"], "environmentVariables": []}},
        drift=lambda behind, arn: behind("codebuild", "update_project", name="life-build", description="changed"),
        seen="description",
    ),
    "aws:codebuild/webhook:Webhook": Case(
        needs={
            "role": role("life-pull-request", "codebuild"),
            "connect": (
                ROLE_POLICY,
                {"role": "{role}", "name": "connect", "policy": grant("codeconnections:*", "codestar-connections:*")},
            ),
            "project": (PROJECT, PULL_REQUEST_BUILD),
        },
        inputs={
            "projectName": "life-pull-request",
            "buildType": "BUILD",
            "filterGroups": filters("dev"),
            "pullRequestBuildPolicy": {"requiresCommentApproval": "FORK_PULL_REQUESTS"},
        },
        update={
            "filterGroups": filters("main"),
            "pullRequestBuildPolicy": {
                "requiresCommentApproval": "ALL_PULL_REQUESTS",
                "approverRoles": ["GITHUB_ADMIN"],
            },
        },
        drift=lambda behind, project: behind(
            "codebuild",
            "update_webhook",
            projectName=project,
            filterGroups=[[{"type": "EVENT", "pattern": "PULL_REQUEST_CREATED"}]],
        ),
        seen="filterGroups[0].filters[0].pattern",
    ),
}
