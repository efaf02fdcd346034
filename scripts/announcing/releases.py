"""The release that an execution belongs to, as messages speak of it; with GitHub down as far as the ledger knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.announcing.described import described
from scripts.announcing.facts import Release
from scripts.announcing.history import as_announced, past
from scripts.announcing.occasions import Event, occasions
from scripts.clients.github import GitHub
from scripts.clients.github_errors import GitHubError
from scripts.gate.reading import read_pull_request
from scripts.releases.identity import number_of, of_execution, of_pull, release_of

if TYPE_CHECKING:
    from scripts.facts.pipeline import Execution
    from scripts.ledger.ledger import Ledger
    from sop.outputs import StackOutputs


def release_of_pull(github: GitHub, ledger: Ledger, number: int) -> Release:
    """The pull request's release.

    Raises:
        GitHubError: it cannot be told, and nothing was announced of it.
    """
    try:
        pull = read_pull_request(github, number)
        return Release(of_pull(number), pull.title, pull.url, described(pull.body))
    except GitHubError:
        kept = as_announced(of_pull(number), past(ledger, of_pull(number)))
        if kept is None:
            raise
        return kept


def release_of_execution(github: GitHub, ledger: Ledger, outputs: StackOutputs, execution: Execution) -> Release:
    """The execution's release. What was announced of it before stays that release's, whatever GitHub says since."""
    named = known_as(ledger, execution.id)
    try:
        named = named or release_of(github, outputs, execution)
        if number := number_of(named):
            return release_of_pull(github, ledger, number)
    except GitHubError:
        named = named or of_execution(execution.id)
    summary = execution.subject
    return as_announced(named, past(ledger, named)) or Release(named, summary or f"execution {execution.id}")


def known_as(ledger: Ledger, execution_id: str) -> str | None:
    """The release under which something of the execution was announced; None: nothing was."""
    before = (Event.PLANNED, Event.POSTPONED)
    for one in occasions(ledger.store.list("releases/")):
        if one.event not in before and one.name.startswith(execution_id):
            return one.release
    return None
