"""SOP 4.4: the alarms are those that were deployed, others decide nothing, and a PASS comes when they can have fired.

Deploy ended at minute 7, each alarm looks at 5 minutes, and metrics are up to 3 minutes late.
"""

from __future__ import annotations

from typing import Any, cast

import pytest
from botocore.model import ServiceModel, StructureShape
from hypothesis import assume, given
from hypothesis import strategies as st

from scripts.results import Result, Status
from tests.scripts.checks.alarm_changes import fired
from tests.scripts.fake_aws import LOADER, Params, Refusal
from tests.scripts.model_valid import values
from tests.scripts.prod_stack import ALARM_ON_A_METRIC, ALARM_ON_ALARMS, ALARMS, COMPOSITE, TOPIC
from tests.scripts.release import Release, alarm, at

CHECK = "alarms"
CLOUDWATCH = ServiceModel(LOADER.load_service_model("cloudwatch", "service-2"))
QUERY = {
    "Id": "m",
    "MetricStat": {"Metric": {"Namespace": "AWS/EC2", "MetricName": "CPUUtilization"}, "Period": 60, "Stat": "Average"},
}
# Who it is and how it stands. EvaluationInterval belongs to alarms on PromQL.
NOT_DEFINED = {
    "AlarmName", "AlarmArn", "AlarmConfigurationUpdatedTimestamp", "StateValue", "StateReason", "StateReasonData",
    "StateUpdatedTimestamp", "StateTransitionedTimestamp", "EvaluationState", "ActionsSuppressedBy",
    "ActionsSuppressedReason", "EvaluationInterval",
}  # fmt: skip
DEFAULTS: dict[str, Any] = {
    "EvaluateLowSampleCountPercentile": "evaluate",
    "EvaluationWindow": {"SlidingWindow": {}},
    "ActionConfiguration": {"AlarmTagsPropagation": {"Enabled": False}},
}
DEFINITIONS = {"MetricAlarm": ("prod-cpu", ALARM_ON_A_METRIC), "CompositeAlarm": (COMPOSITE, ALARM_ON_ALARMS)}


def changed(release: Release, name: str = "prod-cpu", **changes: Any) -> Result:
    release.changed_alarm(name, **changes)
    return release.check(CHECK)


