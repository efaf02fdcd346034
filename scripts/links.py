"""Where a report leads: the execution, dashboard and commit that it is about, and the runbooks."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from scripts.results import Place
from sop.console import Console
from sop.outputs import StackOutputs


def place_of(outputs: StackOutputs, execution_id: str | None = None, revision: str | None = None) -> Place:
    """What a report of that stack is about, as far as it is known."""
    return Place(
        account_id=outputs.account_id,
        region=outputs.region,
        pipeline=outputs.pipeline_name,
        repository=outputs.repository,
        links=dict(_links(outputs, execution_id, revision)),
    )


def _links(outputs: StackOutputs, execution_id: str | None, revision: str | None) -> Iterator[tuple[str, str]]:
    if console := Console.of(outputs.topic_arn.split(":")[1], outputs.region):
        yield "execution" if execution_id else "pipeline", console.pipeline(outputs.pipeline_name, execution_id)
        yield "dashboard", console.dashboard(outputs.dashboard_name)
    if revision:
        yield "commit", f"https://github.com/{outputs.repository}/commit/{quote(revision, safe='')}"
    yield "runbooks", outputs.runbooks
