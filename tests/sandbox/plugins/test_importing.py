"""What the program finds at AWS is what the provider imports: an adopted resource is changed, never made anew."""

from __future__ import annotations

import pytest

from components import asking
from components.existing.lookups import BRANCH_PROTECTION, LOOKUPS, NOT_LOOKED_FOR
from sandbox.plugins.values import Values
from tests.sandbox.plugins.cases import CASES
from tests.sandbox.plugins.engine import Engine, State
from tests.sandbox.sample import ACCOUNT_ID, REGION

FOUND = sorted(LOOKUPS.keys() & CASES.keys())


def found(token: str, inputs: Values) -> str | None:
    """The id of what is there under the name that the inputs say."""
    lookup = LOOKUPS[token]
    values = {name: inputs[name] for name in lookup.names}
    client = asking.client(lookup.service, lookup.region or REGION)
    return lookup.ask(client, {**values, "account": ACCOUNT_ID, "partition": "aws", "region": REGION})


def test_every_type_of_the_stand_in_is_looked_for_or_it_is_said_why_not() -> None:
    assert LOOKUPS.keys() | NOT_LOOKED_FOR.keys() == CASES.keys() | {BRANCH_PROTECTION}
    assert not LOOKUPS.keys() & NOT_LOOKED_FOR.keys()


@pytest.mark.parametrize("token", FOUND)
def test_what_is_there_is_found_and_imported_as_the_resource_that_creation_makes(aws: Engine, token: str) -> None:
    program, _, needs = CASES[token].programs(aws)
    assert found(token, aws.check(token, program)) is None
    made = aws.create(token, program)
    given = found(token, made.inputs)
    assert given is not None
    imported = aws.refresh(State(made.urn, given, {}, {}))
    assert imported is not None
    assert imported.identifier == made.identifier
    plan = aws.plan(imported, program)
    assert not plan.replaces, plan
    for state in [made, *reversed(needs)]:
        aws.delete(state)
    assert found(token, made.inputs) is None
