"""Connections: PENDING until a person completes them, under both service names."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.codepipeline.account import CONNECTION, Account


def test_the_sample_connection_is_available_under_both_names(account: Account) -> None:
    for service in ("codeconnections", "codestar-connections"):
        connection = account.world.client(service).get_connection(ConnectionArn=CONNECTION)["Connection"]
        assert connection["ConnectionStatus"] == "AVAILABLE"
        old = CONNECTION.replace(":codeconnections:", ":codestar-connections:")
        assert account.world.client(service).get_connection(ConnectionArn=old)["Connection"] == connection


def test_a_new_connection_is_pending(account: Account) -> None:
    client = account.world.client("codeconnections")
    arn = client.create_connection(ProviderType="GitHub", ConnectionName="mine")["ConnectionArn"]
    assert client.get_connection(ConnectionArn=arn)["Connection"]["ConnectionStatus"] == "PENDING"
    assert not account.world.service("codeconnections").is_available(arn)
    client.tag_resource(ResourceArn=arn, Tags=[{"Key": "Environment", "Value": "prod"}])
    assert client.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "Environment", "Value": "prod"}]
    client.untag_resource(ResourceArn=arn, TagKeys=["Environment"])
    assert client.list_tags_for_resource(ResourceArn=arn)["Tags"] == []
    assert arn in [found["ConnectionArn"] for found in client.list_connections()["Connections"]]
    client.delete_connection(ConnectionArn=arn)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_connection(ConnectionArn=arn)


def test_a_name_has_at_most_32_characters(account: Account) -> None:
    with pytest.raises(ClientError, match="less than or equal to 32"):
        account.world.client("codeconnections").create_connection(ProviderType="GitHub", ConnectionName="c" * 33)
