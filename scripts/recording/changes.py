"""What a deployment brought: the commits between two deployed revisions, put together to changes. Pure.

A change is a pull request, however it was merged, or a commit that was pushed without one. Each commit is of the
innermost pull request that brought it, so that a release that carries ten of them is those ten, each once. Who brought
what is told by the graph: a merge brings what is reachable by its second parent and not by its first. GitHub's own
association of commits and pull requests only names the pull request whose merge made a commit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

_REVERTED_COMMIT = re.compile(r"This reverts commit ([0-9a-f]{7,40})\b")
_REVERTED_PULL = re.compile(r"^Reverts (?:[\w.-]+/[\w.-]+)?#([1-9][0-9]*)\b", re.MULTILINE)
_BACK_MERGE = "back-merge/"
SHOWN = 12  # digits of a commit's name


class How(StrEnum):
    """The way that a change came onto its branch."""

    MERGED = "merged"
    SQUASHED = "squashed"
    REBASED = "rebased"
    PUSHED = "pushed without a pull request"


@dataclass(frozen=True)
class Pull:
    """A merged pull request. `made` is the commit that its merge made: of a rebase the last one."""

    number: int
    title: str
    url: str
    author: str
    body: str
    head: str
    base: str
    merged_at: datetime
    made: str


@dataclass(frozen=True)
class Commit:
    """A commit; `author` is a login, or a name where the account is not known."""

    sha: str
    parents: tuple[str, ...]
    message: str
    author: str
    authored: datetime
    committed: datetime
    url: str = ""

    @property
    def subject(self) -> str:
        return self.message.partition("\n")[0]

    @property
    def is_merge(self) -> bool:
        return len(self.parents) > 1

    @property
    def written(self) -> tuple[str, datetime]:
        """What a rebase leaves as it was."""
        return self.message.strip(), self.authored


@dataclass(frozen=True)
class Change:
    """One change.

    `into` is the branch that its pull request was merged into, empty where there was none. `reverts` names what it
    takes back, in words; empty where it takes back nothing.
    """

    title: str
    how: How
    author: str
    url: str
    number: int | None
    into: str
    commits: tuple[str, ...]
    reverts: str = ""

    @property
    def id(self) -> str:
        """Its last commit, which is no other's."""
        return self.commits[-1]

    @property
    def name(self) -> str:
        """`#12`, or the beginning of the commit's name."""
        return f"#{self.number}" if self.number else self.commits[-1][:SHOWN]


@dataclass(frozen=True)
class Changes:
    """All that lies between two revisions.

    Attributes:
        deployed: what was brought, oldest first.
        undone: what was taken back again before it was deployed, and what took it back.
        carriers: the pull requests that brought others, and nothing of their own.
        merges: how many merges between branches there are besides, which brought nothing of their own.
    """

    deployed: tuple[Change, ...] = ()
    undone: tuple[Change, ...] = ()
    carriers: tuple[Change, ...] = ()
    merges: int = 0


@dataclass
class _Brought:
    """A pull request and the commits that it brought."""

    pull: Pull
    how: How
    commits: frozenset[str]
    own: list[str] = field(default_factory=list[str])


def changes(
    commits: Sequence[Commit], pulls: Iterable[Pull], written: Mapping[int, Sequence[tuple[str, datetime]]], dev: str
) -> Changes:
    """Put the commits between two revisions together.

    Args:
        commits: all of them, parents before their children, as GitHub compares.
        pulls: merged pull requests; those that made none of the commits are left out.
        written: message and time of the commits that a pull request had before it was merged, by its number; needed
            of those that were not merged by a merge commit.
        dev: the branch on which changes come together. What a pull request from there, or from release/*, brought
            beyond others' was pushed there.
    """
    by_name = {one.sha: one for one in commits}
    brought = [
        _brought(pull, by_name, written.get(pull.number, ()))
        for pull in {one.number: one for one in pulls}.values()
        if pull.made in by_name
    ]
    brought.sort(key=lambda one: len(one.commits))
    pushed: list[Commit] = []
    for commit in commits:
        innermost = next((one for one in brought if commit.sha in one.commits), None)
        if innermost and (commit.sha == innermost.pull.made or not _gathers(innermost, dev)):
            innermost.own.append(commit.sha)
        else:
            pushed.append(commit)
    found = [*map(_of_pull, brought), *(_of_push(one) for one in pushed if not one.is_merge)]
    order = {one.sha: number for number, one in enumerate(commits)}
    found.sort(key=lambda one: order[one.commits[-1]])
    carrying = {one.pull.number for one in brought if _only_carries(one)}
    carriers = [one for one in found if one.number in carrying]
    told = _with_reverts([one for one in found if one not in carriers], by_name, brought)
    undone = _undone(told)
    return Changes(
        deployed=tuple(one for one, _ in told if one.id not in undone),
        undone=tuple(one for one, _ in told if one.id in undone),
        carriers=tuple(carriers),
        merges=sum(one.is_merge for one in pushed),
    )


