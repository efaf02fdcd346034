"""Text of others in Markdown: shown as it is, whatever stands in it."""

from __future__ import annotations

import re

from scripts.text import printable

# Underscores inside a word are text to Markdown, and AWS's words are full of them.
SPECIAL = re.compile(r"[\\`*\[\]~]|(?<![^\W_])_|_(?![^\W_])")


def markdown(text: str) -> str:
    """One line of Markdown that shows `text` as it is; what stands in backticks stays code."""
    return "<br>".join(_line(line) for line in printable(text).splitlines())


def markdown_cell(text: str) -> str:
    """The same, in a table; there a bar ends the cell even in code."""
    # a backslash before the bar would escape the bar's own in code, where nothing can escape it in turn
    lines = (_escaped(line) if r"\|" in line else _line(line) for line in printable(text).splitlines())
    return "<br>".join(lines).replace("|", r"\|")


def _line(line: str) -> str:
    """Code only where nobody can pair the backticks otherwise: all single, and none left over."""
    parts = line.split("`")
    if len(parts) % 2 == 0 or not all(parts[1:-1]):
        return _escaped(line)
    return "`".join(part if number % 2 else _escaped(part) for number, part in enumerate(parts))


def _escaped(part: str) -> str:
    return SPECIAL.sub(r"\\\g<0>", part.replace("&", "&amp;").replace("<", "&lt;"))
