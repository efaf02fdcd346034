"""One page over HTTP, as a visitor gets it: redirects followed one by one, nothing of ours sent along."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.request import getproxies, proxy_bypass

import httpx

CONNECT_TIMEOUT = 3.0  # seconds
TOTAL_TIMEOUT = 10.0  # seconds, redirects included
MAX_REDIRECTS = 10


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
    return asyncio.run(_visit(url, connect_timeout, total_timeout))


async def _visit(url: str, connect_timeout: float, total_timeout: float) -> Visit:
    made = Visit()
    clock = asyncio.get_running_loop().time
    began = clock()
    try:
        async with asyncio.timeout(total_timeout):
            timeout = httpx.Timeout(total_timeout, connect=connect_timeout)
            # a client of its own for each visit, without redirects: what httpx would send along we do not
            async with httpx.AsyncClient(timeout=timeout, follow_redirects=False) as client:
                await _follow(client, httpx.URL(url), made)
    except TimeoutError:
        made.trouble, made.reason = Trouble.TIMEOUT, f"no complete answer within {total_timeout:g} s"
    made.seconds = clock() - began
    return made


async def _follow(client: httpx.AsyncClient, url: httpx.URL, made: Visit) -> None:
    seen: set[httpx.URL] = set()
    while True:
        seen.add(url)
        client.cookies.clear()
        try:
            async with client.stream("GET", url, headers={"User-Agent": "release-verify"}) as answer:
                made.hops.append(Hop(str(url), answer.status_code))
                target = answer.headers.get("Location", "") if answer.is_redirect else None
        except httpx.HTTPError as problem:
            made.trouble, made.reason = _named(problem, url)
            return
        if target is None:
            return
        url = _without_user(url, target)
        if url in seen:
            made.trouble, made.reason = Trouble.LOOP, f"redirects back to {url}"
        elif len(made.hops) > MAX_REDIRECTS:
            made.trouble, made.reason = Trouble.LOOP, f"more than {MAX_REDIRECTS} redirects"
        elif url.scheme not in ("http", "https") or not url.host:
            made.trouble, made.reason = Trouble.REDIRECT, f"redirects to {target!r}, which is no web page"
        if made.trouble:
            return


def _without_user(url: httpx.URL, target: str) -> httpx.URL:
    """Where a redirect leads. User and password in its URL would be sent as credentials."""
    try:
        return url.join(target).copy_with(username=None, password=None, fragment=None)
    except httpx.InvalidURL:
        return httpx.URL("")


def _named(problem: httpx.HTTPError, url: httpx.URL) -> tuple[Trouble, str]:
    said = " ".join(str(problem).split()) or type(problem).__name__
    if isinstance(problem, httpx.ConnectTimeout):
        return (Trouble.PROXY if _proxied(url) else Trouble.TIMEOUT), "no connection in time"
    if isinstance(problem, httpx.TimeoutException):
        return Trouble.TIMEOUT, "no answer in time"
    if isinstance(problem, httpx.ProxyError):
        return Trouble.PROXY, said
    if isinstance(problem, httpx.ConnectError):
        if _is_tls(problem):
            return Trouble.TLS, said
        return (Trouble.PROXY if _proxied(url) else Trouble.CONNECTION), said
    return Trouble.PROTOCOL, said


def _is_tls(problem: BaseException | None) -> bool:
    while problem is not None:
        if isinstance(problem, ssl.SSLError):
            return True
        problem = problem.__cause__ or problem.__context__
    return False


def _proxied(url: httpx.URL) -> bool:
    proxies = getproxies()
    return bool(proxies.get(url.scheme) or proxies.get("all")) and not proxy_bypass(url.host)
