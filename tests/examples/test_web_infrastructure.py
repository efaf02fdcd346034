"""The sample repository: what one would check before deploying it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.aws.cloudformation.capabilities import required
from sandbox.aws.cloudformation.plan import STACK_TYPE
from sandbox.aws.cloudformation.schema import resource_schema
from sandbox.aws.cloudformation.template import Template
from sop.names import REGION, Environment, Names
from sop.outputs import EXPECTED_STACK_OUTPUTS

REPOSITORY = Path(__file__).resolve().parents[2] / "examples" / "web-infrastructure"
TEMPLATES = sorted((REPOSITORY / "templates").glob("*.yaml"))
MAIN = Template.parse((REPOSITORY / "main.yaml").read_text())
# Templates whose tags belong to what they launch, and types that cannot be tagged.
TAGGED_OTHERWISE = {"AWS::EC2::LaunchTemplate": "TagSpecifications", "AWS::IAM::InstanceProfile": None}


def nested(path: Path) -> Template:
    return Template.parse(path.read_text())


def read_buildspec(name: str) -> Mapping[str, Any]:
    return yaml.safe_load((REPOSITORY / name).read_text())


@pytest.fixture
def lint(monkeypatch: pytest.MonkeyPatch) -> Any:
    program = shutil.which("cfn-lint", path=str(Path(__import__("sys").executable).parent))
    assert program is not None

    def run(repository: Path) -> subprocess.CompletedProcess[str]:
        """The Build stage's last command, as CodeBuild runs it."""
        command: str = read_buildspec("buildspec-test.yml")["phases"]["build"]["commands"][-1]
        return subprocess.run(
            ["sh", "-c", command.replace("cfn-lint", program, 1)],
            cwd=repository,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_cfn_lint_finds_nothing(lint: Any) -> None:
    found = lint(REPOSITORY)
    assert (found.returncode, found.stdout) == (0, "")


def test_the_stack_has_exactly_the_outputs_that_are_relied_on_each_exported_under_the_stack_name() -> None:
    assert set(MAIN.outputs) == set(EXPECTED_STACK_OUTPUTS)
    for name, output in MAIN.outputs.items():
        assert output.export_name == {"Fn::Sub": f"${{AWS::StackName}}-{name}"}
        assert output.description


def test_only_the_root_exports() -> None:
    assert not [output for path in TEMPLATES for output in nested(path).outputs.values() if output.export_name]


@pytest.mark.parametrize("path", [REPOSITORY / "main.yaml", *TEMPLATES], ids=lambda path: path.name)
def test_everything_that_can_be_tagged_has_the_environment(path: Path) -> None:
    for name, resource in nested(path).resources.items():
        schema = resource_schema(REGION, resource.type)
        assert schema is not None
        tags = TAGGED_OTHERWISE.get(resource.type, schema.tags)
        if tags is not None:
            assert re.search(r"'?Environment'?.*'Ref': 'Environment'", str(resource.properties[tags])), name


def test_instances_and_their_volumes_are_tagged_when_launched() -> None:
    data = nested(REPOSITORY / "templates" / "web-servers.yaml").resources["LaunchTemplate"].properties
    specifications = data["LaunchTemplateData"]["TagSpecifications"]
    assert {entry["ResourceType"] for entry in specifications} == {"instance", "volume"}
    for entry in specifications:
        assert {"Key": "Environment", "Value": {"Ref": "Environment"}} in entry["Tags"]


def test_every_template_is_used_and_each_gets_the_environment() -> None:
    used = {resource.properties["TemplateURL"] for resource in MAIN.resources.values()}
    assert used == {f"templates/{path.name}" for path in TEMPLATES}
    for resource in MAIN.resources.values():
        assert resource.type == STACK_TYPE
        declared = nested(REPOSITORY / resource.properties["TemplateURL"]).parameters
        given = resource.properties["Parameters"]
        assert given["Environment"] == {"Ref": "Environment"}
        assert given.keys() == {name for name, parameter in declared.items() if parameter.default is None}


def test_explicit_names_carry_the_environment_so_that_two_fit_in_one_account() -> None:
    for path in TEMPLATES:
        for name, resource in nested(path).resources.items():
            schema = resource_schema(REGION, resource.type)
            assert schema is not None
            for key in {"Name", "AutoScalingGroupName", "LaunchTemplateName", schema.custom_name}:
                value = resource.properties.get(key or "")
                if value is not None and resource.type not in ("AWS::AutoScaling::ScalingPolicy",):
                    assert "${Environment}" in str(value), (path.name, name, key)


def test_the_log_groups_are_those_of_the_sop() -> None:
    name = nested(REPOSITORY / "templates" / "logs.yaml").resources["LogGroup"].properties["LogGroupName"]
    _, production, other = name["Fn::If"]
    assert production == Names(Environment.PROD).application_log_group
    assert other["Fn::Sub"].replace("${Environment}", "dev") == Names(Environment.DEV).application_log_group
    name = nested(REPOSITORY / "templates" / "logs.yaml").resources["AccessLogGroup"].properties["LogGroupName"]
    _, production, other = name["Fn::If"]
    assert production == f"{Names(Environment.PROD).application_log_group}/access"
    assert other["Fn::Sub"].replace("${Environment}", "dev") == f"{Names(Environment.DEV).application_log_group}/access"


def test_web_servers_accept_http_from_the_load_balancer_only() -> None:
    resources = nested(REPOSITORY / "templates" / "security.yaml").resources
    (rule,) = resources["WebServerSecurityGroup"].properties["SecurityGroupIngress"]
    assert (rule["FromPort"], rule["ToPort"]) == (80, 80)
    assert rule["SourceSecurityGroupId"] == {"Ref": "LoadBalancerSecurityGroup"}
    egress = resources["LoadBalancerToWebServers"].properties
    assert egress["DestinationSecurityGroupId"] == {"Ref": "WebServerSecurityGroup"}


def test_roles_name_what_they_may_touch() -> None:
    role = nested(REPOSITORY / "templates" / "web-servers.yaml").resources["Role"].properties
    for policy in role["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            assert not [action for action in actions if "*" in action]
            assert statement["Resource"] != "*"


def test_the_capability_that_the_deployment_acknowledges_is_enough() -> None:
    needed = [capability for path in TEMPLATES for capability in required(nested(path))[0]]
    assert needed == ["CAPABILITY_IAM"]
    assert 'Capabilities=["CAPABILITY_NAMED_IAM"]' in (REPOSITORY / "deploy.py").read_text()


@pytest.mark.parametrize("environment", list(Environment))
def test_each_environment_gives_parameters_that_the_template_takes(environment: Environment) -> None:
    entries = json.loads((REPOSITORY / "parameters" / f"{environment}.json").read_text())
    values = {entry["ParameterKey"]: entry["ParameterValue"] for entry in entries}
    assert values["Environment"] == environment
    assert values.keys() <= MAIN.parameters.keys() - {"SiteVersion"}
    for name, value in values.items():
        allowed = [str(entry) for entry in MAIN.parameters[name].limits.get("AllowedValues", [value])]
        assert value in allowed
    assert int(values["MinSize"]) < int(values["MaxSize"])


def test_the_version_fits_its_parameter() -> None:
    version = (REPOSITORY / "VERSION").read_text().strip()
    assert re.fullmatch(MAIN.parameters["SiteVersion"].limits["AllowedPattern"], version)


def test_visitors_words_are_in_another_log_group_than_the_application_s_where_errors_are_counted() -> None:
    parameter = nested(REPOSITORY / "templates" / "logs.yaml").resources["AgentConfiguration"].properties
    collected = json.loads(parameter["Value"]["Fn::Sub"])["logs"]["logs_collected"]["files"]["collect_list"]
    assert {entry["file_path"]: entry["log_group_name"] for entry in collected} == {
        "/var/log/nginx/access.log": "${AccessLogGroup}",
        "/var/log/nginx/error.log": "${LogGroup}",
        "/var/log/nginx/health.log": "${LogGroup}",
    }
    assert all(entry["log_stream_name"].startswith("{instance_id}/") for entry in collected)


def test_the_operations_manager_owns_all_code() -> None:
    rules = [line for line in (REPOSITORY / "CODEOWNERS").read_text().splitlines() if not line.startswith("#")]
    assert rules == ["* @helios/operations-manager"]


def test_the_deployment_is_run_by_the_deploy_buildspec() -> None:
    assert read_buildspec("buildspec.yml")["phases"]["build"]["commands"] == ["python3 deploy.py"]
    assert (REPOSITORY / "deploy.py").stat().st_mode & 0o111


def test_a_pattern_that_matches_nothing_does_not_fail_the_lint(lint: Any, tmp_path: Path) -> None:
    right = "Resources:\n  A:\n    Type: AWS::SNS::Topic\n"
    (tmp_path / "main.yaml").write_text(right)
    assert lint(tmp_path).returncode == 0
    (tmp_path / "pipeline-extra.yaml").write_text(f"{right}    Properties:\n      Nope: 1\n")
    assert lint(tmp_path).returncode != 0
