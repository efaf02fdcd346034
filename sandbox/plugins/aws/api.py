"""Calls to the AWS API, wherever the usual environment variables say it is."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from typing import Any

import botocore.session
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError
from botocore.model import StructureShape

from sandbox.plugins.aws.retries import RETRIES
from sandbox.plugins.resource import ProviderError

Params = dict[str, Any]

# A stopped sandbox must show at once: botocore's own patience is a minute a call.
_CONFIG = Config(
    connect_timeout=2,
    read_timeout=20,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=32,
    parameter_validation=False,
    s3={"addressing_style": "path"},
)


class ApiError(ProviderError):
    """What the service refused; `code` is AWS's error code."""

    def __init__(self, operation: str, code: str, message: str) -> None:
        super().__init__(f"{operation}: {code}: {message}")
        self.code = code
        self.message = message

    @property
    def not_found(self) -> bool:
        return "NotFound" in self.code or self.code.startswith("NoSuch") or self.code == "404"


class Models:
    """The shapes of requests, from botocore's models."""

    def __init__(self) -> None:
        self.session = botocore.session.Session()
        self._lock = threading.Lock()
        self._models: dict[str, Any] = {}

    def request(self, service: str, operation: str, member: str | None = None) -> StructureShape:
        """The input shape of an operation, or of one of its members."""
        with self._lock:
            if service not in self._models:
                self._models[service] = self.session.get_service_model(service)
        shape = self._models[service].operation_model(operation).input_shape
        return shape.members[member] if member else shape


class Api:
    """One region's services; clients are made when first needed and may be shared by threads."""

    def __init__(self, models: Models, region: str) -> None:
        self.region = region
        self._models = models
        self._lock = threading.Lock()
        self._clients: dict[str, Any] = {}

    def call(self, service: str, operation: str, params: Mapping[str, Any] | None = None) -> Params:
        """Call `operation` and return its answer; what the real provider tries again is tried again.

        Raises:
            ApiError: the service refused.
            ProviderError: the service does not answer.
        """
        retries = {retry: retry.pauses() for retry in RETRIES.get((service, operation), ())}
        while True:
            try:
                return self._once(service, operation, params)
            except ApiError as error:
                covering = (pauses for retry, pauses in retries.items() if retry.covers(error.code, error.message))
                pause = next(next(covering, iter(())), None)
                if pause is None:
                    raise
            self.pause(pause)

    def pause(self, seconds: float) -> None:
        """Between two attempts."""
        time.sleep(seconds)

    def _once(self, service: str, operation: str, params: Mapping[str, Any] | None) -> Params:
        method = getattr(self._client(service), xform_name(operation))
        try:
            return method(**(params or {}))
        except ClientError as error:
            detail = error.response.get("Error", {})
            raise ApiError(operation, detail.get("Code", "Unknown"), detail.get("Message", "")) from error
        except (ConnectionError, HTTPClientError) as error:
            raise ProviderError(f"{operation}: {unreachable()} ({error})") from error
        except BotoCoreError as error:
            raise ProviderError(f"{operation}: {error}") from error

    def request(self, service: str, operation: str) -> StructureShape:
        """The input shape of an operation."""
        return self._models.request(service, operation)

    def _client(self, service: str) -> Any:
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._models.session.create_client(
                    service, region_name=self.region, config=_CONFIG
                )
            return self._clients[service]


def unreachable() -> str:
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "the AWS API")
    return f"{endpoint} does not answer; is the sandbox up (`sandbox up`)?"
