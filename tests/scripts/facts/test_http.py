"""A page as a visitor gets it, from a server of the test's own on 127.0.0.1."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from scripts.facts.http import Trouble, visit


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
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    Site.patience.set()
    server.shutdown()
    server.server_close()
    thread.join()


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


def test_neither_cookies_nor_credentials_are_sent(
    site: str, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password something\n")
    monkeypatch.setenv("NETRC", str(netrc))
    assert visit(f"{site}/user").hops[-1].status == 200
    assert visit(f"{site}/old").hops[-1].status == 200
    assert len(Site.asked) == 5
    assert not any(request.keys() & {"authorization", "cookie"} for request in Site.asked)


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
