"""Lengths of time as `sandbox up --behind` and `sandbox pass` take them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.spans import SpanError, parse, shown


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("90s", timedelta(seconds=90)),
        ("5m", timedelta(minutes=5)),
        ("25h", timedelta(hours=25)),
        ("1d", timedelta(days=1)),
        ("1d1h30m5s", timedelta(days=1, hours=1, minutes=30, seconds=5)),
        ("0s", timedelta()),
    ],
)
def test_a_span_is_numbers_with_units_the_longest_first(text: str, span: timedelta) -> None:
    assert parse(text) == span


@pytest.mark.parametrize("text", ["", "5", "h", "-5m", "1.5h", "5m1h", "1h 30m", "5 m", "1w", "1H", "٣m"])
def test_anything_else_is_no_span(text: str) -> None:
    with pytest.raises(SpanError, match="write 90s, 5m, 25h"):
        parse(text)


@given(st.integers(0, 14 * 86_400))
def test_a_span_that_is_shown_can_be_typed_again(seconds: int) -> None:
    assert parse(shown(timedelta(seconds=seconds))) == timedelta(seconds=seconds)
