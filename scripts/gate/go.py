"""The GO that a release goes by, kept in the ledger: what was judged, of which content, and how, as it stood then.

The record and the history read it there, and never count again: reviews are dismissed, and comments edited, afterwards.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from scripts.errors import UndeterminedError
from scripts.ledger.entries import Entry, incomplete
from scripts.ledger.ledger import Ledger
from scripts.reports.json_report import as_data, plain
from scripts.results import GATE, Report, Status
from scripts.text import utc
from sop.times import as_utc

FRESH = timedelta(minutes=1)
FLOW = "merge-flow"  # the check that tells what is merged
_DIGITS = 12
_TIME = "%Y%m%dt%H%M%Sz"  # keys are lower case
_KEY = re.compile(rf"[0-9a-f]{{{_DIGITS}}}-(?P<time>\d{{8}}t\d{{6}}z)\.json")


@dataclass(frozen=True, kw_only=True)
class Go(Entry):
    """A GO; times are AWS's.

    Attributes:
        content: the tree that the merge makes.
        head: the commit that was judged.
        judged_at: when looking began.
        report: the gate's, in the form of `--format json`: in its checks' evidence stand who approved and how that was
            counted, the comments, the calendar and the announcement.
    """

    kind: ClassVar[str] = "go"
    content: str
    head: str
    judged_at: datetime
    report: Mapping[str, Any]


def is_fresh(report: Report, now: datetime) -> bool:
    """Whether a verdict still is one, at AWS's time: what was looked at a minute ago may be otherwise by now."""
    return abs(now - report.started_at) <= FRESH


def keep_go(ledger: Ledger, release: str, report: Report) -> Go:
    """Write a GO, before what goes by it is done.

    Args:
        ledger: the stack's.
        release: the release's id.
        report: of its gate, all of it.

    Raises:
        ValueError: it is no GO of a gate.
        UndeterminedError: it is too old, or the ledger cannot be written.
    """
    flow = next((one.evidence for one in report.checks if one.id == FLOW), {})
    if report.command != GATE or report.verdict is not Status.PASS or not flow.get("content"):
        raise ValueError(f"{report.command} {report.decision} is no GO of {release}")
    if not is_fresh(report, ledger.clock()):
        raise UndeterminedError(
            f"The GO of {utc(report.started_at)} is older than a minute: by now it says nothing.",
            "Run the same command again.",
        )
    go = ledger.made(
        Go,
        content=flow["content"],
        head=report.revision or "",
        judged_at=report.started_at,
        report=json.loads(json.dumps(as_data(report), default=plain)),
    )
    key = f"{_folder(release)}{go.content[:_DIGITS]}-{as_utc(go.judged_at):{_TIME}}.json"
    return go if ledger.add(key, go) else _read(ledger, key)


def go_of(ledger: Ledger, release: str) -> Go | None:
    """The newest GO of a release; None: there was none.

    Raises:
        UndeterminedError: what stands there cannot be read, or the store cannot.
    """
    folder = _folder(release)
    keys = ledger.store.list(folder)
    times = {key: found["time"] for key in keys if (found := _KEY.fullmatch(key.removeprefix(folder)))}
    if len(times) != len(keys):
        raise incomplete(folder, "by which GO it went", "an entry is none")
    return _read(ledger, max(times, key=lambda key: times[key])) if times else None


def _folder(release: str) -> str:
    return f"releases/{release}/go/"


def _read(ledger: Ledger, key: str) -> Go:
    entry = ledger.find(key, Go)
    if entry is None:
        raise UndeterminedError(f"The ledger's {key} is gone again.", "Run the same command again.")
    return entry
