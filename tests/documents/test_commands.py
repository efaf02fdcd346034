"""`docs/reference/commands.md` is what the commands say of themselves."""

from __future__ import annotations

from tests.documents.commands import PAGE, reference


def test_the_reference_of_the_commands_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), "make docs"
