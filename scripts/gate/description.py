"""A pull request's description as GitHub reads it: task lists and sections, by a parser of Markdown. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

TASK = re.compile(r"\[([ xX])\][ \t\n]+(.*)", re.DOTALL)
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
LEVELS = {f"h{level}": level for level in range(1, 7)}


@dataclass(frozen=True)
class Task:
    """An item of a task list."""

    text: str
    done: bool


def tasks(markdown: str) -> tuple[Task, ...]:
    """Every item of a task list, bulleted or numbered; what stands in code or in a comment is none."""
    return tuple(_tasks(_parsed(markdown)))


def section(markdown: str, title: str) -> str | None:
    """The text below the heading of that title, up to the next of its level; None where there is no such heading.

    Comments are left out: nobody sees them.
    """
    source, tokens = markdown.splitlines(keepends=True), _parsed(markdown)
    begin = level = None
    for heading, inline in pairwise(tokens):
        if heading.type != "heading_open" or heading.map is None:
            continue
        if begin is None and normal(inline.content) == normal(title):
            begin, level = heading.map[1], LEVELS[heading.tag]
        elif begin is not None and level is not None and LEVELS[heading.tag] <= level:
            return _visible(source[begin : heading.map[0]])
    return None if begin is None else _visible(source[begin:])


def labelled(text: str, labels: Collection[str]) -> dict[str, str]:
    """What stands after each label, `How: ...`, down to the next one; nothing where there is no such label."""
    said = dict.fromkeys(labels, "")
    of = {normal(label): label for label in labels}
    current = ""
    for raw in text.splitlines():
        label, colon, rest = raw.strip().lstrip("-*+ ").partition(":")
        named = of.get(normal(label.strip("*_"))) if colon else None
        current = named or current
        if current:
            said[current] = f"{said[current]} {rest.lstrip('*_') if named else raw}".strip()
    return said


def points(markdown: str) -> tuple[str, ...]:
    """The items of its lists as plain text, or where there is no list its paragraphs; each on one line."""
    inlines = [token for token in _parsed(markdown) if token.type == "inline"]
    listed = [token for token in inlines if token.level > 1]
    return tuple(text for token in listed or inlines if (text := _plain(token)))


def normal(text: str) -> str:
    """A text as it is compared: without case, spacing and closing punctuation."""
    return " ".join(text.split()).rstrip(".:").casefold()


def _plain(inline: Token) -> str:
    """What a reader sees of a paragraph, on one line."""
    said = (" " if one.type in ("softbreak", "hardbreak") else one.content for one in inline.children or ())
    return " ".join("".join(said).split())


def _visible(lines: list[str]) -> str:
    return COMMENT.sub("", "".join(lines)).strip()


@lru_cache(maxsize=8)  # of one description several sections are asked for
def _parsed(markdown: str) -> list[Token]:
    return MarkdownIt("commonmark").parse(markdown)


def _tasks(tokens: list[Token]) -> Iterator[Task]:
    for item, paragraph, inline in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if (item.type, paragraph.type) == ("list_item_open", "paragraph_open") and (
            found := TASK.match(inline.content)
        ):
            yield Task(COMMENT.sub("", found[2]).strip(), found[1] != " ")
