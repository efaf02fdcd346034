"""Fills in the templates in templates/. What one asks for and is not there is an error, in every one of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from scripts.channels.text import for_slack

_SHOWN = 60  # characters of an address in a mail


def text(template: str, values: Mapping[str, Any]) -> str:
    return _as_text().get_template(template).render(values)


def html(template: str, values: Mapping[str, Any]) -> str:
    """Escaped, but for what is Markup already."""
    return _as_html().get_template(template).render(values)


def slack(template: str, values: Mapping[str, Any]) -> str:
    """With Slack's control characters in values written out."""
    return _as_slack().get_template(template).render(values)


@cache
def _as_text() -> Environment:
    return _environment(autoescape=False)


@cache
def _as_html() -> Environment:
    made = _environment(autoescape=True)
    made.filters["shortened"] = lambda url: url if len(url) <= _SHOWN else f"{url[: _SHOWN - 1]}…"
    return made


@cache
def _as_slack() -> Environment:
    made = _environment(autoescape=False)
    made.finalize = lambda value: for_slack(str(value))
    return made


def _environment(*, autoescape: bool) -> Environment:
    return Environment(
        loader=PackageLoader("scripts.announcing"),
        autoescape=autoescape,  # noqa: S701 - mail's text and Slack's are no HTML
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