class TestDrift:
    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"Threshold": 95.0}, "Threshold is 95, deployed was 80"),
            ({"AlarmActions": []}, f"AlarmActions is none, deployed was {TOPIC}"),
            ({"OKActions": None}, f"OKActions is none, deployed was {TOPIC}"),
            ({"InsufficientDataActions": [TOPIC]}, f"InsufficientDataActions is {TOPIC}, deployed was none"),
            ({"AlarmActions": [f"{TOPIC}-2"]}, f"AlarmActions is {TOPIC}-2, deployed was {TOPIC}"),
            ({"ActionsEnabled": False}, "ActionsEnabled is false, deployed was true"),
            (
                {"Dimensions": [{"Name": "AutoScalingGroupName", "Value": "other"}]},
                "Dimensions.AutoScalingGroupName is other, deployed was web-prod",
            ),
            ({"Dimensions": []}, "Dimensions.AutoScalingGroupName is none, deployed was web-prod"),
            ({"Namespace": "Mine"}, "Namespace is Mine, deployed was AWS/EC2"),
            ({"MetricName": "Idle"}, "MetricName is Idle, deployed was CPUUtilization"),
            ({"Statistic": None, "ExtendedStatistic": "p1"}, "ExtendedStatistic is p1, deployed was none"),
            ({"Unit": "Bits"}, "Unit is Bits, deployed was none"),
            ({"Period": 3600}, "Period is 3600, deployed was 60"),
            ({"EvaluationPeriods": 9}, "EvaluationPeriods is 9, deployed was 5"),
            ({"EvaluationPeriods": 9, "DatapointsToAlarm": None}, "DatapointsToAlarm is 9, deployed was 5"),
            ({"TreatMissingData": "ignore"}, "TreatMissingData is ignore, deployed was missing"),
            ({"ComparisonOperator": "LessThanThreshold"}, "ComparisonOperator is LessThanThreshold"),
            ({"WarmUpConfiguration": {"WarmUpPeriodDurationInMinutes": 60}}, "WarmUpConfiguration is {"),
            ({"EvaluationWindow": {"WallClockWindow": {}}}, "EvaluationWindow is {"),
            ({"Metrics": [QUERY], "Namespace": None, "MetricName": None}, 'Metrics is {"m": {"MetricStat"'),
        ],
        ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
    )
    def test_an_alarm_changed_by_hand_fails_with_what_was_promised_and_what_is_there(
        self, release: Release, changes: Params, said: str
    ) -> None:
        result = changed(release, **changes)
        assert result.status is Status.FAIL
        assert result.headline.startswith("prod-cpu was changed after it was deployed: ")
        assert result.observed.endswith("\n4 of 4 alarms OK.")
        assert said in result.observed

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"AlarmRule": "FALSE"}, 'AlarmRule is FALSE, deployed was ALARM("prod-cpu") OR '),
            ({"ActionsSuppressor": "quiet"}, "ActionsSuppressor is quiet, deployed was none"),
            ({"ActionsEnabled": False}, "ActionsEnabled is false"),
            ({"AlarmActions": []}, "AlarmActions is none"),
        ],
    )
    def test_a_composite_that_cannot_fire_or_tells_nobody_fails(
        self, release: Release, changes: Params, said: str
    ) -> None:
        result = changed(release, COMPOSITE, **changes)
        assert result.status is Status.FAIL
        assert said in result.observed

    def test_the_fix_is_a_command_that_sees_what_the_state_does_not(self, release: Release) -> None:
        assert "`pulumi up --refresh --stack prod`" in changed(release, Threshold=95.0).fix
        unseen = changed(release, ActionConfiguration={"AlarmTagsPropagation": {"Enabled": True}})
        assert "`aws cloudwatch disable-alarm-actions --alarm-names prod-cpu --region ap-southeast-2`" in unseen.fix

    def test_what_is_unset_and_what_has_another_order_is_as_it_was_deployed(self, release: Release) -> None:
        unset = ("ActionsEnabled", "InsufficientDataActions", "DatapointsToAlarm", "TreatMissingData")
        nothing: Params = dict.fromkeys(unset)
        assert changed(release, "prod-cpu", **nothing).status is Status.PASS

    def test_drift_is_told_even_where_the_history_cannot_be_read(self, release: Release) -> None:
        release.aws.answer("DescribeAlarmHistory", Refusal("AccessDenied"))
        result = changed(release, Threshold=95.0)
        assert result.status is Status.FAIL
        assert "Threshold is 95" in result.observed

    def test_drift_is_told_beside_an_alarm_that_is_missing(self, release: Release) -> None:
        release.describe_alarms([alarm("prod-cpu", "OK") | {"Threshold": 95.0}], [alarm(COMPOSITE, "OK")])
        result = release.check(CHECK)
        assert result.status is Status.FAIL
        assert result.observed.splitlines()[0] == (
            "Missing: prod-error-rate and prod-pipeline-failed; 2 of 4 promised alarms exist."
        )
        assert "Threshold is 95" in result.observed

    def test_both_fixes_are_given_where_another_alarm_fired(self, release: Release) -> None:
        release.history(*fired("prod-error-rate", 10, 12, newest=8))
        described = {name: alarm(name, "OK") | {"StateTransitionedTimestamp": at(12)} for name in ALARMS}
        described["prod-cpu"]["Threshold"] = 95.0
        release.describe_alarms(list(described.values()), [alarm(COMPOSITE, "OK")])
        fix = release.check(CHECK).fix
        assert "pulumi up --refresh" in fix
        assert "docs/runbooks/incident-response.md, and decide whether to roll back" in fix

    @pytest.mark.parametrize("kind", list(DEFINITIONS))
    @given(data=st.data())
    def test_any_alarm_that_aws_may_answer_and_that_differs_in_any_field_is_no_pass(
        self, kind: str, data: st.DataObject
    ) -> None:
        name, definition = DEFINITIONS[kind]
        members = cast("StructureShape", CLOUDWATCH.shape_for(kind)).members
        field = data.draw(st.sampled_from(sorted(set(members) - NOT_DEFINED)))
        value = data.draw(st.one_of(st.none(), values(members[field])))
        suppressed = {"ActionsSuppressor": "x"} if field.startswith("ActionsSuppressor") else {}
        assume(not _same(field, value, definition))
        assert changed(Release(), name, **{**suppressed, field: value}).status is Status.FAIL


