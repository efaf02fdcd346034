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
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
from botocore.exceptions import BotoCoreError, ClientError
from pulumi.runtime import is_dry_run
from pulumi.runtime.invoke import invoke_async

from components import asking
from components.account import Account
from components.existing.adoption import ADOPT, Existing, told, write_ids
from components.existing.lookups import LOOKUPS, Lookup

# The engine's own function: every resource of a stack's last state, with its outputs
_STATE = "pulumi:pulumi:readStackResourceOutputs"


@dataclass(frozen=True)
class _Unanswered:
    """What could not be told of one resource."""

    resource: str
    reason: str


class Guard:
    """Holds every resource that is constructed after it to this: nothing is created over what is there.

    A preview goes on to its end and `finish` then tells all at once; an `up` refuses at once.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._resources: list[pulumi.Resource] = []
        self._existing: list[Existing] = []
        self._unanswered: list[_Unanswered] = []
        self._asking: dict[tuple[str, str], threading.Lock] = defaultdict(threading.Lock)
        self._state: asyncio.Future[Mapping[str, Any]] | None = None
        options = pulumi.ResourceHookOptions(on_dry_run=True)
        self._hook = pulumi.ResourceHook("nothing-taken-over", self._before_create, options)
        pulumi.runtime.register_stack_transformation(self._guarded)

    def finish(self) -> None:
        """When all is planned, refuse a preview by all that is there.

        With RELEASE_ADOPT set, a preview writes the ids to the file of that name instead.
        """
        pulumi.Output.all(*(resource.urn for resource in self._resources)).apply(lambda _: self._tell())

    def _tell(self) -> None:
        if self._unanswered:
            lines = "".join(f"\n  {one.resource}: {one.reason}" for one in sorted(self._unanswered, key=str))
            raise pulumi.RunError(f"cannot tell whether this is there already; nothing was changed:{lines}")
        file = os.environ.get(ADOPT)
        if file and is_dry_run():
            write_ids(Path(file), self._existing)
            pulumi.log.warn(f"{len(self._existing)} resources of this plan are there already: {file} has their ids")
        elif self._existing:
            raise pulumi.RunError(told(self._existing, pulumi.get_stack()))

    def _guarded(self, args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if args.type_ not in LOOKUPS:
            return None
        self._resources.append(args.resource)
        hooks = args.opts.hooks or pulumi.ResourceHookBinding()
        # First: whoever waits before creation waits in vain where it is refused
        hooks.before_create = [self._hook, *(hooks.before_create or [])]
        args.opts.hooks = hooks
        return pulumi.ResourceTransformationResult(args.props, args.opts)

    async def _before_create(self, args: pulumi.ResourceHookArgs) -> None:
        lookup, inputs = LOOKUPS[args.type], args.new_inputs or {}
        names = {name: inputs.get(name) for name in lookup.names}
        unknown = sorted(name for name, value in names.items() if not isinstance(value, str))
        if unknown:
            if not is_dry_run():
                raise pulumi.RunError(f"cannot tell whether {args.name} is there already: no {', '.join(unknown)}")
            return  # part of what is only about to be created
        region = inputs.get("region")
        values = {
            **names,
            "region": region if isinstance(region, str) else self._account.region,
            "account": self._account.account_id,
            "partition": self._account.partition,
        }
        try:
            found = await asyncio.to_thread(self._ask, lookup, values)
            if found is None or await self._is_own(args.urn, lookup, values):
                return
        except (ClientError, BotoCoreError) as error:
            self._refuse_unanswered(_Unanswered(f"{args.type} {args.name}", str(error)))
            return
        existing = Existing(type=args.type, name=args.name, id=found)
        if not is_dry_run():
            raise pulumi.RunError(told([existing], pulumi.get_stack()))
        self._existing.append(existing)

    def _refuse_unanswered(self, one: _Unanswered) -> None:
        if not is_dry_run():
            raise pulumi.RunError(f"cannot tell whether it is there already: {one.reason}")
        self._unanswered.append(one)

    def _ask(self, lookup: Lookup, values: Mapping[str, str]) -> str | None:
        """One question a service at a time: alarms may be described nine times a second."""
        where = (lookup.service, lookup.region or values["region"])
        with self._asking[where]:
            return lookup.ask(_client(*where), values)

    async def _is_own(self, urn: str, lookup: Lookup, values: Mapping[str, str]) -> bool:
        """Whether the state has this very thing: it is being replaced, then."""
        if self._state is None:
            self._state = asyncio.ensure_future(_read_state())
        kept = (await self._state).get(urn, {}).get("outputs", {})
        return bool(kept) and all(kept.get(name) == values[name] for name in lookup.names) and (
            kept.get("region", values["region"]) == values["region"]
        )  # fmt: skip


@cache
def _client(service: str, region: str) -> Any:
    return asking.client(service, region)


async def _read_state() -> Mapping[str, Any]:
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    return (await invoke_async(_STATE, {"stackName": stack}))["outputs"]
