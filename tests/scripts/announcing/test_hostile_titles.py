"""A title is whatever somebody wrote: it harms neither Slack, a mail's headers nor its HTML."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.announcing.facts import Occurrence
from scripts.announcing.mails import Mail, as_bytes
from scripts.announcing.wording import LONGEST_TITLE, title
from tests.scripts.announcing.samples import (
    DEPLOYED,
    EVERYTHING,
    FAILED,
    NOW,
    PLAN,
    STARTED,
    mail,
    release,
    rendered,
    text_of,
)

HOSTILE = (
    "<!channel> all",
    "<https://evil.example|Approve> it",
    "a | b || c",
    "one\r\nBcc: everybody@helios.id\r\n\r\nbody",
    "Fix 🚀 the 👩\u200d🚀 site",
    "\u202egnihton od\u2066",
    "<script>alert(1)</script> & \"quotes\" 'too'",
    "{{ 7 * 7 }} {% raw %}",
    "عنوان عربي",
    "x" * 500,
    "\x00\x1b[31m",
    "",
)


class Tags(HTMLParser):
    """What a browser makes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.found.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def page(message: str) -> Tags:
    found = Tags()
    found.feed(text_of(mail(message), "html"))
    return found


@pytest.mark.parametrize("named", HOSTILE, ids=ascii)
@pytest.mark.parametrize("what", [PLAN, FAILED])
def test_a_mail_has_the_headers_that_it_would_have_and_the_title_on_one_line(named: str, what: Occurrence) -> None:
    read = mail(rendered(what, release(named))["mail-operations"])
    plain = mail(rendered(what)["mail-operations"])
    assert read.keys() == plain.keys()
    assert str(read["Subject"]).endswith(f"2026-03-12 - {title(named)}")
    assert read["To"] == "operations@helios.id"


@given(st.text())
def test_a_subject_is_read_as_it_was_written(named: str) -> None:
    subject = f"Production Release Failed - 2026-03-12 - {title(named)}"
    sample = Mail("n", "a@helios.id", ["b@helios.id"], (), "", subject, "text", "<p>text", NOW)
    read = mail(as_bytes(sample).decode("ascii"))
    assert str(read["Subject"]) == subject
    assert len(title(named)) <= LONGEST_TITLE
    assert not read.defects


@pytest.mark.parametrize("named", HOSTILE, ids=ascii)
def test_a_mails_html_has_the_tags_that_it_would_have(named: str) -> None:
    body = f"## Changes\n\n- {title(named)}\n"
    hostile = page(rendered(FAILED, release(named, body))["mail-operations"])
    assert hostile.found == page(rendered(FAILED)["mail-operations"]).found
    assert title(named) in hostile.text


@pytest.mark.parametrize("named", HOSTILE, ids=ascii)
@pytest.mark.parametrize("what", [PLAN, STARTED, DEPLOYED, FAILED])
def test_slack_gets_no_mention_no_link_and_no_further_line_from_it(named: str, what: Occurrence) -> None:
    text = json.loads(rendered(what, release(named))["slack"])["text"]
    assert "<" not in text.replace("&lt;", "")
    assert text.count("\n") == json.loads(rendered(what)["slack"])["text"].count("\n")


def test_slack_shows_it_as_it_is() -> None:
    text = json.loads(rendered(STARTED, release("R&D <!channel>"))["slack"])["text"]
    assert text.startswith("🚀 Production deployment started - R&amp;D &lt;!channel&gt;\n")


@pytest.mark.parametrize("what", EVERYTHING)
def test_the_public_never_reads_it(what: Occurrence) -> None:
    messages = rendered(what, release("internal-codename"))
    public = [text for name, text in messages.items() if name in ("mail-customers", "status-page")]
    assert not any("internal-codename" in text for text in public)
