"""The conditions inside `{ $.status = 5* && $.path != "/health" }` and `[ip, ..., status >= 500, bytes]`."""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

from sandbox.aws.logs.expression import regular_expression

Condition = Callable[[Any], bool]
_TOKEN = re.compile(r'\s*(?P<token>"(?:[^"\\]|\\.)*"|%[^%]*%|&&|\|\||!=|<=|>=|[=<>()]|[^\s=<>!()&|]+)', re.DOTALL)
_MISSING = object()


class SelectorError(ValueError):
    """A condition that cannot be read."""


def parse_condition(text: str) -> Condition:
    """A condition on a parsed JSON object. Raises SelectorError, ExpressionError."""
    parser = _Parser(_tokens(text), json_selectors=True)
    condition = parser.any_of()
    parser.expect_end()
    return condition


def parse_fields(text: str) -> Callable[[list[str]], dict[str, Any] | None]:
    """A matcher of a line's words; it returns the named fields. Raises SelectorError, ExpressionError."""
    parts = [part.strip() for part in text.split(",")]
    if parts.count("...") > 1:
        raise SelectorError("only one ellipsis may be used")
    before = parts[: parts.index("...")] if "..." in parts else parts
    after = parts[parts.index("...") + 1 :] if "..." in parts else []
    head = [_field(part) for part in before]
    tail = [_field(part) for part in after]

    def match(words: list[str]) -> dict[str, Any] | None:
        least = len(head) + len(tail)
        if len(words) < least or ("..." not in parts and len(words) != least):
            return None
        pairs = [*zip(head, words, strict=False), *zip(tail, words[len(words) - len(tail) :], strict=False)]
        fields = {name: word for (name, _), word in pairs}
        return fields if all(condition({name: word}) for (name, condition), word in pairs) else None

    return match


def select(content: Any, path: str) -> Any:
    """The value at `$.a.b[0]`, or None where there is none."""
    value = _at(content, path)
    return None if value is _MISSING else value


def _field(text: str) -> tuple[str, Condition]:
    tokens = _tokens(text)
    if not tokens:
        raise SelectorError("an empty field")
    name = tokens[0]
    if len(tokens) == 1:
        return name, lambda _: True
    parser = _Parser(tokens, json_selectors=False)
    condition = parser.any_of()
    parser.expect_end()
    return name, condition


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    position = 0
    text = text.strip()
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise SelectorError(f"{text[position:]!r} cannot be read")
        tokens.append(found["token"])
        position = found.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[str], *, json_selectors: bool) -> None:
        self._tokens = tokens
        self._json = json_selectors

    def any_of(self) -> Condition:
        conditions = [self._all_of()]
        while self._take_if("||"):
            conditions.append(self._all_of())
        return lambda content: any(condition(content) for condition in conditions)

    def _all_of(self) -> Condition:
        conditions = [self._single()]
        while self._take_if("&&"):
            conditions.append(self._single())
        return lambda content: all(condition(content) for condition in conditions)

    def _single(self) -> Condition:
        if self._take_if("("):
            inner = self.any_of()
            if not self._take_if(")"):
                raise SelectorError("a bracket is not closed")
            return inner
        selector = self._take()
        if self._json and not selector.startswith("$"):
            raise SelectorError(f"{selector!r} is no selector: it must begin with $")
        operator = self._take().upper()
        if operator == "IS":
            return self._is(selector)
        if operator == "NOT":
            if self._take().upper() != "EXISTS":
                raise SelectorError("NOT must be followed by EXISTS")
            return lambda content: _at(content, selector) is _MISSING
        if operator not in _COMPARISONS:
            raise SelectorError(f"the operator {operator!r} is not known")
        return _comparison(selector, operator, self._take())

    def _is(self, selector: str) -> Condition:
        word = self._take().upper()
        if word not in _CONSTANTS:
            raise SelectorError(f"IS {word} is not known")
        return lambda content: _at(content, selector) is _CONSTANTS[word]

    def expect_end(self) -> None:
        if self._tokens:
            raise SelectorError(f"unexpected {self._tokens[0]!r}")

    def _take(self) -> str:
        if not self._tokens:
            raise SelectorError("it ends too early")
        return self._tokens.pop(0)

    def _take_if(self, token: str) -> bool:
        if self._tokens and self._tokens[0] == token:
            self._tokens.pop(0)
            return True
        return False


def _comparison(selector: str, operator: str, operand: str) -> Condition:
    compare = _COMPARISONS[operator]
    quoted = operand.startswith('"')
    text = re.sub(r"\\(.)", r"\1", operand[1:-1]) if quoted else operand
    number = None if quoted else _number(operand)
    if operator in ("=", "!=") and number is None:
        same = _text_test(operand, text)
        negated = operator == "!="
        return lambda content: (
            (value := _at(content, selector)) is not _MISSING and same(_as_text(value)) is not negated
        )
    if number is None:
        raise SelectorError(f"{operator} needs a number, found {operand}")
    return lambda content: (actual := _number(_at(content, selector))) is not None and compare(actual, number)


def _text_test(operand: str, text: str) -> Callable[[str], bool]:
    if operand.startswith("%"):
        expression = regular_expression(operand[1:-1])
        return lambda value: expression.search(value) is not None
    pattern = re.sub(r"([\[\]?])", r"[\1]", text)  # only * is a wildcard
    return lambda value: fnmatchcase(value, pattern)


def _at(content: Any, path: str) -> Any:
    if not path.startswith("$"):
        return content.get(path, _MISSING)
    value = content
    for name, key, index in re.findall(r"\.([^.\[\]]+)|\[['\"]([^'\"]+)['\"]\]|\[(\d+)\]", path[1:]):
        if index:
            value = value[int(index)] if isinstance(value, list) and int(index) < len(value) else _MISSING
        else:
            value = value.get(name or key, _MISSING) if isinstance(value, dict) else _MISSING
    return value


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


_CONSTANTS = {"NULL": None, "TRUE": True, "FALSE": False}
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}
