"""AWS's API models, which botocore ships as files: read in half of its time, and before they are needed."""

from __future__ import annotations

import gzip
import json
import os
import threading
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

from botocore.exceptions import DataNotFoundError, UnknownServiceError
from botocore.loaders import JSONFileLoader, Loader
from botocore.session import Session

# What every client is made with, and what each is made of.
GENERAL = ("endpoints", "partitions", "sdk-default-configuration", "_retry")
OF_A_SERVICE = ("service-2", "endpoint-rule-set-1", "paginators-1")


class Files(JSONFileLoader):
    """Each file once, whichever thread asks for it first.

    As plain dicts: botocore makes OrderedDicts, from the time when a dict had no order, which takes twice as long.
    """

    def __init__(self) -> None:
        self._content: dict[str, Any] = {}
        self._lock = threading.Lock()

    def load_file(self, file_path: str) -> Any:
        """What stands in `file_path`, given without its extension; None if there is no such file."""
        with self._lock:
            if file_path not in self._content:
                self._content[file_path] = _read(file_path)
            return self._content[file_path]


FILES = Files()


class Models(Loader):
    """botocore's, but it looks for the service that it is asked for, and not through all four hundred."""

    def __init__(self, data_path: str | None = None) -> None:
        given = [os.path.expandvars(one) for one in (data_path or "").split(os.pathsep) if one]
        super().__init__(extra_search_paths=[str(Path(one).expanduser()) for one in given], file_loader=FILES)

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 - botocore's signature
        """Every service, whether or not it has a model of that type."""
        return self._services

    @cached_property
    def _services(self) -> list[str]:
        # once: botocore asks before it loads any file
        return sorted({one.name for path in map(Path, self.search_paths) if path.is_dir() for one in path.iterdir()})

    def load_service_model(self, service_name: str, type_name: str, api_version: str | None = None) -> Any:
        """The service's model of that type.

        Raises:
            UnknownServiceError: it has none.
        """
        try:
            return super().load_service_model(service_name, type_name, api_version)
        except UnknownServiceError:
            raise
        except DataNotFoundError as problem:
            raise UnknownServiceError(service_name=service_name, known_service_names="") from problem


def use_models(session: Session) -> None:
    """Have the session make its clients of these."""
    session.register_component("data_loader", Models(session.get_config_variable("data_path")))


def read_ahead(services: Iterable[str]) -> threading.Thread:
    """Begin to read what clients of the services will be made of. Nobody need wait for it."""
    reading = threading.Thread(target=_read_all, args=(tuple(services),), daemon=True)
    reading.start()
    return reading


def _read_all(services: tuple[str, ...]) -> None:
    models = Models()
    for name in GENERAL:
        models.load_data(name)
    for service in services:
        for kind in OF_A_SERVICE:
            try:
                models.load_service_model(service, kind)
            except DataNotFoundError:
                continue  # not every service has all


def _read(file_path: str) -> Any:
    plain, packed = Path(f"{file_path}.json"), Path(f"{file_path}.json.gz")
    if plain.is_file():
        return json.loads(plain.read_bytes())
    if packed.is_file():
        return json.loads(gzip.decompress(packed.read_bytes()))
    return None
