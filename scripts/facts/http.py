"""One page over HTTP, as a visitor gets it: redirects followed one by one, nothing of ours sent along."""

from __future__ import annotations

import errno
import threading
import time
from dataclasses import dataclass, field
from enum import StrEnum
from http.client import HTTPException
from http.cookiejar import CookieJar
from urllib.parse import urlsplit

import urllib3
from urllib3 import exceptions as trouble

from scripts.facts.http_wire import EndlessError, ask, cookies_for, without_user

CONNECT_TIMEOUT = 3.0  # seconds
TOTAL_TIMEOUT = 10.0  # seconds, redirects included
MAX_REDIRECTS = 10
DEFAULT_PORTS = {"http": 80, "https": 443}


# A proxy that took the request and then hung up passes on what the site did; urllib3 blames the proxy.
GAVE_UP = (HTTPException, ConnectionError)
# Our own way to anywhere, not the site: this machine is not on the net.
OFFLINE = (errno.ENETUNREACH, errno.ENETDOWN)
# Who stands between asks for a password, or for a click on its own page (RFC 9110, 15.5.8; RFC 6585, 6).
IN_BETWEEN = {407: "the proxy wants credentials", 511: "the network wants a sign-in first"}


class Trouble(StrEnum):
    """Why there is no final answer."""

    TIMEOUT = "timeout"
    CONNECTION = "connection"
    TLS = "tls"
    PROTOCOL = "protocol"
    ENDLESS = "endless"
    PROXY = "proxy"  # ours, not the site's
    MACHINE = "machine"  # ours, too: whether a name that it cannot resolve exists, it cannot tell
    LOOP = "loop"
    REDIRECT = "redirect"


@dataclass(frozen=True)
class Hop:
    """One request and the status that answered it."""

    url: str
    status: int


@dataclass
class Visit:
    """How it went. Without `trouble` the last hop is the answer; `seconds` is how long it all took, `size` is of the
    last page, in bytes."""

    hops: list[Hop] = field(default_factory=list[Hop])
    trouble: Trouble | None = None
    reason: str = ""
    seconds: float = 0.0
    size: int = 0


def visit(url: str, *, connect_timeout: float = CONNECT_TIMEOUT, total_timeout: float = TOTAL_TIMEOUT) -> Visit:
    """GET the page to its end. Proxies and certificates are the environment's; credentials and netrc are not sent.

    Cookies that the site sets on the way go along from there, and no others.

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


def server_of(url: str) -> str:
    """The host that `url` is of, with its port where that is not the usual one."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    return host if parts.port in (None, DEFAULT_PORTS.get(parts.scheme)) else f"{host}:{parts.port}"


def _follow(url: str, timeout: urllib3.Timeout, made: Visit) -> None:
    cookies = CookieJar()
    seen: set[tuple[str, str]] = set()
    while True:
        seen.add((url, cookies_for(url, cookies)))
        try:
            answer = ask(url, timeout, cookies)
        except (trouble.HTTPError, ValueError) as problem:
            made.trouble, made.reason = _named(problem)
            return
        made.hops.append(Hop(url, answer.status))
        made.size = answer.size
        if answer.status in IN_BETWEEN:
            made.trouble, made.reason = Trouble.PROXY, IN_BETWEEN[answer.status]
        if made.trouble or answer.target is None:
            return
        url = without_user(url, answer.target)
        parts = urlsplit(url)
        if (url, cookies_for(url, cookies) if url else "") in seen:
            made.trouble, made.reason = Trouble.LOOP, f"redirects back to {url}"
        elif len(made.hops) > MAX_REDIRECTS:
            made.trouble, made.reason = Trouble.LOOP, f"more than {MAX_REDIRECTS} redirects"
        elif parts.scheme not in ("http", "https") or not parts.hostname:
            made.trouble, made.reason = Trouble.REDIRECT, f"redirects to {answer.target!r}, which is no web page"
        if made.trouble:
            return


def _named(problem: trouble.HTTPError | ValueError) -> tuple[Trouble, str]:
    if isinstance(problem, trouble.ProxyError) and isinstance(problem.original_error, GAVE_UP):
        return Trouble.PROTOCOL, _said(problem.original_error)
    if isinstance(problem, trouble.NewConnectionError) and getattr(problem.__cause__, "errno", None) in OFFLINE:
        return Trouble.MACHINE, _said(problem)
    for kind, named, reason in _KINDS:
        if isinstance(problem, kind):
            return named, reason or _said(problem)
    return Trouble.PROTOCOL, _said(problem)


_KINDS: tuple[tuple[type[Exception], Trouble, str], ...] = (
    (trouble.ProxyError, Trouble.PROXY, ""),
    (trouble.ProxySchemeUnknown, Trouble.PROXY, ""),
    (trouble.NameResolutionError, Trouble.MACHINE, ""),  # to urllib3 it is a NewConnectionError, too
    (trouble.NewConnectionError, Trouble.CONNECTION, ""),  # and that a ConnectTimeoutError
    (trouble.ConnectTimeoutError, Trouble.TIMEOUT, "no connection in time"),
    (trouble.TimeoutError, Trouble.TIMEOUT, "no answer in time"),
    (trouble.SSLError, Trouble.TLS, ""),
    (EndlessError, Trouble.ENDLESS, ""),
)


def _said(problem: Exception) -> str:
    """The innermost words; urllib3's own begin with an object's address."""
    cause = problem.__cause__ or problem.__context__
    if isinstance(cause, Exception):
        return _said(cause)
    return " ".join(str(problem).split()) or type(problem).__name__
