"""A page as a visitor gets it, from a server of the test's own on 127.0.0.1."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NoReturn

import pytest

from scripts.facts import http_wire
from scripts.facts.http import Trouble, server_of, visit
from tests.serving import serving

# What a server writes, to the byte; HOST is its own name and port.
RAW = {
    "/whole": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHelio",
    "/cut": b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nHelio",
    "/cut-in-a-chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1F4\r\nHelio",
    "/hints": b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHelio",
    "/hints-for-ever": b"HTTP/1.1 103 Early Hints\r\n\r\n" * 50,
    "/to-a-cafe": "HTTP/1.1 302 Found\r\nLocation: /caf\u00e9\r\nContent-Length: 0\r\n\r\n".encode(),
    "/caf%C3%A9": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHelio",
    "/proxy-auth": b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
    "/sign-in-first": b"HTTP/1.1 511 Network Authentication Required\r\nContent-Length: 0\r\n\r\n",
}


class Site(BaseHTTPRequestHandler):
    """Answers as the path says, and remembers what it was asked."""

    asked: list[dict[str, str]]
    patience: threading.Event

    def do_GET(self) -> None:
        self.asked.append({key.lower(): value for key, value in self.headers.items()})
        if self.path == "/slow":
            self.patience.wait(30)
        if self.path == "/dribbling":
            self.dribble()
            return
        if self.path in RAW:
            self.wfile.write(RAW[self.path].replace(b"HOST", self.headers["Host"].encode()))
            self.close_connection = True
            return
        if self.path == "/endless":
            self.go_on()
            return
        if self.path == "/member":
            self.ask_for_a_cookie()
            return
        if self.path.endswith("/silent"):
            self.close_connection = True
            return
        if self.path == "/nowhere":
            self.send_response(302)
            self.end_headers()
            return
        moves = {"/old": "/middle", "/middle": "/", "/a": "/b", "/b": "/a", "/file": "file:///etc/passwd"}
        moves["/user"] = f"http://user:secret@{self.headers['Host']}/"
        if self.path in moves:
            self.send_response(302)
            self.send_header("Location", moves[self.path])
            if self.path not in ("/a", "/b"):
                self.send_header("Set-Cookie", "session=1")
        else:
            self.send_response(500 if self.path == "/broken" else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def dribble(self) -> None:
        """One header after the other, each in time, and never the last."""
        self.send_response(200)
        for number in range(1000):
            self.send_header(f"X-{number}", "more")
            self.flush_headers()
            if self.patience.wait(0.05):
                return

    def go_on(self) -> None:
        """A page without an end."""
        self.send_response(200)
        self.end_headers()
        try:
            while not self.patience.is_set():
                self.wfile.write(b"x" * 1024 * 1024)
        except OSError:
            pass

    def ask_for_a_cookie(self) -> None:
        """As sites that look first whether a visitor keeps cookies."""
        member = "seen=1" in self.headers.get("Cookie", "")
        self.send_response(200 if member else 302)
        if not member:
            self.send_header("Location", "/member")
            self.send_header("Set-Cookie", "seen=1; Path=/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setattr(Site, "asked", [], raising=False)
    monkeypatch.setattr(Site, "patience", threading.Event(), raising=False)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    with serving(server):
        yield f"http://127.0.0.1:{server.server_address[1]}"
        Site.patience.set()


def test_an_answer(site: str) -> None:
    made = visit(f"{site}/")
    assert ([hop.status for hop in made.hops], made.trouble) == ([200], None)


def test_an_error_is_an_answer(site: str) -> None:
    assert [hop.status for hop in visit(f"{site}/broken").hops] == [500]


def test_redirects_are_followed_and_shown(site: str) -> None:
    made = visit(f"{site}/old")
    assert [(hop.url, hop.status) for hop in made.hops] == [
        (f"{site}/old", 302),
        (f"{site}/middle", 302),
        (f"{site}/", 200),
    ]


def test_a_loop_ends_where_it_closes(site: str) -> None:
    made = visit(f"{site}/a")
    assert (made.trouble, made.reason, len(made.hops)) == (Trouble.LOOP, f"redirects back to {site}/a", 2)


def test_a_redirect_away_from_the_web_is_not_followed(site: str) -> None:
    assert visit(f"{site}/file").trouble is Trouble.REDIRECT


def test_credentials_are_not_sent(
    site: str, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password something\n")
    monkeypatch.setenv("NETRC", str(netrc))
    assert visit(f"{site}/user").hops[-1].status == 200
    assert visit(f"{site}/old").hops[-1].status == 200
    assert len(Site.asked) == 5
    assert not any("authorization" in request for request in Site.asked)


def test_a_server_that_takes_too_long(site: str) -> None:
    made = visit(f"{site}/slow", total_timeout=0.2)
    assert (made.trouble, made.reason) == (Trouble.TIMEOUT, "no complete answer within 0.2 s")


def test_a_server_that_always_has_a_little_more_takes_too_long_in_all(site: str) -> None:
    assert visit(f"{site}/dribbling", total_timeout=0.3).trouble is Trouble.TIMEOUT


def test_a_redirect_without_a_target_is_the_answer(site: str) -> None:
    made = visit(f"{site}/nowhere")
    assert ([hop.status for hop in made.hops], made.trouble) == ([302], None)


def test_a_connection_closed_without_an_answer(site: str) -> None:
    assert visit(f"{site}/silent").trouble is Trouble.PROTOCOL


def test_tls_where_there_is_none_is_named(site: str) -> None:
    assert visit(site.replace("http:", "https:")).trouble is Trouble.TLS


@pytest.fixture
def closed_port() -> Iterator[str]:
    """It stays taken while the test lasts, so that nobody else listens there."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{unused.getsockname()[1]}"


