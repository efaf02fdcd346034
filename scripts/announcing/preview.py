"""An announcement on a screen, as it would go out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from email import message_from_string
from email.policy import default

from scripts.announcing.occasions import Announced, Occasion
from scripts.announcing.sending import kind_of
from scripts.text import count, printable
from sop.channels import Channel

_HEADERS = ("From", "To", "Bcc", "Reply-To", "Subject")


def preview(occasion: Occasion, announced: Announced) -> str:
    """Every message; a mail's text is shown, and that it has the same as HTML."""
    parts = [f"{occasion.told} would be announced to {count(len(announced.messages), 'recipient')}."]
    parts += [_shown(name, text) for name, text in announced.messages.items()]
    parts += [f"{name} is left out: {why}." for name, why in announced.left_out.items()]
    return printable("\n\n".join(parts))


def as_json(would: Iterable[tuple[Occasion, Announced]]) -> str:
    """The very bytes that each channel would be given."""
    found = [
        {"occasion": occasion.told, "messages": dict(announced.messages), "left_out": dict(announced.left_out)}
        for occasion, announced in would
    ]
    return json.dumps({"schema": 1, "command": "announce", "would": found}, indent=2)


def _shown(name: str, text: str) -> str:
    said = _mail(text) if kind_of(name) is Channel.MAIL else _call(json.loads(text))
    return "\n".join([f"--- {name}", *said])


def _mail(text: str) -> Iterator[str]:
    read = message_from_string(text, policy=default)
    yield from (f"{header}: {read[header]}" for header in _HEADERS if read[header])
    plain, html = read.get_body(("plain",)), read.get_body(("html",))
    yield ""
    yield (str(plain.get_content()) if plain else "").replace("\r\n", "\n").rstrip()
    yield f"(and as HTML, {len(str(html.get_content())) if html else 0} characters)"


def _call(arguments: Mapping[str, object]) -> Iterator[str]:
    """What people read of it first, then the rest."""
    if "text" in arguments:
        yield str(arguments["text"])
        arguments = {name: value for name, value in arguments.items() if name != "text"}
    yield json.dumps(arguments, ensure_ascii=False, indent=2)
