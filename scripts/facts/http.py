"""One page over HTTP, as a visitor gets it: redirects followed one by one, nothing of ours sent along."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, field
from enum import StrEnum
from http.client import HTTPException
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from urllib3 import exceptions as trouble
from urllib3.util import Url, parse_url

CONNECT_TIMEOUT = 3.0  # seconds
TOTAL_TIMEOUT = 10.0  # seconds, redirects included
MAX_REDIRECTS = 10
HEADERS = {"User-Agent": "release-verify", "Accept": "*/*"}


# A proxy that took the request and then hung up passes on what the site did; urllib3 blames the proxy.
GAVE_UP = (HTTPException, ConnectionError)


class Trouble(StrEnum):
    """Why there is no final answer."""

    TIMEOUT = "timeout"
    CONNECTION = "connection"
    TLS = "tls"
    PROTOCOL = "protocol"
    PROXY = "proxy"  # ours, not the site's
    LOOP = "loop"
    REDIRECT = "redirect"


@dataclass(frozen=True)
class Hop:
    """One request and the status that answered it."""

    url: str
    status: int


@dataclass
class Visit:
    """How it went. Without `trouble` the last hop is the answer; `seconds` is how long it all took."""

    hops: list[Hop] = field(default_factory=list[Hop])
    trouble: Trouble | None = None
    reason: str = ""
    seconds: float = 0.0


def visit(url: str, *, connect_timeout: float = CONNECT_TIMEOUT, total_timeout: float = TOTAL_TIMEOUT) -> Visit:
    """GET the page. Proxies and certificates are the environment's; credentials, cookies and netrc are not sent.

    Args:
        url: where to begin.
        connect_timeout: seconds, for each connection.
        total_timeout: seconds, for everything.
    """
    made = Visit()
    # longer than we wait: it only ends the thread that nobody waits for any more
    timeout = urllib3.Timeout(connect=connect_timeout, read=total_timeout + 1)
    began = time.monotonic()
    # neither the resolver nor a server that answers byte by byte heeds a timeout of the socket's
    going = threading.Thread(target=_follow, args=(url, timeout, made), daemon=True)
    going.start()
    going.join(total_timeout)
    if going.is_alive():
        made = Visit(list(made.hops), Trouble.TIMEOUT, f"no complete answer within {total_timeout:g} s")
    made.seconds = time.monotonic() - began
    return made


def _follow(url: str, timeout: urllib3.Timeout, made: Visit) -> None:
    seen: set[str] = set()
    while True:
        seen.add(url)
        try:
            status, target = _ask(url, timeout)
        except (trouble.HTTPError, ValueError) as problem:
            made.trouble, made.reason = _named(problem)
            return
        made.hops.append(Hop(url, status))
        if target is None:
            return
        url = _without_user(url, target)
        parts = urlsplit(url)
        if url in seen:
            made.trouble, made.reason = Trouble.LOOP, f"redirects back to {url}"
        elif len(made.hops) > MAX_REDIRECTS:
            made.trouble, made.reason = Trouble.LOOP, f"more than {MAX_REDIRECTS} redirects"
        elif parts.scheme not in ("http", "https") or not parts.hostname:
            made.trouble, made.reason = Trouble.REDIRECT, f"redirects to {target!r}, which is no web page"
        if made.trouble:
            return


def _ask(url: str, timeout: urllib3.Timeout) -> tuple[int, str | None]:
    """The status and, if it is a redirect, where it leads; the page itself is not read."""
    # new for each request: what a pool or a session would remember, we do not
    with _manager(parse_url(url)) as manager:
        answer = manager.request(
            "GET", url, headers=HEADERS, timeout=timeout, preload_content=False, redirect=False, retries=False
        )
        answer.close()
        return answer.status, answer.get_redirect_location() or None


def _manager(url: Url) -> urllib3.PoolManager:
    certificates = _certificates() if url.scheme == "https" else None
    proxies = getproxies()
    proxy = proxies.get(url.scheme or "") or proxies.get("all")
    if not proxy or proxy_bypass(url.host or ""):
        return urllib3.PoolManager(ca_certs=certificates)
    address = parse_url(proxy if "://" in proxy else f"http://{proxy}")
    credentials = urllib3.make_headers(proxy_basic_auth=address.auth) if address.auth else None
    return urllib3.ProxyManager(address._replace(auth=None).url, proxy_headers=credentials, ca_certs=certificates)


def _certificates() -> str | None:
    """The file of authorities to trust; None: those that the environment names."""
    if os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR"):
        return None
    import certifi

    return certifi.where()


def _without_user(url: str, target: str) -> str:
    """Where a redirect leads; empty if that is no URL. User and password in it would be sent as credentials."""
    try:
        parts = urlsplit(urljoin(url, target))
        parts = parts._replace(netloc=parts.netloc.rpartition("@")[2], path=parts.path or "/", fragment="")
        return parse_url(parts.geturl()).url
    except (trouble.LocationParseError, ValueError):
        return ""


def _named(problem: trouble.HTTPError | ValueError) -> tuple[Trouble, str]:
    if isinstance(problem, trouble.ProxyError) and isinstance(problem.original_error, GAVE_UP):
        return Trouble.PROTOCOL, _said(problem.original_error)
    for kind, named, reason in _KINDS:
        if isinstance(problem, kind):
            return named, reason or _said(problem)
    return Trouble.PROTOCOL, _said(problem)


_KINDS: tuple[tuple[type[Exception], Trouble, str], ...] = (
    (trouble.ProxyError, Trouble.PROXY, ""),
    (trouble.ProxySchemeUnknown, Trouble.PROXY, ""),
    (trouble.NewConnectionError, Trouble.CONNECTION, ""),  # to urllib3 it is a ConnectTimeoutError, too
    (trouble.ConnectTimeoutError, Trouble.TIMEOUT, "no connection in time"),
    (trouble.TimeoutError, Trouble.TIMEOUT, "no answer in time"),
    (trouble.SSLError, Trouble.TLS, ""),
)


def _said(problem: Exception) -> str:
    """The innermost words; urllib3's own begin with an object's address."""
    cause = problem.__cause__ or problem.__context__
    if isinstance(cause, Exception):
        return _said(cause)
    return " ".join(str(problem).split()) or type(problem).__name__
