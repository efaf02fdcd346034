"""moto knows a thousand images of Amazon's in each region, and makes them all for every account, each with a disk."""

from __future__ import annotations

import threading
from typing import Any

from moto.ec2.models.amis import AmiBackend

_make_images: Any = AmiBackend._load_amis
_lock = threading.RLock()  # who makes the images looks at them


def let_moto_make_images_when_asked() -> None:
    """Have an account's images made when somebody first looks at them, and not with the account."""
    if not isinstance(vars(AmiBackend).get("amis"), property):
        AmiBackend._load_amis = lambda self: None  # noqa: ARG005 - moto's signature
        AmiBackend.amis = property(_images, _begin)  # pyright: ignore[reportAttributeAccessIssue]


def _begin(backend: Any, images: dict[str, Any]) -> None:
    backend.sandbox_images, backend.sandbox_images_made = images, False


def _images(backend: Any) -> dict[str, Any]:
    with _lock:
        if not backend.sandbox_images_made:
            backend.sandbox_images_made = True
            _make_images(backend)
        return backend.sandbox_images
