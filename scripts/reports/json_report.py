"""The report as JSON: a contract, with a schema number. Keys are added, never changed or removed, within one number."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, TextIO

from scripts.results import SCHEMA, Report, Result
from scripts.text import utc


def write(report: Report, target: TextIO) -> None:
    json.dump(as_data(report), target, indent=2, ensure_ascii=False, default=plain)
    target.write("\n")


def as_data(report: Report) -> dict[str, Any]:
    """The report as the contract has it."""
    return {
        "schema": SCHEMA,
        "command": report.command,
        "purpose": report.purpose,
        "stack": report.stack,
        "verdict": report.verdict.value,
        "execution_id": report.execution_id,
        "revision": report.revision,
        "begun_at": utc(report.begun_at) if report.begun_at else None,
        "started_at": utc(report.started_at),
        "finished_at": utc(report.finished_at),
        "api_calls": report.api_calls,
        "checks": [_check(result) for result in report.checks],
        "account_id": report.place.account_id,
        "region": report.place.region,
        "pipeline": report.place.pipeline,
        "repository": report.place.repository,
        "links": dict(report.place.links),
        "decision": report.decision,
        "outlook": report.outlook,
        "again_at": utc(report.again_at) if report.again_at else None,
    }


def _check(result: Result) -> dict[str, Any]:
    return {
        "id": result.id,
        "sop": result.sop,
        "title": result.title,
        "status": result.status.value,
        "observed": result.observed,
        "expected": result.expected,
        "fix": result.fix,
        "evidence": dict(result.evidence),
        "again_at": utc(result.again_at) if result.again_at else None,
        "configured": result.configured,
    }


def plain(value: Any) -> str:
    """What JSON has no type for, as the contract writes it.

    Raises:
        TypeError: evidence must be plain data.
    """
    if isinstance(value, datetime):
        return utc(value)
    raise TypeError(f"{type(value).__name__} has no place in a report: {value!r}")
