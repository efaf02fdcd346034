"""The deployed site over HTTP: what `curl http://<alb-dns-name>` gets, each request really counted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

from sandbox.aws.ports import FAULTS
from sandbox.connections import hang_up
from sandbox.workload.conditions import conditions_at
from sandbox.workload.deployment import Deployment, LoadBalancer
from sandbox.workload.traffic import PAGES, Visit
from sandbox.workload.workload import WORKLOAD

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from sandbox.core.account import Account

FRONT_PAGE = "/"
ELSEWHERE = "sign-in-1234567890.ap-southeast-2.elb.amazonaws.com"  # where the fault endpoint-elsewhere leads
SLOW_SECONDS = 20.0  # what the fault endpoint-slow takes
SLUGGISH_SECONDS = 1.8  # what slow-responses takes


def create_app(account: Account) -> WSGIApplication:
    """Answers every host that is a deployed load balancer's DNS name."""
    return Site(account)


class Site:
    """A WSGI application: the load balancer and the web servers behind it."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._workload = account.reach(WORKLOAD)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        host = request.host.split(":")[0]
        found = self._workload.site(host)
        if host == ELSEWHERE and self._account.reach(FAULTS).active("endpoint-elsewhere"):
            response = _page("Sign in", 200, "<p>Somebody else's page</p>")
        elif found is None:
            response = Response(f"{request.host}: no such load balancer\n", status=502)
        elif self._broken("endpoint-down", found[0], request):
            hang_up(environ)
            response = Response(status=503)
        else:
            response = self._answer(*found, request)
        return response(environ, start_response)

    def _answer(self, site: Deployment, balancer: LoadBalancer, request: Request) -> Response:
        now = self._account.clock.now()
        conditions = conditions_at(self._account, site, now.timestamp())
        serving = site.serving(balancer)
        healthy = [target for target in serving if target != conditions.unhealthy] or serving
        if not healthy:
            response, target = _page("503 Service Temporarily Unavailable", 503), None
        else:
            response, target = self._page(site, balancer, request), healthy[int(now.timestamp()) % len(healthy)]
        seconds = 0.004
        if self._broken("endpoint-slow", site, request):
            seconds = SLOW_SECONDS
        elif conditions.slow:
            seconds = SLUGGISH_SECONDS
        if seconds > 1:
            self._account.background.stopping.wait(seconds)
        self._workload.visited(
            site.environment,
            balancer,
            Visit(
                self._account.clock.now().timestamp(),
                request.remote_addr or "192.0.2.1",
                request.path,
                response.status_code,
                target,
                seconds,
                request.headers.get("User-Agent", "-"),
                request.method,
            ),
        )
        return response

    def _page(self, site: Deployment, balancer: LoadBalancer, request: Request) -> Response:
        if self._broken("endpoint-500", site, request):
            return _page("500 Internal Server Error", 500)
        if self._broken("endpoint-elsewhere", site, request):
            return Response(status=302, headers={"Location": f"http://{ELSEWHERE}/"})
        if self._broken("endpoint-redirect-loop", site, request):
            return Response(status=302, headers={"Location": request.url})
        if request.path == "/health":
            return Response("healthy\n", mimetype="text/plain")
        if request.path in (FRONT_PAGE, *PAGES) or self._is_endpoint(site, request):
            return _page("A quiet site", 200, f"<p>{site.environment}</p>")
        return _page("404 Not Found", 404)

    def _is_endpoint(self, site: Deployment, request: Request) -> bool:
        return self._account.configured.of(site.environment).is_endpoint(request.host.split(":")[0], request.path)

    def _broken(self, fault: str, site: Deployment, request: Request) -> bool:
        """Whether a fault of the front page is in force, or of the page that is to answer in its stead."""
        is_it = request.path == FRONT_PAGE or self._is_endpoint(site, request)
        return is_it and self._account.reach(FAULTS).active(fault, site.environment)


def _page(title: str, status: int, body: str = "") -> Response:
    html = f'<!doctype html>\n<html lang="en">\n<title>{title}</title>\n<h1>{title}</h1>\n{body}\n</html>\n'
    return Response(html, status=status, mimetype="text/html")
