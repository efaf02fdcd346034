"""What a pull request's description says of the release for those who are told of it (SOP 5.1). Pure.

Nothing is made up for what it does not say: `missing` names it, and what is announced before a release needs all of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scripts.channels.text import one_line
from scripts.gate.description import labelled, points, section
from sop.review import CHANGES, IMPACT, IMPACT_LABELS, ROLLBACK_LABELS, ROLLBACK_PLAN

NONE = "None"
_NONE = re.compile(r"(none|no|nil|0(\s*(s|min|minutes?|hours?))?)\.?", re.IGNORECASE)
_DURATION = re.compile(r"\d+\s*(s|sec|seconds?|m|min|mins|minutes?|h|hours?)\b", re.IGNORECASE)
_USERS = re.compile(r"(?P<answer>yes|no)\b[\s,:;.–—-]*(?P<what>.*)", re.IGNORECASE)
# What a template has where somebody is to write something
_PLACEHOLDER = re.compile(r"\[.*\]|<.*>|\.{3}|…|tbd|todo|\?+", re.IGNORECASE)


@dataclass(frozen=True)
class Described:
    """What is known of the release's purpose and impact; empty, or None, where nobody says.

    Attributes:
        changes: one line each.
        downtime: `None`, or how long.
        user_facing: whether its users see any of it.
        users: `No`, or `Yes - ` and what they see.
        performance: its impact on that.
        rollback: how it is taken back.
        rollback_time: how long that takes.
        missing: what the description lacks, each as a person is told it.
    """

    changes: tuple[str, ...] = ()
    downtime: str = ""
    user_facing: bool | None = None
    users: str = ""
    performance: str = ""
    rollback: str = ""
    rollback_time: str = ""
    missing: tuple[str, ...] = ()

    @property
    def has_downtime(self) -> bool:
        return self.downtime not in ("", NONE)

    @property
    def for_customers(self) -> bool:
        """Whether customers are told (SOP 5.4)."""
        return self.user_facing is True and self.has_downtime

    @property
    def what_users_see(self) -> str:
        """Of a release that they see something of."""
        return self.users.removeprefix("Yes - ")


def described(body: str) -> Described:
    """What the description says, all of it on one line each."""
    changes = tuple(one for one in map(one_line, points(section(body, CHANGES) or "")) if _said(one))
    impact = _labelled(body, IMPACT, IMPACT_LABELS)
    rollback = _labelled(body, ROLLBACK_PLAN, ROLLBACK_LABELS)
    downtime, users, performance = impact.values()
    how, time = rollback.values()
    answer = _USERS.fullmatch(users)
    facing = None if answer is None else answer["answer"].lower() == "yes"
    what = answer["what"].strip() if answer else ""
    found = Described(
        changes=changes,
        downtime=NONE if _NONE.fullmatch(downtime) else downtime if _DURATION.search(downtime) else "",
        user_facing=None if facing and not _said(what) else facing,
        users="" if facing is None else f"Yes - {what}" if facing else "No",
        performance=NONE if _NONE.fullmatch(performance) else performance,
        rollback=how,
        rollback_time=time,
    )
    return Described(**{**vars(found), "missing": tuple(_missing(found, impact))})


def _labelled(body: str, title: str, labels: tuple[str, ...]) -> dict[str, str]:
    said = labelled(section(body, title) or "", labels)
    plain = {label: one_line(" ".join(points(words))) for label, words in said.items()}
    return {label: text if _said(text) else "" for label, text in plain.items()}


def _said(text: str) -> bool:
    return any(letter.isalnum() for letter in text) and not _PLACEHOLDER.fullmatch(text)


def _missing(found: Described, impact: dict[str, str]) -> Iterator[str]:
    downtime, users, _ = impact.values()
    if not found.changes:
        yield f"{CHANGES}: a list of what changes"
    if not found.downtime:
        told = f", which is neither `none` nor minutes: {downtime}" if downtime else ""
        yield f"{IMPACT}, {IMPACT_LABELS[0]}{told or ': `none`, or `5 minutes`'}"
    if found.user_facing is None:
        told = f", of which `no` or `yes - what they see` is not known: {users}" if users else ""
        yield f"{IMPACT}, {IMPACT_LABELS[1]}{told or ': `no`, or `yes - what they see`'}"
    if not found.performance:
        yield f"{IMPACT}, {IMPACT_LABELS[2]}: `none`, or what"
    if not found.rollback:
        yield f"{ROLLBACK_PLAN}, {ROLLBACK_LABELS[0]}"
    if not found.rollback_time:
        yield f"{ROLLBACK_PLAN}, {ROLLBACK_LABELS[1]}: `10 minutes`, say"
