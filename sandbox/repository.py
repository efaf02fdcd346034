"""The sample repository: a real bare git repository that stands for the one on GitHub.

libgit2 asks and changes it in this process; git itself makes clones and archives, and knows what is ignored.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import pygit2
from pygit2.enums import CheckoutStrategy, SortMode

AUTHOR = "Sample Engineer"
EMAIL = "engineer@helios.example"


class UnknownRevisionError(LookupError):
    """A branch, tag or commit that the repository does not have."""


class GitError(subprocess.CalledProcessError):
    """What git said when it failed."""

    def __str__(self) -> str:
        return f"{shlex.join(self.cmd)}: {self.stderr.decode(errors='replace').strip()}"


class MergeConflictError(RuntimeError):
    """Two branches that git cannot merge by itself."""


@dataclass(frozen=True)
class Commit:
    sha: str
    parents: tuple[str, ...]
    author: str
    email: str
    authored: datetime
    committed: datetime
    message: str

    @property
    def subject(self) -> str:
        return self.message.splitlines()[0] if self.message else ""


class Repository:
    """Asked from any thread. Changes are made one at a time."""

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        self.path = path
        self._now = now
        self._writing = threading.RLock()
        self._threads = threading.local()

    def seed(self, template: Path, branches: Sequence[str], adapt: Callable[[Path], None] = lambda _: None) -> None:
        """Create the repository from a folder, adapted: one commit, on every branch; the last is the default one."""
        with self._writing:
            if self.path.exists():
                return
            self.path.mkdir(parents=True)
            pygit2.init_repository(str(self.path), bare=True, initial_head=branches[-1])

            def copy(checkout: Path) -> str:
                shutil.copytree(template, checkout, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".git"))
                adapt(checkout)
                return "Web infrastructure of the sample application"

            sha = self._commit_tree(copy, parents=())
            for branch in branches:
                self.set_branch(branch, sha)

    def branches(self) -> dict[str, str]:
        """Each branch's head."""
        local = self._opened.branches.local
        return {name: str(local[name].target) for name in sorted(local)}

    def commit(self, revision: str) -> Commit:
        """A commit by any of git's names for it. Raises UnknownRevisionError."""
        return _told(self._commit(revision))

    def resolve(self, revision: str) -> str:
        """The whole name of that commit. Raises UnknownRevisionError."""
        return str(self._commit(revision).id)

    def commits(self, revisions: str, limit: int = 100) -> list[Commit]:
        """`branch`, or `base..head`; newest first, and no commit before one that it stands on, whatever their times.

        Raises UnknownRevisionError.
        """
        base, dots, head = revisions.rpartition("..")
        return [_told(one) for one in islice(self._between(base if dots else None, head), limit)]

    def commit_count(self) -> int:
        """How many commits there are, on all branches."""
        opened = self._opened
        walk = opened.walk(None)
        for reference in opened.references.iterator():
            walk.push(reference.target)
        return sum(1 for _ in walk)

    def is_ancestor(self, ancestor: str, revision: str) -> bool:
        try:
            older, newer = self._commit(ancestor).id, self._commit(revision).id
        except UnknownRevisionError:
            return False
        return older == newer or self._opened.descendant_of(newer, older)

    def between(self, base: str, head: str) -> list[str]:
        """Every commit of `head` that `base` has not, newest first. Raises UnknownRevisionError."""
        return [str(one.id) for one in self._between(base, head)]

    def tree(self, revision: str) -> str:
        """The name of what a commit contains. Raises UnknownRevisionError."""
        return str(self._commit(revision).tree_id)

    def own_diff(self, base: str, head: str) -> str:
        """What `head` changed since it left `base`, as a patch. Raises UnknownRevisionError."""
        diff = self._diff(self.merge_base(base, head), head)
        diff.find_similar()
        return diff.patch or ""

    def merge_base(self, one: str, other: str) -> str:
        """The newest commit that both have. Raises UnknownRevisionError, also if there is none."""
        found = self._opened.merge_base(self._commit(one).id, self._commit(other).id)
        if found is None:
            raise UnknownRevisionError(f"{one} and {other} have no commit in common")
        return str(found)

    def changed_files(self, base: str, head: str) -> list[tuple[str, str]]:
        """(git's status letter, path) of what differs from `base` to `head`. Raises UnknownRevisionError."""
        return [(delta.status_char(), delta.new_file.path) for delta in self._diff(base, head).deltas]

    def read(self, revision: str, path: str) -> bytes | None:
        """A file's content at a revision; None where it has no such file."""
        try:
            found = self._opened.revparse_single(f"{revision}:{path}")
        except (KeyError, ValueError):
            return None
        return found.data if isinstance(found, pygit2.Blob) else None

    def archive(self, revision: str) -> bytes:
        """The commit's tree as a zip."""
        return self._git("archive", "--format=zip", revision)

    def clone_to(self, folder: Path, sha: str) -> None:
        """A working copy at a commit."""
        self._git("clone", "--quiet", "--no-checkout", str(self.path), str(folder))
        self._git("-C", str(folder), "checkout", "--quiet", "--detach", sha)

    def set_branch(self, branch: str, sha: str, namespace: str = "refs/heads") -> None:
        with self._writing:
            self._opened.references.create(f"{namespace}/{branch}", sha, force=True)

    def delete_branch(self, branch: str) -> None:
        with self._writing:
            self._opened.references.delete(f"refs/heads/{branch}")

    def commit_change(self, parent: str, change: Callable[[Path], str]) -> str:
        """A commit on top of `parent`: `change` edits a checkout and returns the message."""
        with self._writing:
            return self._commit_tree(change, parents=(self.resolve(parent),))

    def merge(self, base: str, head: str, message: str) -> str:
        """A merge commit of two revisions, as GitHub's merge button makes it. Raises MergeConflictError."""
        with self._writing:
            opened, ours, theirs = self._opened, self._commit(base).id, self._commit(head).id
            merged = opened.merge_commits(ours, theirs)
            if merged.conflicts is not None:
                raise MergeConflictError(f"{head} does not merge into {base} without conflicts")
            return self._commit_object(str(merged.write_tree(opened)), (str(ours), str(theirs)), message)

    def squash(self, base: str, head: str, message: str) -> str:
        """One commit on `base` with all that `head` changed. Raises MergeConflictError."""
        with self._writing:
            ours = self.resolve(base)
            return self._commit_object(self.tree(self.merge(base, head, message)), (ours,), message)

    def rebase(self, base: str, head: str) -> str:
        """The commits of `head` once more, on `base`; merges among them are left out. Raises MergeConflictError.

        As git does it, each keeps its message and when it was written; only who committed it, and when, is new.
        """
        with self._writing:
            newest = self.resolve(base)
            for one in map(self.commit, reversed(self.between(base, head))):
                if len(one.parents) == 1:
                    # what is there, as if it stood where the commit did: merging the two is picking the commit
                    there = self._commit_object(self.tree(newest), one.parents, "There")
                    picked = self.tree(self.merge(there, one.sha, "Picked"))
                    newest = self._commit_object(picked, (newest,), one.message, one.authored)
            return newest

    @property
    def _opened(self) -> pygit2.Repository:
        """One a thread, as libgit2 asks for."""
        if not hasattr(self._threads, "opened"):
            self._threads.opened = pygit2.Repository(str(self.path))
        return self._threads.opened

    def _commit(self, revision: str) -> pygit2.Commit:
        try:
            return self._opened.revparse_single(revision).peel(pygit2.Commit)
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise UnknownRevisionError(f"no revision {revision!r} in the sample repository") from error

    def _between(self, base: str | None, head: str) -> Iterator[pygit2.Commit]:
        walk = self._opened.walk(self._commit(head).id, SortMode.TOPOLOGICAL)
        if base is not None:
            walk.hide(self._commit(base).id)
        return iter(walk)

    def _diff(self, base: str, head: str) -> pygit2.Diff:
        return self._commit(base).tree.diff_to_tree(self._commit(head).tree)

    def _commit_tree(self, change: Callable[[Path], str], parents: Sequence[str]) -> str:
        """A commit of a throw-away work tree with an index of its own."""
        with tempfile.TemporaryDirectory(dir=self.path, prefix="checkout-") as folder:
            checkout, index = Path(folder) / "tree", pygit2.Index(str(Path(folder) / "index"))
            checkout.mkdir()
            if parents:
                tree = self._commit(parents[0]).tree
                self._opened.checkout_tree(
                    tree, directory=str(checkout), strategy=CheckoutStrategy.FORCE | CheckoutStrategy.DONT_UPDATE_INDEX
                )
                index.read_tree(tree)
                index.write()
            message = change(checkout)
            self._git("add", "--all", GIT_WORK_TREE=str(checkout), GIT_INDEX_FILE=f"{folder}/index")
            index.read()
            return self._commit_object(str(index.write_tree(self._opened)), parents, message)

    def _commit_object(self, tree: str, parents: Sequence[str], message: str, authored: datetime | None = None) -> str:
        committed = self._now()
        made = self._opened.create_commit(
            None,
            _signed(authored or committed),
            _signed(committed),
            message if message.endswith("\n") else f"{message}\n",
            tree,
            list(parents),
        )
        return str(made)

    def _git(self, *arguments: str, **environment: str) -> bytes:
        elsewhere = arguments[0] in ("clone", "-C")
        where = {} if elsewhere else {"GIT_DIR": str(self.path)}
        done = subprocess.run(
            ["git", *arguments],
            check=False,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            cwd=environment.get("GIT_WORK_TREE", self.path.parent),
            env={**_isolated(), **where, **environment},
        )
        if done.returncode != 0:
            raise GitError(done.returncode, done.args, done.stdout, done.stderr)
        return done.stdout


def _told(commit: pygit2.Commit) -> Commit:
    return Commit(
        str(commit.id),
        tuple(str(one) for one in commit.parent_ids),
        commit.author.name,
        commit.author.email,
        _time(commit.author),
        _time(commit.committer),
        commit.message.strip(),
    )


def _time(signature: pygit2.Signature) -> datetime:
    return datetime.fromtimestamp(signature.time, UTC)


def _signed(at: datetime) -> pygit2.Signature:
    offset = at.utcoffset() or timedelta()
    return pygit2.Signature(AUTHOR, EMAIL, int(at.timestamp()), int(offset / timedelta(minutes=1)))


def _isolated() -> dict[str, str]:
    """Git as it is after installation: no configuration of this machine or person."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.devnull,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }
