"""One release of prod as AWS's APIs tell it, good in every respect. A test changes what it is about."""

from __future__ import annotations

import copy
import json
from datetime import datetime, timedelta
from typing import Any

from scripts.checks import promotion_checks, verify_checks
from scripts.checks.context import Context
from scripts.clients.github import Commit, Compared, GitHub
from scripts.clients.github_errors import GitHubError
from scripts.results import Result
from scripts.verify import run_check
from sop.alarms import canonical
from sop.names import BUILDSPECS
from sop.outputs import EXPECTED_STACK_OUTPUTS, GROUP_OUTPUT, StackOutputs
from tests.scripts.fake_aws import ACCOUNT, REGION, FakeAws, Params, Refusal
from tests.scripts.prod_stack import (
    ALARM_DEFINITIONS,
    ALARM_ON_A_METRIC,
    ALARMS,
    BEGIN,
    COMPOSITE,
    DASHBOARD,
    DEPLOYER,
    EXECUTION,
    LOAD_BALANCER_NAME,
    NESTED_ID,
    OUTPUTS,
    REVISION,
    STACK_ID,
    STACK_OUTPUTS,
    TARGET_GROUP,
    TOPIC,
    TOPIC_KEY,
    TOPIC_KEY_POLICY,
    TOPIC_POLICY,
)


def at(minutes: float) -> datetime:
    """That many minutes after the execution began. Deploy lasts from 3 to 7; the command runs at 20."""
    return BEGIN + timedelta(minutes=minutes)


NOW = at(20)
TOKEN = f"release-{REVISION}-17"  # of the deployment
NESTED_RESOURCE: Params = {
    "LogicalResourceId": "Servers",
    "PhysicalResourceId": NESTED_ID,
    "ResourceType": "AWS::CloudFormation::Stack",
    "LastUpdatedTimestamp": at(-60),
    "ResourceStatus": "UPDATE_COMPLETE",
}


class Release:
    """A fake AWS with a good release, and ways to run a check against it."""

    def __init__(self) -> None:
        self.aws = FakeAws()
        self.outputs = copy.deepcopy(OUTPUTS)
        self.now = NOW
        self.execution_id: str | None = None
        self.alarm_history: list[Params] = []
        self.revision: str | None = None
        self.github: GitHub | None = None
        self.aws.answer("GetConnection", {"Connection": {"ConnectionStatus": "AVAILABLE"}})
        self.executions(execution())
        self.actions(*GOOD_ACTIONS)
        self.buildspecs()
        self.rules()
        self.stages()
        self.stack()
        self.events(*update())
        self.target_group()
        self.targets(("i-0a", "healthy"), ("i-0b", "healthy"))
        self.listeners({"HTTP:80": [forward(**{TARGET_GROUP: 1})]})
        self.group(("i-0a", "InService"), ("i-0b", "InService"))
        self.instances(i_0a=("running", "ok", "ok"), i_0b=("running", "ok", "ok"))
        self.versions((6, -1000), (7, 4))
        self.activities(
            "At 2026-03-10T01:04:30Z a user request update of AutoScalingGroup constraints to min: 1, max: 4, "
            "desired: 2 changing the desired capacity from 1 to 2.  At 2026-03-10T01:04:41Z an instance was started in "
            "response to a difference between desired and actual capacity, increasing the capacity from 1 to 2."
        )
        self.alarms(dict.fromkeys(ALARMS, "OK"), {COMPOSITE: "OK"})
        self.history()
        self.mutes()
        self.dashboard(json.dumps(DASHBOARD))
        self.metrics()
        self.logs(application=BOTH_WRITE, access=[request(18)])
        self.log_group()
        self.subscriptions(("operations@helios.id", f"{TOPIC}:0c1d"))
        self.subscription()
        self.topic()
        self.key()

    def executions(self, *summaries: Params) -> None:
        self.aws.answer("ListPipelineExecutions", {"pipelineExecutionSummaries": list(summaries)})

    def actions(self, *details: Params) -> None:
        self.aws.answer("ListActionExecutions", {"actionExecutionDetails": list(details)})

    def buildspecs(self, **other: str) -> None:
        """What each project's builds run: the repository's buildspec, or `Build=` that."""
        ran = {
            f"{CONFIGURATIONS[stage]['ProjectName']}:1": other.get(stage, file) for stage, file in BUILDSPECS.items()
        }

        def answer(request: Params) -> Params:
            known = [
                {"id": one, "source": {"type": "CODEPIPELINE", "buildspec": ran[one]}}
                for one in request["ids"]
                if one in ran
            ]
            unknown = [one for one in request["ids"] if one not in ran]
            return {"builds": known, **({"buildsNotFound": unknown} if unknown else {})}

        self.aws.answer("BatchGetBuilds", answer)

    def rules(self, *details: Params) -> None:
        self.aws.answer("ListRuleExecutions", {"ruleExecutionDetails": list(details)})

    def stages(self, *states: Params) -> None:
        self.aws.answer("GetPipelineState", {"stageStates": list(states)})

    def stack(
        self, status: str = "UPDATE_COMPLETE", *, changed: float = 4, outputs: Params | None = None, reason: str = ""
    ) -> None:
        values = outputs if outputs is not None else {**dict.fromkeys(EXPECTED_STACK_OUTPUTS, "value"), **STACK_OUTPUTS}
        described: Params = {
            "StackId": STACK_ID,
            "StackName": "web-infrastructure-prod",
            "CreationTime": BEGIN - timedelta(days=30),
            "LastUpdatedTime": at(changed),
            "StackStatus": status,
            "Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in values.items()],
        }
        if reason:
            described["StackStatusReason"] = reason
        self.aws.answer("DescribeStacks", {"Stacks": [described]})

    def events(self, *events: Params, nested: list[Params] | None = None) -> None:
        """Those of the stack, and of the one nested in it, which there is if it has events."""

        def page(request: Params) -> Params:
            found = (nested or ()) if request["StackName"] == NESTED_ID else events
            return {"StackEvents": sorted(found, key=lambda one: one["Timestamp"], reverse=True)}

        def resources(request: Params) -> Params:
            below = [] if nested is None or request["StackName"] == NESTED_ID else [NESTED_RESOURCE]
            return {"StackResourceSummaries": below}

        self.aws.answer("DescribeStackEvents", page)
        self.aws.answer("ListStackResources", resources)

    def target_group(self, **changes: Any) -> None:
        checked = {"HealthCheckPort": "traffic-port", "HealthCheckPath": "/health", "Matcher": {"HttpCode": "200"}}
        group = {"TargetGroupArn": TARGET_GROUP, "Port": 80, **checked, **changes}
        self.aws.answer("DescribeTargetGroups", {"TargetGroups": [group]})

    def targets(self, *targets: tuple[str, str]) -> None:
        self.aws.answer("DescribeTargetHealth", {"TargetHealthDescriptions": [target(*one) for one in targets]})

    def listeners(self, listeners: dict[str, list[Params]], made: tuple[str, ...] = ()) -> None:
        """Each listener's rules by their actions, the default one last; `made` by the stack beside the balancer."""
        balancer = TARGET_GROUP.partition(":targetgroup/")[0] + f":loadbalancer/{LOAD_BALANCER_NAME}"

        def rules(request: Params) -> Params:
            actions = listeners[request["ListenerArn"]]
            last = len(actions) - 1
            return {
                "Rules": [
                    {"RuleArn": f"rule-{number}", "IsDefault": number == last, "Actions": [one]}
                    for number, one in enumerate(actions)
                ]
            }

        described = [
            {"ListenerArn": name, "Protocol": name.partition(":")[0], "Port": int(name.partition(":")[2])}
            for name in listeners
        ]
        self.aws.answer("DescribeListeners", {"Listeners": described})
        self.aws.answer("DescribeRules", rules)
        if made:
            summaries = [NESTED_RESOURCE | {"PhysicalResourceId": one, "ResourceType": "AWS::X::Y"} for one in made]
            balancer_too = NESTED_RESOURCE | {"PhysicalResourceId": balancer, "ResourceType": "AWS::X::Y"}
            self.aws.answer("ListStackResources", {"StackResourceSummaries": [*summaries, balancer_too]})

    def without_group(self, *addresses: str) -> None:
        """No Auto Scaling group serves, as configured: the targets are addresses of the stack's own interfaces."""
        kept = [output for output in self.outputs["expectedStackOutputs"] if output != GROUP_OUTPUT]
        self.outputs["expectedStackOutputs"] = kept
        self.outputs["workload"] = {**self.outputs["workload"], "autoScalingGroupName": None}
        self.outputs["alarms"].pop("prod-cpu", None)
        self.stack(outputs={**dict.fromkeys(kept, "value"), **STACK_OUTPUTS, GROUP_OUTPUT: ""})
        self.targets(*((address, "healthy") for address in addresses))
        self.resources(**{"AWS::EC2::SecurityGroup": "sg-0a"})
        self.interfaces(*((f"eni-{number}", address) for number, address in enumerate(addresses)))

    def resources(self, **kinds: str) -> None:
        """What the stack has made, a resource a kind: `resources(**{"AWS::EC2::SecurityGroup": "sg-0a"})`."""
        made = [NESTED_RESOURCE | {"ResourceType": kind, "PhysicalResourceId": one} for kind, one in kinds.items()]
        self.aws.answer("ListStackResources", {"StackResourceSummaries": made})

    def interfaces(self, *interfaces: tuple[str, str], status: str = "in-use") -> None:
        """Those with the security group that the stack has made: id and address."""
        found = [
            {
                "NetworkInterfaceId": name,
                "PrivateIpAddress": address,
                "PrivateIpAddresses": [{"PrivateIpAddress": address}],
                "Groups": [{"GroupId": "sg-0a"}],
                "Status": status,
            }
            for name, address in interfaces
        ]
        self.aws.answer("DescribeNetworkInterfaces", {"NetworkInterfaces": found})

    def group(self, *members: tuple[str, str], wanted: int = 2, **more: Any) -> None:
        """The Auto Scaling group with its members' lifecycle states; `more` is added to the group's description."""
        group = {
            "AutoScalingGroupName": "web-prod",
            "MinSize": 1,
            "MaxSize": 4,
            "DesiredCapacity": wanted,
            "DefaultCooldown": 300,
            "AvailabilityZones": [f"{REGION}a"],
            "HealthCheckType": "ELB",
            "CreatedTime": BEGIN - timedelta(days=30),
            "LaunchTemplate": started_from("7"),
            "TargetGroupARNs": [TARGET_GROUP],
            "Instances": [member(*one) for one in members],
            **more,
        }
        self.aws.answer("DescribeAutoScalingGroups", {"AutoScalingGroups": [group]})

    def versions(self, *versions: tuple[int, float], default: int = 1, by: str = DEPLOYER) -> None:
        """The launch template's versions: number and minute of their making."""
        known = {
            str(number): {
                "LaunchTemplateId": "lt-0a",
                "LaunchTemplateName": "web-prod",
                "VersionNumber": number,
                "CreateTime": at(minute),
                "CreatedBy": by,
                "DefaultVersion": number == default,
            }
            for number, minute in versions
        }
        newest = max(known, key=int)

        def answer(request: Params) -> Params | Refusal:
            followed = {"$Latest": newest, "$Default": str(default)}
            wanted = {followed.get(str(one), str(one)) for one in request["Versions"]}
            if not wanted <= known.keys():
                return Refusal("InvalidLaunchTemplateId.VersionNotFound")
            return {"LaunchTemplateVersions": [known[one] for one in sorted(wanted)]}

        self.aws.answer("DescribeLaunchTemplateVersions", answer)

    def activities(self, *causes: str) -> None:
        self.aws.answer(
            "DescribeScalingActivities",
            {
                "Activities": [
                    {
                        "ActivityId": str(number),
                        "AutoScalingGroupName": "web-prod",
                        "Cause": cause,
                        "StartTime": at(0),
                        "StatusCode": "Successful",
                    }
                    for number, cause in enumerate(causes)
                ]
            },
        )

    def instances(self, **states: tuple[str, str, str]) -> None:
        """Instance `i_0a=(state, instance check, system check)`."""
        statuses = [
            {
                "InstanceId": name.replace("_", "-"),
                "InstanceState": {"Code": 16, "Name": state},
                "InstanceStatus": {"Status": instance},
                "SystemStatus": {"Status": system},
            }
            for name, (state, instance, system) in states.items()
        ]
        self.aws.answer("DescribeInstanceStatus", {"InstanceStatuses": statuses})

    def alarms(self, metric: dict[str, str], composite: dict[str, str], **more: Any) -> None:
        """Metric alarms and composites over them, by state; each has been in it since its history's last entry.

        The promised ones are as they were deployed. `more` is of those on a metric.
        """
        promised = self.outputs["alarms"]

        def since(name: str) -> Params:
            changes = [item["Timestamp"] for item in self.alarm_history if item["AlarmName"] == name]
            return {"StateTransitionedTimestamp": max(changes)} if changes else {}

        rule = " OR ".join(f'ALARM("{name}")' for name in metric) or "FALSE"
        on_metrics = [{**alarm(*one), **more} for one in metric.items()]
        on_alarms = [{**alarm(*one), "AlarmRule": rule} for one in composite.items()]
        promised |= {
            one["AlarmName"]: canonical(one) for one in (*on_metrics, *on_alarms) if one["AlarmName"] in promised
        }

        def answer(_: Params) -> Params:
            return {
                "MetricAlarms": [{**one, **since(one["AlarmName"])} for one in on_metrics],
                "CompositeAlarms": [{**one, **since(one["AlarmName"])} for one in on_alarms],
            }

        self.aws.answer("DescribeAlarms", answer)

    def changed_alarm(self, name: str, **changes: Any) -> None:
        """One promised alarm was changed by hand; None takes a field away."""
        self.alarms(dict.fromkeys(ALARMS, "OK"), {COMPOSITE: "OK"})
        described = {one: alarm(one, "OK") for one in (*ALARMS, COMPOSITE)}
        kept = {**described[name], **changes}
        described[name] = {field: value for field, value in kept.items() if value is not None}
        composite = described.pop(COMPOSITE)
        self.describe_alarms(list(described.values()), [composite])

    def describe_alarms(self, metric: list[Params], composite: list[Params]) -> None:
        self.aws.answer("DescribeAlarms", {"MetricAlarms": metric, "CompositeAlarms": composite})

    def history(self, *items: Params) -> None:
        """All alarms' changes of state; asked for one alarm, its own are answered."""
        self.alarm_history = list(items)

        def answer(request: Params) -> Params:
            return {"AlarmHistoryItems": [one for one in items if one["AlarmName"] == request["AlarmName"]]}

        self.aws.answer("DescribeAlarmHistory", answer)

    def mutes(self, **rules: tuple[str, list[str]]) -> None:
        """Alarm mute rules by name: their status, and the alarms that each is about."""

        def answer(request: Params) -> Params:
            found = [
                {"AlarmMuteRuleArn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm-mute-rule:{name}", "Status": status}
                for name, (status, alarms) in rules.items()
                if status in request["Statuses"] and request.get("AlarmName", alarms[0]) in alarms
            ]
            return {"AlarmMuteRuleSummaries": found}

        self.aws.answer("ListAlarmMuteRules", answer)

    def subscriptions(self, *subscriptions: tuple[str, str], protocol: str = "email") -> None:
        self.aws.answer(
            "ListSubscriptionsByTopic",
            {
                "Subscriptions": [
                    {"Endpoint": endpoint, "SubscriptionArn": arn, "Protocol": protocol, "TopicArn": TOPIC}
                    for endpoint, arn in subscriptions
                ]
            },
        )

    def subscription(self, **attributes: str) -> None:
        self.aws.answer("GetSubscriptionAttributes", {"Attributes": {"Protocol": "email", **attributes}})

    def topic(self, policy: Params = TOPIC_POLICY, key: str = TOPIC_KEY) -> None:
        attributes = {"TopicArn": TOPIC, "Policy": json.dumps(policy), **({"KmsMasterKeyId": key} if key else {})}
        self.aws.answer("GetTopicAttributes", {"Attributes": attributes})

    def key(self, policy: Params = TOPIC_KEY_POLICY, state: str = "Enabled") -> None:
        """The topic's key."""
        metadata = {"KeyId": TOPIC_KEY, "Arn": TOPIC_KEY, "KeyState": state, "Enabled": state == "Enabled"}
        self.aws.answer("DescribeKey", {"KeyMetadata": metadata})
        self.aws.answer("GetKeyPolicy", {"Policy": json.dumps(policy, indent=2), "PolicyName": "default"})

    def dashboard(self, body: str) -> None:
        self.aws.answer("GetDashboard", {"DashboardName": "prod-infrastructure-dashboard", "DashboardBody": body})

    def metrics(self) -> None:
        """Every metric has data for hours."""

        def answer(request: Params) -> Params:
            times = [at(minute) for minute in range(-240, 20, 5)]
            answered = {"Timestamps": times, "Values": [1.0] * len(times), "StatusCode": "Complete"}
            return {"MetricDataResults": [{"Id": one["Id"], **answered} for one in request["MetricDataQueries"]]}

        self.aws.answer("GetMetricData", answer)

    def logs(self, **groups: list[Params]) -> None:
        """Lines by log group: `application`, its `errors`, and `access`."""

        def answer(request: Params) -> Params:
            application, pattern = request["logGroupName"] == "/aws/ec2/web-server", request.get("filterPattern", "")
            of = ("errors" if pattern else "application") if application else "access"
            first, last = request["startTime"], request["endTime"]
            found = [
                one
                for one in groups.get(of, [])
                if first <= one["timestamp"] <= last
                and one["logStreamName"].startswith(request.get("logStreamNamePrefix", ""))
                and (application or pattern.strip('"') in one["message"])
            ]
            return {"events": found[: request["limit"]]}

        self.aws.answer("FilterLogEvents", answer)

    def log_group(self, created: float = -1000, days: int | None = 90) -> None:
        """The application's log group: the minute of its making, and how many days it keeps a line."""
        group: Params = {"logGroupName": "/aws/ec2/web-server", "creationTime": int(at(created).timestamp() * 1000)}
        other: Params = {"logGroupName": "/aws/ec2/web-server/access", "retentionInDays": 1}
        kept = {"retentionInDays": days} if days else {}
        self.aws.answer("DescribeLogGroups", {"logGroups": [other, {**group, **kept}]})

    def context(self) -> Context:
        return Context(
            outputs=StackOutputs.parse(self.outputs),
            aws=self.aws.aws,
            now=self.now,
            execution_id=self.execution_id,
            revision=self.revision,
            github=self.github,
        )

    def check(self, check_id: str) -> Result:
        """What that check answers."""
        known = {one.id: one for one in (*verify_checks(), *promotion_checks())}
        result = run_check(known[check_id], self.context())
        assert "itself failed" not in result.observed, result.observed
        return result


def execution(status: str = "Succeeded", *, minutes: float = 7, **more: Any) -> Params:
    return {
        "pipelineExecutionId": EXECUTION,
        "status": status,
        "startTime": BEGIN,
        "lastUpdateTime": at(minutes),
        "sourceRevisions": [{"actionName": "GitHub", "revisionId": REVISION, "revisionSummary": "Bigger servers"}],
        "trigger": {"triggerType": "WebhookV2", "triggerDetail": "helios/web-infrastructure"},
        "executionMode": "SUPERSEDED",
        "executionType": "STANDARD",
        **more,
    }


# As the program declares the stages' actions
CONFIGURATIONS: dict[str, dict[str, str]] = {
    "Source": {"FullRepositoryId": OUTPUTS["repository"], "BranchName": OUTPUTS["branch"]},
    "Build": {"ProjectName": OUTPUTS["buildProjectName"]},
    "Deploy": {"ProjectName": OUTPUTS["deployProjectName"]},
}


def action(
    stage: str, status: str, start: float, end: float, *, name: str = "", category: str = "Build", **result: Any
) -> Params:
    """An attempt at an action; `result` is its executionResult."""
    project = CONFIGURATIONS.get(stage, {}).get("ProjectName")
    build = {"externalExecutionId": f"{project}:1"} if project else {}
    return {
        "pipelineExecutionId": EXECUTION,
        "actionExecutionId": f"{stage}-{start}",
        "stageName": stage,
        "actionName": name or stage,
        "startTime": at(start),
        "lastUpdateTime": at(end),
        "status": status,
        "input": {
            "actionTypeId": {"category": category, "owner": "AWS", "provider": "CodeBuild", "version": "1"},
            "configuration": CONFIGURATIONS.get(stage, {}),
        },
        "output": {"executionResult": build | result},
    }


def rule(
    stage: str, status: str, start: float, end: float, *, provider: str = "DeploymentWindow", summary: str = ""
) -> Params:
    return {
        "pipelineExecutionId": EXECUTION,
        "stageName": stage,
        "ruleName": "release-window",
        "startTime": at(start),
        "lastUpdateTime": at(end),
        "status": status,
        "input": {"ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": provider, "version": "1"}},
        "output": {"executionResult": {"externalExecutionSummary": summary}},
    }


SOURCE_SUCCEEDED = action("Source", "Succeeded", 0, 1, category="Source")
BUILD_SUCCEEDED = action("Build", "Succeeded", 1, 3)
DEPLOY_SUCCEEDED = action("Deploy", "Succeeded", 3, 7)
GOOD_ACTIONS = (SOURCE_SUCCEEDED, BUILD_SUCCEEDED, DEPLOY_SUCCEEDED)


def forward(**weights: int) -> Params:
    """A listener's action that sends visitors to target groups by their weights."""
    groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights.items()]
    return {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}


def event(
    resource: str,
    status: str,
    *,
    minute: float,
    reason: str = "",
    kind: str = "AWS::CloudFormation::Stack",
    physical_id: str = "",
    stack_id: str = STACK_ID,
    token: str = TOKEN,
) -> Params:
    named = {"ClientRequestToken": token} if token else {}
    return {
        **named,
        "StackId": stack_id,
        "EventId": f"{resource}-{status}-{minute}",
        "StackName": stack_id.split("/")[1],
        "LogicalResourceId": resource,
        "PhysicalResourceId": physical_id,
        "ResourceType": kind,
        "Timestamp": at(minute),
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
    }


