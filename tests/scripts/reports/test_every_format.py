"""What every format says, whichever is read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scripts.reports import Format
from scripts.reports.summary import remarks, to_do
from scripts.results import Status
from tests.scripts.prod_stack import OUTPUTS
from tests.scripts.reports.sample import BROKEN, GOOD, LEFT_OUT, rendered, report, result

REMARK = "The actions of prod-cpu are disabled."
LINKED = [one for one in Format if one is not Format.TABLE]


def read(report_format: Format, text: str) -> str:
    """Without the marks that some formats put inside of names."""
    return text.replace("\\", "") if report_format is Format.MARKDOWN else text


@pytest.mark.parametrize("report_format", list(Format))
def test_the_remarks_of_a_good_answer_are_in_it(report_format: Format) -> None:
    text = rendered(report_format, result("alarms", Status.PASS, f"8 of 8 OK.\n{REMARK}"), BROKEN)
    assert REMARK in read(report_format, text)


@pytest.mark.parametrize("report_format", list(Format))
def test_where_it_is_is_in_it(report_format: Format, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    text = rendered(report_format, GOOD)
    for key in ("accountId", "region", "pipelineName", "repository"):
        assert str(OUTPUTS[key]) in text


@pytest.mark.parametrize("report_format", LINKED)
def test_it_leads_to_execution_dashboard_commit_and_runbooks(report_format: Format) -> None:
    text = rendered(report_format, GOOD).replace("&amp;", "&")
    links = report(GOOD).place.links
    assert set(links) == {"execution", "dashboard", "commit", "runbooks"}
    assert [link for link in links.values() if link not in text] == []


@pytest.mark.parametrize("report_format", list(Format))
def test_a_report_about_no_stack_has_none_of_it(report_format: Format) -> None:
    assert "123456789012" not in rendered(report_format, GOOD, stack=None)


def test_a_good_answer_of_one_line_is_no_remark() -> None:
    assert remarks(report(replace(GOOD, observed="As it is."), BROKEN)) == []


def test_what_is_left_out_may_have_remarks_too() -> None:
    assert remarks(report(LEFT_OUT)) == [(LEFT_OUT, ["In detail."])]


def test_causes_come_before_what_comes_of_them_and_the_worst_before_all() -> None:
    failed = [result(one, Status.FAIL) for one in ("pipeline-stages", "endpoint", "alarms", "stack-events")]
    failed.append(result("application-logs", Status.FAIL))
    unknown = result("stack-status", Status.INCONCLUSIVE)
    steps = to_do(report(unknown, *failed))
    assert [one.id for step in steps for one in step] == [
        "stack-events",
        "pipeline-stages",
        "endpoint",
        "application-logs",
        "alarms",
        "stack-status",
    ]


def test_what_one_step_mends_is_one_step() -> None:
    waiting = [replace(result(one, Status.INCONCLUSIVE, f"{one} waits."), fix="Again.") for one in ("a", "b")]
    (step,) = to_do(report(*waiting))
    assert [one.id for one in step] == ["a", "b"]
