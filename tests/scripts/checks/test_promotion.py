"""SOP 3.3: what is in dev went through all stages, left the stack as it should be, and rang no alarm."""

from __future__ import annotations

import pytest

from scripts.checks.promotion import refuse_other_than_dev
from scripts.errors import ConfigurationError
from scripts.results import Status
from sop.outputs import StackOutputs
from tests.scripts.checks.alarm_changes import fired
from tests.scripts.fake_aws import Refusal
from tests.scripts.prod_stack import ALARMS, COMPOSITE, EXECUTION
from tests.scripts.release import GOOD_ACTIONS, Release, action, execution

FAIL, INCONCLUSIVE, ERROR, PASS = Status.FAIL, Status.INCONCLUSIVE, Status.ERROR, Status.PASS
DEPLOY_FAILED = (*GOOD_ACTIONS[:2], action("Deploy", "Failed", 3, 7))


class TestDeployment:
    def test_it_names_the_execution_the_revision_and_when(self, release: Release) -> None:
        result = release.check("dev-deployment")
        assert result.status is PASS
        assert result.observed == (
            f"Execution {EXECUTION} deployed revision 9b1d5e0f2c7a at 2026-03-10T01:07:00Z, 13 min ago."
        )
        assert result.evidence["deployed"] == "2026-03-10T01:07:00Z"
        assert result.evidence["stages"] == dict.fromkeys(("Source", "Build", "Deploy"), "Succeeded")

    @pytest.mark.parametrize(
        ("status", "expected"),
        [
            ("Superseded", FAIL),
            ("Stopped", FAIL),
            ("Stopping", FAIL),
            ("Cancelled", FAIL),
            ("Failed", FAIL),
            ("InProgress", INCONCLUSIVE),
            ("SomethingNew", INCONCLUSIVE),
        ],
    )
    def test_an_execution_that_did_not_succeed_is_what_it_is(
        self, release: Release, status: str, expected: Status
    ) -> None:
        release.executions(execution(status))
        release.stages()
        result = release.check("dev-deployment")
        assert result.status is expected
        assert result.observed.startswith(f"Execution {EXECUTION} of revision 9b1d5e0f2c7a: ")
        assert result.fix

    def test_a_rollback_is_no_release(self, release: Release) -> None:
        release.executions(execution(executionType="ROLLBACK"))
        result = release.check("dev-deployment")
        assert result.status is FAIL
        assert "it is a rollback" in result.observed

    def test_a_stage_that_failed_is_named(self, release: Release) -> None:
        release.executions(execution("Failed"))
        release.actions(*DEPLOY_FAILED)
        result = release.check("dev-deployment")
        assert result.status is FAIL
        assert "Deploy failed: action Deploy Failed." in result.observed

    @pytest.mark.parametrize("left_out", range(3))
    def test_every_stage_counts(self, release: Release, left_out: int) -> None:
        release.actions(*GOOD_ACTIONS[:left_out], *GOOD_ACTIONS[left_out + 1 :])
        assert release.check("dev-deployment").status is FAIL

    def test_a_pipeline_that_never_ran_is_inconclusive(self, release: Release) -> None:
        release.executions()
        assert release.check("dev-deployment").status is INCONCLUSIVE

    def test_what_cannot_be_named_is_not_promoted(self, release: Release) -> None:
        release.executions(execution(sourceRevisions=[]))
        result = release.check("dev-deployment")
        assert result.status is INCONCLUSIVE
        assert "no revision" in result.observed

    def test_a_pipeline_without_a_deploy_stage_deployed_nothing(self, release: Release) -> None:
        release.outputs["pipelineStages"] = ["Source", "Build"]
        release.actions(*GOOD_ACTIONS[:2])
        assert release.check("dev-deployment").status is INCONCLUSIVE


class TestStackStatus:
    @pytest.mark.parametrize(
        ("status", "expected"),
        [
            ("UPDATE_COMPLETE", PASS),
            ("CREATE_COMPLETE", PASS),
            ("UPDATE_ROLLBACK_COMPLETE", FAIL),
            ("ROLLBACK_COMPLETE", FAIL),
            ("IMPORT_COMPLETE", FAIL),
            ("DELETE_COMPLETE", FAIL),
            ("UPDATE_IN_PROGRESS", INCONCLUSIVE),
        ],
    )
    def test_exact_statuses_only(self, release: Release, status: str, expected: Status) -> None:
        release.stack(status)
        result = release.check("dev-stack-status")
        assert result.status is expected
        assert (result.id, result.sop) == ("dev-stack-status", "3.3")

    def test_a_stack_that_somebody_changed_since_is_inconclusive(self, release: Release) -> None:
        release.stack(changed=12)
        assert release.check("dev-stack-status").status is INCONCLUSIVE


class TestAlarms:
    def test_all_quiet_pass(self, release: Release) -> None:
        assert release.check("dev-alarms").status is PASS

    def test_one_that_fired_at_night_and_recovered_fails(self, release: Release) -> None:
        release.history(*fired("prod-cpu", 9, 14))
        result = release.check("dev-alarms")
        assert result.status is FAIL
        assert "fired after the deployment" in result.observed

    def test_insufficient_data_is_inconclusive(self, release: Release) -> None:
        release.alarms(dict.fromkeys(ALARMS, "INSUFFICIENT_DATA"), {COMPOSITE: "OK"})
        assert release.check("dev-alarms").status is INCONCLUSIVE

    def test_a_missing_alarm_fails(self, release: Release) -> None:
        release.alarms({}, {COMPOSITE: "OK"})
        assert release.check("dev-alarms").status is FAIL

    def test_denied_history_is_an_error(self, release: Release) -> None:
        release.history(*fired("prod-cpu", 9, 14))
        release.aws.answer("DescribeAlarmHistory", Refusal("AccessDenied"))
        assert release.check("dev-alarms").status is ERROR


def test_only_dev_is_promoted_from(release: Release) -> None:
    with pytest.raises(ConfigurationError, match="the stack is prod"):
        refuse_other_than_dev(StackOutputs.parse(release.outputs))
    refuse_other_than_dev(StackOutputs.parse(release.outputs | {"stack": "dev", "environment": "dev"}))
