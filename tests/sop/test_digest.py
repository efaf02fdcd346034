"""Same document, same digest; another document, another one."""

from __future__ import annotations

import pytest

from sop.digest import json_digest


def test_spacing_and_the_order_of_keys_do_not_count() -> None:
    assert json_digest('{"a": 1, "b": [true, "ü"]}') == json_digest('{"b":[true,"\\u00fc"],\n "a":1}')


@pytest.mark.parametrize("other", ['{"a": [2, 1]}', '{"a": [1, 2, 3]}', '{"a": ["1", 2]}', '{"A": [1, 2]}'])
def test_every_difference_of_content_counts(other: str) -> None:
    assert json_digest('{"a": [1, 2]}') != json_digest(other)


def test_what_is_no_json_has_no_digest() -> None:
    with pytest.raises(ValueError, match="Expecting"):
        json_digest("{")
