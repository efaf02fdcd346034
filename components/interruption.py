"""An update of a pipeline's definition ends what is under way.

UpdatePipeline raises the pipeline's structure version: an execution that works or waits is Cancelled, and executions of
the earlier version can no longer be rolled back to
(https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-edit.html).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from botocore.exceptions import BotoCoreError, ClientError

from components import asking
from components.configuration import keys

UNDER_WAY = ("InProgress", "Stopping")
# What changes without the definition.
BESIDES = ("tags", "tagsAll", "__defaults")


def refused_while_at_work(name: str, pipeline: str, region: str, *, allowed: bool) -> pulumi.ResourceHook:
    """Lets the pipeline's definition be changed only while no execution works or waits; in a preview it refuses, too.

    Args:
        name: of the Pulumi resource.
        pipeline: the pipeline's name.
        region: where it is.
        allowed: whether the configuration lets it be interrupted all the same.
    """

    def refuse(args: pulumi.ResourceHookArgs) -> None:
        if allowed or _definition(args.old_inputs) == _definition(args.new_inputs):
            return
        if under_way := _under_way(pipeline, region):
            raise pulumi.RunError(
                f"the definition of {pipeline} changes while execution {under_way} is under way: it would be "
                "cancelled, and nothing of before could be rolled back to.\n"
                f"  mend: wait for its end; or `{keys.INTERRUPT_EXECUTIONS.set_command('true', pulumi.get_stack())}` "
                "for this once"
            )

    options = pulumi.ResourceHookOptions(on_dry_run=True)
    return pulumi.ResourceHook(f"{name}-refused-while-at-work", refuse, options)


def _definition(inputs: Mapping[str, Any] | None) -> dict[str, Any]:
    return {key: value for key, value in (inputs or {}).items() if key not in BESIDES}


def _under_way(pipeline: str, region: str) -> str | None:
    try:
        codepipeline = asking.client("codepipeline", region)
        summaries = codepipeline.list_pipeline_executions(pipelineName=pipeline)["pipelineExecutionSummaries"]
    except (BotoCoreError, ClientError) as error:
        raise pulumi.RunError(f"cannot ask CodePipeline what {pipeline} is at: {error}") from None
    return next((one["pipelineExecutionId"] for one in summaries if one["status"] in UNDER_WAY), None)
