"""Amazon's managed policies are read once, and each account has its own."""

from __future__ import annotations

from typing import Any

import pytest
from moto.iam.models import IAMBackend

from sandbox.aws import moto_policies
from sandbox.aws.moto_policies import let_moto_read_policies_once


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
    let_moto_read_policies_once()
    return lambda account, partition="aws": IAMBackend(partition, account)


def test_every_account_has_them_as_moto_reads_them(begun: Any) -> None:
    backend = begun("123456789012")
    as_read = {policy.arn: policy for policy in moto_policies._read_policies(backend)}
    assert len(as_read) > 1_000
    assert backend.managed_policies.keys() == as_read.keys()
    for arn, policy in backend.managed_policies.items():
        one, other = (
            {k: v for k, v in vars(each).items() if k not in {"id", "versions"}} for each in (policy, as_read[arn])
        )
        assert one == other
        assert [vars(version) for version in policy.versions] == [vars(version) for version in as_read[arn].versions]


def test_what_is_done_to_one_in_an_account_is_done_in_no_other_and_not_after_it_begins_anew(begun: Any) -> None:
    backend, other = begun("123456789012"), begun("123456789012")
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    policy = backend.managed_policies[arn]
    policy.attachment_count += 1
    policy.versions[0].is_default = False
    policy.versions.append(policy.versions[0])
    policy.tags["Ours"] = {"Key": "Ours", "Value": "yes"}
    backend.reset()
    for untouched in (other.managed_policies[arn], backend.managed_policies[arn]):
        assert (untouched.attachment_count, untouched.tags) == (0, {})
        assert [version.is_default for version in untouched.versions] == [True]


def test_another_partition_names_them_its_own_way(begun: Any) -> None:
    begun("123456789012")
    assert all(arn.startswith("arn:aws-cn:") for arn in begun("123456789012", "aws-cn").managed_policies)


def test_who_wants_none_has_none(begun: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    begun("123456789012")
    monkeypatch.delenv("MOTO_IAM_LOAD_MANAGED_POLICIES")
    assert not begun("123456789012").managed_policies
