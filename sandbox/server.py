"""What answers on the sandbox's one port: control, GitHub, Slack, the deployed site and AWS."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from moto.core.request import Request
from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import BaseWSGIServer, make_server
from werkzeug.wrappers import Response

from sandbox.addresses import GITHUB_PATH, LOAD_BALANCER_DOMAIN, SLACK_PATH, STATUS_PAGE_PATH
from sandbox.aws.dispatch import Aws
from sandbox.aws.registry import create_services, service_classes
from sandbox.control import Control
from sandbox.core.clock import Clock
from sandbox.world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class KeepAliveRequestHandler(MotoRequestHandler):
    """HTTP/1.1, so that a client's calls share a connection; answers dated by the sandbox's clock; no access log."""

    protocol_version = "HTTP/1.1"
    clock: ClassVar[Clock]

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string(self.clock.now().timestamp() if timestamp is None else timestamp)

    def send_header(self, keyword: str, value: str) -> None:
        """Whoever dated the answer already, moto with the real time say."""
        super().send_header(keyword, self.date_time_string() if keyword.lower() == "date" else value)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: the sandbox's log is for what went wrong."""


class Server:
    """The WSGI application in front of a world."""

    def __init__(self, world: World, stop: Callable[[], None]) -> None:
        from sandbox.github import create_app as create_github
        from sandbox.workload.site import create_app as create_site

        self._world = world
        self._control = Control(world, stop)
        self._github = create_github(world)
        self._site = create_site(world)
        self._aws = Aws(world, create_services(world, service_classes()))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = str(environ.get("PATH_INFO", ""))
        host = str(environ.get("HTTP_HOST", "")).split(":")[0]
        own_name = any(stack.is_endpoint(host, "") for stack in self._world.configured.stacks)
        if own_name or host.endswith(LOAD_BALANCER_DOMAIN):
            return self._site(environ, start_response)
        if path.startswith(GITHUB_PATH):
            root = GITHUB_PATH.rstrip("/")
            environ["SCRIPT_NAME"], environ["PATH_INFO"] = root, path.removeprefix(root)
            return self._github(environ, start_response)
        request = Request(environ)
        return self._answer(request, host)(environ, start_response)

    def _answer(self, request: Request, host: str) -> Response:
        if request.path.startswith("/_sandbox/"):
            return self._control.answer(request)
        if request.path.startswith(SLACK_PATH):
            return self._world.slack.answer(request, request.path.removeprefix(f"{SLACK_PATH}api/"))
        if request.path.startswith(STATUS_PAGE_PATH):
            return self._world.status_page.answer(request, request.path.removeprefix(STATUS_PAGE_PATH))
        if host not in ("127.0.0.1", "localhost") and "Authorization" not in request.headers:
            return Response(f"The sandbox reaches no network; {host} is not in it.\n", status=502)
        return self._aws.answer(request)


def listen(port: int, application: Any, clock: Clock) -> BaseWSGIServer:
    """A threaded server on 127.0.0.1; port 0 takes a free one."""
    handler = type("Handler", (KeepAliveRequestHandler,), {"clock": clock})
    return make_server("127.0.0.1", port, application, threaded=True, request_handler=handler)
