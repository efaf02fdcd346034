"""Two people at a stack's announcements, and channels that answer as a test tells them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from scripts.announcing.announce import Desk, announce
from scripts.announcing.facts import Occurrence, Release
from scripts.announcing.sending import Told
from scripts.channels.channel import NotSentError
from scripts.clients.github_errors import GitHubError
from scripts.errors import ConfigurationError
from sop.channels import Channel as Kind
from tests.scripts.announcing.samples import NOW, mail, outputs, release
from tests.scripts.channels.fake import Fake
from tests.scripts.ledger.memory import Memory, Time, ledger_of
from tests.scripts.release import FakeGitHub


class Office:
    """One ledger, one channel of each kind."""

    def __init__(self, **changes: Any) -> None:
        self.time = Time(NOW)
        self.store = Memory()
        self.outputs = outputs(**changes)
        self.channels = {kind: Fake() for kind in Kind}
        self.closed: set[Kind] = set()

    @property
    def mail(self) -> Fake:
        return self.channels[Kind.MAIL]

    @property
    def slack(self) -> Fake:
        return self.channels[Kind.SLACK]

    def desk(self, who: str = "ada") -> Desk:
        return Desk(self.outputs, ledger_of(who, self.store, self.time), self._open)

    def tell(self, what: Occurrence, of: Release | None = None, who: str = "ada") -> Told:
        return announce(what, of or release(), self.desk(who))

    def refuse(self, audience: str) -> None:
        """The provider takes no mail to them."""
        self.mail.ends = lambda: self._refused(audience)

    def accept(self) -> None:
        self.mail.ends = lambda: f"id-{len(self.mail.sent)}"

    def recipients(self) -> list[str]:
        """Whom mail was handed over for, in order."""
        return [read["Bcc"] or read["To"] for read in (mail(sent.decode()) for sent in self.mail.sent)]

    def passes(self, **span: float) -> None:
        self.time.passes(timedelta(**span))

    def _refused(self, audience: str) -> str:
        if audience in self.recipients()[-1]:
            raise NotSentError("MessageRejected: the address is not verified")
        return f"id-{len(self.mail.sent)}"

    def _open(self, kind: Kind) -> Fake:
        if kind in self.closed:
            raise ConfigurationError(f"{kind} has no token.", "Set it.")
        return self.channels[kind]


class NoGitHub(FakeGitHub):
    """GitHub is down."""

    def query(self, query: str, needs: str = "", **variables: Any) -> Any:
        raise GitHubError("GitHub cannot be reached")


def raising(problem: BaseException) -> Callable[[], str]:
    def ends() -> str:
        raise problem

    return ends


def outcomes(told: Told) -> dict[str, str]:
    """What came of each message."""
    return {one.message.channel: one.outcome.value for one in told.messages}
