"""Entries are read as they were written, by an older program too, and what cannot be read is never nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.ledger.entries import Entry, UnreadableError, decode, encode
from scripts.ledger.freezes import Freeze, Thaw
from scripts.ledger.messages import Intent

AT = datetime(2026, 3, 10, 1, 2, 3, tzinfo=UTC)
FREEZE = Freeze(by="arn:aws:iam::1:user/ada", at=AT, reason="checkout is down")


def read(**changes: Any) -> Freeze | Thaw:
    content = json.loads(encode(FREEZE)) | changes
    return decode(
        json.dumps({key: value for key, value in content.items() if value is not ...}).encode(), "k", Freeze, Thaw
    )


def test_a_person_can_read_what_is_written() -> None:
    assert encode(FREEZE).decode() == (
        '{\n  "at": "2026-03-10T01:02:03Z",\n  "by": "arn:aws:iam::1:user/ada",\n  "kind": "freeze",\n'
        '  "reason": "checkout is down",\n  "schema": 1\n}\n'
    )


@given(st.text(), st.binary(), st.datetimes(timezones=st.just(timezone(timedelta(hours=10)))))
def test_what_is_written_is_read_back(by: str, content: bytes, at: datetime) -> None:
    intent = Intent(by=by.encode(errors="ignore").decode(), at=at, content=content)
    assert decode(encode(intent), "k", Intent) == intent


def test_bytes_that_are_text_are_shown_as_text() -> None:
    assert b'"content": "Zu sp\xc3\xa4t"' in encode(Intent(by="", at=AT, content="Zu spät".encode()))


@dataclass(frozen=True, kw_only=True)
class NewerFreeze(Entry):
    """What a newer program writes of a freeze."""

    kind: ClassVar[str] = "freeze"
    reason: str
    severity: str


def test_what_a_newer_program_wrote_besides_is_kept() -> None:
    newer = NewerFreeze(by="ada", at=AT, reason="r", severity="high")
    older = decode(encode(newer), "k", Freeze)
    assert older == Freeze(by="ada", at=AT, reason="r", newer={"severity": "high"})
    assert decode(encode(older), "k", NewerFreeze) == newer


def test_an_entry_of_a_newer_schema_says_so() -> None:
    with pytest.raises(UnreadableError, match=r"k was written by a newer program \(schema 2, this one reads 1\)"):
        read(schema=2)


@pytest.mark.parametrize(
    "changes",
    [
        {"schema": ...}, {"schema": "1"}, {"schema": 0}, {"kind": "defrost"}, {"kind": ...}, {"kind": None},
        {"by": ...},
        {"by": 1}, {"at": ...}, {"at": "2026-03-10T01:02:03"}, {"at": "yesterday"}, {"at": 1}, {"reason": None},
        {"reason": ["a"]},
    ],
)  # fmt: skip
def test_what_is_missing_or_of_another_kind_is_unreadable(changes: dict[str, Any]) -> None:
    with pytest.raises(UnreadableError, match="The ledger's k cannot be read"):
        read(**changes)


@pytest.mark.parametrize("data", [b"", b"null", b"[]", b"{", b"\xff", b"1", b"[" * 100_000])
def test_what_is_no_entry_is_unreadable(data: bytes) -> None:
    with pytest.raises(UnreadableError, match="The ledger's k cannot be read"):
        decode(data, "k", Freeze)


@pytest.mark.parametrize("content", [{}, {"base64": "%"}, {"base64": 1}, 1, None])
def test_bytes_that_are_none_are_unreadable(content: Any) -> None:
    written = json.loads(encode(Intent(by="", at=AT, content=b""))) | {"content": content}
    with pytest.raises(UnreadableError):
        decode(json.dumps(written).encode(), "k", Intent)