def _brought(pull: Pull, by_name: Mapping[str, Commit], written: Sequence[tuple[str, datetime]]) -> _Brought:
    made = by_name[pull.made]
    if made.is_merge:
        onto, *merged = made.parents
        before = _reachable([onto], by_name)
        return _Brought(pull, How.MERGED, (_reachable(merged, by_name) - before) | {made.sha})
    if not written or made.written != (written[-1][0].strip(), written[-1][1]):
        return _Brought(pull, How.SQUASHED, frozenset([made.sha]))
    rebased: list[str] = []
    current: Commit | None = made
    for message, authored in reversed(written):
        if current is None or current.written != (message.strip(), authored):
            break
        rebased.append(current.sha)
        current = by_name.get(current.parents[0]) if current.parents else None
    return _Brought(pull, How.REBASED, frozenset(rebased))


def _reachable(names: Iterable[str], by_name: Mapping[str, Commit]) -> frozenset[str]:
    """Those, and all that they come after, as far as it is between the two revisions."""
    found: set[str] = set()
    left = [one for one in names if one in by_name]
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += [one for one in by_name[name].parents if one in by_name]
    return frozenset(found)


def _gathers(one: _Brought, dev: str) -> bool:
    """Whether its branch is one on which others' changes come together."""
    return one.how is How.MERGED and (one.pull.head == dev or one.pull.head.startswith(("release/", _BACK_MERGE)))


def _only_carries(one: _Brought) -> bool:
    """Whether all that it brought is others', or was pushed where it came from."""
    carried = len(one.commits) > 1 or one.pull.head.startswith(_BACK_MERGE)
    return one.how is How.MERGED and one.own == [one.pull.made] and carried


def _of_pull(one: _Brought) -> Change:
    pull = one.pull
    return Change(pull.title, one.how, pull.author, pull.url, pull.number, pull.base, tuple(one.own) or (pull.made,))


def _of_push(commit: Commit) -> Change:
    return Change(commit.subject, How.PUSHED, commit.author, commit.url, None, "", (commit.sha,))


def _with_reverts(
    found: Sequence[Change], by_name: Mapping[str, Commit], brought: Sequence[_Brought]
) -> list[tuple[Change, frozenset[str]]]:
    """Each change, told what it takes back, and the ids of those here that it takes back whole."""
    bodies = {one.pull.number: one.pull.body for one in brought}
    return [_with_revert(one, found, by_name, bodies.get(one.number or 0, "")) for one in found]


def _with_revert(
    change: Change, found: Sequence[Change], by_name: Mapping[str, Commit], body: str
) -> tuple[Change, frozenset[str]]:
    own = [by_name[one] for one in change.commits]
    own = [one for one in own if not one.is_merge] or own
    pulls = {int(number) for number in _REVERTED_PULL.findall(body)}
    named = [_REVERTED_COMMIT.findall(one.message) for one in own]
    shas = {sha for one in named for sha in one}
    everything = bool(pulls) or (bool(shas) and all(named))
    whole: set[str] = set()
    words: list[str] = [f"#{number}" for number in sorted(pulls)]
    for other in (one for one in found if one is not change):
        took = {sha for sha in other.commits if any(sha.startswith(short) for short in shas)}
        made = other.commits[-1] in took and (by_name[other.commits[-1]].is_merge or len(other.commits) == 1)
        plain = {sha for sha in other.commits if not by_name[sha].is_merge}
        if everything and (other.number in pulls or made or (plain and plain <= took)):
            whole.add(other.id)
        if took and other.name not in words:
            words.append(other.name if other.id in whole else f"some of {other.name}")
    elsewhere = [
        one for one in sorted(shas) if not any(sha.startswith(one) for other in found for sha in other.commits)
    ]
    if not pulls:
        words += [one[:SHOWN] for one in elsewhere]
    return replace(change, reverts=", ".join(words)), frozenset(whole)


def _undone(told: Sequence[tuple[Change, frozenset[str]]]) -> frozenset[str]:
    """The ids of those that others take back, and of these: the newest first, for it may take back a take-back."""
    undone: set[str] = set()
    for change, takes_back in reversed(told):
        if takes_back and change.id not in undone:
            undone |= takes_back | {change.id}
    return frozenset(undone)
