"""The report as JUnit XML, one test case a check: what CI servers read and draw.

FAIL is a failure. INCONCLUSIVE and ERROR are errors: CI servers count what they do not know as passed.
"""

from __future__ import annotations

import re
from typing import TextIO
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

from scripts.reports.summary import located, subject, tally
from scripts.results import Report, Result, Status
from scripts.text import utc

ELEMENTS = {
    Status.FAIL: "failure",
    Status.INCONCLUSIVE: "error",
    Status.ERROR: "error",
    Status.SKIPPED: "skipped",
}
# What XML 1.0 cannot hold, not even escaped; log lines and AWS's messages can.
ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(report: Report, target: TextIO) -> None:
    took = f"{(report.finished_at - report.started_at).total_seconds():.3f}"
    suites = Element("testsuites", name=subject(report), time=took)
    suite = SubElement(suites, "testsuite", name=subject(report), timestamp=utc(report.started_at), time=took)
    properties = SubElement(suite, "properties")
    for name, value in _properties(report).items():
        SubElement(properties, "property", name=name, value=_legal(value))
    for result in report.checks:
        _add_case(suite, report, result)
    if report.verdict is not Status.PASS and suite.find("*/failure") is None and suite.find("*/error") is None:
        _add_verdict(suite, report)
    _count(suites, suite)
    indent(suites)
    target.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    ElementTree(suites).write(target, encoding="unicode")
    target.write("\n")


def _properties(report: Report) -> dict[str, str]:
    return {
        "verdict": report.verdict,
        "stack": report.stack or "",
        "execution_id": report.execution_id or "",
        "revision": report.revision or "",
        "api_calls": str(report.api_calls),
        **dict(located(report)),
        **{f"link.{label}": link for label, link in report.place.links.items()},
    }


def _add_case(suite: Element, report: Report, result: Result) -> None:
    case = _case(suite, report, result.id)
    case.set("time", f"{result.seconds:.3f}")
    lines = {"observed": result.observed, "expected": result.expected, "fix": result.fix}
    text = _legal("\n".join(f"{label}: {line}" for label, line in lines.items() if line))
    if result.status is Status.PASS:
        SubElement(case, "system-out").text = text
    else:
        element = ELEMENTS[result.status]
        SubElement(case, element, type=result.status, message=_legal(result.headline)).text = text


def _add_verdict(suite: Element, report: Report) -> None:
    """No case says that anything is wrong, and still nothing is proven: without this the suite would be green."""
    SubElement(_case(suite, report, "verdict"), "error", type=report.verdict, message=tally(report))


def _case(suite: Element, report: Report, name: str) -> Element:
    return SubElement(suite, "testcase", classname=subject(report).replace(" ", "."), name=name)


def _count(*elements: Element) -> None:
    suite = elements[-1]
    counts = {
        "tests": "testcase",
        "failures": "testcase/failure",
        "errors": "testcase/error",
        "skipped": "testcase/skipped",
    }
    for element in elements:
        for name, path in counts.items():
            element.set(name, str(len(suite.findall(path))))


def _legal(text: str) -> str:
    return ILLEGAL.sub("\ufffd", text)
