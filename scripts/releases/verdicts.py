"""The verdicts that a release goes by, kept in the ledger: whoever comes later reads them, and asks nobody again.

`releases/<release>/<command>/<execution>.json`: what `release verify` and `release observe` said of an execution, once,
and for good. One that may still change, or could not be told, is not kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from scripts.ledger.entries import Entry, UnreadableError
from scripts.ledger.ledger import Ledger
from scripts.reports.json_report import as_data, plain
from scripts.results import Report, Status

VERIFY, OBSERVE = "verify", "observe"


@dataclass(frozen=True, kw_only=True)
class Verdict(Entry):
    """A verdict. `report` is in the form of `--format json`."""

    kind: ClassVar[str] = "verdict"
    verdict: str
    report: Mapping[str, Any]

    @property
    def passed(self) -> bool:
        return self.verdict == Status.PASS

    @property
    def failures(self) -> tuple[str, ...]:
        """What each check that failed has seen, after its name: its first line, and what that counts."""
        wrong = [one for one in self.report.get("checks", []) if one.get("status") == Status.FAIL]
        return tuple(f"{one['id']}: {' '.join(str(one['observed']).splitlines()[:2])}" for one in wrong)


def is_final(report: Report) -> bool:
    """Whether asking again could not change it: all passed, or something failed that time does not mend."""
    if report.verdict is Status.PASS:
        return True
    return any(one.status is Status.FAIL and one.again_at is None for one in report.checks)


def keep_verdict(ledger: Ledger, release: str, report: Report) -> Verdict:
    """Keep a final verdict about an execution; where another was kept before, it is that one that counts.

    Raises:
        ValueError: it is not final, or about no execution.
        UndeterminedError: the ledger cannot be written.
    """
    if not is_final(report) or report.execution_id is None:
        raise ValueError(f"{report.command} {report.verdict} of {report.execution_id} is no final verdict")
    data = json.loads(json.dumps(as_data(report), default=plain))
    verdict = ledger.made(Verdict, verdict=report.verdict.value, report=data)
    key = _key(release, report.command, report.execution_id)
    return verdict if ledger.add(key, verdict) else _read(ledger, key)


def verdict_of(ledger: Ledger, release: str, command: str, execution_id: str) -> Verdict | None:
    """What was said of that execution; None: nothing final.

    Raises:
        UndeterminedError: what stands there cannot be read, or the store cannot.
    """
    return ledger.find(_key(release, command, execution_id), Verdict)


def _key(release: str, command: str, execution_id: str) -> str:
    return f"releases/{release}/{command}/{execution_id}.json"


def _read(ledger: Ledger, key: str) -> Verdict:
    found = ledger.find(key, Verdict)
    if found is None:
        raise UnreadableError(f"The ledger's {key} is gone again.")
    return found