def started_from(version: str) -> Params:
    return {"LaunchTemplateId": "lt-0a", "LaunchTemplateName": "web-prod", "Version": version}


def member(name: str, lifecycle: str, *, version: str = "7", health: str = "Healthy") -> Params:
    """An instance of the group."""
    return {
        "InstanceId": name,
        "LifecycleState": lifecycle,
        "AvailabilityZone": f"{REGION}a",
        "HealthStatus": health,
        "ProtectedFromScaleIn": False,
        "LaunchTemplate": started_from(version),
    }


def update(
    start: float = 4, end: float = 6.5, *, status: str = "UPDATE_COMPLETE", stack_id: str = STACK_ID, **more: Any
) -> list[Params]:
    """The beginning and the end of an operation on a stack, as events about itself."""
    name = stack_id.split("/")[1]
    return [
        event(name, "UPDATE_IN_PROGRESS", minute=start, physical_id=stack_id, stack_id=stack_id, **more),
        event(name, status, minute=end, physical_id=stack_id, stack_id=stack_id, **more),
    ]


def target(name: str, state: str) -> Params:
    health: Params = {"State": state}
    if state == "unhealthy":
        health |= {
            "Reason": "Target.ResponseCodeMismatch",
            "Description": "Health checks failed with these codes: [500]",
        }
    return {"Target": {"Id": name, "Port": 80}, "TargetHealth": health}


