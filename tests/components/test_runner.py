"""The runner: what it is, what it may do, what starts it, and when it is left out."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import icalendar
import pulumi
import pytest
import yaml

from components.runner.buildspec import BUILDSPEC
from components.runner.triggers import KEEPER, times
from sandbox.aws.codepipeline.cron import DeploymentWindow
from sandbox.aws.scheduler.expression import read_expression
from scripts.calendar.ics import calendar_file
from scripts.calendar.schedule import schedule
from scripts.iam import policy
from scripts.options import PolicyFor
from scripts.purposes import actions_for, wider
from scripts.running.course import NOT_YET
from sop.names import RUNNER_SUBJECTS
from sop.outputs import CalendarOutput, StackOutputs
from sop.windows import WEEKDAYS, ReleaseWindow
from sop.wire import to_wire
from tests.components.recorder import Plan, World, configuration, deployed, run_program
from tests.components.test_policies import of_role

TOKEN = {"release:githubToken": "github_pat_SAMPLE1"}
# Its own, beside what the commands take
OF_ITS_OWN = {"WriteLog", "ReadCommand", "KeepReports", "ReadTokens"}
OF_DEV = {"ReadDevsOutputs", "UseDevsRecordsKey", "ReadDevsPipeline", "ReadDevsStack", "ReadDevsLogs"}
WINDOW = ReleaseWindow(days=("TUE", "WED", "THU"), opens=10, closes=14, time_zone="Australia/Brisbane")


def prod(world: World | None = None, token: dict[str, str] = TOKEN, **changes: str) -> Plan:
    given = {f"release:{key}": value for key, value in {"runner": "true", **changes}.items()}
    return run_program("prod", world or deployed("prod"), configuration("prod") | token | given, sorted(token))


def pairs(statements: Iterable[Mapping[str, Any]]) -> set[tuple[str, str]]:
    return {(action, arn) for one in statements for action in one["Action"] for arn in one["Resource"]}


class TestLeftOut:
    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"token": {}}, "release:githubToken is not set"),
            ({"world": World(wheels=Path("nowhere"))}, "`make wheel`"),
            ({"records": "false"}, "release:records is false"),
        ],
    )
    def test_by_itself_it_says_what_it_lacks(self, changes: dict[str, Any], words: str) -> None:
        # An empty text is a key that is not set
        plan = prod(**{**changes, "runner": ""})
        assert [text for _, text in plan.messages if words in text and "no runner" in text]
        assert plan.outputs.get("runner") is None
        assert [one.name for one in plan.registrations if "runner" in one.name] == []

    @pytest.mark.parametrize("lacking", [{"token": {}}, {"world": World(wheels=Path("nowhere"))}])
    def test_where_it_is_configured_the_program_refuses_instead_of_taking_it_away(self, lacking: Any) -> None:
        with pytest.raises(pulumi.RunError, match="release:runner is true, but"):
            prod(**lacking)

    def test_dev_has_none_unless_it_is_configured(self, dev: Plan) -> None:
        assert dev.outputs.get("runner") is None
        assert dev.messages == []


def test_the_outputs_say_who_keeps_the_door(everything: Plan) -> None:
    assert everything.outputs["runner"] == {
        "projectName": "web-pipeline-prod-runner",
    }


def test_it_may_do_what_the_commands_that_it_runs_need_and_no_more(everything: Plan) -> None:
    outputs = StackOutputs.parse(everything.outputs)
    verifying, keeping = (actions_for(one, outputs) for one in (PolicyFor.VERIFY, PolicyFor.DOOR))
    carrying = policy(actions_for(PolicyFor.RUN, outputs), outputs, wider(PolicyFor.RUN))["Statement"]
    needed = pairs([*policy({*verifying, *keeping}, outputs)["Statement"], *carrying])
    # which ReadTokens gives by the secret's name: its ARN is known only once it is made
    needed = {(action, arn) for action, arn in needed if action != "secretsmanager:GetSecretValue"}
    role = of_role(everything, "runner-service")
    of_commands = pairs(one for sid, one in role.items() if sid not in OF_ITS_OWN | OF_DEV)
    assert needed - of_commands == set(), "components/runner/permissions.py lacks it"
    assert of_commands - needed == set(), "no command that it runs needs it"
    assert role.keys() >= OF_ITS_OWN | OF_DEV


def test_what_it_reads_of_dev_it_only_reads(everything: Plan) -> None:
    role = of_role(everything, "runner-service")
    reading = ("Describe", "Filter", "Get", "List", "Decrypt")
    for sid in OF_DEV:
        assert all(action.partition(":")[2].startswith(reading) for action in role[sid]["Action"]), sid
        assert all("-dev" in arn or sid == "UseDevsRecordsKey" for arn in role[sid]["Resource"]), sid
    tags = {"Environment": "dev", "Project": "release-process", "Service": "web"}
    assert role["UseDevsRecordsKey"]["Condition"] == {
        "StringEquals": {f"aws:ResourceTag/{name}": value for name, value in tags.items()}
    }


def test_what_runs_is_what_the_stack_was_deployed_with(everything: Plan) -> None:
    project = everything.only("Project", "runner").inputs
    variables = {one["name"]: one["value"] for one in project["environment"]["environmentVariables"]}
    for name in ("WHEEL", "LOCK"):
        assert variables[name].startswith(f"runner/{variables[f'{name}_SHA256']}/")
    assert variables["OUTPUTS"] == "runner/outputs.json"
    content = json.loads(everything.only("BucketObjectv2", "outputs").inputs["content"])
    assert StackOutputs.parse(content) == StackOutputs.parse(everything.outputs)
    secret = next(one for one in project["environment"]["environmentVariables"] if one["name"] == "GITHUB_TOKEN")
    assert (secret["type"], secret["value"]) == ("SECRETS_MANAGER", "prod-release-channels:githubToken")


def test_the_buildspec_looks_at_every_hash_before_anything_is_installed() -> None:
    commands = yaml.safe_load(BUILDSPEC)["phases"]["install"]["commands"]
    checked = next(number for number, command in enumerate(commands) if "sha256sum --check" in command)
    assert all(f"${name}_SHA256" in commands[checked] for name in ("WHEEL", "LOCK", "OUTPUTS"))
    installing = [number for number, command in enumerate(commands) if "pip install" in command]
    assert checked < min(installing)
    assert "--require-hashes" in commands[installing[0]]


def test_each_event_starts_its_command_with_the_role_for_that(everything: Plan) -> None:
    started = {}
    for subject in RUNNER_SUBJECTS[:-1]:
        target = everything.only("EventTarget", f"starting-{subject}").inputs
        template = json.loads(target["inputTransformer"]["inputTemplate"])
        started[subject] = {one["name"]: one["value"] for one in template["environmentVariablesOverride"]}
        assert target["roleArn"].endswith("role/web-pipeline-prod-events-ap-southeast-2")
    assert started["built"] == started["alarm"] == {"RELEASE": KEEPER}
    assert started["deployed"]["RELEASE"].startswith("verify --execution-id <execution> --wait ")
    assert started["deployed"]["KEEP_AS"] == "<execution>"
    assert started["deploying"] == {"RELEASE": "run --execution-id <execution> --wait --dev-outputs dev.json"}
    assert started["ended"] == {"RELEASE": "run --execution-id <execution> --dev-outputs dev.json"}


def test_what_waits_is_no_failure_of_a_build() -> None:
    (command,) = (one for one in yaml.safe_load(BUILDSPEC)["phases"]["build"]["commands"] if "release" in one)
    assert command.endswith(f"|| [ $? -eq {NOT_YET} ]")
    for code, ended in ((0, 0), (NOT_YET, 0), (3, 1), (4, 1)):
        shell = command.replace("release $RELEASE", f"(exit {code}) #").partition(" #")[0]
        line = f"{shell} || [ $? -eq {NOT_YET} ]"
        assert subprocess.run(["sh", "-c", line], check=False).returncode == ended


def test_a_release_is_carried_from_where_deploy_is_at_work_and_not_while_its_rule_waits(everything: Plan) -> None:
    pattern = json.loads(everything.only("EventRule", "starting-deploying").inputs["eventPattern"])
    assert pattern["detail-type"] == ["CodePipeline Action Execution State Change"]
    assert (pattern["detail"]["stage"], pattern["detail"]["state"]) == (["Deploy"], ["STARTED"])


def test_its_failures_go_to_the_alerts(everything: Plan) -> None:
    pattern = json.loads(everything.only("EventRule", "alerts-runner").inputs["eventPattern"])
    assert pattern["detail"]["project-name"] == ["web-pipeline-prod-runner"]
    assert "FAILED" in pattern["detail"]["build-status"]


def test_it_is_started_in_the_windows_zone(everything: Plan) -> None:
    schedules = {one.inputs["name"]: one.inputs for one in everything.of_type("Schedule")}
    assert {name: one["scheduleExpression"] for name, one in schedules.items()} == {
        "keeper": "cron(0/15 9-13 ? * TUE,WED,THU *)",
        "keeper-end": "cron(0 14 ? * TUE,WED,THU *)",
        "sweep": "cron(45 14 ? * * *)",
    }
    assert {one["scheduleExpressionTimezone"] for one in schedules.values()} == {"Australia/Brisbane"}
    assert {one["state"] for one in schedules.values()} == {"ENABLED"}


class TestTimes:
    def starts(self, window: ReleaseWindow, begin: datetime, days: int, **freezes: str) -> list[datetime]:
        """Every time in these days at which the keeper is started, by the window's clock."""
        calendar = CalendarOutput([], half_days=False, working_days=[], quarter_end_days=0, freezes=freezes)
        found: set[datetime] = set()
        for each in times(window, calendar):
            expression, moment = read_expression(each.expression, window.time_zone), begin
            while (moment := expression.after(moment, begin) or datetime.max.replace(tzinfo=UTC)) < begin + timedelta(
                days=days
            ):
                found.add(moment.astimezone(window.zone))
        return sorted(found)

    @pytest.mark.parametrize(("opens", "closes"), [(10, 14), (0, 2), (22, 24), (0, 24)])
    def test_from_an_hour_before_an_opening_until_its_end(self, opens: int, closes: int) -> None:
        window = ReleaseWindow(days=("TUE",), opens=opens, closes=closes, time_zone="Australia/Brisbane")
        found = self.starts(window, datetime(2026, 3, 7, tzinfo=UTC), 7)
        opening = window.next_opening(datetime(2026, 3, 7, tzinfo=UTC))
        minutes = range(-60, (closes - opens) * 60 + 15, 15)
        assert found == [opening + timedelta(minutes=each) for each in minutes]

    def test_when_a_freeze_begins_between_two_looks(self) -> None:
        found = self.starts(WINDOW, datetime(2026, 3, 9, tzinfo=UTC), 2, Audit="2026-03-10 11:07 to 2026-03-11 09:00")
        assert datetime(2026, 3, 10, 11, 7, tzinfo=WINDOW.zone) in found
        assert self.starts(WINDOW, datetime(2026, 3, 9, tzinfo=UTC), 2, Day="2026-03-10") == self.starts(
            WINDOW, datetime(2026, 3, 9, tzinfo=UTC), 2
        )

    def test_a_zone_with_dst_opens_at_ten_of_its_own_clock_all_year_in_gate_rule_scheduler_and_calendar_file(
        self, everything: Plan
    ) -> None:
        zone, begin, weeks = "Australia/Sydney", datetime(2026, 1, 1, tzinfo=UTC), 53
        window = ReleaseWindow(days=WEEKDAYS[:6], opens=10, closes=14, time_zone=zone)
        free = {"holidays": [], "halfDays": False, "workingDays": [], "quarterEndDays": 0, "freezes": {}}
        changed = {"releaseWindow": to_wire(window.to_output()), "calendar": free}
        lying_ahead = schedule(StackOutputs.parse({**everything.outputs, **changed}), begin, weeks)
        gate = lying_ahead.calendar
        assert gate is not None
        file = icalendar.Calendar.from_ical(calendar_file(lying_ahead, gate))
        openings = {begins for event in file.events if (begins := event.decoded("dtstart")) > begin}
        assert len(openings) > 300
        assert {(each.hour, each.utcoffset()) for each in openings} == {(10, timedelta(hours=h)) for h in (10, 11)}
        rule = DeploymentWindow.parse(window.cron, zone)
        starts = set(self.starts(window, begin, weeks * 7))
        for opening in openings:
            before = opening - timedelta(seconds=1)
            assert (gate.closed(opening), bool(gate.closed(before))) == ((), True)
            assert (rule.is_open(opening), rule.is_open(before)) == (True, False)
            assert opening in starts
