"""Watches one deployment from its end on, window by window, until it can be judged (SOP 4.6)."""

from __future__ import annotations

from scripts.checks.context import Context
from scripts.checks.workload import not_known_yet, replaced
from scripts.clients.failures import AWS_FAILURES, translate
from scripts.links import place_of
from scripts.observe.checks import CHECKS, PERMISSIONS, Observation
from scripts.observe.deployments import without_release
from scripts.observe.journal import open_journal
from scripts.observe.watch import Clients, Settings, Watch, World
from scripts.observe.windows import plan
from scripts.results import Outcome, Report
from scripts.verify import answer
from sop.outputs import GROUP_OUTPUT, StackOutputs


def observe(settings: Settings, outputs: StackOutputs, world: World) -> Report:
    """Look at all windows after the deployment; those that have passed are read back, the others waited for.

    Raises:
        ConfigurationError: no such execution, or a journal or spans that cannot be used.
        UndeterminedError: it could not be found out what there is to observe.
    """
    started_at = world.clock()
    clients = Clients(world.connect)
    context = Context(
        outputs=outputs,
        aws=clients.current,
        now=started_at,
        execution_id=settings.execution_id,
        revision=settings.revision,
    )
    try:
        execution = context.execution
        instead = _nothing_to_observe(context)
    except AWS_FAILURES as problem:
        raise translate(problem, PERMISSIONS) from problem
    observation = Observation(instead=instead)
    deployed = context.deploy.ended if instead is None else None
    if execution and deployed and outputs.workload:
        planned = plan(deployed, settings.duration, settings.interval)
        behind = outputs.workload.auto_scaling_group_name or "without a group"
        workload = f"{outputs.workload.load_balancer_full_name} {behind}"
        with open_journal(settings.journal, execution.id, workload) as journal:
            watch = Watch(settings, outputs, outputs.workload, world, clients, execution, deployed, planned, journal)
            observation = watch.to_the_end()
    return Report(
        command="observe",
        stack=outputs.stack,
        execution_id=execution.id if execution else None,
        revision=execution.revision if execution else settings.revision,
        begun_at=execution.started if execution else None,
        started_at=started_at,
        finished_at=world.clock(),
        api_calls=clients.api_calls,
        checks=tuple(answer(check, observation) for check in CHECKS),
        place=place_of(outputs, execution.id if execution else None, execution.revision if execution else None),
    )


def _nothing_to_observe(context: Context) -> Outcome | None:
    if instead := without_release(context):
        return instead
    workload = context.outputs.workload
    if workload is None:
        return not_known_yet(context)
    return replaced(context, "LoadBalancerFullName", workload.load_balancer_full_name, "load balancer") or replaced(
        context, GROUP_OUTPUT, workload.auto_scaling_group_name, "Auto Scaling group"
    )
