"""The report as JSON: a contract, with a schema number. Keys are added, never changed or removed, within one number."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TextIO

from scripts.results import SCHEMA, Place, Report, Result, Status
from scripts.text import utc
from sop.times import as_utc


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


def parse(data: Any) -> Report:
    """The report that was written so; of a newer program what this one knows of it.

    Raises:
        ValueError: it is none.
    """
    try:
        if data["schema"] != SCHEMA:
            raise ValueError(f"schema {data['schema']!r}, this program reads {SCHEMA}")
        return Report(
            command=str(data["command"]),
            stack=data["stack"],
            execution_id=data["execution_id"],
            revision=data["revision"],
            started_at=_moment(data["started_at"]),
            finished_at=_moment(data["finished_at"]),
            api_calls=int(data["api_calls"]),
            checks=tuple(_result(one) for one in data["checks"]),
            purpose=str(data["purpose"]),
            place=Place(data["account_id"], data["region"], data["pipeline"], data["repository"], data["links"]),
            begun_at=_moment(data["begun_at"]) if data.get("begun_at") else None,
            outlook=str(data.get("outlook", "")),
            again_at=_moment(data["again_at"]) if data.get("again_at") else None,
        )
    except (KeyError, TypeError, AttributeError) as problem:
        raise ValueError(f"it lacks what belongs to it ({problem})") from None


def _result(data: Mapping[str, Any]) -> Result:
    return Result(
        id=str(data["id"]),
        sop=str(data["sop"]),
        title=str(data["title"]),
        status=Status(data["status"]),
        observed=str(data["observed"]),
        expected=str(data["expected"]),
        fix=str(data["fix"]),
        evidence=data["evidence"],
        again_at=_moment(data["again_at"]) if data.get("again_at") else None,
        configured=bool(data.get("configured")),
    )


def _moment(text: str) -> datetime:
    return as_utc(datetime.fromisoformat(text))
