"""SOP 4.2: exact statuses, failed resources with their reasons, all outputs; of this deployment only."""

from __future__ import annotations

import pytest

from scripts.results import Status
from sop.outputs import EXPECTED_STACK_OUTPUTS
from tests.scripts.fake_aws import Params, Refusal
from tests.scripts.prod_stack import NESTED_ID, STACK_ID, TARGET_GROUP
from tests.scripts.release import (
    BUILD_SUCCEEDED,
    DEPLOY_SUCCEEDED,
    SOURCE_SUCCEEDED,
    Release,
    action,
    event,
    execution,
    update,
)

STACK = "web-infrastructure-prod"
OF_A_DEPLOYMENT = ["stack-status", "stack-events", "stack-outputs"]
COMPLETE = event(STACK, "UPDATE_COMPLETE", minute=6.5, physical_id=STACK_ID)


class TestStackStatus:
    @pytest.mark.parametrize("status", ["UPDATE_COMPLETE", "CREATE_COMPLETE"])
    def test_the_two_statuses_of_the_sop_pass(self, release: Release, status: str) -> None:
        release.stack(status)
        assert release.check("stack-status").status is Status.PASS

    @pytest.mark.parametrize(
        "status",
        [
            "UPDATE_ROLLBACK_COMPLETE",
            "ROLLBACK_COMPLETE",
            "IMPORT_COMPLETE",
            "IMPORT_ROLLBACK_COMPLETE",
            "DELETE_COMPLETE",
            "CREATE_FAILED",
            "UPDATE_FAILED",
            "UPDATE_ROLLBACK_FAILED",
            "UPDATE_ROLLBACK_IN_PROGRESS",
            "ROLLBACK_IN_PROGRESS",
            "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
            "DELETE_IN_PROGRESS",
            "SOMETHING_NEW_IN_PROGRESS",
        ],
    )
    def test_every_other_end_fails(self, release: Release, status: str) -> None:
        release.stack(status, reason="Resource X failed")
        result = release.check("stack-status")
        assert result.status is Status.FAIL
        assert result.observed == f"{status}: Resource X failed"

    @pytest.mark.parametrize(
        "status", ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "REVIEW_IN_PROGRESS"]
    )
    def test_a_change_under_way_is_inconclusive(self, release: Release, status: str) -> None:
        release.stack(status)
        assert release.check("stack-status").status is Status.INCONCLUSIVE

    def test_of_a_change_set_that_nobody_carried_out_waiting_is_not_the_fix(self, release: Release) -> None:
        release.stack("REVIEW_IN_PROGRESS")
        assert release.check("stack-status").fix.endswith("execute or delete it.")

    def test_a_deployment_without_changes_keeps_the_status_of_the_last_change(self, release: Release) -> None:
        release.stack("UPDATE_ROLLBACK_COMPLETE", changed=-60)
        assert release.check("stack-status").status is Status.FAIL
        release.stack("UPDATE_COMPLETE", changed=-60)
        assert release.check("stack-status").status is Status.PASS


