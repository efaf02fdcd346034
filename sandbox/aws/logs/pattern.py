"""Filter patterns of CloudWatch Logs: terms, JSON and space-delimited fields."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sandbox.aws.logs.expression import COUNTS, READS_DIGITS, ExpressionError, check_number, regular_expression
from sandbox.aws.logs.selector import SelectorError, parse_condition, parse_fields

# What a pattern found in a message: a truth, and the fields that `$name` and `$.path` refer to.
Fields = dict[str, Any]
Predicate = Callable[[str], Fields | None]

_TERM = re.compile(r'\s*(?P<sign>[?-])?(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<word>\S+))')
_WORD = re.compile(r"[\w]+")


class PatternError(ValueError):
    """A pattern that AWS refuses, or one that is not known here; the message says which."""


@dataclass(frozen=True)
class FilterPattern:
    """A pattern ready to be matched. An empty one matches everything."""

    text: str
    _find: Predicate
    _reads_digits: bool = True

    def matches(self, message: str) -> bool:
        return self._find(message) is not None

    def fields(self, message: str) -> Fields | None:
        """The fields of a matching message (none for terms); None where it does not match."""
        return self._find(message)

    def may_match(self, kinds: frozenset[str]) -> bool:
        """Whether a message that differs from one of these in digits only may match."""
        return self._reads_digits or _any_found(self._find, kinds)


@lru_cache(maxsize=1_024)
def _any_found(find: Predicate, messages: frozenset[str]) -> bool:
    return any(find(each) is not None for each in messages)


def compile_pattern(text: str) -> FilterPattern:
    """Raises PatternError."""
    stripped = text.strip()
    try:
        if stripped.startswith(("{", "[")):
            check_number(stripped)
        if stripped.startswith("{") and stripped.endswith("}"):
            return FilterPattern(text, _json_predicate(stripped[1:-1]))
        if stripped.startswith("[") and stripped.endswith("]"):
            return FilterPattern(text, _fields_predicate(stripped[1:-1]))
        if is_expression(stripped):
            expression = regular_expression(stripped[1:-1])
            reads_digits = READS_DIGITS.search(COUNTS.sub("", stripped)) is not None
            return FilterPattern(text, lambda message: {} if expression.search(message) else None, reads_digits)
    except (SelectorError, ExpressionError) as error:
        raise PatternError(f"Invalid filter pattern {text!r}: {error}") from error
    return FilterPattern(text, _terms_predicate(stripped), any(each.isdigit() for each in stripped))


def is_expression(text: str) -> bool:
    """Whether a pattern, or a part of one, is a regular expression."""
    return len(text) > 1 and text.startswith("%") and text.endswith("%")


def _terms_predicate(text: str) -> Predicate:
    wanted: list[str] = []
    unwanted: list[str] = []
    optional: list[str] = []
    position = 0
    while position < len(text):
        found = _TERM.match(text, position)
        if found is None:
            raise PatternError(f"Invalid filter pattern {text!r}")
        position = found.end()
        {None: wanted, "-": unwanted, "?": optional}[found["sign"]].append(_term(found, text))
    if wanted or unwanted:
        optional = []  # beside other terms, AWS ignores the optional ones

    def find(message: str) -> Fields | None:
        holds = (
            (not optional or _has_any(message, optional))
            and not _has_any(message, unwanted)
            and all(term in message for term in wanted)
        )
        return {} if holds else None

    return find


def _has_any(message: str, terms: Sequence[str]) -> bool:
    for term in terms:  # noqa: SIM110 - every line of a log comes by here, and any() takes twice as long
        if term in message:
            return True
    return False


def _term(found: re.Match[str], text: str) -> str:
    if found["quoted"] is not None:
        return re.sub(r"\\(.)", r"\1", found["quoted"])
    if not _WORD.fullmatch(found["word"]):
        raise PatternError(f"Invalid filter pattern {text!r}: {found['word']} must be in double quotes")
    return found["word"]


def _json_predicate(text: str) -> Predicate:
    condition = parse_condition(text)

    def find(message: str) -> Fields | None:
        try:
            content = json.loads(message)
        except ValueError:
            return None
        return {"$": content} if isinstance(content, dict) and condition(content) else None

    return find


def _fields_predicate(text: str) -> Predicate:
    match_fields = parse_fields(text)
    return lambda message: match_fields(split_fields(message))


def split_fields(message: str) -> list[str]:
    """A line's words; what is in quotes or brackets is one word."""
    words = re.findall(r'"((?:[^"\\]|\\.)*)"|\[([^\]]*)\]|(\S+)', message)
    return [quoted or bracketed or word for quoted, bracketed, word in words]
