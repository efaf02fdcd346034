"""Regular expressions in filter patterns, as far as CloudWatch Logs has them: the rest is refused, as there.

From its user guide, "Supported regular expressions (regex) syntax".
"""

from __future__ import annotations

import re

# Characters that stand for themselves, operators, and what may follow a backslash.
_ALLOWED = re.compile(r"(?:[A-Za-z0-9:_#=@/;,\-^$?\[\]{}|*+.]|\\(?:[dDsSwW^$?\[\]{}|*+.\\/\-]|x[0-9A-Fa-f]{2}))*")
# Where an expression can tell one digit from another; how many there are is another thing.
COUNTS = re.compile(r"\{[^}]*\}")
READS_DIGITS = re.compile(r"[0-9]|\\[dDx]")


MOST_IN_A_PATTERN = 2  # of conditions on JSON or on fields
MOST_OF_A_GROUP = 5  # metric filters with an expression
_EXPRESSION = re.compile(r"%[^%]*%")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')


class ExpressionError(ValueError):
    """An expression that AWS refuses; the message says why."""


def regular_expression(text: str) -> re.Pattern[str]:
    """The expression between the percent signs. Raises ExpressionError."""
    allowed = _ALLOWED.match(text)
    end = allowed.end() if allowed else 0
    if end < len(text):
        raise ExpressionError(f"{text[end]!r} is not supported in a regular expression")
    try:
        return re.compile(text, re.ASCII)
    except re.error as error:
        raise ExpressionError(str(error)) from error


def expressions_in(pattern: str) -> int:
    """How many regular expressions a filter pattern has."""
    return len(_EXPRESSION.findall(_QUOTED.sub("", pattern)))


def check_number(pattern: str) -> None:
    """Raises ExpressionError: the pattern has more than AWS allows."""
    if (found := expressions_in(pattern)) > MOST_IN_A_PATTERN:
        raise ExpressionError(f"{found} regular expressions are more than {MOST_IN_A_PATTERN}")
