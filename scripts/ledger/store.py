"""Where the ledger is kept: four operations, which of two writers let one win."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

# Lower case, as some file systems take two cases for one; no name is a folder in one key and a file in another.
_PART = r"[a-z0-9][a-z0-9._-]*"
_KEY = re.compile(rf"(?:(?!{_PART}\.json/){_PART}/)*{_PART}\.json")
_PREFIX = re.compile(rf"(?:(?!{_PART}\.json/){_PART}/)*")
# What who writes in a records bucket must be allowed
PERMISSIONS = ("s3:GetObject", "s3:ListBucket", "s3:PutObject", "kms:Decrypt", "kms:GenerateDataKey")
READING = ("s3:GetObject", "s3:ListBucket", "kms:Decrypt")  # who reads there
LONGEST = 200  # characters of a part; file systems take 255 bytes


@dataclass(frozen=True)
class Stored:
    """What stands under a key. `etag` is of this content: another's, or none, and nothing is replaced."""

    data: bytes
    etag: str


class Store(Protocol):
    """Content by key; a key is `folder/folder/name.json`. What a method has said was written stays written.

    All raise ReleaseError where the store cannot be used, or cannot tell what became of a write.
    """

    def create(self, key: str, data: bytes) -> bool:
        """Write under a new key. False: another has written it before."""
        ...

    def replace(self, key: str, data: bytes, etag: str) -> bool:
        """Write in the place of what has that etag. False: something else stands there, or nothing."""
        ...

    def read(self, key: str) -> Stored | None:
        """What stands there; None: nothing was ever written."""
        ...

    def list(self, prefix: str) -> list[str]:
        """The keys below a folder (`releases/pr-12/`, or "" for all), sorted."""
        ...


def is_key(text: str) -> bool:
    """Whether it can be a key: what else lies in a store is not the ledger's."""
    return _KEY.fullmatch(text) is not None and max(map(len, text.split("/"))) <= LONGEST


def require_key(key: str) -> str:
    """The key. Raises ValueError if it is none: keys are the program's own."""
    if not is_key(key):
        raise ValueError(f"{key!r} is no key of the ledger")
    return key


def require_prefix(prefix: str) -> str:
    """The prefix. Raises ValueError if it ends within a folder's name."""
    if not _PREFIX.fullmatch(prefix):
        raise ValueError(f"{prefix!r} is no folder of the ledger")
    return prefix
