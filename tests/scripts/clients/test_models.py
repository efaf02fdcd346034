"""AWS's models are the same as botocore's own, and each file is read once."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader
from botocore.session import Session

from scripts.clients import models
from scripts.clients.aws import SERVICES, connect
from scripts.clients.models import GENERAL, OF_A_SERVICE, Files, Models, read_ahead, use_models
from tests.clock import PATIENCE


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that are read from now on, none of them known before."""
    files: list[str] = []
    really: Callable[[str], Any] = models._read

    def counted(path: str) -> Any:
        content = really(path)
        if content is not None:
            files.append(path)
        return content

    monkeypatch.setattr(models, "_read", counted)
    monkeypatch.setattr(models, "FILES", Files())
    return files


@pytest.mark.parametrize("service", SERVICES)
def test_a_services_models_are_botocores(service: str) -> None:
    ours, theirs = Models(), Loader()
    for kind in OF_A_SERVICE:
        assert ours.load_service_model(service, kind) == theirs.load_service_model(service, kind)
    assert ours.determine_latest_version(service, "service-2") == theirs.determine_latest_version(service, "service-2")


def test_what_is_general_is_botocores(read: list[str]) -> None:
    # read anew: botocore fills in what it has read as it makes clients
    for name in GENERAL:
        assert Models().load_data(name) == Loader().load_data(name)
    assert len(read) == len(GENERAL)


def test_every_service_of_botocore_is_known() -> None:
    assert set(Models().list_available_services("service-2")) >= set(Loader().list_available_services("service-2"))


@pytest.mark.parametrize(("service", "kind"), [("no-such-service", "service-2"), ("sts", "no-such-kind-1")])
def test_what_there_is_not_is_refused_as_botocore_refuses_it(service: str, kind: str) -> None:
    for loader in (Models(), Loader()):
        with pytest.raises(UnknownServiceError):
            loader.load_service_model(service, kind)


def test_a_folder_of_models_of_ones_own_is_looked_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    version = tmp_path / "mine" / "2026-01-01"
    version.mkdir(parents=True)
    (version / "service-2.json").write_text(json.dumps({"metadata": {}}))
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    session = Session()
    use_models(session)
    assert session.get_service_data("mine") == {"metadata": {}}
    assert session.get_service_data("sts")["metadata"]


def test_clients_find_all_that_they_are_made_of_read_ahead(read: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    read_ahead(SERVICES).join()
    ahead = list(read)
    aws = connect(None, None, "ap-southeast-2")
    for service in SERVICES:
        assert getattr(aws, service).meta.service_model.service_name == service
    assert aws.cloudwatch.get_paginator("describe_alarms")
    assert len(ahead) == len(set(ahead)) > len(SERVICES)
    assert read == ahead


def test_threads_that_ask_at_once_have_a_file_read_once(read: list[str]) -> None:
    models_of_all = Models()
    together = threading.Barrier(4)

    def load() -> None:
        together.wait(PATIENCE)
        models_of_all.load_service_model("sns", "service-2")

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read) == 1


def test_the_services_are_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    models_of_all = Models()
    models_of_all.load_service_model("sns", "service-2")
    monkeypatch.setattr(Path, "iterdir", lambda _: pytest.fail("looked for again"))
    models_of_all.load_service_model("sqs", "service-2")
