"""One request over HTTP: what goes out, and what of the answer comes back."""

from __future__ import annotations

import os
from dataclasses import dataclass
from http.client import HTTPMessage, HTTPResponse, parse_headers
from http.cookiejar import CookieJar
from typing import Any, cast
from urllib.parse import urljoin, urlsplit
from urllib.request import Request, getproxies, proxy_bypass

import urllib3
from urllib3 import exceptions as trouble
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util import Url, parse_url

HEADERS = {"User-Agent": "release-verify", "Accept": "*/*"}
CHUNK = 65_536  # bytes
LONGEST_PAGE = 16 * 1024 * 1024  # bytes
MOST_INTERIM = 20  # answers before the answer
INTERIM = range(100, 200)
SWITCHING_PROTOCOLS = 101


@dataclass(frozen=True)
class Answer:
    """The status, where it redirects to (None: it does not), and how many bytes of page arrived."""

    status: int
    target: str | None
    size: int


class EndlessError(trouble.HTTPError):
    """The page goes on and on."""


class _Final(HTTPResponse):
    """http.client leaves out 100 Continue only, and takes 103 Early Hints for the answer (RFC 9110, 15.2)."""

    def _read_status(self) -> tuple[str, int, str]:
        read: Any = super()
        for _ in range(MOST_INTERIM):
            version, status, reason = read._read_status()
            if status not in INTERIM or status == SWITCHING_PROTOCOLS:
                return version, status, reason
            parse_headers(cast("Any", self.fp))
        raise trouble.ProtocolError(f"more than {MOST_INTERIM} interim answers")


class _Plain(HTTPConnection):
    response_class = _Final


class _Tls(HTTPSConnection):
    response_class = _Final


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain  # pyright: ignore[reportAssignmentType] - urllib3's own does not fit its protocol either


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _Tls  # pyright: ignore[reportAssignmentType]


def ask(url: str, timeout: urllib3.Timeout, cookies: CookieJar) -> Answer:
    """GET `url`, and its page to the end. Cookies go along and are kept, as a browser's.

    Raises:
        urllib3's HTTPError, ValueError: there is no whole answer.
    """
    request = Request(url)  # noqa: S310 - only what the jar asks about cookies
    cookies.add_cookie_header(request)
    sent = {"Cookie": kept} if (kept := request.get_header("Cookie")) else {}
    # new for each request: what a pool or a session would remember beside cookies, we do not
    with _manager(parse_url(url)) as manager:
        manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}
        answer = manager.request(
            "GET",
            url,
            headers={**HEADERS, **sent},
            timeout=timeout,
            preload_content=False,
            redirect=False,
            retries=False,
        )
        try:
            cookies.extract_cookies(cast("Any", _Told(answer.headers)), request)
            target = answer.get_redirect_location() or None
            return Answer(answer.status, target and _as_sent(target), _size(answer))
        finally:
            answer.close()


def cookies_for(url: str, cookies: CookieJar) -> str:
    """What a request of `url` would carry: with other cookies, the same address is another question."""
    request = Request(url)  # noqa: S310 - nothing is opened
    cookies.add_cookie_header(request)
    return request.get_header("Cookie") or ""


def without_user(url: str, target: str) -> str:
    """Where a redirect leads; empty if that is no URL. User and password in it would be sent as credentials."""
    try:
        parts = urlsplit(urljoin(url, target))
        parts = parts._replace(netloc=parts.netloc.rpartition("@")[2], path=parts.path or "/", fragment="")
        return parse_url(parts.geturl()).url
    except (trouble.LocationParseError, ValueError):
        return ""


class _Told:
    """What a jar asks of an answer."""

    def __init__(self, headers: urllib3.HTTPHeaderDict) -> None:
        self._message = HTTPMessage()
        for cookie in headers.getlist("Set-Cookie"):
            self._message.add_header("Set-Cookie", cookie)

    def info(self) -> HTTPMessage:
        return self._message


def _as_sent(target: str) -> str:
    """http.client reads headers as Latin-1; what sites put into a location beyond ASCII is UTF-8."""
    try:
        return target.encode("latin-1").decode()
    except UnicodeError:
        return target


def _size(answer: urllib3.BaseHTTPResponse) -> int:
    """How long the page is; it is read to its end and not kept."""
    size = 0
    for chunk in answer.stream(CHUNK, decode_content=False):
        size += len(chunk)
        if size > LONGEST_PAGE:
            raise EndlessError(f"the page is longer than {LONGEST_PAGE // 1024 // 1024} MiB")
    return size


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
