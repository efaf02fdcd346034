"""kill -9 at every step of an announcement, and again by somebody else: nothing twice, and what is unknown is told."""

from __future__ import annotations

from collections import Counter

import pytest

from sop.channels import Channel as Kind
from tests.scripts.announcing.desk import Office, outcomes, raising
from tests.scripts.announcing.samples import PLAN
from tests.scripts.ledger.memory import Killed, Memory

MESSAGES = 7  # of the plan: five mails, Slack, the status page
WRITES = 1 + 2 * MESSAGES  # the announcement, then before and after each message


class Mortal(Memory):
    """Whoever writes the entry of that number is killed, right before it is there or right after."""

    def __init__(self, number: int, *, written: bool) -> None:
        super().__init__()
        self._left, self._written = number, written

    def create(self, key: str, data: bytes) -> bool:
        self._left -= 1
        if self._left == 0 and not self._written:
            raise Killed
        new = super().create(key, data)
        if self._left == 0:
            raise Killed
        return new


def handed_over(office: Office) -> Counter[str]:
    """How often each message left."""
    page = office.channels[Kind.STATUS_PAGE]
    return Counter([*office.recipients(), *("slack" for _ in office.slack.sent), *("page" for _ in page.sent)])


@pytest.mark.parametrize("written", [False, True], ids=["before it is written", "after"])
@pytest.mark.parametrize("number", range(1, WRITES + 1))
def test_who_is_killed_while_writing_has_sent_nothing_twice_and_the_next_tells_the_rest(
    number: int, *, written: bool
) -> None:
    office = Office()
    office.store = Mortal(number, written=written)
    with pytest.raises(Killed):
        office.tell(PLAN)
    first = dict(office.store.content)
    office.passes(minutes=10)
    told = office.tell(PLAN, who="bob")
    sent = handed_over(office)
    assert max(sent.values()) == 1
    unsure = [name for name, outcome in outcomes(told).items() if outcome == "uncertain"]
    assert len(unsure) <= 1
    assert len(sent) >= MESSAGES - len(unsure)
    assert first.items() <= office.store.content.items()


@pytest.mark.parametrize("kind", list(Kind))
def test_who_is_killed_while_sending_is_told_as_uncertain_and_nothing_is_sent_twice(kind: Kind) -> None:
    office = Office()
    office.channels[kind].ends = raising(Killed())
    with pytest.raises(Killed):
        office.tell(PLAN)
    office.channels[kind].ends = lambda: "id"
    office.passes(minutes=10)
    told = office.tell(PLAN, who="bob")
    assert next(name for name, outcome in outcomes(told).items() if outcome == "uncertain").startswith(kind)
    assert handed_over(office).total() == MESSAGES
    assert told.exit_code == 4
