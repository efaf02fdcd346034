"""Whether what AWS tells of a pipeline can all have happened."""

from __future__ import annotations

from datetime import timedelta

from sop.names import Environment
from tests.sandbox.faults.released import Released

MOMENT = timedelta(seconds=1)


def in_order(there: Released, of: Environment) -> bool:
    """Executions and builds are listed newest first, and no two are in one stage at a time."""
    executions = there.executions(of)[::-1]
    starts = [each["startTime"] for each in executions]
    builds = [[build["startTime"] for build in there.builds(of, project)][::-1] for project in ("build", "deploy")]
    events = [[event["Timestamp"] for event in there.events(each)] for each in there.stack_ids(of)]
    alone = True
    for stage in ("Source", "Build", "Deploy"):
        runs = [run for each in executions if (run := there.actions(of, each["pipelineExecutionId"]).get(stage))]
        ends = [run["lastUpdateTime"] for run in runs]
        alone &= all(end <= run["startTime"] for end, run in zip(ends, runs[1:], strict=False))
    return alone and all(times == sorted(times) for times in (starts, *builds, *events))


def within_each_other(there: Released, of: Environment) -> bool:
    """Builds run within their actions, actions within their execution, log lines within their build, and what
    happens to a stack happens while an execution is in Deploy."""
    builds = {build["id"]: build for project in ("build", "deploy") for build in there.builds(of, project)}
    for execution in there.executions(of):
        for action in there.actions(of, execution["pipelineExecutionId"]).values():
            assert execution["startTime"] <= action["startTime"]
            assert action["lastUpdateTime"] <= execution["lastUpdateTime"]
            build = builds.get(action["output"]["executionResult"].get("externalExecutionId", ""))
            if build is not None:
                assert action["startTime"] <= build["startTime"]
                assert build["endTime"] <= action["lastUpdateTime"]
                first, *_, last = (at for at, _ in there.log(build))
                assert first / 1000 >= build["startTime"].timestamp() - MOMENT.total_seconds()
                assert last / 1000 <= build["endTime"].timestamp() + MOMENT.total_seconds()
                assert build["startTime"] <= build["phases"][0]["startTime"]
                assert build["phases"][-1]["startTime"] <= build["endTime"]
    deployments = [
        (action["startTime"], action["lastUpdateTime"])
        for execution in there.executions(of)
        if (action := there.actions(of, execution["pipelineExecutionId"]).get("Deploy"))
    ]
    for stack in there.stack_ids(of):
        for event in there.events(stack):
            assert any(start <= event["Timestamp"] <= end for start, end in deployments)
    return True
