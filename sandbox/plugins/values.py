"""Pulumi's property values: from the wire to plain Python and back."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from google.protobuf import struct_pb2

Values = dict[str, Any]

_SIGNATURE = "4dabf18193072939515e22adb298388d"
_ASSET = "c44067f5952c0a294b673a41bacd8c17"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"
_DEFAULTS = "__defaults"

# What the engine sends for a value that is not known before the update has run, one token a kind.
_UNKNOWN_TOKENS = frozenset(
    {
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
_UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


class Unknown:
    """A value that only the update will tell."""

    def __repr__(self) -> str:
        return "<unknown>"


UNKNOWN = Unknown()


@dataclass(frozen=True)
class FileAsset:
    """A file. Two are the same where their content is, wherever they lie."""

    path: str = field(compare=False)
    hash: str


class UnsupportedValueError(ValueError):
    """A kind of value (a text asset, an archive) that no resource type here takes."""


@dataclass
class Properties:
    """A resource's properties, with secrets opened but remembered."""

    values: Values = field(default_factory=dict)
    secret: set[str] = field(default_factory=set)
    """Top-level properties that hold a secret, however deep."""
    hidden: set[str] = field(default_factory=set)
    """The secret strings themselves, to be kept out of messages."""
    defaults: set[str] = field(default_factory=set)
    """Properties that Check filled in, as the bridge remembers them between calls."""

    @classmethod
    def decode(cls, struct: struct_pb2.Struct) -> Properties:
        properties = cls()
        for name, value in struct.fields.items():
            if name == _DEFAULTS:
                properties.defaults.update(_decode(value, []))
                continue
            found: list[Any] = []
            plain = _decode(value, found)
            if plain is not None:
                properties.values[name] = plain
            if found:
                properties.secret.add(name)
                properties.hidden.update(_strings(found))
        return properties

    def redact(self, message: str) -> str:
        """`message` without any of the secrets."""
        for text in sorted(self.hidden, key=len, reverse=True):
            message = message.replace(text, "[secret]")
        return message


def encode(
    values: Mapping[str, Any], secret: Collection[str] = (), defaults: Collection[str] = ()
) -> struct_pb2.Struct:
    """Plain values as the engine takes them; the properties named in `secret` and `defaults` are marked so."""
    marked = {_DEFAULTS: _encode(sorted(defaults))} if defaults else {}
    return struct_pb2.Struct(
        fields=marked
        | {
            name: _secret(_encode(value)) if name in secret else _encode(value)
            for name, value in values.items()
            if value is not None
        }
    )


def contains_unknown(value: Any) -> bool:
    if isinstance(value, dict):
        return any(contains_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(contains_unknown(item) for item in value)
    return value is UNKNOWN


def _decode(value: struct_pb2.Value, secrets: list[Any]) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return UNKNOWN if value.string_value in _UNKNOWN_TOKENS else value.string_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "bool_value":
        return value.bool_value
    if kind == "list_value":
        return [_decode(item, secrets) for item in value.list_value.values]
    if kind == "struct_value":
        return _decode_object(value.struct_value, secrets)
    return None


def _decode_object(struct: struct_pb2.Struct, secrets: list[Any]) -> Any:
    signature = struct.fields[_SIGNATURE].string_value if _SIGNATURE in struct.fields else None
    if signature == _SECRET:
        plain = _decode(struct.fields["value"], [])
        secrets.append(plain)
        return plain
    if signature == _ASSET and not {"text", "uri"} & set(struct.fields):
        # The engine keeps no path in the state
        return FileAsset(struct.fields["path"].string_value, struct.fields["hash"].string_value)
    if signature is not None:
        raise UnsupportedValueError("assets of text, archives and resource references are not emulated here")
    plain = {name: _decode(item, secrets) for name, item in struct.fields.items()}
    return {name: item for name, item in plain.items() if item is not None}


def _encode(value: Any) -> struct_pb2.Value:
    if isinstance(value, bool):
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, int | float):
        return struct_pb2.Value(number_value=value)
    if isinstance(value, list | tuple):
        return struct_pb2.Value(list_value=struct_pb2.ListValue(values=[_encode(item) for item in value]))
    if isinstance(value, FileAsset):
        value = {_SIGNATURE: _ASSET, "hash": value.hash, "path": value.path}
    if isinstance(value, dict):
        return struct_pb2.Value(struct_value=encode(value))
    if value is None:
        return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    return struct_pb2.Value(string_value=_UNKNOWN_STRING if value is UNKNOWN else str(value))


def _secret(value: struct_pb2.Value) -> struct_pb2.Value:
    marked = {_SIGNATURE: struct_pb2.Value(string_value=_SECRET), "value": value}
    return struct_pb2.Value(struct_value=struct_pb2.Struct(fields=marked))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str) and value:
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, dict):
        yield from _strings(list(value.values()))
