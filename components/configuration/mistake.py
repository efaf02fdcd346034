"""What is wrong with a configuration, in one form."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """One configuration value that cannot be used, and the command that mends it; `meaning` is nothing of no key."""

    key: str
    meaning: str = ""
    value: str
    allowed: str
    mend: str

    def __str__(self) -> str:
        lines = {"meaning": self.meaning, "allowed": self.allowed, "mend": self.mend}
        told = "".join(f"\n    {f'{label}:':8} {line}" for label, line in lines.items() if line)
        return f"\n  {self.key} is {self.value}{told}"


class ConfigurationError(ValueError):
    """The stack's configuration cannot be used; `mistakes` has all that is wrong with it."""

    def __init__(self, stack: str, mistakes: list[Mistake]) -> None:
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        heading = f"the configuration of stack {stack} has {count}; nothing was touched"
        super().__init__("\n".join([heading, *map(str, mistakes)]))
        self.mistakes = mistakes
