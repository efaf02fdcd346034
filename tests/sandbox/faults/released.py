"""Two environments that pipelines of their own have really released to, twice, some time ago."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sandbox.aws.cloudformation import CloudFormation
from sandbox.aws.cloudwatch import CloudWatch
from sandbox.aws.codebuild import CodeBuild
from sandbox.aws.codeconnections import CodeConnections
from sandbox.aws.codepipeline import CodePipeline
from sandbox.aws.codepipeline.runs import Status
from sandbox.aws.logs import Logs
from sandbox.core.clock import Clock
from sandbox.faults import FaultError
from sandbox.world import World
from sop.names import Environment, Names
from tests.clock import running
from tests.sandbox.codepipeline.account import BUCKET, TUESDAY, Account, declared, environment, leap_to, write_template
from tests.sandbox.served import served

AGO = timedelta(minutes=40)
NESTED = """
Parameters:
  Environment: {Type: String}
  Version: {Type: String}
Resources:
  Level:
    Type: AWS::SSM::Parameter
    Properties: {Name: !Sub "/${Environment}/level", Type: String, Value: !Ref Version}
"""
ROOT = f"""
Parameters:
  Environment: {{Type: String}}
  Version: {{Type: String}}
Resources:
  Plain:
    Type: AWS::SSM::Parameter
    Properties: {{Name: !Sub "/${{Environment}}/plain", Type: String, Value: !Ref Version}}
  Below:
    Type: AWS::CloudFormation::Stack
    DependsOn: Plain
    Properties:
      TemplateURL: https://s3.ap-southeast-2.amazonaws.com/{BUCKET}/nested.yaml
      Parameters: {{Environment: !Ref Environment, Version: !Ref Version}}
Outputs:
  VpcId:
    Description: The network.
    Value: vpc-1
    Export: {{ Name: !Sub "${{AWS::StackName}}-VpcId" }}
  Version:
    Value: !Ref Version
"""
DEPLOY = """
set -euo pipefail
echo "$STACK_NAME: version $(cat VERSION)"
cfn() { aws cloudformation "$@" --stack-name "$STACK_NAME"; }
type=CREATE set=release-$(tr . - <VERSION)
if cfn describe-stacks >known 2>&1; then type=UPDATE; fi
cfn create-change-set --change-set-name $set --change-set-type $type --template-body file://main.yaml --output text \\
  --parameters ParameterKey=Environment,ParameterValue=$ENVIRONMENT ParameterKey=Version,ParameterValue=$(cat VERSION)
until cfn describe-change-set --change-set-name $set --query Status | grep -q CREATE_COMPLETE; do :; done
cfn execute-change-set --change-set-name $set --client-request-token release-$CODEBUILD_RESOLVED_SOURCE_VERSION-1
until cfn describe-stacks --query 'Stacks[0].StackStatus' | tee known | grep -v PROGRESS; do :; done
echo "$STACK_NAME: $(cat known)"
"""
FILES = {
    "main.yaml": ROOT,
    "VERSION": "1.0.0\n",
    "deploy.sh": DEPLOY,
    "buildspec-test.yml": "version: 0.2\nphases:\n  build:\n    commands:\n      - test -e main.yaml\n",
    "buildspec.yml": "version: 0.2\nphases:\n  build:\n    commands:\n      - bash deploy.sh\n",
    "CODEOWNERS": "* @helios/operations-manager\n",
}
SERVICES = (CodePipeline, CodeBuild, CodeConnections, CloudFormation, CloudWatch, Logs)


def in_utc(value: Any) -> Any:
    """The same with every time in UTC, where an hour has sixty minutes all year."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, dict):
        return {key: in_utc(each) for key, each in value.items()}
    return [in_utc(each) for each in value] if isinstance(value, list) else value


