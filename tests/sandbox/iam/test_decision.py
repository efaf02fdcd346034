"""IAM's decisions. simulated.jsonl holds requests and what @cloud-copilot/iam-simulate (npm) 0.1.173 decides."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from sandbox.iam.decision import Policies, decide
from sandbox.iam.policy import Policy
from sandbox.iam.request import Decision, Keys, PolicyKind, Principal, Request, UnknownToSandboxError, Value

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/deploy"
SESSION = Principal.of_session(ROLE, "s1")
BUCKET = "arn:aws:s3:::b"
SIMULATED = [json.loads(line) for line in Path(__file__).with_name("simulated.jsonl").read_text().splitlines()]


def of(kind: PolicyKind, document: Mapping[str, Any] | None) -> Policy | None:
    return None if document is None else Policy(kind, f"the {kind}", document)


def statements(*each: Mapping[str, Any], version: str = "2012-10-17") -> dict[str, Any]:
    return {"Version": version, "Statement": list(each)}


def put(effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": "s3:PutObject", "Resource": f"{BUCKET}/*", **more}


def asked(
    *,
    identity: Mapping[str, Any] | None = None,
    resource: Mapping[str, Any] | None = None,
    boundary: Mapping[str, Any] | None = None,
    action: str = "s3:PutObject",
    on: str = f"{BUCKET}/k",
    keys: Mapping[str, Value] | None = None,
    principal: Principal = SESSION,
    known: tuple[str, ...] | None = None,
) -> Decision:
    owner = PolicyKind.TRUST if action == "sts:AssumeRole" else PolicyKind.RESOURCE
    own = of(PolicyKind.IDENTITY, identity)
    supplied = Keys(keys or {}, lambda key: known is None or key in known)
    return decide(
        Request(principal, action, on, supplied),
        Policies([own] if own else [], of(PolicyKind.BOUNDARY, boundary), of(owner, resource)),
    )


@pytest.mark.parametrize("case", SIMULATED, ids=lambda case: case["case"])
def test_decides_as_an_independent_simulator_does(case: dict[str, Any]) -> None:
    caller = case["principal"]
    decision = asked(
        identity=case.get("identity"),
        resource=case.get("resourcePolicy"),
        boundary=case.get("boundary"),
        action=case["action"],
        on=case["resource"],
        keys={key: tuple(value) if isinstance(value, list) else value for key, value in case["keys"].items()},
        principal=SESSION if caller == SESSION.name else Principal.of_service(caller),
    )
    verdict = "Allowed" if decision.allowed else "ExplicitlyDenied" if decision.grants else "ImplicitlyDenied"
    assert verdict == case["verdict"]


def test_the_older_policy_version_has_no_variables() -> None:
    """By AWS's reference of the element Version; the simulator has it otherwise."""
    keys = {"aws:PrincipalTag/team": "a"}
    grant = put(Resource=f"{BUCKET}/${{aws:PrincipalTag/team}}")
    assert asked(identity=statements(grant), keys=keys, on=f"{BUCKET}/a").allowed
    assert not asked(identity=statements(grant, version="2008-10-17"), keys=keys, on=f"{BUCKET}/a").allowed


def test_a_date_may_be_in_seconds() -> None:
    grant = put(Condition={"DateEquals": {"aws:CurrentTime": "1798761600"}})
    assert asked(identity=statements(grant), keys={"aws:CurrentTime": "2027-01-01T00:00:00Z"}).allowed


@pytest.mark.parametrize(
    "operator",
    ["StringMatches", "BinaryEquals", "NotBool", "ForAnyValue:StringEqualsIfExists", "ForSomeValues:StringEquals"],
)
@pytest.mark.parametrize("effect", ["Allow", "Deny"])
def test_an_operator_that_is_not_known_is_refused_aloud(operator: str, effect: str) -> None:
    grant = put(effect, Condition={operator: {"aws:PrincipalTag/team": "a"}})
    with pytest.raises(UnknownToSandboxError, match=operator):
        asked(identity=statements(grant), keys={"aws:PrincipalTag/team": "a"})


@pytest.mark.parametrize("operator", ["StringEquals", "StringEqualsIfExists", "Null"])
def test_a_key_of_which_nothing_is_known_is_refused_aloud(operator: str) -> None:
    grant = put(Condition={operator: {"aws:SourceAcount": ACCOUNT}})
    with pytest.raises(UnknownToSandboxError, match="aws:SourceAcount"):
        asked(identity=statements(grant), known=("aws:SourceAccount",))


