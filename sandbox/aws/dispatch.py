"""AWS's one address on 127.0.0.1: our services first, moto for the rest, and never an invented success."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from io import BytesIO
from typing import Any
from uuid import uuid4

from botocore.exceptions import UnknownServiceError
from moto.core import responses as moto_responses
from moto.core.parse import RequestParserError
from moto.core.request import Request
from moto.core.utils import get_service_model
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.wrappers import Response

from sandbox.addresses import INSIDE
from sandbox.aws.access import ACCESS, Access
from sandbox.aws.constraints import check
from sandbox.aws.moto_images import let_moto_make_images_when_asked
from sandbox.aws.moto_policies import let_moto_read_policies_once
from sandbox.aws.moto_threads import let_moto_put_one_at_a_time, let_moto_read_while_roles_change
from sandbox.aws.ports import FAULTS
from sandbox.aws.protocol import Call, Scope
from sandbox.aws.service import AsMotoAnswersError, AwsError, Params, Service, UnknownOperationError
from sandbox.connections import hang_up
from sandbox.core.account import ANSWERING, Account
from sandbox.core.clients import ACTS_AS_HEADER, PAST_US_HEADER

log = logging.getLogger("sandbox.aws")

# Two services sign alike; their API versions tell them apart.
_SIGNED_ALIKE = {
    ("elasticloadbalancing", "2012-06-01"): "elb",
    ("elasticloadbalancing", "2015-12-01"): "elbv2",
}
_SIGNED_OTHERWISE = {"monitoring": "cloudwatch", "tagging": "resourcegroupstaggingapi", "email": "ses"}
UNREACHABLE = "connection-refused"  # the fault that lets no caller through
_WITH_POLICIES_OF_THEIR_OWN = ("s3", "sts")  # those that bind the account's own people, too
_GLOBAL = {"iam", "sts", "s3", "route53", "cloudfront", "chatbot"}
_MOTO = DomainDispatcherApplication(create_backend_app)
# Both look, for each call, through what doesn't change: the folders of moto's services, the methods of its answers
_MOTO_RESPONSES: Any = moto_responses
_MOTO.get_backend_for_host = cache(_MOTO.get_backend_for_host)
_MOTO_RESPONSES.method_names_from_class = cache(_MOTO_RESPONSES.method_names_from_class)


class Aws:
    """The WSGI application."""

    def __init__(self, account: Account, services: Mapping[str, Service]) -> None:
        self._account = account
        self._services = services
        account.offer(ANSWERING.name, lambda: self.answer)
        let_moto_read_while_roles_change()
        let_moto_put_one_at_a_time()
        let_moto_make_images_when_asked()
        let_moto_read_policies_once()

    def answer(self, request: Request) -> Response:
        request.get_data()  # kept, so that we and moto can both read it
        if self._account.reach(FAULTS).active(UNREACHABLE) and not _from_inside(request):
            hang_up(request.environ)
            return Response(status=HTTPStatus.SERVICE_UNAVAILABLE)  # which nobody gets
        scope = Scope.of(request)
        if scope is None or PAST_US_HEADER in request.headers:
            return self._ask_moto(request, None)
        name = _botocore_name(scope.service, request)
        try:
            get_service_model(name)
        except UnknownServiceError:
            return self._ask_moto(request, None)
        call = Call(name, request)
        access = self._account.reach(ACCESS)
        acts_as = request.headers.get(ACTS_AS_HEADER)
        try:
            with access.called_by(acts_as or scope.access_key):
                if acts_as or not _from_inside(request) or access.caller is not None:
                    self._check(call, access, scope.region)
                access.notice(call.service, call.operation, request.form)
                return self._answer(call, scope)
        except AwsError as error:
            return call.respond(error)
        except Exception:
            log.exception("%s:%s failed in the sandbox itself", name, call.operation)
            return call.respond(
                AwsError(
                    "SandboxInternalError",
                    f"The sandbox failed at {name}:{call.operation}; see its log.",
                    status=501,
                )
            )

    def _answer(self, call: Call, scope: Scope) -> Response:
        self._account.reach(FAULTS).intercept(call.service, call.operation)
        service = self._services.get(call.service)
        if service is None:
            return self._ask_moto(call.request, call)
        if scope.region != self._account.region and call.service not in _GLOBAL:
            raise AwsError(
                "SandboxRegion",
                f"The sandbox has {self._account.region} only; {call.service} was asked for {scope.region}.",
                status=501,
            )
        operation = service.operation(call.operation)
        if operation is not None:
            params = _checked(call, service)
            try:
                return call.respond(operation(params) or {})
            except AsMotoAnswersError:
                return self._ask_moto(call.request, call)
        if service.moto_fallback or call.operation in service.from_moto:
            if service.constraint_codes:
                _checked(call, service)
            return self._ask_moto(call.request, call)
        raise UnknownOperationError(call.service, call.operation)

    def _check(self, call: Call, access: Access, region: str) -> None:
        """IAM's say, before anything else. The account's own people may do all that no resource refuses them."""
        if access.caller is None and call.service not in _WITH_POLICIES_OF_THEIR_OWN:
            return
        try:
            operation, params = call.operation_model, call.params()
        except (AwsError, RequestParserError):
            if access.caller is None:
                return  # what cannot be read is answered as if nobody had asked about permissions
            raise
        access.check(operation, params, region)

    def _ask_moto(self, request: Request, call: Call | None) -> Response:
        """Moto's answer. Its HTML error page for what it lacks becomes an AWS error."""
        environ = {
            **request.environ,
            "wsgi.input": BytesIO(request.get_data()),
            "CONTENT_LENGTH": str(len(request.get_data())),
        }
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        try:
            answer = Response.from_app(_MOTO.get_application(environ), environ, buffered=True)
        except NotImplementedError as error:
            raise UnknownOperationError(*_called(call)) from error
        failed = answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
        if failed and "html" in answer.headers.get("Content-Type", ""):
            raise UnknownOperationError(*_called(call))
        if call is not None:
            _say_json(answer, call)
            _name_as_s3(answer, call)
        return answer


