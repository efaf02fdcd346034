"""The lives of schedules and their groups."""

from __future__ import annotations

from sandbox.plugins.values import Values
from tests.sandbox.plugins.cases.case import Case, Disturb
from tests.sandbox.plugins.cases.parts import GROUP, role, role_arn
from tests.sandbox.sample import ACCOUNT_ID, REGION

TARGET: Values = {
    "arn": f"arn:aws:codebuild:{REGION}:{ACCOUNT_ID}:project/life",
    "roleArn": role_arn("{role}"),
    "input": "{}",
}


def _disable(behind: Disturb, _identifier: str) -> None:
    behind(
        "scheduler",
        "update_schedule",
        Name="life-schedule",
        GroupName="life-schedules",
        ScheduleExpression="cron(0/15 9-13 ? * TUE-THU *)",
        ScheduleExpressionTimezone="Australia/Brisbane",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": TARGET["arn"], "RoleArn": role_arn("life-schedule"), "Input": "{}"},
        State="DISABLED",
    )


CASES: dict[str, Case] = {
    GROUP: Case(
        inputs={"name": "life-group", "tags": {"Kind": "schedules"}},
        update={"tags": {}},
        drift=lambda behind, name: behind(
            "scheduler",
            "untag_resource",
            ResourceArn=f"arn:aws:scheduler:{REGION}:{ACCOUNT_ID}:schedule-group/{name}",
            TagKeys=["Kind"],
        ),
        seen="tags.Kind",
    ),
    "aws:scheduler/schedule:Schedule": Case(
        needs={"group": (GROUP, {"name": "life-schedules"}), "role": role("life-schedule", "scheduler")},
        inputs={
            "name": "life-schedule",
            "groupName": "{group}",
            "flexibleTimeWindow": {"mode": "OFF"},
            "scheduleExpression": "cron(0/15 9-13 ? * TUE-THU *)",
            "scheduleExpressionTimezone": "Australia/Brisbane",
            "target": TARGET,
        },
        update={"scheduleExpression": "cron(0 14 ? * TUE-THU *)", "description": "Looks"},
        drift=_disable,
        seen="state",
    ),
}
