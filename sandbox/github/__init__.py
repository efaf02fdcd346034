"""GitHub on 127.0.0.1: the sample repository with pull requests, statuses and branch protection."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from sandbox.github.app import create_application
from sandbox.github.host import GitHub

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from sandbox.core.account import Account

__all__ = ["GitHub", "create_app", "github_of"]

_hosts: WeakKeyDictionary[Account, GitHub] = WeakKeyDictionary()
_creating = threading.Lock()


def github_of(account: Account) -> GitHub:
    """This account's one GitHub, made at first sight."""
    with _creating:
        if account not in _hosts:
            _hosts[account] = GitHub(account.paths.repository, account.clock.now, configured=account.configured)
        return _hosts[account]


def create_app(account: Account) -> WSGIApplication:
    """The REST API, rooted where the dispatcher mounts it."""
    return create_application(github_of(account))
