"""AWS as the tests tell it: real botocore clients whose answers are given, and checked against AWS's own models."""

from __future__ import annotations

import copy
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from botocore.hooks import HierarchicalEmitter
from botocore.loaders import create_loader
from botocore.model import OperationModel
from botocore.session import Session
from botocore.validate import ParamValidator

from scripts.clients.aws import Aws

Params = dict[str, Any]

REGION = "ap-southeast-2"
ACCOUNT = "123456789012"
# AWS's models are read once for all tests, and what botocore itself listens to is registered once.
LOADER = create_loader()
BUILT_IN = HierarchicalEmitter()
Session(event_hooks=BUILT_IN)


class Events(HierarchicalEmitter):
    """What botocore itself listens to, the same for all fakes, and then what is registered here."""

    def emit(self, event_name: str, **told: Any) -> list[Any]:
        return [*BUILT_IN.emit(event_name, **told), *super().emit(event_name, **told)]

    def emit_until_response(self, event_name: str, **told: Any) -> tuple[Any, Any]:
        handler, response = BUILT_IN.emit_until_response(event_name, **told)
        return super().emit_until_response(event_name, **told) if response is None else (handler, response)


class OneOfMany(Aws):
    """Its clients are those of all fakes, as making them takes most of a test's time; each hears of its own calls."""

    def _make(self, service: str) -> Any:
        made = _made(service, tuple(sorted(one for one in os.environ.items() if one[0].startswith("AWS_"))))
        client = object.__new__(type(made))
        client.__dict__ |= made.__dict__
        events: Any = copy.copy(self._events)
        events._alias_name_cache = made.meta.events._alias_name_cache
        client.meta = copy.copy(made.meta)
        client.meta.events = events
        return client


@cache
def _made(service: str, _environment: tuple[tuple[str, str], ...]) -> Any:
    """A client as the command makes it in that environment."""
    return Aws(_session(), REGION)._make(service)


def _session() -> Session:
    session = Session(event_hooks=Events(), include_builtin_handlers=False)
    session.register_component("data_loader", LOADER)
    session.set_credentials("test", "test")
    return session


@dataclass(frozen=True)
class Http:
    """What botocore looks at of an answer, beside what it says."""

    status_code: int
    headers: dict[str, str]


@dataclass(frozen=True)
class Refusal:
    """An error of AWS."""

    code: str
    message: str = ""


Answer = Params | Refusal | Exception | Callable[[Params], Params | Refusal]


class FakeAws:
    """Answers per operation. One answer is given every time; several given as pages are linked by tokens."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Params]] = []
        self.date: str | None = None  # what its answers are dated; nobody dates them unless a test does
        self._answers: dict[str, Answer] = {}
        self._lock = threading.Lock()
        session = _session()
        session.register("before-parameter-build", self._keep_parameters)
        answer_instead: Any = self._before_call  # botocore takes what it returns for the answer
        session.register("before-call", answer_instead)
        self.aws: Aws = OneOfMany(session, REGION)
        self.answer("GetCallerIdentity", {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/tester"})

    def answer(self, operation: str, answer: Answer) -> None:
        """Answer that operation so from now on."""
        self._answers[operation] = answer

    def pages(self, operation: str, *pages: Params, linked_by: str = "NextToken") -> None:
        """Answer with these pages, linked by a token; an empty page is a page."""

        def page(request: Params) -> Params:
            number = int(request.get(linked_by, "page-0").removeprefix("page-"))
            more = {linked_by: f"page-{number + 1}"} if number + 1 < len(pages) else {}
            return {**pages[number], **more}

        self.answer(operation, page)

    def called(self, operation: str) -> list[Params]:
        """The parameters of each call of that operation."""
        return [params for name, params in self.calls if name == operation]

    def _keep_parameters(self, params: Params, context: Params, **_: Any) -> None:
        context["parameters"] = params

    def _before_call(self, model: OperationModel, context: Params, **_: Any) -> tuple[Http, Params]:
        request: Params = context["parameters"]
        with self._lock:
            self.calls.append((model.name, request))
        answer = self._answers.get(model.name)
        if answer is None:
            raise AssertionError(f"no answer was given for {model.name}")
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, Refusal):
            error = {"Code": answer.code, "Message": answer.message}
            return self._http(400), {"Error": error, "ResponseMetadata": {"RetryAttempts": 3}}
        if isinstance(answer, Exception):
            raise answer
        if model.output_shape is not None:
            problems = ParamValidator().validate(answer, model.output_shape)
            assert not problems.has_errors(), f"{model.name}: AWS never answers so: {problems.generate_report()}"
        return self._http(200), {**answer, "ResponseMetadata": {"HTTPStatusCode": 200}}

    def _http(self, status: int) -> Http:
        return Http(status, {"Date": self.date} if self.date else {})
