"""Where a report leads: the execution, dashboard and commit that it is about, and the runbooks."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from scripts.results import Place
from sop.outputs import StackOutputs

CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}


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
    partition = outputs.topic_arn.split(":")[1]
    if console := CONSOLES.get(partition):  # of other partitions the address is not public
        service, region = f"https://{outputs.region}.{console}", quote(outputs.region)
        pipeline = f"{service}/codesuite/codepipeline/pipelines/{quote(outputs.pipeline_name, safe='')}"
        execution = f"executions/{quote(execution_id, safe='')}/timeline" if execution_id else "view"
        yield "execution" if execution_id else "pipeline", f"{pipeline}/{execution}?region={region}"
        dashboard = quote(outputs.dashboard_name, safe="")
        yield "dashboard", f"{service}/cloudwatch/home?region={region}#dashboards/dashboard/{dashboard}"
    if revision:
        yield "commit", f"https://github.com/{outputs.repository}/commit/{quote(revision, safe='')}"
    yield "runbooks", outputs.runbooks
