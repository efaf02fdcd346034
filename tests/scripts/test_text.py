from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from scripts.text import count, listing, printable, span, utc


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (372, "6.2 min"),
        (3600, "1 h 00 min"),
        (11_100, "3 h 05 min"),
        (86_399, "23 h 59 min"),
        (187_200, "2 d 4 h"),
    ],
)
def test_a_span_is_as_exact_as_it_matters(seconds: float, text: str) -> None:
    assert span(timedelta(seconds=seconds)) == text


def test_times_are_utc_whatever_their_zone() -> None:
    brisbane = timezone(timedelta(hours=10))
    assert utc(datetime(2026, 3, 10, 11, 0, 0, 999_999, tzinfo=brisbane)) == "2026-03-10T01:00:00Z"
    assert utc(datetime(2026, 3, 10, 1, 0, tzinfo=UTC)) == "2026-03-10T01:00:00Z"


@pytest.mark.parametrize(
    ("items", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_a_list_reads_as_a_sentence(items: list[str], text: str) -> None:
    assert listing(items) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[1A\x1b[2K\x1b[32mPASS", r"\x1b[1A\x1b[2K\x1b[32mPASS"),
        ("\x00\x07\x08\x7f\x9b2K", r"\x00\x07\x08\x7f\x9b2K"),
        ("100 %\rPASS", r"100 %\rPASS"),
        ("user \u202egnp.exe\u2066", r"user \u202egnp.exe\u2066"),
    ],
)
def test_what_would_move_the_cursor_or_reorder_the_text_is_shown_instead(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_lines_tabs_and_other_languages_are_printable() -> None:
    assert printable("Größe\t✓\r\nמאה\n日本 \\x1b") == "Größe\t✓\nמאה\n日本 \\x1b"


def test_one_thing_is_singular() -> None:
    assert [count(0, "target"), count(1, "target"), count(2, "target")] == ["0 targets", "1 target", "2 targets"]
