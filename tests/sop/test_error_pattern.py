"""The default pattern of error lines finds what applications and servers call an error, and nothing that is none."""

from __future__ import annotations

import re

import pytest

from sop.error_pattern import DEFAULT_ERROR_PATTERN

EXPRESSION = DEFAULT_ERROR_PATTERN.removeprefix("%").removesuffix("%")


@pytest.mark.parametrize(
    "line",
    [
        '2026/03/10 01:09:00 [error] 2274#2274: *5 open() "/x" failed (13: Permission denied), client: 10.10.0.21',
        "2026/03/10 01:09:00 [emerg] 1#1: bind() failed",
        "[Tue Mar 10 01:09:00 2026] [core:crit] [pid 7] (13)Permission denied",
        '{"time":"2026-03-10T01:09:00Z","level":"error","msg":"no database"}',
        '{"level" : "fatal", "msg": "x"}',
        '{"severity":"ERROR","message":"x"}',
        '{"levelname": "CRITICAL", "msg": "x"}',
        '{"@timestamp":"…","log.level":"error","message":"x"}',
        "time=2026-03-10T01:09:00Z level=error msg=x",
        "ts=1 lvl=err msg=x",
        "LEVEL=error",
        "level=panic msg=x",
        "2026-03-10 01:09:00,123 ERROR app.views: no database",
        "ERROR",
        "ERROR: relation does not exist",
        "[ERROR] x",
        "it ended with FATAL",
        "Mar 10, 2026 1:09:00 AM org.apache.catalina.core.StandardServer await\nSEVERE: x",
        "SEVERE: x",
        "Traceback (most recent call last):",
        'Exception in thread "main" java.lang.NullPointerException',
        "\tat org.example.Site.answer(Site.java:12)",
        "    at Object.<anonymous> (/srv/site.js:3:7)\n    at node.internal (x)",
        "Uncaught Exception: x",
        "Unhandled exception. System.NullReferenceException",
        "panic: runtime error: index out of range",
        "2026/03/10 01:09:00 http: panic: x",
        "PHP Fatal error:  Uncaught TypeError",
        "Segmentation fault (core dumped)",
    ],
)
def test_an_error_is_found(line: str) -> None:
    assert re.search(EXPRESSION, line, re.ASCII)


@pytest.mark.parametrize(
    "line",
    [
        "ERROR_COUNT=0",
        "NO_ERROR",
        "ERRORS: none",
        "metrics error_rate=0.0 errors=0",
        "2026-03-10T01:09:00+00:00 [info] health check: 200",
        "2026/03/10 01:09:00 [notice] 1#1: start worker processes",
        "2026/03/10 01:09:00 [warn] 1#1: x",
        '{"level":"info","error":null,"errors":0,"msg":"several errors were mended"}',
        "level=info msg=recovered error=none",
        "level=warning",
        "seven errors were found and mended",
        "INFO no errors, nothing fatal, no panic",
        "GET /errors HTTP/1.1 200",
        "the levels: info, error",
        "INFO  meet me at noon. Bring cake",
        "",
    ],
)
def test_what_is_no_error_is_not_found(line: str) -> None:
    assert not re.search(EXPRESSION, line, re.ASCII)


def test_it_is_made_of_what_cloudwatch_logs_documents() -> None:
    assert len(DEFAULT_ERROR_PATTERN) <= 1024
    assert re.fullmatch(r"(\\[dDsSwW\[\]{}|*+.?^$\\]|[A-Za-z0-9:_#=@/;,\-^$?\[\]{}|*+.])+", EXPRESSION)
