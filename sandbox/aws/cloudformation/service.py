"""CloudFormation's API over the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.aws.cloudformation.change_sets import ChangeSetOperations
from sandbox.aws.cloudformation.engine import Engine
from sandbox.aws.cloudformation.model import Stack
from sandbox.aws.cloudformation.reading import ReadingOperations
from sandbox.aws.cloudformation.stacks import StackOperations
from sandbox.aws.service import Service

if TYPE_CHECKING:
    from sandbox.core.account import Account


class CloudFormation(StackOperations, ChangeSetOperations, ReadingOperations, Service):
    """The service. Every status a stack takes is published as AWS's event `CloudFormation Stack Status Change`."""

    name = "cloudformation"

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self.engine = Engine(account)

    def stack(self, name: str) -> Stack | None:
        """The living stack of that name, or any by its id."""
        return self.engine.find(name)

    def stacks(self) -> list[Stack]:
        """The living stacks that are nested in none, oldest first."""
        with self.engine.lock:
            return [each for each in self.engine.stacks.values() if each.deleted is None and each.parent_id is None]
