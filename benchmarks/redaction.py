"""What redaction costs: a line four times as long may take four times as long, whatever stands in it."""

from __future__ import annotations

from benchmarks.table import Table, in_seconds
from benchmarks.timing import taking_turns
from scripts.evidence.redaction import redacted_text

SHORT, TIMES = 62_500, 4  # CloudWatch Logs takes events of 256 KiB
# What makes a pattern begin, over and over, and never lets it end.
REPEATED = (
    "a",
    " ",
    "=",
    "password=",
    'token="',
    '\\"token\\": \\"',
    "name: X_TOKEN ",
    '{"a":',
    "<a ",
    "<password>",
    "://",
    "://a:",
    "a@",
    "-eyJ",
    "arn:aws:x=",
    "-----BEGIN ",
    "--password ",
    "bearer ",
    "token=,",
    "\\",
)


def measure() -> Table:
    """Each line in two lengths."""
    rows: list[list[str]] = []
    for part in REPEATED:
        short, long = _line(part, SHORT), _line(part, SHORT * TIMES)
        took = taking_turns({"short": lambda: redacted_text(short), "long": lambda: redacted_text(long)})  # noqa: B023
        rows.append([f"`{part}`", in_seconds(took["long"]), f"{took['long'] / max(took['short'], 1e-6):.1f}"])
    note = f"{TIMES} is linear. That no pattern can do worse is tested by their structure."
    return Table(
        f"Redaction: a line of {SHORT * TIMES // 1000} KB against one of a {TIMES}th of it",
        ["the line repeats", "takes", "times as long"],
        rows,
        note,
    )


def _line(part: str, length: int) -> str:
    return f"token=1 {(part * (length // len(part) + 1))[:length]}"
