"""Filter patterns of CloudWatch Logs."""

from __future__ import annotations

import pytest

from sandbox.aws.logs.pattern import PatternError, compile_pattern

NGINX = '10.10.0.21 - - [25/Nov/2025:01:02:03 +0000] "GET /a HTTP/1.1" 503 190'
JSON = '{"level": "error", "status": 503, "user": null, "ok": true, "tags": ["a", "b"], "http": {"path": "/api/x"}}'


@pytest.mark.parametrize(
    ("pattern", "message", "matches"),
    [
        ("", "anything", True),
        ("ERROR", "an ERROR here", True),
        ("ERROR", "an error here", False),  # case matters
        ("ERROR timeout", "timeout: ERROR", True),
        ("ERROR timeout", "ERROR", False),
        ('"connection refused"', "connection refused", True),
        ('"connection refused"', "refused connection", False),
        ("?ERROR ?CRITICAL ?FATAL", "FATAL", True),
        ("?ERROR ?CRITICAL ?FATAL", "notice", False),
        ('?ERROR ?"[error]"', "2025 [error] x", True),
        ("ERROR -retry", "ERROR", True),
        ("ERROR -retry", "ERROR retry", False),
        ('-"[notice]"', "[notice] start", False),
        ("INFO ?WARN", "WARN", False),  # beside other terms the optional ones do not count
        ("INFO ?WARN", "INFO", True),
        ('"a \\"quoted\\" word"', 'a "quoted" word', True),
        ("%5\\d\\d%", "status 503", True),
        ("%5\\d\\d%", "status 403", False),
        ("%\\x28x\\x29%", "a (x)", True),
        ("%^a|b$%", "ab", True),
        ("%\\W[Ee]rror\\]%", "[error] x", True),
        ("%\\w%", "\u00e9", False),  # letters are ASCII's
        ('{ $.level = "error" }', JSON, True),
        ("{ $.level = error }", JSON, True),
        ('{ $.level = "err*" }', JSON, True),
        ('{ $.level != "info" }', JSON, True),
        ("{ $.status >= 500 && $.status < 600 }", JSON, True),
        ("{ $.status = 404 || $.status = 503 }", JSON, True),
        ("{ ($.status = 404 || $.status = 503) && $.ok IS FALSE }", JSON, False),
        ("{ $.status = 404 }", JSON, False),
        ("{ $.user IS NULL }", JSON, True),
        ("{ $.ok IS TRUE }", JSON, True),
        ("{ $.missing NOT EXISTS }", JSON, True),
        ("{ $.level NOT EXISTS }", JSON, False),
        ("{ $.tags[1] = b }", JSON, True),
        ("{ $.http.path = %^/api% }", JSON, True),
        ("{ $.level = error }", "no JSON at all", False),
        ("[ip, id, user, time, request, status = 5*, size]", NGINX, True),
        ("[ip, id, user, time, request, status >= 500, size]", NGINX, True),
        ("[ip, id, user, time, request, status = 404, size]", NGINX, False),
        ("[..., status = 503 || status = 502, size]", NGINX, True),
        ("[ip, ..., size < 100]", NGINX, False),
        ("[ip, request, size]", NGINX, False),  # another number of fields
    ],
)
def test_patterns(pattern: str, message: str, matches: bool) -> None:
    assert compile_pattern(pattern).matches(message) is matches


@pytest.mark.parametrize(
    "pattern",
    [
        "[error",
        "error:timeout",
        '"unclosed',
        "{ level = error }",
        "{ $.level ~ error }",
        "{ $.level = }",
        "{ $.status > error }",
        "{ ($.a = 1 }",
        "[..., a, ...]",
        "%(%",
        "%(ERROR|FATAL)%",
        "%something!%",
        '%"level"%',
        "%no space%",
        "%\\berror%",
        "%caf\u00e9%",
        "{ $.a = %x(y)% }",
        "{ $.a = %x% || $.b = %y% || $.c = %z% }",
        "[a = %x%, b = %y%, c = %z%]",
    ],
)
def test_what_cannot_be_read_is_refused_never_matched(pattern: str) -> None:
    with pytest.raises(PatternError, match="Invalid filter pattern"):
        compile_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "may"),
    [("%^a\\sERROR%", True), ("%b{3}ERROR%", False), ("%[0-9]ERROR%", True), ("%\\dx%", True), ("%error%", False)],
)
def test_an_expression_that_reads_no_digits_tells_by_one_line_of_its_kind(pattern: str, may: bool) -> None:
    assert compile_pattern(pattern).may_match(frozenset({"a ERROR 1"})) is may
