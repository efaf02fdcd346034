"""What was found at AWS before creation, in words, and with its ids where it is to be adopted."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import NoReturn

import pulumi

from components.existing import import_file

ADOPT = "RELEASE_ADOPT"  # the environment variable that names the file for the ids
PAGE = "docs/existing-resources.md"


@dataclass(frozen=True, order=True)
class Existing:
    """Something that a resource of the plan would be created over; `id` is what `pulumi import` takes.

    `parent` is the name of the component that the resource belongs to; `ready`, whether the stack's state has that and
    the provider, without which an import by one line fails.
    """

    type: str
    name: str
    id: str
    urn: str
    parent: str | None
    ready: bool = True

    def import_line(self, stack: str) -> str:
        """The command that adopts it, once the component and the provider are in the stack's state."""
        options = chain.from_iterable(belongs_to(self.urn, self.type, self.parent).items())
        kept = ["--protect=false", "--generate-code=false", "--stack", stack]
        return shlex.join(["pulumi", "import", self.type, self.name, self.id, *options, *kept])

    def refuse(self, stack: str) -> NoReturn:
        """Raises pulumi.RunError."""
        _refuse_existing([self], stack)


@dataclass(frozen=True, order=True)
class Unanswered:
    """A resource of the plan of which AWS could not be asked, or did not say, whether it is there."""

    type: str
    name: str
    reason: str

    def refuse(self, stack: str) -> NoReturn:
        """Raises pulumi.RunError."""
        _refuse_unanswered([self], stack)


@dataclass
class Findings:
    """All that a preview found."""

    existing: list[Existing] = field(default_factory=list[Existing])
    unanswered: list[Unanswered] = field(default_factory=list[Unanswered])

    def add(self, one: Existing | Unanswered) -> None:
        """Keep it until all is planned."""
        if isinstance(one, Existing):
            self.existing.append(one)
        else:
            self.unanswered.append(one)

    def conclude(self, stack: str, ids: Path | None) -> None:
        """Refuse the plan by all of them at once; with a file for the `ids`, write those of what is there instead.

        Raises:
            pulumi.RunError: something is there, or that could not be told, or the file cannot be written.
        """
        if self.unanswered:
            _refuse_unanswered(self.unanswered, stack)
        if ids is None:
            if self.existing:
                _refuse_existing(self.existing, stack)
            return
        try:
            import_file.write_ids(ids, {(one.type, one.name): one.id for one in self.existing})
        except OSError as error:
            raise pulumi.RunError(f"cannot write the ids to {ids}: {error}") from None
        pulumi.log.warn(f"{_count(self.existing)} of this plan would be refused: {ids} has the ids of what is there")


def belongs_to(urn: str, type_: str, parent: str | None) -> dict[str, str]:
    """The URNs of a resource's provider and component, by the options of `pulumi import` that take them."""
    place, kinds, _ = urn.rsplit("::", 2)
    provider = f"pulumi:providers:{type_.partition(':')[0]}"  # called as its package, as is each here
    component = {"--parent": f"{place}::{kinds.rpartition('$')[0]}::{parent}"} if parent else {}
    return {"--provider": f"{place}::{provider}::{provider.rpartition(':')[2]}", **component}


def _refuse_existing(existing: Sequence[Existing], stack: str) -> NoReturn:
    lines = "".join(f"\n  {one.import_line(stack)}" for one in sorted(existing))
    way = (
        f"the lines above import it; {PAGE} says more"
        if all(one.ready for one in existing)
        else f"import it by a file, as {PAGE} says: the state lacks components that those lines name"
    )
    raise pulumi.RunError(
        f"{_count(existing)} of stack {stack} would be created over what is there already and is not this stack's. "
        f"It was left as it is:{lines}\n"
        "  mend: another service in the same account has names of its own: pulumi config set release:service NAME "
        f"--stack {stack}\n"
        f"  if it is to be this stack's: {way}"
    )


def _refuse_unanswered(unanswered: Sequence[Unanswered], stack: str) -> NoReturn:
    lines = "".join(f"\n  {one.type} {one.name}: {one.reason}" for one in sorted(unanswered))
    raise pulumi.RunError(
        f"cannot tell whether {_count(unanswered)} of stack {stack} would be created over what is there already. "
        f"None of that was created:{lines}\n"
        f"  mend: python -m components.deployers --stack {stack} prints the policy of who may ask"
    )


def _count(some: Sequence[object]) -> str:
    return "1 resource" if len(some) == 1 else f"{len(some)} resources"
