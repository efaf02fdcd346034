"""Whose the stack is: what others did to it, which commit it is of, and what a deployment without changes means."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from scripts.results import Result, Status
from tests.scripts.fake_aws import Params
from tests.scripts.prod_stack import NESTED_ID, REVISION, STACK_ID
from tests.scripts.release import FakeGitHub, Release, at, event, execution, update

PASS, FAIL, INCONCLUSIVE = Status.PASS, Status.FAIL, Status.INCONCLUSIVE
OTHER = "0000000000000000000000000000000000000bad"
GROUP = "AWS::AutoScaling::AutoScalingGroup"
ROLLING = "Rolling update initiated. Terminating 2 obsolete instance(s) in batches of 1."
NEW = "Requested update requires the creation of a new physical resource; hence creating one."
STATUS_CHECKS = ["stack-status", "dev-stack-status"]


def in_nested(resource: str, status: str, minute: float, **more: Any) -> Params:
    return event(resource, status, minute=minute, stack_id=NESTED_ID, **{"token": "", "kind": "A::B::C", **more})


def by_itself(*events: Params, status: str = "UPDATE_COMPLETE", start: float = 10, end: float = 12) -> list[Params]:
    """A nested stack's operation of its own."""
    return [*update(start, end, status=status, stack_id=NESTED_ID, token=""), *events]


def status_of(release: Release, *events: Params, nested: list[Params] | None = None) -> Result:
    release.events(*events, nested=nested)
    return release.check("stack-status")


