"""Where a stand-in may go: nowhere but to a sandbox on this machine."""

from __future__ import annotations

from urllib.parse import urlsplit

from sandbox.plugins.resource import ProviderError

_HERE = ("127.0.0.1", "localhost", "::1")


def sandbox_only(url: str | None, variable: str) -> str:
    """`url`, if it is on this machine.

    Raises:
        ProviderError: it is not, so that nobody's real account can be reached by a stand-in.
    """
    if not url or urlsplit(url).hostname not in _HERE:
        raise ProviderError(
            f"{variable} is {url or 'not set'}, and this stand-in plugin talks to a sandbox on this machine only; "
            "run the command through `sandbox exec`, or install the real plugin"
        )
    return url