class TestStackEvents:
    def test_events_without_failure_pass(self, release: Release) -> None:
        result = release.check("stack-events")
        assert result.status is Status.PASS
        assert result.observed == "2 events since 2026-03-10T01:03:00Z, no failed resource."

    def test_a_failed_resource_is_named_with_its_reason_and_the_cascade_set_apart(self, release: Release) -> None:
        release.events(
            COMPLETE,
            event("Listener", "CREATE_FAILED", minute=5, reason="Resource creation cancelled", kind="AWS::X::Listener"),
            event("Alarm", "UPDATE_FAILED", minute=5, reason="Resource update cancelled", kind="AWS::X::Alarm"),
            event(
                "Servers", "CREATE_FAILED", minute=4, reason="No such image", kind="AWS::AutoScaling::AutoScalingGroup"
            ),
        )
        result = release.check("stack-events")
        assert result.status is Status.FAIL
        assert result.observed.splitlines() == [
            "1 resource failed: Servers.",
            "Servers (AWS::AutoScaling::AutoScalingGroup) in web-infrastructure-prod: CREATE_FAILED at "
            "2026-03-10T01:04:00Z: No such image",
            "Given up because of that: Alarm and Listener.",
        ]
        assert len(result.evidence["failed"]) == 3

    def test_a_cascade_alone_still_fails(self, release: Release) -> None:
        release.events(
            event("Listener", "CREATE_FAILED", minute=5, reason="Resource creation cancelled", kind="A::B::C")
        )
        result = release.check("stack-events")
        assert result.status is Status.FAIL
        assert "Listener" in result.headline

    def test_the_cause_in_a_nested_stack_is_found_and_its_parent_is_not_called_a_cause(self, release: Release) -> None:
        embedded = f"Embedded stack {NESTED_ID} was not successfully updated."
        release.events(
            *update(),
            event("Servers", "UPDATE_FAILED", minute=5, reason=embedded, physical_id=NESTED_ID),
            nested=[
                event("Group", "UPDATE_FAILED", minute=4, reason="No such image", kind="A::B::C", stack_id=NESTED_ID)
            ],
        )
        result = release.check("stack-events")
        assert result.headline == "1 resource failed: Group."
        assert "web-infrastructure-prod-Servers-1A2B" in result.observed

    def test_a_nested_stack_that_names_no_cause_is_the_cause(self, release: Release) -> None:
        release.events(event("Servers", "UPDATE_FAILED", minute=5, reason="Embedded stack", physical_id=NESTED_ID))
        assert release.check("stack-events").headline == "1 resource failed: Servers."

    def test_a_failure_in_a_nested_stack_of_a_successful_update_fails(self, release: Release) -> None:
        release.events(
            *update(),
            event("Servers", "UPDATE_COMPLETE", minute=5, physical_id=NESTED_ID),
            nested=[event("Old", "DELETE_FAILED", minute=6, reason="in use", kind="A::B::C", stack_id=NESTED_ID)],
        )
        assert release.check("stack-events").headline == "1 resource failed: Old."

    @pytest.mark.parametrize(
        ("later", "physical_id", "status"),
        [
            ("DELETE_COMPLETE", "sg-1", Status.PASS),
            ("DELETE_COMPLETE", "sg-2", Status.FAIL),
            ("DELETE_SKIPPED", "sg-1", Status.FAIL),
        ],
    )
    def test_what_was_deleted_at_a_second_try_is_a_warning(
        self, release: Release, later: str, physical_id: str, status: Status
    ) -> None:
        tried = event(
            "Old", "DELETE_FAILED", minute=6, reason="has a dependent object", kind="A::B::C", physical_id="sg-1"
        )
        release.events(COMPLETE, tried, event("Old", later, minute=6.4, kind="A::B::C", physical_id=physical_id))
        result = release.check("stack-events")
        assert result.status is status
        assert ("warning: Old was deleted only at another try" in result.observed) == (status is Status.PASS)

    def test_events_of_an_earlier_deployment_do_not_count(self, release: Release) -> None:
        release.events(*update(), event("Servers", "CREATE_FAILED", minute=2.9, reason="yesterday's", kind="A::B::C"))
        assert release.check("stack-events").status is Status.PASS

    def test_events_of_an_attempt_that_was_retried_do_not_count(self, release: Release) -> None:
        release.actions(SOURCE_SUCCEEDED, BUILD_SUCCEEDED, action("Deploy", "Failed", 1, 2), DEPLOY_SUCCEEDED)
        release.events(*update(), event("Servers", "CREATE_FAILED", minute=1.5, reason="first try", kind="A::B::C"))
        assert release.check("stack-events").status is Status.PASS

    def test_events_of_a_later_deployment_do_not_count(self, release: Release) -> None:
        release.stack(changed=10)
        release.events(event("Servers", "CREATE_FAILED", minute=11, reason="tomorrow's", kind="A::B::C"), COMPLETE)
        assert release.check("stack-events").status is Status.PASS

    def test_a_rollback_that_goes_on_after_deploy_ended_does_count(self, release: Release) -> None:
        failed = event("Servers", "UPDATE_FAILED", minute=9, reason="rollback failed", kind="A::B::C")
        release.events(*update(4, 9.5, status="UPDATE_ROLLBACK_FAILED"), failed)
        assert release.check("stack-events").status is Status.FAIL

    def test_failures_are_found_behind_empty_pages(self, release: Release) -> None:
        failure = event("Servers", "CREATE_FAILED", minute=4, reason="No such image", kind="A::B::C")
        release.aws.pages(
            "DescribeStackEvents", {"StackEvents": [COMPLETE]}, {"StackEvents": []}, {"StackEvents": [failure]}
        )
        assert release.check("stack-events").status is Status.FAIL

    def test_reading_stops_at_the_first_page_before_the_deployment(self, release: Release) -> None:
        old = {"StackEvents": [event(STACK, "UPDATE_COMPLETE", minute=-60, physical_id=STACK_ID)]}
        release.aws.pages("DescribeStackEvents", {"StackEvents": [COMPLETE]}, old, old, old)
        release.check("stack-events")
        assert len(release.aws.called("DescribeStackEvents")) == 2

    def test_no_events_pass_only_if_the_stack_was_not_changed_either(self, release: Release) -> None:
        release.events()
        assert release.check("stack-events").status is Status.INCONCLUSIVE
        release.stack(changed=-60)
        result = release.check("stack-events")
        assert result.status is Status.PASS
        assert result.observed.startswith("This deployment changed no resource")

    def test_a_warning_of_a_hook_is_shown_and_does_not_fail(self, release: Release) -> None:
        hook = {"HookType": "Guard::Tags", "HookStatus": "HOOK_COMPLETE_FAILED", "HookStatusReason": "no owner tag"}
        release.events(COMPLETE, event("Servers", "UPDATE_IN_PROGRESS", minute=4, kind="A::B::C") | hook)
        result = release.check("stack-events")
        assert result.status is Status.PASS
        assert "warning: Servers: Guard::Tags: no owner tag" in result.observed


