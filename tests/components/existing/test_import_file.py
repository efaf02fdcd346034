"""The import file: what is there with its id, the components it belongs to, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from components.existing.command import main
from components.existing.import_file import write_ids

ALARM, TOPIC = "aws:cloudwatch/metricAlarm:MetricAlarm", "aws:sns/topic:Topic"
WRITTEN: dict[str, Any] = {
    "nameTable": {"aws": "urn:pulumi:prod::release::pulumi:providers:aws::aws"},
    "resources": [
        {"type": "release:index:Alarms", "name": "alarms", "component": True},
        {"type": ALARM, "name": "cpu", "id": "<PLACEHOLDER>", "parent": "alarms", "provider": "aws"},
        {"type": ALARM, "name": "errors", "id": "<PLACEHOLDER>", "parent": "alarms", "provider": "aws"},
        {"type": TOPIC, "name": "cpuTopic", "logicalName": "cpu", "id": "<PLACEHOLDER>", "provider": "aws"},
    ],
}


def test_what_is_there_gets_its_id_and_what_is_not_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ids, file = tmp_path / "ids.json", tmp_path / "import.json"
    file.write_text(json.dumps(WRITTEN))
    write_ids(ids, {(ALARM, "cpu"): "prod-cpu", (TOPIC, "cpu"): "arn:aws:sns:r:1:prod-alerts"})
    assert main([str(ids), str(file)]) == 0
    alarms, cpu, _, topic = WRITTEN["resources"]
    assert json.loads(file.read_text()) == {
        **WRITTEN,
        "resources": [alarms, {**cpu, "id": "prod-cpu"}, {**topic, "id": "arn:aws:sns:r:1:prod-alerts"}],
    }
    assert "imports 2 resources" in capsys.readouterr().out


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"resources": [{}]}', '{"resources": 1}'])
def test_a_file_of_something_else_is_told_and_left_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    ids, file = tmp_path / "ids.json", tmp_path / "import.json"
    file.write_text(content)
    write_ids(ids, {})
    assert main([str(ids), str(file)]) == 2
    assert str(file) in capsys.readouterr().err
    assert file.read_text() == content


def test_a_file_that_is_missing_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "ids.json"), str(tmp_path / "import.json")]) == 2
    assert "cannot be used" in capsys.readouterr().err
