"""docs/reference/configuration.md, made from the keys' descriptions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from components.configuration.key import Key
from components.configuration.keys import GROUPS, KEYS
from components.configuration.project_file import default, requirement

_INTRODUCTION = """\
# Configuration

Written by `make docs`: every key of a stack's file, `Pulumi.STACK.yaml`. A stack is `dev`, `prod`, `LABEL-dev` or
`LABEL-prod`; what stands after the last hyphen is the environment.

```
pulumi config set KEY VALUE --stack STACK
pulumi config set --path GROUP.MEMBER VALUE --stack STACK
pulumi config set --secret KEY VALUE --stack STACK            # of a secret; in plain text it is refused
```

An empty value is none. `pulumi preview` reports all mistakes at once, each with the command that mends it, before
anything is asked of AWS or GitHub; a key that is not described here is one of them. Credentials are no configuration:
those of AWS and `GITHUB_TOKEN` come from the environment.

## Single values
"""

_HEAD = "| key | meaning | allowed | if not set | SOP |\n| --- | --- | --- | --- | --- |"


def page() -> str:
    """The Markdown page."""
    parts = [_INTRODUCTION, _table(key for key in KEYS if not key.group)]
    for group in GROUPS:
        sop = f" SOP {group.sop}." if group.sop else ""
        members = _table((key for key in KEYS if key.group == group.name), within=True)
        parts += [f"\n## `{group.name}`\n", f"{group.meaning}{sop}\n", members]
    return "\n".join(parts) + "\n"


def _table(keys: Iterable[Key[Any]], *, within: bool = False) -> str:
    return "\n".join([_HEAD, *_rows(keys, within=within)])


def _rows(keys: Iterable[Key[Any]], *, within: bool) -> Iterator[str]:
    for key in keys:
        name = key.member if within else key.name
        secret = "Secret. " if key.secret else ""
        missing = f"**{requirement(key)}**" if key.required else default(key)
        cells = (f"`{name}`", f"{secret}{key.meaning}", key.rule.allowed, missing, key.sop)
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
