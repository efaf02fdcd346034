"""Refuses what would be created over something that is there already, in a preview too.

A hook before creation sees only what the engine is about to create. A replacement is created as well: what the state
has under the same URN and the same name is this stack's own. Tags prove nothing, since anybody can set them.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pulumi
from botocore.exceptions import BotoCoreError, ClientError
from pulumi.runtime import is_dry_run
from pulumi.runtime.invoke import invoke

from components import asking
from components.account import Account
from components.existing.branch_rules import BranchRules, read_patterns
from components.existing.findings import ADOPT, Existing, Findings, Unanswered, belongs_to
from components.existing.lookups import BRANCH_PROTECTION, LOOKUPS, Lookup

HOOK = "nothing-taken-over"
# The engine's own function: every resource of a stack's last state, with its outputs
_STATE = "pulumi:pulumi:readStackResourceOutputs"


class Guard:
    """Holds every resource that is constructed after it to this: nothing is created over what is there.

    A preview goes on to its end, and `finish` then tells all at once; an `up` refuses at once.
    """

    def __init__(self, account: Account, repository: str, on_github: pulumi.InvokeOptions) -> None:
        self.findings = Findings()
        self._account = account
        self._repository = repository
        self._resources: list[pulumi.Resource] = []
        self._parents: dict[tuple[str, str], str] = {}
        self._clients: dict[tuple[str, str], Any] = {}
        self._asking: dict[tuple[str, str], threading.Lock] = defaultdict(threading.Lock)
        self._state = read_state()
        patterns = () if self.kept(BRANCH_PROTECTION) else read_patterns(repository, on_github)
        self._clients["github", ""] = BranchRules(patterns)
        # Threads of its own: Pulumi's all wait for the engine, which waits for the hooks
        self._threads = ThreadPoolExecutor(thread_name_prefix=HOOK)
        self._hook = pulumi.ResourceHook(HOOK, self.before_create, pulumi.ResourceHookOptions(on_dry_run=True))
        pulumi.runtime.register_stack_transformation(self._guarded)

    def kept(self, type_: str) -> list[str]:
        """The URNs of the resources of that type that the stack's state has."""
        return [urn for urn, one in self._state.items() if one["type"] == type_]

    def finish(self) -> None:
        """When all is planned, refuse a preview by all that was found; or, to adopt it, have its ids written."""
        planned = pulumi.Output.all(*(resource.urn for resource in self._resources))
        planned.apply(lambda _: self._conclude())

    def _conclude(self) -> None:
        file = os.environ.get(ADOPT)
        self.findings.conclude(pulumi.get_stack(), Path(file) if file and is_dry_run() else None)

    def _guarded(self, args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if args.type_ not in LOOKUPS:
            return None
        self._resources.append(args.resource)
        if args.opts.parent is not None:
            self._parents[args.type_, args.name] = args.opts.parent.pulumi_resource_name
        hooks = args.opts.hooks or pulumi.ResourceHookBinding()
        # First: whoever waits before creation waits in vain where it is refused
        hooks.before_create = [self._hook, *(hooks.before_create or [])]
        args.opts.hooks = hooks
        return pulumi.ResourceTransformationResult(args.props, args.opts)

    async def before_create(self, args: pulumi.ResourceHookArgs) -> None:
        """Look for what is there under the resource's name.

        Raises:
            pulumi.RunError: in an `up`: it is there and not this stack's, or that could not be told.
        """
        found = await self._found(LOOKUPS[args.type], args)
        if found is None:
            return
        if is_dry_run():
            self.findings.add(found)
        else:
            found.refuse(pulumi.get_stack())

    async def _found(self, lookup: Lookup, args: pulumi.ResourceHookArgs) -> Existing | Unanswered | None:
        inputs = args.new_inputs or {}
        names = {name: inputs.get(name) for name in lookup.names}
        unknown = sorted(name for name, value in names.items() if not isinstance(value, str))
        if unknown:
            # In a preview it is a name of what is only about to be created
            return None if is_dry_run() else Unanswered(args.type, args.name, f"it has no {', '.join(unknown)}")
        region = inputs.get("region")
        values = {
            **names,
            "region": region if isinstance(region, str) else self._account.region,
            "account": self._account.account_id,
            "partition": self._account.partition,
            "repository": self._repository,
        }
        try:
            found = await asyncio.get_running_loop().run_in_executor(self._threads, self._ask, lookup, values)
        except (ClientError, BotoCoreError) as error:
            return Unanswered(args.type, args.name, str(error))
        if found is None or self._is_own(args.urn, lookup, values):
            return None
        parent = self._parents.get((args.type, args.name))
        ready = self._state.keys() >= {*belongs_to(args.urn, args.type, parent).values()}
        return Existing(args.type, args.name, found, args.urn, parent, ready)

    def _ask(self, lookup: Lookup, values: Mapping[str, str]) -> str | None:
        """One question at a time to a service: its alarms may be described nine times a second."""
        where = (lookup.service, values["region"] if lookup.region is None else lookup.region)
        with self._asking[where]:
            if where not in self._clients:
                self._clients[where] = asking.client(*where)
            return lookup.ask(self._clients[where], values)

    def _is_own(self, urn: str, lookup: Lookup, values: Mapping[str, str]) -> bool:
        """Whether the state has this very thing: it is being replaced, then."""
        kept = self._state.get(urn, {}).get("outputs", {})
        if kept.get("region", values["region"]) != values["region"]:
            return False
        return bool(kept) and all(kept.get(name) == values[name] for name in lookup.names)


def read_state() -> Mapping[str, Any]:
    """This stack's resources by URN as the last run left them, each with its `outputs`.

    Raises:
        pulumi.RunError: the backend did not tell.
    """
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    try:
        return invoke(_STATE, {"stackName": stack}).value["outputs"]
    except Exception as error:
        raise pulumi.RunError(f"cannot read the state of {stack}: {error}") from None
