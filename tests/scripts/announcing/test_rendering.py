"""Who is told what, on which channel; and that of the same facts come the same bytes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from scripts.announcing.facts import Application, End, Occurrence, Seen
from scripts.announcing.rendering import Before, render
from scripts.announcing.values import NOT_NAMED, Place, application_of, verified_lines
from scripts.results import Status
from sop.outputs import MailOutput
from tests.scripts.announcing.samples import (
    AT,
    BODY,
    CHECKS,
    DEPLOYED,
    DEPLOYING,
    EVERYTHING,
    FAILED,
    GOING_ON,
    IMPACT,
    IN_BUILD,
    NOW,
    OBSERVED,
    PLAN,
    POSTPONED,
    QUIET,
    SOURCE,
    STARTED,
    TAKEN_BACK,
    VERIFIED,
    mail,
    outputs,
    release,
    rendered,
    text_of,
)

TEAM = ["mail-operations", "mail-development", "mail-management"]
EVERYONE = [*TEAM, "mail-stakeholders", "mail-customers", "slack", "status-page"]
SILENT = release(body=BODY.replace(IMPACT, QUIET))
SEEN = release(body=BODY.replace("Downtime: 5 minutes", "Downtime: none"))
UNKNOWN = release(body="")


@pytest.mark.parametrize(
    ("what", "of", "told"),
    [
        (PLAN, release(), EVERYONE),
        (PLAN, SEEN, [*TEAM, "mail-stakeholders", "slack", "status-page"]),
        (PLAN, SILENT, [*TEAM, "slack"]),
        (POSTPONED, release(), EVERYONE),
        (STARTED, release(), ["slack", "status-page"]),
        (STARTED, SILENT, ["slack"]),
        (SOURCE, release(), ["slack"]),
        (DEPLOYING, release(), ["slack"]),
        (DEPLOYED, release(), ["slack"]),
        (VERIFIED, release(), [one for one in EVERYONE if one != "slack"]),
        (VERIFIED, SILENT, TEAM),
        (FAILED, release(), [*TEAM, "mail-stakeholders", "slack", "status-page"]),
        (FAILED, SILENT, [*TEAM, "slack"]),
        (FAILED, UNKNOWN, [*TEAM, "mail-stakeholders", "slack"]),
        (TAKEN_BACK, release(), [*TEAM, "mail-stakeholders", "slack"]),
        (OBSERVED, release(), ["slack"]),
    ],
)
def test_each_event_is_told_to_those_of_the_sop(what: Occurrence, of: Any, told: list[str]) -> None:
    assert list(rendered(what, of)) == told


@pytest.mark.parametrize("what", EVERYTHING)
def test_of_the_same_facts_come_the_same_bytes(what: Occurrence) -> None:
    assert rendered(what) == rendered(what)


def test_who_has_no_address_is_named_and_keeps_nobody_else_from_being_told() -> None:
    mails = MailOutput("operations@helios.id", {"operations": ["operations@helios.id"]})
    found = render(Place(outputs(mail=mails, slack=None, status_page=None)), release(), PLAN, NOW, Before())
    assert list(found.messages) == ["mail-operations"]
    assert list(found.left_out) == [one for one in EVERYONE if one != "mail-operations"]
    assert found.left_out["slack"] == "no channel is configured"


def test_customers_do_not_see_each_other_and_read_nothing_internal() -> None:
    read = mail(rendered(PLAN)["mail-customers"])
    assert (read["To"], read["Bcc"]) == ("operations@helios.id", "customers@helios.id")
    said = text_of(read)
    assert read["Subject"] == "Scheduled maintenance 2026-03-12 10:00 AEST"
    assert "What changes: the new front page." in said
    assert not any(word in said for word in ("github", "Ayu", "operations-lead", "version 4"))


def test_each_mail_is_one_of_its_own_and_answers_go_to_the_release_manager() -> None:
    found = [mail(text) for name, text in rendered(PLAN).items() if name.startswith("mail-")]
    assert len({read["Message-ID"] for read in found}) == len(found)
    assert found[0]["Reply-To"] == "ayu@helios.id"
    assert found[0]["Auto-Submitted"] == "auto-generated"


def arguments(what: Occurrence, before: Before = GOING_ON) -> dict[str, Any]:
    return json.loads(rendered(what, before=before)["slack"])


def test_what_follows_the_start_is_in_its_thread_and_a_failure_in_the_channel_too() -> None:
    for what in (SOURCE, DEPLOYING, DEPLOYED, OBSERVED):
        assert (arguments(what)["thread_ts"], arguments(what)["reply_broadcast"]) == (GOING_ON.thread, False)
    assert (arguments(FAILED)["thread_ts"], arguments(FAILED)["reply_broadcast"]) == (GOING_ON.thread, True)


def test_without_a_start_everything_is_in_the_channel() -> None:
    assert "thread_ts" not in arguments(FAILED, Before())
    assert "thread_ts" not in arguments(STARTED)


def incident(what: Occurrence, before: Before = GOING_ON) -> dict[str, Any]:
    return json.loads(rendered(what, before=before)["status-page"])


def test_a_maintenance_is_scheduled_and_neither_begins_nor_ends_by_itself() -> None:
    made = incident(PLAN, Before())
    assert "incident_id" not in made
    said = made["incident"]
    assert (said["status"], said["scheduled_for"]) == ("scheduled", "2026-03-12T00:00:00+00:00")
    assert (said["scheduled_auto_in_progress"], said["scheduled_auto_completed"]) == (False, False)
    assert said["component_ids"] == ["8kbf7d35c070"]


def test_a_correction_and_a_postponement_are_of_the_same_maintenance_which_never_begins_by_itself() -> None:
    for what in (PLAN, POSTPONED):
        changed = incident(what)
        assert changed["incident_id"] == GOING_ON.maintenance
        assert (changed["incident"]["status"], changed["incident"]["scheduled_auto_in_progress"]) == (
            "scheduled",
            False,
        )
    assert incident(POSTPONED)["incident"]["scheduled_for"] == "2026-03-17T00:00:00+00:00"


def test_the_page_is_told_how_it_ends() -> None:
    assert incident(STARTED)["incident"]["status"] == "in_progress"
    assert incident(VERIFIED)["incident"]["status"] == "completed"
    assert incident(FAILED)["incident"]["status"] == "completed"
    down = replace(FAILED, application=Application.DOWN)
    assert (incident(down)["incident"]["status"], incident(down)["incident"]["name"]) == (
        "verifying",
        "Maintenance in progress",
    )


def test_nothing_of_a_maintenance_that_the_page_does_not_know_is_ended_there() -> None:
    assert "status-page" not in rendered(FAILED, before=Before())
    assert "status-page" not in rendered(VERIFIED, before=Before())
    assert "status-page" in rendered(STARTED, before=Before())


def said_of(what: Occurrence, **changes: Any) -> str:
    return text_of(mail(rendered(what, **changes)["mail-operations"]))


@pytest.mark.parametrize("end", [one for one in End if one is not End.ROLLED_BACK])
def test_only_what_cloudformation_takes_back_is_told_as_a_rollback(end: End) -> None:
    said = said_of(replace(FAILED, end=end, rolled_back=None))
    assert "automatic rollback initiated" not in said
    assert "- Rollback: Complete" not in said


def test_a_lint_failure_on_main_is_told_as_nothing_deployed() -> None:
    said = said_of(IN_BUILD)
    assert "failed before anything was deployed. Production is unchanged." in said
    assert "- Rollback: Not needed: nothing was deployed" in said
    assert "- Stack Status: UPDATE_COMPLETE (not touched)" in said


def test_a_failure_found_in_observation_says_so_and_that_nothing_takes_it_back() -> None:
    said = said_of(replace(FAILED, end=End.IN_OBSERVATION, rolled_back=None, stack_status="UPDATE_COMPLETE"))
    assert "its observation has failed: found in observation" in said


def test_a_failure_is_told_whatever_is_missing() -> None:
    read = mail(rendered(replace(FAILED, reason=""), UNKNOWN, incident_commander=None)["mail-operations"])
    said = text_of(read)
    for line in (
        "- Failure Reason: not known yet",
        "- Incident ticket: to be opened",
        "- Post-mortem scheduled: not yet scheduled",
        f"- Incident Commander: {NOT_NAMED}",
    ):
        assert line in said


def test_a_reason_is_brief() -> None:
    said = "Listener in web-LoadBalancer at 2026-12-01T00:06:36Z: \"A listener already exists 'arn:x'"
    service = " (Service: ELB, Status Code: 400, Request ID: 88)"
    long = f'{said}{service}" (RequestToken: 4c28, HandlerErrorCode: AlreadyExists)'
    assert f'- Failure Reason: {said}"\n' in said_of(replace(FAILED, reason=long))
    lint = "action Lint Failed: exit status 2; log: https://console.aws.amazon.com/codebuild"
    assert "- Failure Reason: action Lint Failed: exit status 2\n" in said_of(replace(FAILED, reason=lint))
    assert f"- Failure Reason: {'x' * 299}…\n" in said_of(replace(FAILED, reason="x" * 500))


def test_what_is_known_of_the_incident_is_told() -> None:
    said = said_of(replace(FAILED, incident="https://github.com/helios/web/issues/9", post_mortem=AT))
    assert "- Incident ticket: https://github.com/helios/web/issues/9" in said
    assert "- Post-mortem scheduled: 2026-03-12 10:00 AEST" in said


def result(check: str, status: Status) -> Seen:
    return Seen(check, status, f"{check} said so")


def test_a_line_of_the_verification_stands_only_where_its_checks_passed() -> None:
    results = [result(one, Status.PASS) for one in CHECKS if one != "endpoint"]
    lines = verified_lines([*results, result("endpoint", Status.SKIPPED)])
    assert "– Application responding normally: not looked at on this stack" in lines
    assert "✅ All targets healthy" in lines
    assert lines[-1] == "7 of 7 checks passed (release verify)"


@pytest.mark.parametrize(
    ("answers", "targets", "application"),
    [
        (Status.PASS, Status.PASS, Application.OPERATIONAL),
        (Status.PASS, Status.FAIL, Application.DEGRADED),
        (Status.FAIL, Status.PASS, Application.DOWN),
        (Status.ERROR, Status.FAIL, Application.UNKNOWN),
        (Status.PASS, Status.ERROR, Application.UNKNOWN),
        (Status.INCONCLUSIVE, Status.PASS, Application.UNKNOWN),
    ],
)
def test_how_the_application_is_comes_from_what_was_seen(
    answers: Status, targets: Status, application: Application
) -> None:
    assert application_of([result("endpoint", answers), result("target-health", targets)]) is application
    assert application_of([]) is Application.UNKNOWN


def test_the_name_of_who_approved_stays_as_it_was_given() -> None:
    """An approver who has left since is still who approved."""
    assert "- Operations Manager: operations-lead - 2026-03-10" in said_of(PLAN)