class TestStackOutputs:
    def test_all_expected_outputs_pass(self, release: Release) -> None:
        assert (
            release.check("stack-outputs").observed
            == f"All {len(EXPECTED_STACK_OUTPUTS)} expected outputs have a value."
        )

    def test_missing_and_empty_outputs_fail_by_name(self, release: Release) -> None:
        values = dict.fromkeys(EXPECTED_STACK_OUTPUTS, "value") | {"TargetGroupArn": " "}
        del values["VpcId"]
        release.stack(outputs=values)
        result = release.check("stack-outputs")
        assert result.status is Status.FAIL
        assert result.observed == "VpcId is missing and TargetGroupArn is empty."

    def test_a_stack_without_outputs_fails(self, release: Release) -> None:
        release.stack(outputs={})
        assert release.check("stack-outputs").status is Status.FAIL

    def test_an_empty_list_of_expected_outputs_never_passes(self, release: Release) -> None:
        release.outputs["expectedStackOutputs"] = []
        release.outputs["workload"]["autoScalingGroupName"] = None
        assert release.check("stack-outputs").status is Status.INCONCLUSIVE


@pytest.mark.parametrize("check", OF_A_DEPLOYMENT)
class TestWithoutTheDeployment:
    def test_no_stack_fails(self, release: Release, check: str) -> None:
        release.aws.answer("DescribeStacks", Refusal("ValidationError", f"Stack with id {STACK} does not exist"))
        assert release.check(check).status is Status.FAIL

    def test_deploy_not_started_is_inconclusive(self, release: Release, check: str) -> None:
        release.executions(execution("InProgress"))
        release.actions(SOURCE_SUCCEEDED, BUILD_SUCCEEDED)
        assert release.check(check).status is Status.INCONCLUSIVE

    def test_deploy_still_running_is_inconclusive(self, release: Release, check: str) -> None:
        release.executions(execution("InProgress"))
        release.actions(SOURCE_SUCCEEDED, BUILD_SUCCEEDED, action("Deploy", "InProgress", 3, 3))
        assert release.check(check).status is Status.INCONCLUSIVE

    @pytest.mark.parametrize("status", ["Failed", "Superseded", "Stopped"])
    def test_an_execution_that_ended_before_deploy_is_skipped_with_the_reason(
        self, release: Release, check: str, status: str
    ) -> None:
        release.executions(execution(status))
        release.actions(SOURCE_SUCCEEDED, action("Build", "Failed", 1, 2))
        result = release.check(check)
        assert result.status is Status.SKIPPED
        assert f"ended {status} before Deploy" in result.observed

    def test_no_execution_is_inconclusive(self, release: Release, check: str) -> None:
        release.executions()
        assert release.check(check).status is Status.INCONCLUSIVE


@pytest.mark.parametrize("check", ["stack-status", "stack-outputs"])
def test_the_state_after_a_later_change_says_nothing_about_this_execution(release: Release, check: str) -> None:
    release.stack(changed=10)
    result = release.check(check)
    assert result.status is Status.INCONCLUSIVE
    assert "changed again at 2026-03-10T01:10:00Z" in result.observed


def test_other_validation_errors_are_errors(release: Release) -> None:
    release.aws.answer("DescribeStacks", Refusal("ValidationError", "1 validation error detected"))
    assert release.check("stack-status").status is Status.ERROR


def test_a_stack_never_updated_changed_when_it_was_created(release: Release) -> None:
    created: Params = {
        "StackId": STACK_ID,
        "StackName": STACK,
        "CreationTime": execution()["startTime"],
        "StackStatus": "CREATE_COMPLETE",
        "Outputs": [{"OutputKey": "TargetGroupArn", "OutputValue": TARGET_GROUP}],
    }
    release.aws.answer("DescribeStacks", {"Stacks": [created]})
    observed = release.check("stack-status").observed
    assert observed == "CREATE_COMPLETE since the change of 2026-03-10T01:00:00Z, of revision 9b1d5e0f2c7a."
