"""Plans as Markdown for a comment on a pull request: what is lost first, and never more than fits."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from scripts.evidence.redaction import redacted
from scripts.plans.differences import ABSENT, Difference, Marker
from scripts.plans.plan import Change, Operation, Plan, short_type
from scripts.text import count, listing, printable

# What GitHub takes as a comment, in characters, with some left for what the caller puts around it.
LIMIT = 65_536 - 1_536
MARK = "<!-- release plan-diff -->"  # by which the comment is found again
PIPELINE = "aws:codepipeline/pipeline:Pipeline"
LONG = 160  # characters of a value on a line

VERBS = {
    Operation.REPLACE: "replaced",
    Operation.DELETE: "deleted",
    Operation.CREATE: "created",
    Operation.IMPORT: "imported",
    Operation.READ: "read",
    Operation.UPDATE: "updated",
    Operation.REFRESH: "brought up to date",
    Operation.FORGET: "forgotten",
}


@dataclass(frozen=True)
class Detail:
    """How much is shown; None is all.

    `inputs`: those of what is created; `lines` of each change, `changes` in all, `names` in a row; `words` of Pulumi's
    in characters.
    """

    inputs: bool = True
    lines: int | None = None
    changes: int | None = None
    names: int | None = None
    words: int = 4_000


WHOLE = "`pulumi preview --diff` shows the whole."
DETAILS = (
    Detail(),
    Detail(inputs=False),
    Detail(inputs=False, lines=12),
    Detail(inputs=False, lines=0, names=40),
    Detail(inputs=False, lines=0, changes=40, names=10, words=1_000),
    Detail(inputs=False, lines=0, changes=0, names=3, words=200),
)


def comment(plans: Sequence[Plan], *, limit: int = LIMIT, whole: str = WHOLE) -> str:
    """All plans in at most `limit` characters; `whole` says where the rest is when not all fits.

    Raises:
        ValueError: `limit` is too small for any of it.
    """
    for share in (limit, limit // max(1, len(plans))):
        text = "\n".join([MARK, *(_fitting(plan, share - len(MARK) - 1, whole) for plan in plans)])
        if len(text) <= limit:
            return text
    raise ValueError(f"{count(len(plans), 'plan')} cannot be told in {limit} characters")


def _fitting(plan: Plan, limit: int, whole: str) -> str:
    text = ""
    for detail in DETAILS:
        cut = "" if detail == DETAILS[0] else f"\nShortened to fit. {whole}\n"
        text = section(plan, detail) + cut
        if len(text) <= limit:
            break
    return text


def section(plan: Plan, detail: Detail = DETAILS[0]) -> str:
    """One stack's plan."""
    return "\n".join([f"## {_title(plan)}", "", *_parts(plan, detail)])


def _title(plan: Plan) -> str:
    stack = f"Plan of `{_code(plan.stack)}`" if plan.stack else "Plan"
    if plan.problems:
        return f"{stack}: the preview failed"
    if not plan.changes:
        return f"{stack}: no changes"
    return f"{stack}: {_counts(plan)}"


def _counts(plan: Plan) -> str:
    numbers = ((VERBS[operation], len(plan.of(operation))) for operation in Operation)
    return listing([f"{number} {verb}" for verb, number in numbers if number])


def _parts(plan: Plan, detail: Detail) -> Iterator[str]:
    if plan.problems:
        yield from (_fenced("text", _shortened(text, detail.words)) for text in plan.problems)
        yield "\nUntil then it had planned:\n" if plan.changes else ""
    if lost := [change for change in plan.changes if change.loses]:
        yield "> [!CAUTION]"
        yield f"> What there is now would be lost of {count(len(lost), 'resource')}: {_with_types(lost, detail)}."
        if kept := [change for change in lost if change.protected]:
            yield f"> Protected, so Pulumi refuses: {_with_types(kept, detail)}."
        yield ""
    if pipelines := [one for one in plan.changes if one.type == PIPELINE and one.operation is not Operation.CREATE]:
        yield "> [!WARNING]"
        yield f"> The definition of {_named(pipelines, detail)} changes: an execution under way is cancelled, and"
        yield "> earlier executions can no longer be rolled back to.\n"
    if not plan.knows_replacements and plan.changes:
        yield "From the recorded plans: which updates replace a resource only a preview can tell.\n"
    shown = 0
    for operation in Operation:
        changes = plan.of(operation)
        room = changes if detail.changes is None else changes[: max(0, detail.changes - shown)]
        shown += len(room)
        yield from _operation(operation, room, detail)
        if more := len(changes) - len(room):
            yield f"And {more} more {VERBS[operation]}.\n"
    for remark in plan.remarks:
        yield _fenced("text", _shortened(remark, detail.words))


