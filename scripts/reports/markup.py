"""Text of others in Markdown: shown as it is, whatever stands in it."""

from __future__ import annotations

import re

CODE = re.compile(r"(`[^`\n]+`)")
# Underscores inside a word are text to GitHub, and AWS's words are full of them.
SPECIAL = re.compile(r"([\\*\[\]~])")


def markdown(text: str) -> str:
    """One line of Markdown that shows `text` as it is; what stands in backticks stays code."""
    return "<br>".join("".join(_escaped(part) for part in CODE.split(line)) for line in text.splitlines())


def markdown_cell(text: str) -> str:
    """The same, in a table; there a bar ends the cell even in code."""
    return markdown(text).replace("|", "\\|")


def _escaped(part: str) -> str:
    if CODE.fullmatch(part):
        return part
    return SPECIAL.sub(r"\\\1", part.replace("&", "&amp;").replace("<", "&lt;"))
