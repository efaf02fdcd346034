"""Every resource type: created, unchanged, refreshed, disturbed, mended, updated, deleted."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from sandbox.plugins.aws.types import TYPES
from tests.sandbox.plugins.cases import CASES
from tests.sandbox.plugins.conftest import DEFAULT_TAGS, Call
from tests.sandbox.plugins.engine import Engine, EngineError


def test_every_resource_type_has_a_life() -> None:
    assert {kind.token for kind in TYPES} == CASES.keys()


@pytest.mark.parametrize("token", sorted(CASES))
def test_life(aws: Engine, behind: Call, token: str) -> None:
    case = CASES[token]
    program, changed, needs = case.programs(aws)

    created = aws.create(token, program)
    assert aws.plan(created, program).changed == []
    assert aws.refresh(created) == created

    case.drift(behind, created.identifier)
    disturbed = aws.refresh(created)
    if case.seen == "(gone)":
        assert disturbed is None
        disturbed = aws.create(token, program)
    assert disturbed is not None
    if case.seen != "(gone)":
        assert case.seen in aws.plan(disturbed, program).changed
    mended = aws.update(disturbed, program)
    assert aws.refresh(mended) == mended
    assert aws.plan(mended, program).changed == []

    plan = aws.plan(mended, changed)
    assert bool(plan.changed) is bool(case.update)
    assert plan.replaces == []
    updated = aws.update(mended, changed)
    assert aws.plan(updated, changed).changed == []
    assert aws.refresh(updated) == updated
    assert updated.inputs.get("tagsAll", DEFAULT_TAGS).items() >= DEFAULT_TAGS.items()

    aws.delete(updated)
    assert case.leaves or aws.refresh(updated) is None
    with pytest.raises(EngineError, match=case.gone) if case.gone else nullcontext():
        aws.delete(updated)
    for need in reversed(needs):
        aws.delete(need)
        assert aws.refresh(need) is None