def _operation(operation: Operation, changes: Sequence[Change], detail: Detail) -> Iterator[str]:
    if not changes:
        return
    yield f"**{VERBS[operation].capitalize()}**"
    if operation is Operation.CREATE:
        yield ""
        yield from _creations(changes, detail)
        return
    for alike in _alike(changes):
        lines = _lines(alike[0].differences, detail.lines)
        yield f"\n{_line(alike, detail)}" if lines else f"- {_line(alike, detail)}"
        if lines:
            yield _fenced("diff", "\n".join(lines))
    yield ""


def _creations(changes: Sequence[Change], detail: Detail) -> Iterator[str]:
    for type_ in dict.fromkeys(change.type for change in changes):
        of_type = [change for change in changes if change.type == type_]
        yield f"- {short_type(type_)}: {_named(of_type, detail)}"
    yield ""
    if not detail.inputs:
        return
    for change in changes:
        if lines := _lines(change.differences, None):
            yield f"<details><summary>{short_type(change.type)} <code>{_html(change.name)}</code></summary>\n"
            yield _fenced("diff", "\n".join(lines))
            yield "</details>\n"


def _alike(changes: Sequence[Change]) -> list[list[Change]]:
    """Changes that say the same of resources of one type, together."""
    groups: list[list[Change]] = []
    for change in changes:
        for group in groups:
            first = group[0]
            if replace(first, name="", resource="") == replace(change, name="", resource=""):
                group.append(change)
                break
        else:
            groups.append([change])
    return groups


def _line(alike: Sequence[Change], detail: Detail) -> str:
    first = alike[0]
    because = f", because of {listing([f'`{_code(reason)}`' for reason in first.reasons])}" if first.reasons else ""
    kept = "; Pulumi leaves it where it is" if first.retained and first.operation is Operation.DELETE else ""
    return f"{short_type(first.type)} {_named(alike, detail)}{because}{kept}"


def _with_types(changes: Sequence[Change], detail: Detail) -> str:
    return _row([f"{short_type(change.type)} {_quoted(change)}" for change in changes], detail)


def _named(changes: Sequence[Change], detail: Detail) -> str:
    return _row([_quoted(change) for change in changes], detail)


def _row(names: Sequence[str], detail: Detail) -> str:
    if detail.names is None or len(names) <= detail.names:
        return listing(names)
    return listing([*names[: detail.names], f"{len(names) - detail.names} more"])


def _quoted(change: Change) -> str:
    return f"`{_code(change.resource or change.name)}`"


def _lines(differences: Iterable[Difference], most: int | None) -> list[str]:
    lines = [line for one in differences for line in _difference(one)]
    if most is None or len(lines) <= most:
        return lines
    return [*lines[:most], f"  and {len(lines) - most} more lines"] if most else []


def _difference(one: Difference) -> Iterator[str]:
    name = one.path.rpartition(".")[2].partition("[")[0]
    before, after = _hidden(name, one.before), _hidden(name, one.after)
    old, new = _short(before, after), _short(after, before)
    path = printable(one.path).replace("\n", " ")
    if one.before is not ABSENT:
        yield f"-{path}: {old}"
    if one.after is not ABSENT:
        yield f"+{path}: {new}"


def _hidden(name: str, value: Any) -> Any:
    """The value without what looks like a secret, by its own form or its name."""
    return value if isinstance(value, Marker) else redacted({name: value})[name]


def _short(value: Any, other: Any) -> str:
    if isinstance(value, Marker):
        return f"({value.text})"
    text = printable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=_plain))
    text = text.replace("\n", "\\n")
    if len(text) <= LONG:
        return text
    if isinstance(value, str) and isinstance(other, str):
        return _around(text, printable(other).replace("\n", "\\n"))
    return _shortened(text, LONG)


def _around(text: str, other: str) -> str:
    """The part of a long text in which it differs from the other one."""
    same = next((at for at, (a, b) in enumerate(zip(text, other, strict=False)) if a != b), min(len(text), len(other)))
    start = max(0, same - LONG // 4)
    part = text[start : start + LONG]
    return f"{'…' if start else ''}{part}{'…' if start + LONG < len(text) else ''}"


def _plain(value: Any) -> str:
    return f"({value.text})" if isinstance(value, Marker) else str(value)


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}… ({len(text)} characters)"


def _fenced(language: str, text: str) -> str:
    """A block of code: nothing in it is Markdown, a link or the mention of a person."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _code(text: str) -> str:
    """Text for between two backticks."""
    return printable(text).replace("`", "'").replace("\n", " ")


def _html(text: str) -> str:
    return printable(text).replace("&", "&amp;").replace("<", "&lt;").replace("@", "&#64;")
