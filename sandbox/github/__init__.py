"""GitHub on 127.0.0.1: the sample repository with pull requests, statuses and branch protection."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from sandbox.github.app import create_application
from sandbox.github.host import GitHub

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from sandbox.world import World

__all__ = ["GitHub", "create_app", "github_of"]

_hosts: WeakKeyDictionary[World, GitHub] = WeakKeyDictionary()
_creating = threading.Lock()


def github_of(world: World) -> GitHub:
    """This world's one GitHub, made at first sight."""
    with _creating:
        if world not in _hosts:
            _hosts[world] = GitHub(world.paths.repository, world.clock.now)
        return _hosts[world]


def create_app(world: World) -> WSGIApplication:
    """The REST API, rooted where the dispatcher mounts it."""
    return create_application(github_of(world))
