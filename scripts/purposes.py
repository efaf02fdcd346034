"""What a role needs for which command: made from what the checks and the commands declare."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from scripts.options import PolicyFor

if TYPE_CHECKING:
    from scripts.iam import Resources
    from sop.outputs import StackOutputs


def actions_for(purpose: PolicyFor, known: StackOutputs) -> Collection[str]:
    """The IAM actions that who does that needs on this stack.

    Args:
        purpose: what is to be done.
        known: the stack's outputs, which say what there is not.
    """
    from scripts.announcing import permissions as announcing
    from scripts.checks import all_checks, gate_checks
    from scripts.checks.workload import unneeded
    from scripts.door import keeper, override
    from scripts.iam import actions_of
    from scripts.ledger import store
    from scripts.recording import history
    from scripts.recording import reading as recording_reads
    from scripts.starting import starts
    from scripts.status import reading as standing
    from scripts.watching import reading as watching

    environment, spared = known.environment, unneeded(known)
    verifying = actions_of(all_checks(), environment) - spared
    judging = actions_of(gate_checks(environment), environment)
    telling, recording = set(announcing.PERMISSIONS) - spared, {*recording_reads.PERMISSIONS, *verifying}
    watched = set(watching.PERMISSIONS) - spared
    return {
        PolicyFor.VERIFY: verifying,
        PolicyFor.FREEZE: store.PERMISSIONS,
        PolicyFor.DOOR: {*keeper.PERMISSIONS, *judging},
        PolicyFor.OVERRIDE: override.PERMISSIONS,
        PolicyFor.START: starts.PERMISSIONS,
        PolicyFor.WATCH: watched,
        PolicyFor.ANNOUNCE: telling,
        PolicyFor.RECORD: recording,
        PolicyFor.STATUS: set(standing.PERMISSIONS) - spared,
        PolicyFor.HISTORY: history.PERMISSIONS,
        PolicyFor.RUN: {*judging, *telling, *watched, *recording, *store.PERMISSIONS},
    }[purpose]


def wider(purpose: PolicyFor) -> Mapping[str, Resources]:
    """The resources of those actions that this purpose does on more than others do."""
    from scripts.iam import OF_RECORDS

    return OF_RECORDS if purpose in (PolicyFor.RECORD, PolicyFor.RUN) else {}