def alarm(name: str, state: str, definition: Params | None = None) -> Params:
    if definition is None:
        definition = ALARM_DEFINITIONS.get(name, ALARM_ON_A_METRIC)
    return {
        **definition,
        "AlarmName": name,
        "AlarmArn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}",
        "StateValue": state,
        "StateReason": "Threshold Crossed: 5 datapoints were greater than the threshold (80.0).",
        "StateTransitionedTimestamp": at(-60),
    }


def line(message: str, minute: float, stream: str = "i-0a/error") -> Params:
    """An event of a log group."""
    return {"timestamp": int(at(minute).timestamp() * 1000), "logStreamName": stream, "message": message}


class FakeGitHub(GitHub):
    """Answers as it is told to: the branch's head, and the files that were changed; or refuses.

    `astray` is how many commits of the release the branch does not have.
    """

    def __init__(
        self, *, head: str = REVISION, files: list[str] | None = None, refusal: str = "", astray: int = 0
    ) -> None:
        super().__init__(OUTPUTS["repository"])
        self._head, self._files, self._refused, self._astray = head, files, refusal, astray

    def head(self, branch: str) -> Commit:
        self._refuse()
        assert branch == OUTPUTS["branch"]
        return Commit(self._head, at(-1))

    def compare(self, base: str, head: str) -> Compared:
        self._refuse()
        return Compared(ahead=1, behind=self._astray, commits=())

    def changed_files(self, base: str, head: str) -> list[str] | None:
        self._refuse()
        return self._files

    def _refuse(self) -> None:
        if self._refused:
            raise GitHubError(self._refused)


def request(minute: float, balancer: str = LOAD_BALANCER_NAME, agent: str = "curl/8.0") -> Params:
    """An entry of the load balancer's access log."""
    entry = {"type": "http", "elb": balancer, "request": "GET http://web-prod:80/ HTTP/1.1", "user_agent": agent}
    return line(json.dumps(entry), minute, balancer.replace("/", "."))


BOTH_WRITE = [line("[info] health check: 200", 19, f"{one}/health") for one in ("i-0a", "i-0b")]
