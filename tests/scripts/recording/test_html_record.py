"""The record as a page: one file that loads nothing, whatever others have written in it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from scripts.recording.changes import Changes
from scripts.recording.html_record import page
from scripts.recording.messages_sent import Told
from scripts.recording.record import Approvals, Happened, Kind, Outcome
from scripts.results import Status
from tests.scripts.recording.records import change, record, report, result
from tests.scripts.release import at

HOSTILE = "<!channel> | pipes \n🚀 \u202eevil\u200f </main><script>alert(1)</script><img src=http://x> \"'"
VOID = {"meta", "link", "img", "source", "br"}


class Page(HTMLParser):
    """Its elements, whether they are closed as they were opened, and what it would load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [
            value or "" for name, value in attrs if name in ("src", "srcset") or (tag, name) == ("link", "href")
        ]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_it_is_whole_and_loads_nothing() -> None:
    text = page(record())
    found = Page(text)
    assert all(one.startswith("data:") for one in found.addresses)
    assert "script" not in found.tags
    for title in ("Changes", "Timeline", "Issues", "Rollback", "Approvals", "Messages", "Checks of verify"):
        assert f"<h2>{title}</h2>" in text


@pytest.mark.parametrize("field", ["title", "changes", "issues", "timeline", "approvals", "messages", "reports"])
def test_whatever_others_write_is_shown_as_it_is(field: str) -> None:
    given = {
        "title": record(title=HOSTILE),
        "changes": record(changes=Changes((change(HOSTILE, author=HOSTILE, reverts=HOSTILE),))),
        "issues": record(issues=(HOSTILE,), rollbacks=(HOSTILE,), unknown=(HOSTILE,)),
        "timeline": record(timeline=(Happened(at(0), HOSTILE, at(1), Kind.BAD, HOSTILE),)),
        "approvals": record(approvals=Approvals(HOSTILE, (HOSTILE,), kept=True)),
        "messages": record(messages=(Told("started", "slack", at(3), HOSTILE, HOSTILE, good=False),)),
        "reports": record(reports=(report("verify", result(Status.FAIL, observed=HOSTILE)),)),
    }[field]
    text = page(given)
    found = Page(text)
    assert not {"script"} & set(found.tags)
    assert all(one.startswith("data:") for one in found.addresses)
    assert "pipes" in text


@pytest.mark.parametrize("field", ["title", "changes", "messages"])
def test_what_turns_the_direction_of_reading_is_shown_and_turns_nothing(field: str) -> None:
    given = {
        "title": record(title=HOSTILE),
        "changes": record(changes=Changes((change(HOSTILE),))),
        "messages": record(messages=(Told("started", "slack", at(3), HOSTILE, "sent", good=True),)),
    }[field]
    text = page(given)
    assert "\u202e" not in text
    assert "\\u202eevil" in text


def test_a_right_to_left_title_leaves_what_stands_beside_it_in_place() -> None:
    assert "<bdi>עברית</bdi>" in page(record(title="עברית"))


def test_an_address_that_is_none_is_no_link() -> None:
    text = page(record(changes=Changes((change(url="javascript:alert(1)"),))))
    assert "javascript:" not in text


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Outcome.DEPLOYED, "It is in production."),
        (Outcome.UNCHANGED, "nothing changed"),
        (Outcome.FAILED, "Deploy was entered and failed."),
        (Outcome.NOT_DEPLOYED, "production is as it was"),
    ],
)
def test_it_begins_with_what_became_of_it(outcome: Outcome, words: str) -> None:
    assert words in page(record(outcome=outcome))


def test_what_was_taken_back_is_not_green() -> None:
    taken = page(record(rollbacks=("Taken back.",)))
    assert 'class="verdict bad"' in taken
    assert "It was taken back afterwards." in taken
    assert 'class="verdict good"' in page(record())


def test_what_failed_its_verification_or_its_observation_is_not_green() -> None:
    text = page(record(reports=(report("verify"), report("observe", result(Status.FAIL)))))
    assert 'class="verdict bad"' in text
    assert "Observe ended FAIL." in text


def test_a_deployment_without_a_pull_request_was_approved_by_nobody() -> None:
    assert "nobody approved it" in page(record(url="", approvals=None))
    assert "They are not known." in page(record(approvals=None))


def test_the_hour_is_plotted_where_it_was_observed() -> None:
    series = {
        "what": "Average response time",
        "unit": "s",
        "threshold": 1.0,
        "windows": [{"start": "2026-03-10T01:05:00Z", "end": "2026-03-10T01:10:00Z", "value": 0.2, "samples": 30}],
    }
    observed = report("observe", result(id="response-time", title="Response time", evidence=series), minutes=80)
    text = page(record(reports=(report(), observed)))
    assert re.search(r"<h2>Measured</h2>.*data:image/svg", text, re.DOTALL)