def test_nobody_listens(site: str, closed_port: str) -> None:
    assert visit(f"{closed_port}/").trouble is Trouble.CONNECTION


def test_the_environments_proxy_is_asked(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", site)
    assert visit("http://web-prod.example/").hops[-1].status == 200
    assert Site.asked[-1]["host"] == "web-prod.example"


def test_the_proxys_credentials_are_for_the_proxy_and_its_scheme_may_be_left_out(
    site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", site.replace("http://", "someone:something@"))
    assert visit("http://web-prod.example/").hops[-1].status == 200
    assert Site.asked[-1]["proxy-authorization"] == "Basic c29tZW9uZTpzb21ldGhpbmc="
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert visit(f"{site}/").hops[-1].status == 200
    assert "proxy-authorization" not in Site.asked[-1]


def test_a_connection_closed_without_an_answer_is_the_sites_fault_through_a_proxy_too(
    site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", site)
    assert visit("http://web-prod.example/silent").trouble is Trouble.PROTOCOL


def test_a_proxy_of_an_unknown_kind_is_not_the_sites_fault(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "gopher://127.0.0.1:70")
    assert visit("http://web-prod.example/").trouble is Trouble.PROXY


def test_a_proxy_out_of_order_is_not_the_sites_fault(
    site: str, closed_port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", closed_port)
    assert visit("http://web-prod.example/").trouble is Trouble.PROXY


def test_cookies_that_the_site_sets_on_the_way_go_along_from_there_and_no_further(site: str) -> None:
    """Until now they were dropped, which made an endless loop of a site that looks for its own cookie."""
    made = visit(f"{site}/member")
    assert ([hop.status for hop in made.hops], made.trouble) == ([302, 200], None)
    assert [request.get("cookie") for request in Site.asked] == [None, "seen=1"]
    assert [hop.status for hop in visit(f"{site}/member").hops] == [302, 200]


def test_the_page_is_read_to_its_end(site: str) -> None:
    assert visit(f"{site}/whole").size == 5


@pytest.mark.parametrize("page", ["/cut", "/cut-in-a-chunk"])
def test_a_page_that_breaks_off_has_not_arrived(site: str, page: str) -> None:
    assert visit(f"{site}{page}").trouble is Trouble.PROTOCOL


def test_a_page_without_an_end_is_read_to_a_bound(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_wire, "LONGEST_PAGE", 3 * 1024 * 1024)
    made = visit(f"{site}/endless")
    assert (made.trouble, made.reason) == (Trouble.ENDLESS, "the page is longer than 3 MiB")


def test_interim_answers_are_not_the_answer(site: str) -> None:
    made = visit(f"{site}/hints")
    assert ([hop.status for hop in made.hops], made.size) == ([200], 5)
    assert visit(f"{site}/hints-for-ever").trouble is Trouble.PROTOCOL


def test_a_location_in_utf_8_is_followed(site: str) -> None:
    made = visit(f"{site}/to-a-cafe")
    assert [(hop.url, hop.status) for hop in made.hops][1:] == [(f"{site}/caf%C3%A9", 200)]


@pytest.mark.parametrize("page", ["/proxy-auth", "/sign-in-first"])
def test_who_stands_in_between_is_not_the_site(site: str, page: str) -> None:
    assert visit(f"{site}{page}").trouble is Trouble.PROXY


def test_a_name_that_this_machine_cannot_resolve_is_not_the_sites_fault(
    site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object, **__: object) -> NoReturn:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    made = visit("http://web-prod.example/")
    assert (made.trouble, "Name or service not known" in made.reason) == (Trouble.MACHINE, True)


def test_a_machine_without_a_network_is_not_the_sites_fault(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object, **__: object) -> NoReturn:
        raise OSError(errno.ENETUNREACH, "Network is unreachable")

    monkeypatch.setattr(socket.socket, "connect", unreachable)
    assert visit("http://192.0.2.1/").trouble is Trouble.MACHINE


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("http://a.example/", "a.example"),
        ("https://A.example:443/x", "a.example"),
        ("http://a.example.:8080/", "a.example:8080"),
        ("http://a.example:443/", "a.example:443"),
    ],
)
def test_a_server_is_its_host_and_a_port_that_is_not_the_usual_one(url: str, server: str) -> None:
    assert server_of(url) == server
