"""The checks as text: a list of all, the explanation of one, and the reference of all (docs/reference/checks.md)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from scripts.checks.framework import Check
from scripts.reports.markup import markdown, markdown_cell


def overview(checks: Sequence[Check]) -> str:
    """One line a check: SOP section, id, title."""
    width = max((len(check.id) for check in checks), default=0)
    return "".join(f"{check.sop}  {check.id:<{width}}  {check.title}\n" for check in checks)


def explain(check: Check) -> str:
    """All that the check declares."""
    fields = {
        "SOP": check.sop,
        "Why": check.why,
        "Expected": check.expected,
        "Fix": check.fix,
        "IAM": "\n".join(check.permissions) or "none",
        "Runbook": check.runbook,
    }
    lines = [f"{check.id}: {check.title}"]
    for label, text in fields.items():
        first, *rest = text.splitlines()
        lines += [f"  {label:<9} {first}", *(f"  {'':<9} {line}" for line in rest)]
    return "\n".join(lines) + "\n"


def reference(checks: Sequence[Check]) -> str:
    """All that all checks declare, as a page of docs/reference/."""
    return "\n".join(_page(checks)) + "\n"


def _page(checks: Sequence[Check]) -> Iterator[str]:
    yield "# Checks"
    yield ""
    yield "Made from the checks' declarations by `make docs`; a change here is lost."
    yield ""
    yield "| SOP | Check | What is looked at |"
    yield "| --- | --- | --- |"
    yield from (f"| {check.sop} | [`{check.id}`](#{check.id}) | {markdown_cell(check.title)} |" for check in checks)
    for section, members in groupby(checks, key=lambda check: check.sop):
        yield ""
        yield f"## SOP {section}"
        for check in members:
            yield ""
            yield from _entry(check)


def _entry(check: Check) -> Iterator[str]:
    yield f"### {check.id}"
    yield ""
    yield markdown(f"{check.title}. {check.why}")
    yield ""
    yield f"- **Expected:** {markdown(check.expected)}"
    yield f"- **Fix:** {markdown(check.fix)}"
    yield f"- **IAM actions:** {', '.join(f'`{action}`' for action in check.permissions) or 'none'}"
    yield f"- **Runbook:** [{check.runbook}](../{check.runbook.removeprefix('docs/')})"