def _say_json(answer: Response, call: Call) -> None:
    """AWS names its JSON by version; moto sends some services' as a web page."""
    metadata = call.operation_model.service_model.metadata
    if metadata.get("protocol") == "json" and "html" in answer.headers.get("Content-Type", ""):
        answer.headers["Content-Type"] = f"application/x-amz-json-{metadata['jsonVersion']}"


def _name_as_s3(answer: Response, call: Call) -> None:
    """S3 names each answer in headers of its own; moto does so as other services do, and calls nothing a web page."""
    if call.service != "s3":
        return
    answer.headers["x-amz-request-id"] = uuid4().hex[:16].upper()
    answer.headers["x-amz-id-2"] = answer.headers.pop("x-amzn-requestid", uuid4().hex)
    if not answer.get_data() and "html" in answer.headers.get("Content-Type", ""):
        del answer.headers["Content-Type"]


def _from_inside(request: Request) -> bool:
    """Whether AWS calls itself: its services and the builds that it runs are on its own network."""
    return f"app/{INSIDE}" in request.headers.get("User-Agent", "").split()


def _checked(call: Call, service: Service) -> Params:
    """The call's parameters, which hold what the model asks of them where the service says how AWS refuses it."""
    params = call.params()
    if service.constraint_codes:
        declared = {shape.name for shape in call.operation_model.error_shapes}
        code = next((each for each in service.constraint_codes if each in declared), service.constraint_codes[0])
        check(call.service, call.operation, params, code)
    return params


def _called(call: Call | None) -> tuple[str, str]:
    return (call.service, call.operation) if call else ("an unsigned request", "")


def _botocore_name(signed_as: str, request: Request) -> str:
    if signed_as == "ses" and request.path.startswith("/v2/email/"):
        return "sesv2"
    version = request.values.get("Version", "") if signed_as == "elasticloadbalancing" else ""
    return _SIGNED_ALIKE.get((signed_as, version)) or _SIGNED_OTHERWISE.get(signed_as, signed_as)
