"""Messages from facts: mail as text and HTML, Slack's and the status page's calls. Pure: the same facts, same bytes.

Templates are in templates/: a subject, a mail, a text for Slack and one for the public, by event. A mail's template is
filled in twice, with the words of text.j2 and those of html.j2, so that both say the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from markupsafe import Markup

from scripts.announcing import filling
from scripts.announcing.audiences import mailed_to
from scripts.announcing.facts import Occurrence, Plan, Postponement, Release, Start, occasion_of
from scripts.announcing.mails import Mail, as_bytes
from scripts.announcing.occasions import VERIFIED, WHOLE, Event
from scripts.announcing.values import Place, values_of
from sop.channels import Audience, Channel
from sop.outputs import AnnouncementsOutput, MailOutput

_IN_SLACK = {(event, WHOLE) for event in Event}
_ON_THE_PAGE = {
    *((event, WHOLE) for event in (Event.PLANNED, Event.POSTPONED, Event.STARTED, Event.FAILED)),
    (Event.COMPLETE, VERIFIED),
}
_BEFORE_THE_START = (Event.PLANNED, Event.POSTPONED, Event.STARTED)
_TONES = {Event.PLANNED: "planned", Event.COMPLETE: "good", Event.FAILED: "bad"}
_STATUS = {Event.STARTED: "in_progress", Event.COMPLETE: "completed"}  # Statuspage's, of a maintenance


@dataclass(frozen=True)
class Before:
    """What was told before of the same release: Slack's name of its start, and the status page's of its maintenance."""

    thread: str = ""
    maintenance: str = ""


@dataclass(frozen=True)
class Rendered:
    """What each channel is given, and who is left out and why, by the names that the ledger has for them."""

    messages: Mapping[str, str]
    left_out: Mapping[str, str]


def render(place: Place, release: Release, what: Occurrence, at: datetime, before: Before) -> Rendered:
    """The messages of one announcement.

    Args:
        place: the stack that is released to.
        release: what is told of.
        what: what has happened to it, or is to.
        at: the date that mails have.
        before: what was told of it already.
    """
    named = place.outputs.announcements
    if named is None:
        return Rendered({}, {})
    found = dict(_Rendering(place, release, what, at, before, named).messages())
    messages = {name: text for name, text in found.items() if text is not None}
    left_out = {name: _why_not(name) for name, text in found.items() if text is None}
    return Rendered(messages, left_out)


def _why_not(name: str) -> str:
    return {Channel.SLACK: "no channel is configured", Channel.STATUS_PAGE: "no status page is configured"}.get(
        Channel(name) if name in list(Channel) else Channel.MAIL, "no address of theirs is configured"
    )


@dataclass(frozen=True)
class _Rendering:
    place: Place
    release: Release
    what: Occurrence
    at: datetime
    before: Before
    named: AnnouncementsOutput

    @cached_property
    def values(self) -> Mapping[str, Any]:
        return values_of(self.place, self.release, self.what)

    @property
    def event(self) -> Event:
        return self.what.event

    def messages(self) -> Iterator[tuple[str, str | None]]:
        """Each channel that it is for, with what that is given; None: it is not configured."""
        for audience in mailed_to(self.release, self.what):
            own = self.named.mail
            addresses = own.audiences.get(audience) if own else None
            mail = as_bytes(self.mail(own, audience, addresses)).decode("ascii") if own and addresses else None
            yield f"{Channel.MAIL}-{audience}", mail
        moment = (self.event, self.what.part)
        if moment in _IN_SLACK:
            yield Channel.SLACK, self.slack(self.named.slack.channel) if self.named.slack else None
        if moment in _ON_THE_PAGE and self.release.described.user_facing and self.is_known_there():
            page = self.named.status_page
            yield Channel.STATUS_PAGE, self.maintenance(page.page, page.components) if page else None

    def mail(self, own: MailOutput, audience: Audience, addresses: list[str]) -> Mail:
        name = f"{occasion_of(self.release.id, self.what).told}/{Channel.MAIL}-{audience}"
        if audience is Audience.CUSTOMERS:
            subject, *paragraphs = self.public()
            values = {**self.values, "paragraphs": paragraphs}
            page = {"over": "", "heading": subject, "under": "", "foot": {}}
            text, html = self.both("customers", subject, values, page)
            return Mail(name, own.sender, (), addresses, "", subject, text, html, self.at)
        subject = filling.text(f"subject/{self.event}.j2", self.values).strip()
        text, html = self.both(self.event, subject, self.values, self.page(subject))
        if self.release.url:
            text += f"\n-- \nPull request: {self.release.url}\n"
        manager = self.values["release_manager"]
        return Mail(name, own.sender, addresses, (), manager.email, subject, text, html, self.at)

    def both(self, name: str, subject: str, values: Mapping[str, Any], page: Mapping[str, Any]) -> tuple[str, str]:
        """The mail of that template, as text and as HTML."""
        template = f"mail/{name}.j2"
        text = filling.text(template, {**values, "library": "text.j2"})
        body = Markup(filling.html(template, {**values, "library": "html.j2"}))  # noqa: S704 - escaped in there
        tone = _TONES.get(self.event, "caution")
        html = filling.html("page.j2", {**page, "subject": subject, "tone": tone, "body": body})
        return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n", html

    def page(self, subject: str) -> dict[str, Any]:
        """What stands around a mail's HTML."""
        when = self.values["time"] if isinstance(self.what, Plan) else ""
        under = " · ".join(part for part in (self.values["date"], when, self.values["environment"]) if part)
        links = {
            "Pull request": self.release.url,
            "Pipeline execution": self.values.get("execution", ""),
            "Dashboard": self.values["dashboard"],
            "Runbooks": self.place.outputs.runbooks,
        }
        foot = {label: url for label, url in links.items() if url.startswith("https://")}
        return {"over": subject.partition(" - ")[0], "heading": self.values["title"], "under": under, "foot": foot}

    def slack(self, channel: str) -> str:
        """The arguments of chat.postMessage: https://docs.slack.dev/reference/methods/chat.postMessage"""
        arguments: dict[str, Any] = {
            "channel": channel,
            "text": filling.slack(f"slack/{self.event}.j2", self.values).strip(),
            "unfurl_links": False,
            "unfurl_media": False,
            "metadata": {
                "event_type": "release_announced",
                "event_payload": {"key": occasion_of(self.release.id, self.what).told},
            },
        }
        if self.before.thread and self.event not in _BEFORE_THE_START:
            arguments["thread_ts"] = self.before.thread
            arguments["reply_broadcast"] = self.event in (Event.FAILED, Event.ROLLED_BACK)
        return _canonical(arguments)

    def is_known_there(self) -> bool:
        """Whether the status page has its maintenance, or this begins one."""
        return bool(self.before.maintenance) or isinstance(self.what, Plan | Start)

    def maintenance(self, page: str, components: list[str]) -> str:
        """A scheduled maintenance of Statuspage's, or what becomes of it: https://developer.statuspage.io"""
        name, *paragraphs = self.public()
        status = _STATUS.get(self.event, "scheduled")
        if self.event is Event.FAILED:
            status = "completed" if self.values["ended"] else "verifying"
        # It never begins or ends by itself: whoever releases says so
        by_itself = {"scheduled_auto_in_progress": False, "scheduled_auto_completed": False}
        incident: dict[str, Any] = {"name": name, "status": status, "body": "\n\n".join(paragraphs), **by_itself}
        if begins := self.begins():
            ends = begins + timedelta(minutes=self.place.outputs.thresholds.pipeline_expected_minutes)
            incident |= {"scheduled_for": begins.isoformat(), "scheduled_until": ends.isoformat()}
        if self.before.maintenance:
            return _canonical({"page_id": page, "incident_id": self.before.maintenance, "incident": incident})
        return _canonical({"page_id": page, "incident": {**incident, "component_ids": components}})

    def begins(self) -> datetime | None:
        """When the maintenance is to begin, where this says it anew."""
        match self.what:
            case Plan():
                return self.what.begins
            case Postponement():
                return self.what.earliest
            case Start() if not self.before.maintenance:
                return self.what.at
            case _:
                return None

    def public(self) -> list[str]:
        """The title and the paragraphs of what the public reads."""
        said = filling.text(f"public/{self.event}.j2", self.values)
        return [" ".join(part.split()) for part in said.split("\n\n") if part.strip()]


def _canonical(arguments: Mapping[str, Any]) -> str:
    return json.dumps(arguments, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
