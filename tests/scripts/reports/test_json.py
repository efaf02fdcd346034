from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest

from scripts.reports.json_report import parse, write
from scripts.results import Place, Report, Result, Status
from tests.scripts.release import NOW


def report(**evidence: object) -> Report:
    result = Result("alarms", "4.4", "Alarms", Status.PASS, "Größe ✓", "OK", "", evidence)
    return Report("verify", "prod", None, None, NOW, NOW, 3, (result,))


def test_what_is_not_known_is_null() -> None:
    target = io.StringIO()
    write(report(), target)
    data = json.loads(target.getvalue())
    assert (data["execution_id"], data["revision"]) == (None, None)


def test_times_in_the_evidence_are_utc() -> None:
    target = io.StringIO()
    write(report(since=NOW), target)
    assert json.loads(target.getvalue())["checks"][0]["evidence"] == {"since": "2026-03-10T01:20:00Z"}


def test_evidence_that_is_no_data_is_a_bug() -> None:
    with pytest.raises(TypeError, match="no place in a report"):
        write(report(client=object()), io.StringIO())


def test_what_was_written_is_read_back_whole() -> None:
    whole = replace(
        report(since=NOW), begun_at=NOW, again_at=NOW, outlook="Soon.", place=Place("1", "r", links={"a": "b"})
    )
    target, again = io.StringIO(), io.StringIO()
    write(whole, target)
    write(parse(json.loads(target.getvalue())), again)
    assert again.getvalue() == target.getvalue()
