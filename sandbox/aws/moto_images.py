"""moto knows a thousand images of Amazon's in each region, and makes them all for every account, each with a disk."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import cache
from types import FunctionType, SimpleNamespace
from typing import Any

from moto.ec2.models import amis
from moto.ec2.models.amis import Ami, AmiBackend

_load_images: Any = AmiBackend._load_amis
_describe_images: Any = AmiBackend.describe_images
_lock = threading.RLock()  # who makes the images looks at them


def let_moto_make_images_when_asked() -> None:
    """Have each of Amazon's images made when somebody first looks at it, and not with the account."""
    if not isinstance(vars(AmiBackend).get("amis"), property):
        AmiBackend._load_amis = lambda self: None  # noqa: ARG005 - moto's signature
        AmiBackend.amis = property(_images, _begin)  # pyright: ignore[reportAttributeAccessIssue]
        AmiBackend.describe_images = _describe


class _Named:
    """An account in which there are no images but these."""

    def __init__(self, backend: Any, images: Mapping[str, Ami]) -> None:
        self._backend = backend
        self.amis = images

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)


def _begin(backend: Any, images: dict[str, Ami]) -> None:
    backend.sandbox_images, backend.sandbox_images_made = images, False


def _images(backend: Any) -> dict[str, Ami]:
    """All of them."""
    with _lock:
        if not backend.sandbox_images_made:
            backend.sandbox_images = _made(backend, list(_known(backend.region_name)))
            backend.sandbox_images_made = True
        return backend.sandbox_images


def _describe(
    self: Any, ami_ids: Sequence[str] | None = None, filters: Mapping[str, Any] | None = None, *others: Any, **more: Any
) -> list[Ami]:
    """What moto says, of no more images than are asked for by their ids: each instance that starts asks for its own."""
    named = ami_ids or (filters or {}).get("image-id", ())
    named = [named] if isinstance(named, str) else named
    if not named or any("*" in each or "?" in each for each in named):
        return _describe_images(self, ami_ids, filters, *others, **more)
    with _lock:
        if not self.sandbox_images_made:
            self.sandbox_images |= _made(self, [each for each in named if each in _known(self.region_name)])
        images = {each: self.sandbox_images[each] for each in named if each in self.sandbox_images}
    return _describe_images(_Named(self, images), ami_ids, filters, *others, **more)


def _made(backend: Any, named: Sequence[str]) -> dict[str, Any]:
    known, made = _known(backend.region_name), backend.sandbox_images
    return {each: made[each] if each in made else Ami(backend, **known[each]) for each in named}


@cache
def _known(region: str) -> Mapping[str, Mapping[str, Any]]:
    """What moto would make each image from."""
    told = SimpleNamespace(region_name=region, amis={})
    collect = FunctionType(_load_images.__code__, {**vars(amis), "Ami": lambda _, **told: told})
    collect(told)
    return told.amis