class TestChangedByHand:
    @pytest.mark.parametrize("check", STATUS_CHECKS)
    def test_a_nested_stack_whose_servers_were_replaced_fails(self, release: Release, check: str) -> None:
        rolled = in_nested("Group", "UPDATE_IN_PROGRESS", 11, kind=GROUP, reason=ROLLING)
        release.events(*update(), nested=by_itself(rolled))
        result = release.check(check)
        assert result.status is FAIL
        assert result.headline == (
            "The servers of Group were replaced: web-infrastructure-prod-Servers-1A2B (a nested stack, by itself) was "
            "changed at 2026-03-10T01:10:00Z, after this deployment, by no execution of the pipeline (no client "
            "request token), and is UPDATE_COMPLETE."
        )
        assert "lookup-events" in result.fix

    @pytest.mark.parametrize(
        ("happened", "said"),
        [
            ([in_nested("Old", "DELETE_COMPLETE", 11)], "Old was removed"),
            ([in_nested("Disk", "UPDATE_IN_PROGRESS", 11, reason=NEW)], "Disk was replaced"),
            (
                [in_nested("Disk", "UPDATE_IN_PROGRESS", 11, physical_id=name) for name in ("vol-1", "vol-2")],
                "Disk was replaced",
            ),
            ([in_nested("Disk", "UPDATE_FAILED", 11, reason="no")], "Disk failed"),
        ],
    )
    def test_what_was_taken_away_or_exchanged_fails_by_name(
        self, release: Release, happened: list[Params], said: str
    ) -> None:
        result = status_of(release, *update(), nested=by_itself(*happened))
        assert (result.status, said in result.observed) == (FAIL, True), result.observed

    def test_a_rollback_by_hand_fails(self, release: Release) -> None:
        rolled_back = by_itself(status="UPDATE_ROLLBACK_COMPLETE")
        assert status_of(release, *update(), nested=rolled_back).status is FAIL

    def test_a_change_in_place_is_inconclusive_and_named(self, release: Release) -> None:
        changed = in_nested("Listener", "UPDATE_COMPLETE", 11)
        result = status_of(release, *update(), nested=by_itself(changed))
        assert result.status is INCONCLUSIVE
        assert "Listener changed in place" in result.observed

    def test_the_stack_itself_from_the_console(self, release: Release) -> None:
        token = "Console-UpdateStack-7f59c3cf-00d2-40c7-b2ff-e75db0987002"
        result = status_of(release, *update(), *update(10, 12, token=token))
        assert result.status is INCONCLUSIVE
        assert f"(client request token {token})" in result.observed

    def test_it_goes_before_the_status_that_it_left(self, release: Release) -> None:
        release.stack("UPDATE_ROLLBACK_COMPLETE", changed=10)
        result = status_of(release, *update(), *update(10, 12, status="UPDATE_ROLLBACK_COMPLETE", token=""))
        assert "was rolled back: web-infrastructure-prod was changed at 2026-03-10T01:10:00Z" in result.headline

    def test_by_the_deployments_own_commit_it_is_by_hand_too(self, release: Release) -> None:
        assert status_of(release, *update(), *update(10, 12)).status is INCONCLUSIVE

    def test_while_deploy_was_still_at_work_but_done(self, release: Release) -> None:
        assert status_of(release, *update(4, 5), *update(5.5, 6.5, token="")).status is INCONCLUSIVE

    def test_before_this_deployment_which_did_not_touch_it(self, release: Release) -> None:
        older = update(-100, -90)
        changed = by_itself(in_nested("Old", "DELETE_COMPLETE", -49), start=-50, end=-40)
        result = status_of(release, *older, *update(), nested=changed)
        assert (result.status, "which this deployment did not touch" in result.observed) == (FAIL, True)

    def test_before_this_deployment_which_updated_it_again(self, release: Release) -> None:
        changed = by_itself(in_nested("Old", "DELETE_COMPLETE", -49), start=-50, end=-40)
        own = update(4.5, 5.5, stack_id=NESTED_ID)
        touched = event("Servers", "UPDATE_IN_PROGRESS", minute=4.4, physical_id=NESTED_ID)
        assert status_of(release, *update(-100, -90), touched, *update(), nested=[*changed, *own]).status is PASS

    def test_what_the_deployment_does_in_nested_stacks_is_its_own_whatever_their_token(self, release: Release) -> None:
        touched = event("Servers", "UPDATE_IN_PROGRESS", minute=4.4, physical_id=NESTED_ID)
        replaced = in_nested("Group", "UPDATE_IN_PROGRESS", 5, kind=GROUP, reason=ROLLING)
        for token in ("", "of-cloudformation"):
            own = update(4.5, 6, stack_id=NESTED_ID, token=token)
            assert status_of(release, *update(), touched, nested=[*own, replaced]).status is PASS

    def test_a_nested_stack_of_a_nested_stack_is_looked_at(self, release: Release) -> None:
        release.events(*update(), nested=[])
        deeper = f"{NESTED_ID}3"
        removed = [*update(10, 11, status="DELETE_COMPLETE", stack_id=deeper, token="")]

        def resources(request: Params) -> Params:
            below = {"web-infrastructure-prod": NESTED_ID, NESTED_ID: deeper}.get(request["StackName"])
            return {"StackResourceSummaries": [nested_resource(below)] if below else []}

        def events(request: Params) -> Params:
            return {"StackEvents": {deeper: removed[::-1]}.get(request["StackName"], update()[::-1])}

        release.aws.answer("ListStackResources", resources)
        release.aws.answer("DescribeStackEvents", events)
        assert release.check("stack-status").status is FAIL

    def test_an_execution_that_deployed_later_is_told_as_that(self, release: Release) -> None:
        newer = execution(
            pipelineExecutionId="newer", sourceRevisions=[{"actionName": "GitHub", "revisionId": OTHER}]
        ) | {"startTime": at(8)}
        release.executions(newer, execution())
        release.execution_id = execution()["pipelineExecutionId"]
        removed = event("Old", "DELETE_COMPLETE", minute=11, kind="A::B::C", token=f"release-{OTHER}-18")
        result = status_of(release, *update(), *update(10, 12, token=f"release-{OTHER}-18"), removed)
        assert result.status is INCONCLUSIVE
        assert "Execution newer deployed revision 000000000000 at 2026-03-10T01:10:00Z." in result.observed
        assert result.fix == "Verify the newest execution (leave --execution-id out)."

    def test_one_that_cloudformation_took_back_is_told_as_that(self, release: Release) -> None:
        newer = execution(
            pipelineExecutionId="newer", sourceRevisions=[{"actionName": "GitHub", "revisionId": OTHER}]
        ) | {"startTime": at(8)}
        release.executions(newer, execution())
        release.execution_id = execution()["pipelineExecutionId"]
        back = update(10, 12, status="UPDATE_ROLLBACK_COMPLETE", token=f"release-{OTHER}-18")
        assert (
            "at 2026-03-10T01:10:00Z, and CloudFormation took it back." in status_of(release, *update(), *back).observed
        )

    def test_a_commit_that_no_later_execution_has_is_by_hand(self, release: Release) -> None:
        removed = event("Old", "DELETE_COMPLETE", minute=11, kind="A::B::C", token=f"release-{OTHER}-18")
        assert status_of(release, *update(), *update(10, 12, token=f"release-{OTHER}-18"), removed).status is FAIL


