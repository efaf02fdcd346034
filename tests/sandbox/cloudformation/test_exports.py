from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.cloudformation.errors import ValidationError
from tests.sandbox.cloudformation.conftest import Stacks, parameter, template


def exporting(value: str = "1", name: str = "shared") -> dict[str, Any]:
    output = {"Value": {"Fn::GetAtt": ["A", "Value"]}, "Export": {"Name": name}}
    return template(A=parameter("/a", value), outputs={"O": output})


def importing(path: str = "/b") -> dict[str, Any]:
    return template(B=parameter(path, {"Fn::ImportValue": "shared"}))


def test_what_one_stack_exports_another_imports(stacks: Stacks) -> None:
    stacks.create("producer", exporting("hello"))
    stacks.create("consumer", importing())
    assert stacks.parameter("/b") == "hello"
    assert stacks.service.list_imports({"ExportName": "shared"}) == {"Imports": ["consumer"]}


def test_an_import_of_nothing_fails_the_stack(stacks: Stacks) -> None:
    stack = stacks.create("consumer", importing())
    assert stack.status == "ROLLBACK_COMPLETE"
    assert any("No export named shared found" in event.reason for event in stack.events)


def test_an_export_name_is_taken_once(stacks: Stacks) -> None:
    stacks.create("first", exporting())
    second = template(C=parameter("/c"), outputs={"O": {"Value": "x", "Export": {"Name": "shared"}}})
    stack = stacks.create("second", second)
    assert stack.status == "ROLLBACK_COMPLETE"
    reasons = [event.reason for event in stack.events if event.status == "ROLLBACK_IN_PROGRESS"]
    assert reasons == ["Export with name shared is already exported by stack first. Rollback requested by user."]


def test_an_export_in_use_keeps_its_stack(stacks: Stacks) -> None:
    stacks.create("producer", exporting())
    stacks.create("consumer", importing())
    stack = stacks.delete("producer")
    assert stack.status == "DELETE_FAILED"
    assert stack.reason == "Export shared cannot be deleted as it is in use by consumer"
    stacks.delete("consumer")
    assert stacks.delete("producer").status == "DELETE_COMPLETE"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (exporting("2"), "Export shared cannot be updated as it is in use by consumer"),
        (exporting("1", "other"), "Export shared cannot be deleted as it is in use by consumer"),
    ],
)
def test_an_export_in_use_does_not_change(stacks: Stacks, changed: dict[str, Any], reason: str) -> None:
    stacks.create("producer", exporting("1"))
    stacks.create("consumer", importing())
    stack = stacks.update("producer", changed)
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert [event.reason for event in stack.events if event.status == "UPDATE_ROLLBACK_IN_PROGRESS"] == [reason]
    assert stacks.parameter("/a") == "1"
    assert stacks.service.list_exports({})["Exports"][0]["Value"] == "1"


def test_an_export_that_nobody_imports_is_not_listed_as_imported(stacks: Stacks) -> None:
    stacks.create("producer", exporting())
    with pytest.raises(ValidationError, match="Export 'shared' is not imported by any stack"):
        stacks.service.list_imports({"ExportName": "shared"})
