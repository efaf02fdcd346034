"""A composite alarm's AlarmRule: ALARM("a") AND NOT (OK(b) OR FALSE)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.aws.cloudwatch.evaluation import StateValue

_TOKEN = re.compile(r'\s*(?:(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<symbol>[()])|(?P<word>[^\s()"]+))')


class AlarmRuleError(ValueError):
    """A rule that cannot be read."""


@dataclass(frozen=True)
class Constant:
    holds: bool


@dataclass(frozen=True)
class InState:
    """An alarm, by name, being in a state."""

    state: StateValue
    alarm: str


@dataclass(frozen=True)
class Not:
    operand: Node


@dataclass(frozen=True)
class All:
    operands: tuple[Node, ...]


@dataclass(frozen=True)
class AnyOf:
    operands: tuple[Node, ...]


Node = Constant | InState | Not | All | AnyOf


def parse(rule: str) -> Node:
    """The rule as a tree. Raises AlarmRuleError."""
    parser = _Parser(rule)
    tree = parser.any_of()
    if parser.tokens:
        raise AlarmRuleError(f"Invalid AlarmRule: unexpected {parser.tokens[0]!r}")
    return tree


def holds(node: Node, state_of: Callable[[str], StateValue]) -> bool:
    """Whether the rule is true of the alarms' present states."""
    match node:
        case Constant(value):
            return value
        case InState(state, alarm):
            return state_of(alarm) is state
        case Not(operand):
            return not holds(operand, state_of)
        case All(operands):
            return all(holds(each, state_of) for each in operands)
        case AnyOf(operands):
            return any(holds(each, state_of) for each in operands)


def alarm_names(node: Node) -> list[str]:
    """The alarms that a rule mentions, each once, in order."""
    match node:
        case Constant():
            return []
        case InState(_, alarm):
            return [alarm]
        case Not(operand):
            return alarm_names(operand)
        case All(operands) | AnyOf(operands):
            return list(dict.fromkeys(name for each in operands for name in alarm_names(each)))


class _Parser:
    def __init__(self, rule: str) -> None:
        self.tokens: list[str] = []
        position = 0
        rule = rule.rstrip()
        while position < len(rule):
            found = _TOKEN.match(rule, position)
            if found is None:
                raise AlarmRuleError(f"Invalid AlarmRule: {rule[position:]!r} cannot be read")
            self.tokens.append(found.group().strip())
            position = found.end()

    def any_of(self) -> Node:
        operands = [self._all()]
        while self._next() == "OR":
            self._take()
            operands.append(self._all())
        return operands[0] if len(operands) == 1 else AnyOf(tuple(operands))

    def _all(self) -> Node:
        operands = [self._single()]
        while self._next() == "AND":
            self._take()
            operands.append(self._single())
        return operands[0] if len(operands) == 1 else All(tuple(operands))

    def _single(self) -> Node:
        token = self._take()
        if token == "NOT":
            return Not(self._single())
        if token in ("TRUE", "FALSE"):
            return Constant(token == "TRUE")
        if token == "(":
            inner = self.any_of()
            self._expect(")")
            return inner
        if token not in set(StateValue):
            raise AlarmRuleError(f"Invalid AlarmRule: {token!r} is not known here")
        self._expect("(")
        name = self._take()
        self._expect(")")
        return InState(StateValue(token), _name(name))

    def _next(self) -> str | None:
        return self.tokens[0] if self.tokens else None

    def _take(self) -> str:
        if not self.tokens:
            raise AlarmRuleError("Invalid AlarmRule: it ends too early")
        return self.tokens.pop(0)

    def _expect(self, symbol: str) -> None:
        token = self._take()
        if token != symbol:
            raise AlarmRuleError(f"Invalid AlarmRule: {symbol!r} expected, found {token!r}")


def _name(token: str) -> str:
    """The alarm's name: unquoted, and without the rest of an ARN."""
    if token in ("(", ")"):
        raise AlarmRuleError("Invalid AlarmRule: an alarm's name is missing")
    name = re.sub(r"\\(.)", r"\1", token[1:-1]) if token.startswith('"') else token
    return name.split(":alarm:", 1)[1] if name.startswith("arn:") else name
