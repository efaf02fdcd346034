"""An announcement goes out whole and once: whatever is lost, refused, changed or done twice on the way."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from scripts.announcing.announce import prepared
from scripts.announcing.described import Described
from scripts.announcing.facts import End, Occurrence
from scripts.announcing.following import Following
from scripts.announcing.owed import owed, pending, resend, was_sent
from scripts.announcing.planning import NotAnnouncedError
from scripts.channels.channel import NOT_THERE, NotSentError, SendUncertainError
from scripts.errors import ConfigurationError
from scripts.ledger.messages import Intent
from sop.channels import Channel as Kind
from tests.scripts.announcing.desk import Office, outcomes, raising
from tests.scripts.announcing.samples import (
    AT,
    BODY,
    DEPLOYED,
    FAILED,
    IMPACT,
    PLAN,
    POSTPONED,
    QUIET,
    SOURCE,
    STARTED,
    VERIFIED,
    release,
)
from tests.scripts.ledger.memory import Killed

TEAM = ["operations@helios.id", "development@helios.id", "management@helios.id", "stakeholders@helios.id"]
KEY = f"pr-12/failed/{FAILED.execution_id}/mail-management"
QUIETLY = release(body=BODY.replace(IMPACT, QUIET))


@pytest.fixture
def office() -> Office:
    return Office()


def test_everybody_is_told_once_however_often_it_is_announced_and_by_whom(office: Office) -> None:
    first, second = office.tell(FAILED), office.tell(FAILED, who="bob")
    assert (first.exit_code, set(outcomes(first).values())) == (0, {"sent"})
    assert (second.exit_code, set(outcomes(second).values())) == (0, {"sent before"})
    assert office.recipients() == TEAM
    assert len(office.slack.sent) == 1


def test_a_mail_refused_for_one_audience_the_others_are_served_and_the_rest_is_named(office: Office) -> None:
    office.refuse("management")
    told = office.tell(FAILED)
    assert office.recipients() == TEAM
    assert [name for name, outcome in outcomes(told).items() if outcome != "sent"] == ["mail-management"]
    assert told.exit_code == 4
    assert "  mail-management: not sent: MessageRejected: the address is not verified" in told.lines("prod")


def test_only_what_failed_is_tried_again_and_sends_the_first_bytes_though_the_title_has_changed(
    office: Office,
) -> None:
    office.refuse("management")
    office.tell(FAILED)
    first = office.mail.sent[2]
    office.accept()
    told = office.tell(FAILED, release("Another title"))
    assert (told.exit_code, len(office.mail.sent)) == (0, 5)
    assert office.mail.sent[4] == first


def test_what_was_never_begun_goes_out_as_it_was_written_first(office: Office) -> None:
    """A run that is killed after its first mail: the next one sends the rest of the same announcement."""
    office.mail.ends = raising(Killed())
    with pytest.raises(Killed):
        office.tell(FAILED)
    office.accept()
    told = office.tell(replace(FAILED, reason="something else"), release("Another title"))
    assert outcomes(told)["mail-operations"] == "being sent"
    assert all(b"Another" not in sent and b"something else" not in sent for sent in office.mail.sent)
    assert office.recipients()[1:] == TEAM[1:]


def test_what_would_go_out_is_what_was_written_first(office: Office) -> None:
    office.tell(FAILED)
    would = prepared(FAILED, release("Another title"), office.desk())
    assert not any("Another" in text for text in would.messages.values())


def test_a_lost_answer_is_looked_up_and_where_the_provider_cannot_tell_it_stays_uncertain(office: Office) -> None:
    lost = raising(SendUncertainError("The answer was lost."))
    office.slack.ends = office.mail.ends = lost
    assert set(outcomes(office.tell(STARTED, QUIETLY)).values()) == {"uncertain"}
    office.passes(minutes=10)
    office.slack.found = "1773273600.000100"
    assert outcomes(office.tell(STARTED, QUIETLY)) == {"slack": "found"}
    assert len(office.slack.sent) == 1
    office.tell(FAILED)
    office.passes(minutes=10)
    told = office.tell(FAILED)
    assert outcomes(told)["mail-management"] == "uncertain"
    assert f"    it did not: release announce --stack prod --resend {KEY}" in told.lines("prod")


def test_what_the_provider_certainly_does_not_have_is_sent(office: Office) -> None:
    office.slack.ends = raising(SendUncertainError("The answer was lost."))
    office.tell(STARTED, QUIETLY)
    office.passes(minutes=10)
    office.slack.found, office.slack.ends = NOT_THERE, lambda: "1.1"
    assert outcomes(office.tell(STARTED, QUIETLY)) == {"slack": "sent"}


def test_with_slack_down_everything_else_goes_on_and_slack_is_owed(office: Office) -> None:
    office.closed = {Kind.SLACK}
    told = office.tell(FAILED)
    assert outcomes(told) == {
        "mail-operations": "sent",
        "mail-development": "sent",
        "mail-management": "sent",
        "mail-stakeholders": "sent",
        "slack": "not sent",
    }
    assert told.exit_code == 4
    assert [one.channels for one in owed(office.desk().ledger)] == [("slack",)]


def test_a_fault_of_the_program_in_one_channel_keeps_no_other_from_being_told(office: Office) -> None:
    office.mail.ends = raising(UnicodeDecodeError("utf-8", b"\xbf", 0, 1, "invalid start byte"))
    told = office.tell(FAILED)
    assert (outcomes(told)["mail-operations"], outcomes(told)["slack"], told.exit_code) == ("uncertain", "sent", 4)
    assert "the program itself failed, UnicodeDecodeError" in "\n".join(told.lines("prod"))


def test_a_second_failure_of_one_release_is_told_again(office: Office) -> None:
    office.tell(FAILED)
    again = office.tell(replace(FAILED, execution_id="another"))
    retried = office.tell(replace(FAILED, occasion=f"{FAILED.execution_id}-2"))
    assert set(outcomes(again).values()) == set(outcomes(retried).values()) == {"sent"}
    assert len(office.mail.sent) == 3 * len(TEAM)


def test_a_second_postponement_is_told_again_and_the_same_one_once(office: Office) -> None:
    office.tell(POSTPONED, QUIETLY)
    assert set(outcomes(office.tell(POSTPONED, QUIETLY)).values()) == {"sent before"}
    later = office.tell(replace(POSTPONED, was=AT.replace(day=17)), QUIETLY)
    assert set(outcomes(later).values()) == {"sent"}
    assert len(office.mail.sent) == 6


def test_changed_content_or_another_time_is_another_announcement(office: Office) -> None:
    office.tell(PLAN)
    corrected = office.tell(replace(PLAN, content="b2" * 20))
    moved = office.tell(replace(PLAN, begins=AT.replace(day=17)))
    assert set(outcomes(corrected).values()) == set(outcomes(moved).values()) == {"sent"}


def test_a_correction_and_the_end_are_of_the_maintenance_that_the_page_has(office: Office) -> None:
    page = office.channels[Kind.STATUS_PAGE]
    page.ends = lambda: "maintenance-1"
    for what in (PLAN, replace(PLAN, content="b2" * 20), POSTPONED, STARTED, DEPLOYED, VERIFIED):
        office.tell(what)
        office.passes(minutes=1)
    told = [json.loads(sent) for sent in page.sent]
    assert [one.get("incident_id") for one in told] == [None, *["maintenance-1"] * 4]
    office.tell(replace(PLAN, begins=AT.replace(day=17)))
    assert "incident_id" not in json.loads(page.sent[-1])  # that one has ended


def test_progress_is_in_the_thread_of_its_own_executions_start(office: Office) -> None:
    office.slack.ends = lambda: f"17732736{len(office.slack.sent):02}.000100"
    office.tell(STARTED, QUIETLY)
    office.tell(SOURCE, QUIETLY)
    office.tell(replace(SOURCE, execution_id="another"), QUIETLY)
    started, source, another = (json.loads(sent) for sent in office.slack.sent)
    assert "thread_ts" not in started
    assert source["thread_ts"] == "1773273601.000100"
    assert "thread_ts" not in another


def test_complete_is_told_in_slack_at_once_and_by_mail_once_it_is_verified(office: Office) -> None:
    assert list(outcomes(office.tell(DEPLOYED))) == ["slack"]
    assert office.mail.sent == []
    told = office.tell(VERIFIED)
    assert "slack" not in outcomes(told)
    assert office.recipients() == [*TEAM, "customers@helios.id"]


def test_what_is_owed_is_told_with_who_sends_and_only_what_failed_is_sent(office: Office) -> None:
    office.refuse("management")
    office.tell(FAILED)
    office.tell(PLAN)
    desk = office.desk("bob")
    message = next(iter(owed(desk.ledger))).occasion.message("mail-management")
    desk.ledger.add(message.key(2, "intent"), desk.ledger.made(Intent, content=b"again"))
    office.accept()
    sent = len(office.mail.sent)
    looked = pending(office.desk(), None, retry=False)
    assert [list(outcomes(one).values()) for one in looked] == [["being sent"], ["not sent"]]
    assert "bob" in "\n".join(looked[0].lines("prod"))
    tried = pending(office.desk(), None, retry=True)
    assert [list(outcomes(one).values()) for one in tried] == [["being sent"], ["sent"]]
    assert len(office.mail.sent) == sent + 1


def test_nothing_is_owed_of_progress_that_is_an_hour_old(office: Office) -> None:
    office.closed = {Kind.SLACK}
    office.tell(SOURCE)
    office.tell(DEPLOYED)
    office.passes(minutes=59)
    assert len(list(owed(office.desk().ledger))) == 2
    office.passes(minutes=2)
    assert [one.occasion.event for one in owed(office.desk().ledger)] == ["complete"]


def test_only_that_release_is_asked_about(office: Office) -> None:
    office.closed = {Kind.SLACK}
    office.tell(DEPLOYED)
    assert list(owed(office.desk().ledger, "pr-1")) == []


def uncertain(office: Office) -> str:
    office.mail.ends = raising(SendUncertainError("The answer was lost."))
    office.tell(FAILED)
    office.accept()
    office.passes(minutes=10)
    return KEY


def test_a_person_who_has_looked_settles_it_as_sent(office: Office) -> None:
    told = was_sent(office.desk().ledger, uncertain(office))
    assert told.exit_code == 0
    assert outcomes(office.tell(FAILED))["mail-management"] == "sent before"
    assert len(office.mail.sent) == len(TEAM)


def test_a_person_who_has_looked_has_it_sent_again_with_the_first_bytes(office: Office) -> None:
    key = uncertain(office)
    assert outcomes(resend(office.desk(), key)) == {"mail-management": "sent"}
    assert office.mail.sent[-1] == office.mail.sent[2]


def test_what_arrived_is_not_sent_again_whoever_asks(office: Office) -> None:
    office.tell(FAILED)
    with pytest.raises(NotAnnouncedError, match="would be the second"):
        resend(office.desk(), KEY)
    assert len(office.mail.sent) == len(TEAM)


@pytest.mark.parametrize("key", ["pr-12", "pr-12/failed/x", "pr-12/failed/unknown/slack", "a/b/c/d", f"{KEY}-x"])
def test_a_name_of_no_message_is_wrong_usage(office: Office, key: str) -> None:
    office.tell(FAILED)
    with pytest.raises(ConfigurationError):
        was_sent(office.desk().ledger, key)


def test_two_who_announce_at_once_send_it_once(office: Office) -> None:
    office.store.meanwhile(lambda: office.tell(FAILED, who="bob"))
    told = office.tell(FAILED)
    assert set(outcomes(told).values()) == {"sent before"}
    assert len(office.mail.sent) == len(TEAM)


def test_what_nobody_hears_of_is_announced_to_nobody() -> None:
    office = Office(mail=None, slack=None, status_page=None)
    told = office.tell(FAILED)
    assert (told.messages, told.exit_code) == ((), 0)
    assert "slack" in told.left_out


def test_a_channel_that_refuses_once_is_owed_and_the_command_says_what_to_type(office: Office) -> None:
    office.slack.ends = raising(NotSentError("is_archived", "Choose another channel."))
    lines = office.tell(STARTED, QUIETLY).lines("prod")
    assert "  slack: not sent: is_archived" in lines
    assert "    fix: Choose another channel." in lines
    assert "    again: release announce --stack prod --pending" in lines


@pytest.mark.parametrize("end", list(End))
def test_a_failure_is_told_however_it_came_and_of_whatever_little_is_known(office: Office, end: End) -> None:
    what: Occurrence = replace(FAILED, end=end, reason="", rolled_back=None)
    assert office.tell(what, replace(release(), described=Described())).exit_code == 0


def test_whoever_follows_an_execution_tells_each_thing_once_and_tries_again_what_was_not_sent(office: Office) -> None:
    office.closed = {Kind.SLACK}
    said: list[str] = []
    following = Following(office.desk(), QUIETLY, said.append)
    assert [one.good for one in following.tell([STARTED, FAILED])] == [False, False]
    assert "  slack: not sent: slack has no token." in said
    office.closed = set()
    assert following.tell([STARTED, FAILED]) == []
    office.passes(minutes=5)
    assert [one.good for one in following.tell([STARTED, FAILED])] == [True, True]
    office.passes(minutes=5)
    assert following.tell([STARTED, FAILED]) == []
    assert (len(office.slack.sent), len(office.mail.sent)) == (2, 3)
