"""`sandbox comment`: what somebody says below a pull request, the operations manager unless another is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.control import CommandError, Lines
from sandbox.github import github_of
from sandbox.github.people import TEAMS

if TYPE_CHECKING:
    from sandbox.world import World


def comment(world: World, number: int, text: str, by: str | None = None) -> Lines:
    """Post it as that person, who has to be one of the sample's."""
    github = github_of(world)
    known = list(dict.fromkeys(login for team in TEAMS.values() for login in team))
    login = by or known[0]
    if login not in known:
        raise CommandError(f"there is no {login} here; there are {', '.join(known)}")
    if number not in github.pulls:
        raise CommandError(f"there is no pull request #{number}")
    github.comment(number, login, text)
    yield f"{login} comments on #{number}: {text}"
    return None
