"""Metric math as written: from text to a syntax tree."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)"
    r"|(?P<text>\"[^\"]*\"|'[^']*')"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<symbol><=|>=|==|!=|&&|\|\||[-+*/^<>(),\[\]]))"
)
# Loosest first; each level is left-associative.
_LEVELS = (("||", "OR"), ("&&", "AND"), ("==", "!=", "<=", ">=", "<", ">"), ("+", "-"), ("*", "/"), ("^",))
_SPELLINGS = {"OR": "||", "AND": "&&"}


class ExpressionError(ValueError):
    """A metric math expression that cannot be read or computed."""


@dataclass(frozen=True)
class Number:
    value: float


@dataclass(frozen=True)
class Text:
    value: str


@dataclass(frozen=True)
class Reference:
    """The id of another query, or a keyword such as REPEAT."""

    name: str


@dataclass(frozen=True)
class Negation:
    operand: Node


@dataclass(frozen=True)
class Operation:
    operator: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Call:
    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Array:
    items: tuple[Node, ...]


Node = Number | Text | Reference | Negation | Operation | Call | Array


def parse(expression: str) -> Node:
    """The syntax tree of `expression`. Raises ExpressionError."""
    parser = _Parser(_tokens(expression), expression)
    tree = parser.operation(0)
    if parser.tokens:
        raise parser.unexpected()
    return tree


def references(node: Node) -> set[str]:
    """The names that an expression mentions, keywords included."""
    match node:
        case Reference(name):
            return {name}
        case Negation(operand):
            return references(operand)
        case Operation(_, left, right):
            return references(left) | references(right)
        case Call(_, nodes) | Array(nodes):
            return set().union(*(references(each) for each in nodes))
        case _:
            return set()


def _tokens(expression: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    position = 0
    text = expression.rstrip()
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise ExpressionError(f"Error in expression '{expression}': unexpected {text[position:].strip()!r}")
        kind = found.lastgroup or ""
        tokens.append((kind, found[kind]))
        position = found.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]], expression: str) -> None:
        self.tokens = tokens
        self._expression = expression

    def unexpected(self) -> ExpressionError:
        found = repr(self.tokens[0][1]) if self.tokens else "the end"
        return ExpressionError(f"Error in expression '{self._expression}': unexpected {found}")

    def operation(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self._unary()
        left = self.operation(level + 1)
        while self.tokens and self.tokens[0][1].upper() in _LEVELS[level]:
            operator = self._take().upper()
            left = Operation(_SPELLINGS.get(operator, operator), left, self.operation(level + 1))
        return left

    def _unary(self) -> Node:
        if self._next_is("-"):
            self._take()
            return Negation(self._unary())
        return self._primary()

    def _primary(self) -> Node:
        if not self.tokens:
            raise self.unexpected()
        kind, text = self.tokens[0]
        if kind == "number":
            self._take()
            return Number(float(text))
        if kind == "text":
            self._take()
            return Text(text[1:-1])
        if kind == "word":
            self._take()
            return Call(text.upper(), self._list(")")) if self._next_is("(") else Reference(text)
        if text == "[":
            return Array(self._list("]"))
        if text == "(":
            self._take()
            inner = self.operation(0)
            self._expect(")")
            return inner
        raise self.unexpected()

    def _list(self, closing: str) -> tuple[Node, ...]:
        self._take()
        items: list[Node] = []
        while not self._next_is(closing):
            if items:
                self._expect(",")
            items.append(self.operation(0))
        self._expect(closing)
        return tuple(items)

    def _next_is(self, symbol: str) -> bool:
        return bool(self.tokens) and self.tokens[0] == ("symbol", symbol)

    def _take(self) -> str:
        return self.tokens.pop(0)[1]

    def _expect(self, symbol: str) -> None:
        if not self._next_is(symbol):
            raise self.unexpected()
        self._take()