def test_what_is_unknown_is_refused_also_where_another_condition_fails() -> None:
    grant = put(Condition={"Bool": {"aws:SecureTransport": "false"}, "StringMatches": {"aws:SecureTransport": "x"}})
    with pytest.raises(UnknownToSandboxError):
        asked(identity=statements(grant), keys={"aws:SecureTransport": "true"})


def test_a_statement_about_something_else_may_say_what_it_will() -> None:
    other = put(Action="s3:GetObject", Condition={"StringMatches": {"aws:SecureTransport": "x"}})
    assert asked(identity=statements(put(), other)).allowed


def test_not_principal_is_refused_aloud() -> None:
    grant = {"Effect": "Deny", "NotPrincipal": {"AWS": ROLE}, "Action": "s3:*", "Resource": "*"}
    with pytest.raises(UnknownToSandboxError, match="NotPrincipal"):
        asked(identity=statements(put()), resource=statements(grant))


def test_a_key_with_several_values_needs_a_set_operator() -> None:
    grant = put(Condition={"StringEquals": {"aws:TagKeys": "a"}})
    with pytest.raises(UnknownToSandboxError, match="several values"):
        asked(identity=statements(grant), keys={"aws:TagKeys": ("a", "b")})


def test_every_grant_that_decides_is_told() -> None:
    decision = asked(
        identity=statements(put(Sid="First"), put(Action=["s3:Get*", "s3:Put*"])),
        resource=statements(put(Sid="Bucket", Principal={"AWS": ROLE})),
    )
    assert [(grant.kind, grant.statement, grant.action) for grant in decision.grants] == [
        (PolicyKind.RESOURCE, "Bucket", "s3:PutObject"),
        (PolicyKind.IDENTITY, "First", "s3:PutObject"),
        (PolicyKind.IDENTITY, "1", "s3:Put*"),
    ]


NOT_AUTHORIZED = f"User: arn:aws:sts::{ACCOUNT}:assumed-role/deploy/s1 is not authorized to perform: "
TOPIC = f"arn:aws:sns:ap-southeast-2:{ACCOUNT}:alerts"
KEY = f"arn:aws:kms:ap-southeast-2:{ACCOUNT}:key/1"
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


@pytest.mark.parametrize(
    ("decision", "message"),
    [
        (asked(), 's3:PutObject on resource: "arn:aws:s3:::b/k" because no identity-based policy allows the'),
        (asked(action="sns:Publish", on=TOPIC), f"SNS:Publish on resource: {TOPIC} because no identity-based policy"),
        (asked(identity=statements(EVERYTHING, put("Deny"))), "with an explicit deny in an identity-based policy"),
        (
            asked(identity=statements(EVERYTHING), resource=statements(put("Deny", Principal="*"))),
            "with an explicit deny in a resource-based policy",
        ),
        (
            asked(identity=statements(EVERYTHING), boundary=statements(put("Deny"))),
            "with an explicit deny in a permissions boundary",
        ),
        (
            asked(identity=statements(EVERYTHING), boundary=statements()),
            "because no permissions boundary allows the s3:PutObject action",
        ),
        (
            asked(identity=statements(EVERYTHING), resource=statements(), action="kms:Decrypt", on=KEY),
            "because no resource-based policy allows the kms:Decrypt action",
        ),
        (
            asked(resource=statements(), action="sts:AssumeRole", on=ROLE),
            "because no role trust policy allows the sts:AssumeRole action",
        ),
    ],
)
def test_a_denial_says_who_what_where_and_which_kind_of_policy(decision: Decision, message: str) -> None:
    assert not decision.allowed
    assert decision.message.startswith(NOT_AUTHORIZED)
    assert message in decision.message


def test_a_service_that_nothing_lets_in_is_denied_by_the_resource() -> None:
    decision = asked(resource=statements(), action="sns:Publish", on=TOPIC, principal=Principal("events.amazonaws.com"))
    assert decision.message == (
        f"User: events.amazonaws.com is not authorized to perform: SNS:Publish on resource: {TOPIC} "
        "because no resource-based policy allows the SNS:Publish action"
    )


def test_a_call_that_names_no_key_is_the_callers_own_policies_to_allow() -> None:
    """CreateKey, ListAliases, and an alias beside its key."""
    for action, on in (("kms:CreateKey", "*"), ("kms:CreateAlias", KEY.replace("key/1", "alias/a"))):
        assert asked(identity=statements(EVERYTHING), action=action, on=on).allowed
