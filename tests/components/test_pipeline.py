"""The pipeline, as CodePipeline accepts it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.components.recorder import Plan, configuration, run_program


def stages(plan: Plan) -> dict[str, dict[str, Any]]:
    return {stage["name"]: stage for stage in plan.only("Pipeline").inputs["stages"]}


def action(plan: Plan, stage: str) -> dict[str, Any]:
    (only,) = stages(plan)[stage]["actions"]
    return only


def test_its_name_is_set_because_pulumi_would_add_a_suffix(prod: Plan, dev: Plan) -> None:
    assert prod.only("Pipeline").inputs["name"] == "web-pipeline-prod"
    assert dev.only("Pipeline").inputs["name"] == "web-pipeline-dev"


def test_names_of_stages_actions_rules_and_artifacts_are_in_aws_alphabet(prod: Plan) -> None:
    for stage in stages(prod).values():
        names = [stage["name"], *(entry["name"] for entry in stage["actions"])]
        assert all(re.fullmatch(r"[A-Za-z0-9.@\-_]{1,100}", name) for name in names)
        for entry in stage["actions"]:
            artifacts = [*entry.get("inputArtifacts", []), *entry.get("outputArtifacts", [])]
            assert all(re.fullmatch(r"[A-Za-z0-9_\-]+", artifact) for artifact in artifacts)


def test_action_configuration_stays_within_50_keys_of_1000_characters(prod: Plan) -> None:
    for stage in ("Source", "Build", "Deploy"):
        configured = action(prod, stage)["configuration"]
        assert len(configured) <= 50
        assert all(1 <= len(value) <= 1000 for value in configured.values())
        assert "EnvironmentVariables" not in configured


def test_one_artifact_store_without_region_whose_location_is_the_buckets_name(prod: Plan) -> None:
    (store,) = prod.only("Pipeline").inputs["artifactStores"]
    assert store == {
        "type": "S3",
        "location": "web-pipeline-prod-artifacts-123456789012-ap-southeast-2",
        "encryptionKey": {"type": "KMS", "id": prod_key(prod)},
    }


def prod_key(plan: Plan) -> str:
    return f"arn:aws:kms:ap-southeast-2:123456789012:key/{plan.only('Key', 'artifacts').name}"


def test_source_is_the_repositorys_branch_through_the_connection(prod: Plan, dev: Plan) -> None:
    source = action(prod, "Source")
    assert {key: source[key] for key in ("category", "owner", "provider", "version")} == {
        "category": "Source",
        "owner": "AWS",
        "provider": "CodeStarSourceConnection",
        "version": "1",
    }
    assert "inputArtifacts" not in source
    assert len(source["outputArtifacts"]) == 1
    assert source["configuration"]["FullRepositoryId"] == "helios/web-infrastructure"
    assert source["configuration"]["OutputArtifactFormat"] == "CODE_ZIP"
    assert source["configuration"]["BranchName"] == "main"
    assert action(dev, "Source")["configuration"]["BranchName"] == "dev"


def test_a_push_starts_it_by_detect_changes_and_without_a_triggers_block(prod: Plan) -> None:
    assert action(prod, "Source")["configuration"]["DetectChanges"] == "true"
    assert "triggers" not in prod.only("Pipeline").inputs


@pytest.mark.parametrize(("stage", "project"), [("Build", "build"), ("Deploy", "deploy")])
def test_codebuild_is_of_category_build_even_in_the_stage_deploy(prod: Plan, stage: str, project: str) -> None:
    found = action(prod, stage)
    assert (found["category"], found["provider"]) == ("Build", "CodeBuild")
    assert found["configuration"] == {"ProjectName": f"web-pipeline-prod-{project}"}
    assert found["inputArtifacts"] == action(prod, "Source")["outputArtifacts"]


def test_prods_deploy_stage_waits_for_the_release_window(prod: Plan) -> None:
    condition = stages(prod)["Deploy"]["beforeEntry"]["condition"]
    assert condition["result"] == "FAIL"  # SKIP is not for DeploymentWindow
    (rule,) = condition["rules"]
    assert rule["ruleTypeId"] == {
        "category": "Rule",
        "owner": "AWS",
        "provider": "DeploymentWindow",
        "version": "1",
    }
    assert rule["configuration"] == {"Cron": "* * 10-13 ? * TUE-THU *", "TimeZone": "Australia/Brisbane"}


def test_the_rule_has_no_timeout_because_the_provider_would_never_send_it(prod: Plan) -> None:
    (rule,) = stages(prod)["Deploy"]["beforeEntry"]["condition"]["rules"]
    assert "timeoutInMinutes" not in rule


def test_no_other_stage_has_a_condition_and_none_is_empty(prod: Plan, dev: Plan) -> None:
    conditions = ("beforeEntry", "onSuccess", "onFailure")
    with_one = {
        stage["name"]
        for plan in (prod, dev)
        for stage in stages(plan).values()
        if any(condition in stage for condition in conditions)
    }
    assert with_one == {"Deploy"}
    assert not any(condition in stage for stage in stages(dev).values() for condition in conditions)


def test_the_window_of_the_configuration_is_the_pipelines_and_the_outputs() -> None:
    window = json.dumps({"days": "MON,FRI", "opens": "22:00", "closes": "24:00", "timeZone": "Europe/Berlin"})
    plan = run_program("prod", config=configuration("prod") | {"release:releaseWindow": window})
    (rule,) = stages(plan)["Deploy"]["beforeEntry"]["condition"]["rules"]
    assert rule["configuration"] == {"Cron": "* * 22-23 ? * MON,FRI *", "TimeZone": "Europe/Berlin"}
    assert plan.outputs["releaseWindow"]["cron"] == rule["configuration"]["Cron"]


def test_the_pipeline_starts_only_once_its_role_may_work(prod: Plan) -> None:
    pipeline = prod.only("Pipeline")
    assert prod.only("RolePolicy", "delivery-release").urn in pipeline.depends_on
