"""Which lines of a log tell of an error, as one filter pattern of CloudWatch Logs.

One regular expression, since a term such as `ERROR` is found in `ERROR_COUNT=0`, too. What it may be made of stands in
CloudWatch Logs' user guide, "Supported regular expressions (regex) syntax": letters, digits, `:_#=@/;,-`, the
operators `^ $ ? [ ] { } | \\ * + .` and the classes `\\d \\s \\w` with their opposites; neither groups nor quotes. A
pattern has at most 1024 characters, and a log group at most five metric filters with an expression.

Whether AWS takes this very one is asked of it in every preview (components/error_pattern.py).
"""

from __future__ import annotations

from collections.abc import Iterator

# The level's name as a word of its own: `ERROR: …`, `[ERROR]`, `"severity":"ERROR"`, not `ERROR_COUNT=0`.
_LEVELS = ("ERROR", "CRITICAL", "FATAL", "SEVERE", "PANIC")
# Behind a key that is called level, lvl, severity, levelname and the like: `"level":"error"`, `level=error`.
_LEVEL_KEY = r"[LlSs][Ee]?[Vv]\w{0,10}\W{0,2}[:=]\W{0,2}"
_VALUES = ("[Ee]rr", "[Cc]rit", "[Ff]atal", "[Ss]evere", "[Pp]anic", "[Aa]lert", "[Ee]merg")
# nginx's `[error]`, Apache's `[core:error]`.
_BRACKETED = ("error", "crit", "alert", "emerg")
_CRASHES = (
    r"Traceback\s.most\srecent\scall\slast",  # Python
    r"Exception\sin\sthread",  # Java
    r"^\s+at\s\w+[.$]\S",  # a frame of Java's and of JavaScript's stacks
    r"[Uu]n[ch]\w+\s[Ee]xception",  # uncaught, unhandled
    r"^panic:",  # Go
    r"\Wpanic:",
    r"Fatal\serror:",  # PHP, Swift
    r"[Ss]egmentation\sfault",
)


def _alternatives() -> Iterator[str]:
    for level in _LEVELS:
        for before in ("^", r"\W"):
            yield from (f"{before}{level}{after}" for after in (r"\W", "$"))
    yield from (f"{_LEVEL_KEY}{value}" for value in _VALUES)
    yield from (rf"\W{level}\]" for level in _BRACKETED)
    yield from _CRASHES


DEFAULT_ERROR_PATTERN = f"%{'|'.join(_alternatives())}%"
