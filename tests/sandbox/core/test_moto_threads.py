"""A call of moto's goes through all roles, while another thread makes one."""

from __future__ import annotations

from moto.iam.models import iam_backends

from tests.sandbox.conftest import MakeWorld


def test_a_role_that_is_made_while_a_call_looks_through_all_roles_does_not_fail_it(make_world: MakeWorld) -> None:
    world = make_world()
    iam = world.client("iam")
    iam.create_role(RoleName="first", AssumeRolePolicyDocument="{}")
    for _ in iam_backends[world.account_id]["aws"].get_roles():
        iam.create_role(RoleName="another", AssumeRolePolicyDocument="{}")
    assert {role["RoleName"] for role in iam.list_roles()["Roles"]} == {"first", "another"}