class Released:
    """The world, and all that AWS tells of one environment's releases."""

    def __init__(self, world: World, clock: list[timedelta]) -> None:
        self.world = world
        self._clock = clock
        self.account = Account(world)
        self.refused_after_creation = ""

    def pass_time(self, span: timedelta) -> None:
        self._clock[0] += span
        self.world.service("cloudwatch").alarms.evaluate()

    def push(self, version: str) -> None:
        """Release a version to both environments, and wait until both have it."""
        self.account.push("VERSION", f"{version}\n")
        self.wait()

    def wait(self) -> None:
        for each in Environment:
            execution = self.account.finished(Names(each).pipeline)
            assert execution.status is Status.SUCCEEDED, [
                build.tail for build in self.account.codebuild.builds.newest_first()
            ]

    def ask(self, service: str, operation: str, **request: Any) -> Any:
        """An AWS call's answer, as its client gets it, but for times: boto's are in the machine's own zone."""
        answer = getattr(self.world.client(service), operation)(**request)
        return in_utc({key: value for key, value in answer.items() if key != "ResponseMetadata"})

    def executions(self, of: Environment) -> list[dict[str, Any]]:
        """Newest first."""
        answer = self.ask("codepipeline", "list_pipeline_executions", pipelineName=Names(of).pipeline)
        return answer["pipelineExecutionSummaries"]

    def actions(self, of: Environment, execution: str) -> dict[str, dict[str, Any]]:
        """By stage, the newest attempt."""
        answer = self.ask(
            "codepipeline",
            "list_action_executions",
            pipelineName=Names(of).pipeline,
            filter={"pipelineExecutionId": execution},
        )
        return {each["stageName"]: each for each in answer["actionExecutionDetails"][::-1]}

    def state(self, of: Environment) -> dict[str, dict[str, Any]]:
        answer = self.ask("codepipeline", "get_pipeline_state", name=Names(of).pipeline)
        return {each["stageName"]: each for each in answer["stageStates"]}

    def builds(self, of: Environment, project: str) -> list[dict[str, Any]]:
        """Newest first."""
        name = f"{Names(of).pipeline}-{project}"
        ids = self.ask("codebuild", "list_builds_for_project", projectName=name)["ids"]
        found = self.ask("codebuild", "batch_get_builds", ids=ids)["builds"]
        return sorted(found, key=lambda build: ids.index(build["id"]))

    def log(self, build: dict[str, Any]) -> list[tuple[int, str]]:
        where = build["logs"]
        request = {"logGroupName": where["groupName"], "logStreamName": where["streamName"], "startFromHead": True}
        return [
            (each["timestamp"], each["message"]) for each in self.ask("logs", "get_log_events", **request)["events"]
        ]

    def stack(self, of: Environment) -> dict[str, Any]:
        return self.ask("cloudformation", "describe_stacks", StackName=Names(of).cloudformation_stack)["Stacks"][0]

    def stack_ids(self, of: Environment) -> list[str]:
        found = self.ask("cloudformation", "describe_stacks")["Stacks"]
        return [each["StackId"] for each in found if each["StackName"].startswith(Names(of).cloudformation_stack)]

    def events(self, stack: str) -> list[dict[str, Any]]:
        """Oldest first."""
        return self.ask("cloudformation", "describe_stack_events", StackName=stack)["StackEvents"][::-1]

    def metrics(self, of: Environment) -> dict[str, dict[datetime, float]]:
        """Every minute of every metric of the pipeline and its projects, as sums."""
        found: dict[str, dict[datetime, float]] = {}
        for metric in self.world.service("cloudwatch").store.metrics():
            shape = metric.describe()
            if not shape["Dimensions"] or not shape["Dimensions"][0]["Value"].startswith(Names(of).pipeline):
                continue
            now = self.world.clock.now()
            points = self.ask(
                "cloudwatch",
                "get_metric_statistics",
                **shape,
                StartTime=now - timedelta(hours=5),
                EndTime=now,
                Period=60,
                Statistics=["Sum"],
            )["Datapoints"]
            name = f"{shape['Dimensions'][0]['Value']} {metric.name}"
            found[name] = {each["Timestamp"]: each["Sum"] for each in points}
        return {name: points for name, points in found.items() if points}

    def alarms(self) -> dict[str, str]:
        answer = self.ask("cloudwatch", "describe_alarms", AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        return {each["AlarmName"]: each["StateValue"] for key in answer for each in answer[key]}

    def fired(self, alarm: str) -> list[tuple[datetime, str]]:
        """Its changes of state, oldest first."""
        request = {"AlarmName": alarm, "HistoryItemType": "StateUpdate", "ScanBy": "TimestampAscending"}
        types = {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
        items = self.ask("cloudwatch", "describe_alarm_history", **request, **types)["AlarmHistoryItems"]
        return [(each["Timestamp"], each["HistorySummary"]) for each in items]

    def told(self, of: Environment) -> dict[str, Any]:
        """All of it."""
        pipeline, executions = Names(of).pipeline, self.executions(of)
        stacks = self.stack_ids(of)
        builds = [build for project in ("build", "deploy") for build in self.builds(of, project)]
        return {
            "executions": executions,
            "details": [
                self.ask(
                    "codepipeline",
                    "get_pipeline_execution",
                    pipelineName=pipeline,
                    pipelineExecutionId=each["pipelineExecutionId"],
                )
                for each in executions
            ],
            "actions": self.ask("codepipeline", "list_action_executions", pipelineName=pipeline),
            "rules": self.ask("codepipeline", "list_rule_executions", pipelineName=pipeline),
            "state": self.ask("codepipeline", "get_pipeline_state", name=pipeline),
            "builds": builds,
            "logs": [self.log(build) for build in builds],
            "stacks": [self.ask("cloudformation", "describe_stacks", StackName=each) for each in stacks],
            "events": [self.events(each) for each in stacks],
            "resources": [self.ask("cloudformation", "describe_stack_resources", StackName=each) for each in stacks],
            "templates": [self.ask("cloudformation", "get_template", StackName=each) for each in stacks],
            "change sets": [self.ask("cloudformation", "list_change_sets", StackName=each) for each in stacks],
            "exports": [
                each
                for each in self.ask("cloudformation", "list_exports")["Exports"]
                if each["ExportingStackId"] in stacks
            ],
            "metrics": self.metrics(of),
            "alarms": {name: state for name, state in self.alarms().items() if name.startswith(of)},
            "history": [
                item for item in self.world.service("cloudwatch").alarms.history.items() if item.alarm.startswith(of)
            ],
        }

    def _pipeline(self, of: Environment, *, window: bool) -> None:
        names, account = Names(of), self.account
        account.project(names.build_project, "buildspec-test.yml")
        variables = environment(ENVIRONMENT=of, STACK_NAME=names.cloudformation_stack)
        account.project(names.deploy_project, "buildspec.yml", environment=variables)
        role = account.role(names.pipeline, "codepipeline")
        account.pipelines.create_pipeline(pipeline=declared(names.pipeline, role, window=window))

    def _alarms(self, of: Environment) -> None:
        """On the pipeline, as the program makes them."""
        names, cloudwatch = Names(of), self.world.service("cloudwatch")
        common = {"EvaluationPeriods": 1, "TreatMissingData": "notBreaching"}
        cloudwatch.put_metric_alarm(
            {
                "AlarmName": names.alarm("pipeline-failed"),
                "Namespace": "AWS/CodePipeline",
                "MetricName": "FailedPipelineExecutions",
                "Dimensions": [{"Name": "PipelineName", "Value": names.pipeline}],
                "Statistic": "Sum",
                "Period": 300,
                "Threshold": 1,
                "ComparisonOperator": "GreaterThanOrEqualToThreshold",
                **common,
            }
        )
        cloudwatch.put_metric_alarm(
            {
                "AlarmName": names.alarm("pipeline-duration"),
                "Namespace": "AWS/CodeBuild",
                "MetricName": "Duration",
                "Dimensions": [{"Name": "ProjectName", "Value": names.build_project}],
                "Statistic": "Maximum",
                "Period": 3600,
                "Threshold": 900,
                "ComparisonOperator": "GreaterThanThreshold",
                **common,
            }
        )
        rule = f'ALARM("{names.alarm("pipeline-failed")}") OR ALARM("{names.alarm("pipeline-duration")}")'
        cloudwatch.put_composite_alarm({"AlarmName": names.composite_alarm, "AlarmRule": rule})

    def release(self) -> None:
        """To prod with a release window, to dev without; the second release is the newest execution."""
        world = self.world
        s3 = world.client("s3")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": world.region})
        s3.put_object(Bucket=BUCKET, Key="nested.yaml", Body=NESTED.encode())
        leap_to(world.clock, TUESDAY)
        for each in Environment:
            self._alarms(each)
            self._pipeline(each, window=each is Environment.PROD)
        self.wait()
        try:
            world.faults.activate("stack-rolled-back")
        except FaultError as refusal:
            self.refused_after_creation = str(refusal)
        self.push("1.1.0")
        self.pass_time(AGO)


@contextmanager
def released(folder: Path) -> Iterator[Released]:
    offset = [timedelta()]
    time = running()
    clock = Clock(lambda: time() + offset[0])
    with pytest.MonkeyPatch.context() as patch:
        for proxy in ("http_proxy", "HTTP_PROXY"):
            patch.delenv(proxy, raising=False)
        patch.setattr("sandbox.github.host.TEMPLATE", write_template(folder / "template", FILES))
        with served(folder / "sandbox", *SERVICES, clock=clock) as world:
            there = Released(world, offset)
            there.release()
            yield there