STATUSES = [
    *("UPDATE_IN_PROGRESS", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "DELETE_COMPLETE", "IMPORT_COMPLETE"),
    *("CREATE_COMPLETE", "UPDATE_FAILED", "REVIEW_IN_PROGRESS"),
]
LATER_EVENTS = st.builds(
    lambda stack, own, status, minute, token: event(
        stack.split("/")[1] if own else "Group",
        status,
        minute=minute,
        stack_id=stack,
        physical_id=stack if own else "web-prod",
        kind="AWS::CloudFormation::Stack" if own else GROUP,
        token=token,
    ),
    stack=st.sampled_from([STACK_ID, NESTED_ID]),
    own=st.booleans(),
    status=st.sampled_from(STATUSES),
    minute=st.floats(7.001, 19),
    token=st.sampled_from(["", f"release-{REVISION}-17", f"release-{OTHER}-1", "Console-UpdateStack-1"]),
)


@given(later=st.lists(LATER_EVENTS, min_size=1, max_size=6))
def test_no_event_after_the_deployment_is_ever_a_pass(later: list[Params]) -> None:
    release = Release()
    changes = [one for one in later if "REVIEW" not in one["ResourceStatus"] or one["ResourceType"] == GROUP]
    assume(changes)  # else somebody has asked what a change would do
    of_root = [one for one in later if one["StackId"] == STACK_ID]
    release.events(*update(), *of_root, nested=[one for one in later if one["StackId"] == NESTED_ID])
    assert release.check("stack-status").status is not PASS


class TestRevision:
    def test_another_commit_fails(self, release: Release) -> None:
        result = status_of(release, *update(token=f"release-{OTHER}-18"))
        assert result.status is FAIL
        assert "of revision 000000000000, not of 9b1d5e0f2c7a" in result.observed

    @pytest.mark.parametrize("token", ["", "awscli-1", "release-unknown-17", f"release-{REVISION[:12]}-17"])
    def test_a_deployment_that_names_no_commit_is_inconclusive_with_the_line_for_the_buildspec(
        self, release: Release, token: str
    ) -> None:
        result = status_of(release, *update(token=token))
        assert result.status is INCONCLUSIVE
        assert "NAME=release-$CODEBUILD_RESOLVED_SOURCE_VERSION-$CODEBUILD_BUILD_NUMBER;" in result.fix
        assert '--client-request-token "$NAME"' in result.fix

    def test_somebody_elses_operation_just_before_is_a_remark(self, release: Release) -> None:
        result = status_of(release, *update(3.1, 3.5, token=""), *update())
        assert (result.status, "remark: " in result.observed) == (PASS, True)

    def test_an_execution_of_an_unknown_revision_is_inconclusive(self, release: Release) -> None:
        release.executions(execution(sourceRevisions=[]))
        assert release.check("stack-status").status is INCONCLUSIVE