def _same(field: str, value: Any, definition: Params) -> bool:
    """Whether the field says what was deployed: the same, in another order, or not at all where that is its default."""
    deployed = definition.get(field, DEFAULTS.get(field))
    if value in (None, "", [], {}):
        unset: dict[str, Any] = {"ActionsEnabled": True, "TreatMissingData": "missing", "DatapointsToAlarm": 5}
        value = unset.get(field, DEFAULTS.get(field))
    if isinstance(value, list) and isinstance(deployed, list):
        return set(map(str, value)) == set(map(str, deployed))
    return bool(value == deployed) or (not deployed and deployed is not False and not value and value is not False)


class TestStrangers:
    def burning(self, release: Release, name: str, **tags: str) -> Result:
        release.alarms(dict.fromkeys(ALARMS, "OK") | {name: "ALARM"}, {COMPOSITE: "OK"})
        answer = {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
        release.aws.answer("ListTagsForResource", answer)
        return release.check(CHECK)

    def test_one_that_is_quiet_is_a_remark(self, release: Release) -> None:
        release.alarms(dict.fromkeys(ALARMS, "OK") | {"prod-by-hand": "INSUFFICIENT_DATA"}, {COMPOSITE: "OK"})
        result = release.check(CHECK)
        assert result.status is Status.PASS
        assert result.observed == "4 of 4 alarms OK.\nNot among the promised alarms: prod-by-hand"
        assert not release.aws.called("ListTagsForResource")

    def test_many_are_counted(self, release: Release) -> None:
        others = {f"prod-other-{number}": "OK" for number in range(9)}
        release.alarms(dict.fromkeys(ALARMS, "OK") | others, {COMPOSITE: "OK"})
        assert release.check(CHECK).observed.endswith("prod-other-4 and 4 others")

    def test_one_in_alarm_is_inconclusive(self, release: Release) -> None:
        result = self.burning(release, "prod-by-hand")
        assert result.status is Status.INCONCLUSIVE
        assert "prod-by-hand, which this stack did not make, is in ALARM since 2026-03-10T00:00:00Z" in result.observed

    def test_one_of_another_service_of_ours_is_told_and_decides_nothing(self, release: Release) -> None:
        result = self.burning(release, "prod-api-cpu", Project="release-process", Service="api")
        assert result.status is Status.PASS
        assert "prod-api-cpu is in ALARM" in result.observed
        assert "service api" in result.observed

    @pytest.mark.parametrize(
        ("name", "tags"),
        [
            ("prod-api-cpu", {"Project": "another", "Service": "api"}),
            ("prod-api-cpu", {"Service": "api"}),
            ("prod-api-cpu", {"Project": "release-process"}),
            ("prod-api-cpu", {"Project": "release-process", "Service": "web"}),
            ("prod-api-cpu", {"Project": "release-process", "Service": "shop"}),  # whose alarms are prod-shop-…
        ],
    )
    def test_one_whose_tags_do_not_say_another_service_is_inconclusive(
        self, release: Release, name: str, tags: dict[str, str]
    ) -> None:
        assert self.burning(release, name, **tags).status is Status.INCONCLUSIVE

    def test_one_whose_tags_cannot_be_read_is_inconclusive(self, release: Release) -> None:
        self.burning(release, "prod-api-cpu")
        release.aws.answer("ListTagsForResource", Refusal("AccessDenied"))
        assert release.check(CHECK).status is Status.INCONCLUSIVE

    def test_another_service_asks_for_its_own_prefix(self, release: Release) -> None:
        release.outputs["service"] = "api"
        release.check(CHECK)
        (asked,) = release.aws.called("DescribeAlarms")
        assert asked["AlarmNamePrefix"] == "prod-api-"


class TestTooEarly:
    @pytest.mark.parametrize(("minute", "status"), [(14.9, Status.INCONCLUSIVE), (15, Status.PASS)])
    def test_it_passes_from_when_on_the_slowest_alarm_can_have_fired(
        self, release: Release, minute: float, status: Status
    ) -> None:
        release.now = at(minute)
        assert release.check(CHECK).status is status

    def test_it_says_how_long_and_from_when_on(self, release: Release) -> None:
        release.now = at(8)
        result = release.check(CHECK)
        assert result.again_at == at(15)
        assert "looks at 5 min, and can have fired 7 min from now (2026-03-10T01:15:00Z)" in result.observed

    def test_the_slowest_alarm_is_waited_for(self, release: Release) -> None:
        release.alarms(dict.fromkeys(ALARMS, "OK"), {COMPOSITE: "OK"}, Period=300, EvaluationPeriods=3)
        result = release.check(CHECK)
        assert result.status is Status.INCONCLUSIVE
        assert result.again_at == at(7 + 15 + 3)

    def test_what_waits_for_something_else_too_has_no_time(self, release: Release) -> None:
        release.alarms(dict.fromkeys(ALARMS, "INSUFFICIENT_DATA"), {COMPOSITE: "OK"})
        release.now = at(8)
        result = release.check(CHECK)
        assert result.status is Status.INCONCLUSIVE
        assert result.again_at is None

    def test_an_alarm_that_fired_fails_at_once(self, release: Release) -> None:
        release.history(*fired("prod-cpu", 10, 12, newest=8))
        release.now = at(13)
        result = release.check(CHECK)
        assert result.status is Status.FAIL
        assert result.again_at is None


class TestMadeSince:
    """Deployed at minute 7; each alarm looks at 5 minutes."""

    @pytest.mark.parametrize(
        ("configured", "status", "told"),
        [
            (6.9, Status.PASS, False),  # before the deployment's end
            (11, Status.PASS, False),  # its first look was at all that came since
            (13, Status.PASS, True),
            (16.9, Status.PASS, True),
            (17.1, Status.INCONCLUSIVE, True),  # it has had no look yet
        ],
    )
    def test_an_alarm_that_was_changed_and_put_back_has_not_seen_all(
        self, release: Release, configured: float, status: Status, told: bool
    ) -> None:
        """Its threshold was raised while things went wrong: 4 of 4 alarms OK, and no word of it."""
        result = changed(release, AlarmConfigurationUpdatedTimestamp=at(configured))
        seen = "Made or changed since the deployment: prod-cpu; what happened before"
        assert (result.status, seen in result.observed) == (status, told)

    def test_what_a_composite_missed_the_alarms_under_it_tell(self, release: Release) -> None:
        result = changed(release, COMPOSITE, AlarmConfigurationUpdatedTimestamp=at(16))
        assert (result.status, result.observed) == (Status.PASS, "4 of 4 alarms OK.")

    def test_one_that_has_had_no_look_yet_is_a_matter_of_time(self, release: Release) -> None:
        result = changed(release, AlarmConfigurationUpdatedTimestamp=at(19))
        assert result.again_at == at(22)
        assert "prod-cpu was made or changed at 2026-03-10T01:19:00Z, and can have fired from" in result.observed


class TestMuted:
    """Its state changes, its definition is the deployed one, and nobody is told."""

    def test_a_muted_alarm_fails_and_the_fix_is_a_command(self, release: Release) -> None:
        release.mutes(night=("ACTIVE", ["prod-cpu", COMPOSITE, "of-others"]))
        result = release.check(CHECK)
        assert result.status is Status.FAIL
        said = f"Alarm mute rule night keeps the actions of prod-cpu and {COMPOSITE} back: nobody is told"
        assert result.observed == f"{said}\n4 of 4 alarms OK."
        command = "aws cloudwatch delete-alarm-mute-rule --alarm-mute-rule-name night --region ap-southeast-2"
        assert result.fix == f"Wait until it is over, or run `{command}`."

    def test_one_that_will_be_is_a_remark(self, release: Release) -> None:
        release.mutes(night=("SCHEDULED", ["prod-cpu"]))
        result = release.check(CHECK)
        assert (result.status, "rule night will keep the actions of prod-cpu back" in result.observed) == (
            Status.PASS,
            True,
        )

    @pytest.mark.parametrize(("status", "of"), [("EXPIRED", "prod-cpu"), ("ACTIVE", "of-others")])
    def test_what_is_over_and_what_is_about_others_says_nothing(self, release: Release, status: str, of: str) -> None:
        release.mutes(night=(status, [of]))
        assert release.check(CHECK).observed == "4 of 4 alarms OK."

    def test_without_any_rule_it_is_one_question(self, release: Release) -> None:
        release.check(CHECK)
        assert len(release.aws.called("ListAlarmMuteRules")) == 1

    def test_rules_that_cannot_be_read_are_an_error_but_where_cloudwatch_has_none(self, release: Release) -> None:
        release.aws.answer("ListAlarmMuteRules", Refusal("AccessDenied"))
        result = release.check(CHECK)
        assert (result.status, "cloudwatch:ListAlarmMuteRules" in result.observed) == (Status.ERROR, True)
        release.aws.answer("ListAlarmMuteRules", Refusal("InvalidAction"))
        assert release.check(CHECK).status is Status.PASS
