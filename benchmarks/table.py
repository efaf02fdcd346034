"""What a benchmark prints: one Markdown table, and what one must know to read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """`rows` begin with what was measured; what follows is numbers."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""

    def markdown(self) -> str:
        alignment = [" --- ", *[" ---: "] * (len(self.header) - 1)]
        lines = [f"### {self.title}", "", _row(self.header), f"|{'|'.join(alignment)}|", *map(_row, self.rows)]
        return "\n".join([*lines, *(["", self.note] if self.note else [])]) + "\n"


def in_seconds(value: float) -> str:
    return f"{value:.2f} s"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