class TestNothingChanged:
    """Deploy succeeded and left no event."""

    @pytest.fixture
    def release(self, release: Release) -> Release:
        release.stack(changed=-60)
        release.aws.answer("ListChangeSets", {"Summaries": []})
        return release

    def older(self, release: Release, token: str = f"release-{OTHER}-16") -> Result:
        return status_of(release, *update(-60, -50, token=token))

    def test_of_the_same_commit_there_was_nothing_to_change(self, release: Release) -> None:
        assert self.older(release, f"release-{REVISION}-16").status is PASS

    @pytest.mark.parametrize(
        ("name", "reason", "minute", "status"),
        [
            (f"release-{REVISION}-17", "The submitted information didn't contain changes.", 4, PASS),
            (f"release-{REVISION}-17", "No updates are to be performed.", 4, PASS),
            (f"release-{REVISION}-17", "Access denied", 4, INCONCLUSIVE),
            (f"release-{OTHER}-17", "No updates are to be performed.", 4, INCONCLUSIVE),
            (f"release-{REVISION}-17", "No updates are to be performed.", 2, INCONCLUSIVE),
        ],
    )
    def test_cloudformations_own_comparison_counts_if_it_is_of_this_deployment(
        self, release: Release, name: str, reason: str, minute: float, status: Status
    ) -> None:
        found = {"ChangeSetName": name, "Status": "FAILED", "StatusReason": reason, "CreationTime": at(minute)}
        release.aws.answer("ListChangeSets", {"Summaries": [found]})
        assert self.older(release).status is status

    @pytest.mark.parametrize(
        ("files", "status"),
        [
            (["README.md", "docs/runbook.md", ".github/workflows/ci.yml", "parameters/dev.json"], PASS),
            ([], PASS),
            (["README.md", "templates/network.yaml"], FAIL),
            (["main.yaml"], FAIL),
            (["parameters/prod.json"], FAIL),
            (["VERSION"], INCONCLUSIVE),
            (["buildspec.yml"], INCONCLUSIVE),
            (None, INCONCLUSIVE),
        ],
    )
    def test_what_was_merged_since_decides(self, release: Release, files: list[str] | None, status: Status) -> None:
        release.github = FakeGitHub(files=files)
        assert self.older(release).status is status

    def test_github_that_cannot_be_asked_is_said(self, release: Release) -> None:
        release.github = FakeGitHub(refusal="GitHub cannot be reached: no route.")
        result = self.older(release)
        assert (result.status, "no route" in result.observed) == (INCONCLUSIVE, True)

    def test_a_stack_that_names_no_commit_is_inconclusive(self, release: Release) -> None:
        result = self.older(release, "")
        assert (result.status, "--client-request-token" in result.fix) == (INCONCLUSIVE, True)


class TestDrift:
    """What somebody changed through a resource's own API is in no event; drift detection has it, where it was asked."""

    def drifted(
        self,
        release: Release,
        found: str,
        *,
        minute: float = 15,
        kind: str = "AWS::ElasticLoadBalancingV2::TargetGroup",
    ) -> Result:
        told = {"StackResourceDriftStatus": found, "LastCheckTimestamp": at(minute)}
        own = {**nested_resource("tg"), "LogicalResourceId": "Targets", "ResourceType": kind, "DriftInformation": told}

        def resources(request: Params) -> Params:
            return {
                "StackResourceSummaries": [own] if request["StackName"] == NESTED_ID else [nested_resource(NESTED_ID)]
            }

        release.aws.answer("ListStackResources", resources)
        return release.check("stack-status")

    @pytest.mark.parametrize(
        ("found", "status"),
        [("IN_SYNC", PASS), ("NOT_CHECKED", PASS), ("MODIFIED", INCONCLUSIVE), ("DELETED", FAIL)],
    )
    def test_a_nested_stacks_resource_that_was_changed_behind_its_back_counts(
        self, release: Release, found: str, status: Status
    ) -> None:
        release.events(*update(), nested=[])
        result = self.drifted(release, found)
        assert (result.status, f"Targets ({found.lower()})" in result.observed) == (status, status is not PASS)
        if status is not PASS:
            assert "describe-stack-resource-drifts" in result.fix
            assert NESTED_ID in result.fix

    def test_what_was_found_before_the_deployment_ended_is_of_the_stack_before(self, release: Release) -> None:
        release.events(*update(), nested=[])
        assert self.drifted(release, "MODIFIED", minute=6).status is PASS

    def test_a_group_of_another_size_has_scaled(self, release: Release) -> None:
        release.events(*update(), nested=[])
        assert self.drifted(release, "MODIFIED", kind=GROUP).status is PASS
        assert self.drifted(release, "DELETED", kind=GROUP).status is FAIL

    def test_a_failed_deployment_stays_one(self, release: Release) -> None:
        release.events(*update(token=f"release-{OTHER}-17"), nested=[])
        assert self.drifted(release, "MODIFIED").status is FAIL


def nested_resource(physical_id: str) -> Params:
    return {
        "LogicalResourceId": "Below",
        "PhysicalResourceId": physical_id,
        "ResourceType": "AWS::CloudFormation::Stack",
        "LastUpdatedTimestamp": at(-60),
        "ResourceStatus": "UPDATE_COMPLETE",
    }
