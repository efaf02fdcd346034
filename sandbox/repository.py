"""The sample repository: a real bare git repository that stands for the one on GitHub."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

AUTHOR = "Sample Engineer"
EMAIL = "engineer@helios.example"
_FIELDS = "%H%x00%P%x00%an%x00%ae%x00%aI%x00%cI%x00%B"


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
    """Git, asked by subprocess. Changes are made one at a time."""

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        self.path = path
        self._now = now
        self._writing = threading.RLock()

    def seed(self, template: Path, branches: Sequence[str], adapt: Callable[[Path], None] = lambda _: None) -> None:
        """Create the repository from a folder, adapted: one commit, on every branch; the last is the default one."""
        with self._writing:
            if self.path.exists():
                return
            self.path.mkdir(parents=True)
            self._git("init", "--quiet", "--bare", "--initial-branch", branches[-1])

            def copy(checkout: Path) -> str:
                shutil.copytree(template, checkout, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".git"))
                adapt(checkout)
                return "Web infrastructure of the sample application"

            sha = self._commit_tree(copy, parents=())
            for branch in branches:
                self.set_branch(branch, sha)

    def branches(self) -> dict[str, str]:
        """Each branch's head."""
        listed = self._git("for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads")
        return dict(line.split(" ") for line in listed.splitlines())

    def commit(self, revision: str) -> Commit:
        """A commit by any of git's names for it. Raises UnknownRevisionError."""
        sha = self.resolve(revision)
        fields = self._git("log", "-1", f"--format={_FIELDS}", sha).rstrip("\n").split("\0")
        sha, parents, author, email, authored, committed, message = fields
        return Commit(
            sha,
            tuple(parents.split()),
            author,
            email,
            datetime.fromisoformat(authored).astimezone(UTC),
            datetime.fromisoformat(committed).astimezone(UTC),
            message.strip(),
        )

    def resolve(self, revision: str) -> str:
        try:
            return self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").strip()
        except subprocess.CalledProcessError as error:
            raise UnknownRevisionError(f"no revision {revision!r} in the sample repository") from error

    def commits(self, revisions: str, limit: int = 100) -> list[Commit]:
        """`branch`, or `base..head`; newest first, and no commit before one that it stands on, whatever their times."""
        shas = self._git("rev-list", "--topo-order", f"--max-count={limit}", "--end-of-options", revisions).split()
        return [self.commit(sha) for sha in shas]

    def commit_count(self) -> int:
        """How many commits there are, on all branches."""
        return int(self._git("rev-list", "--all", "--count"))

    def is_ancestor(self, ancestor: str, revision: str) -> bool:
        try:
            self._git("merge-base", "--is-ancestor", ancestor, revision)
        except subprocess.CalledProcessError:
            return False
        return True

    def between(self, base: str, head: str) -> list[str]:
        """Every commit of `head` that `base` has not, newest first."""
        return self._git("rev-list", "--topo-order", "--end-of-options", f"{base}..{head}").split()

    def tree(self, revision: str) -> str:
        """The name of what a commit contains."""
        return self._git("rev-parse", f"{self.resolve(revision)}^{{tree}}").strip()

    def own_diff(self, base: str, head: str) -> str:
        """What `head` changed since it left `base`, as a patch."""
        return self._git("diff-tree", "-r", "-p", "-M", self.merge_base(base, head), self.resolve(head))

    def merge_base(self, one: str, other: str) -> str:
        return self._git("merge-base", one, other).strip()

    def changed_files(self, base: str, head: str) -> list[tuple[str, str]]:
        """(git's status letter, path) of what differs from `base` to `head`."""
        listed = self._git("diff-tree", "-r", "--no-renames", "--name-status", "-z", base, head)
        parts = listed.split("\0")[:-1]
        return list(zip(parts[::2], parts[1::2], strict=True))

    def read(self, revision: str, path: str) -> bytes | None:
        """A file's content at a revision; None where it has no such file."""
        try:
            return self._git_bytes("cat-file", "blob", f"{revision}:{path}")
        except subprocess.CalledProcessError:
            return None

    def archive(self, revision: str) -> bytes:
        """The commit's tree as a zip."""
        return self._git_bytes("archive", "--format=zip", revision)

    def clone_to(self, folder: Path, sha: str) -> None:
        """A working copy at a commit."""
        self._git("clone", "--quiet", "--no-checkout", str(self.path), str(folder))
        self._git("-C", str(folder), "checkout", "--quiet", "--detach", sha)

    def set_branch(self, branch: str, sha: str, namespace: str = "refs/heads") -> None:
        with self._writing:
            self._git("update-ref", f"{namespace}/{branch}", sha)

    def delete_branch(self, branch: str) -> None:
        with self._writing:
            self._git("update-ref", "-d", f"refs/heads/{branch}")

    def commit_change(self, parent: str, change: Callable[[Path], str]) -> str:
        """A commit on top of `parent`: `change` edits a checkout and returns the message."""
        with self._writing:
            return self._commit_tree(change, parents=(self.resolve(parent),))

    def merge(self, base: str, head: str, message: str) -> str:
        """A merge commit of two revisions, as GitHub's merge button makes it. Raises MergeConflictError."""
        with self._writing:
            ours, theirs = self.resolve(base), self.resolve(head)
            try:
                tree = self._git("merge-tree", "--write-tree", ours, theirs).split()[0]
            except subprocess.CalledProcessError as error:
                raise MergeConflictError(f"{head} does not merge into {base} without conflicts") from error
            return self._commit_object(tree, (ours, theirs), message)

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

    def _commit_tree(self, change: Callable[[Path], str], parents: Sequence[str]) -> str:
        with self._checkout(parents[0] if parents else None) as (checkout, environment):
            message = change(checkout)
            self._git("add", "--all", environment=environment)
            tree = self._git("write-tree", environment=environment).strip()
        return self._commit_object(tree, parents, message)

    def _commit_object(self, tree: str, parents: Sequence[str], message: str, authored: datetime | None = None) -> str:
        flags = [flag for parent in parents for flag in ("-p", parent)]
        written = {"GIT_AUTHOR_DATE": authored.isoformat()} if authored else None
        return self._git("commit-tree", tree, *flags, "-m", message, environment=written).strip()

    @contextmanager
    def _checkout(self, revision: str | None) -> Iterator[tuple[Path, dict[str, str]]]:
        """A throw-away work tree with an index of its own."""
        with tempfile.TemporaryDirectory(dir=self.path, prefix="checkout-") as folder:
            checkout = Path(folder) / "tree"
            checkout.mkdir()
            environment = {"GIT_WORK_TREE": str(checkout), "GIT_INDEX_FILE": str(Path(folder) / "index")}
            if revision is not None:
                self._git("read-tree", revision, environment=environment)
                self._git("checkout-index", "--all", environment=environment)
            yield checkout, environment

    def _git(self, *arguments: str, environment: dict[str, str] | None = None) -> str:
        return self._git_bytes(*arguments, environment=environment).decode(errors="replace")

    def _git_bytes(self, *arguments: str, environment: dict[str, str] | None = None) -> bytes:
        elsewhere = arguments[0] in ("clone", "-C")
        where = {} if elsewhere else {"GIT_DIR": str(self.path)}
        done = subprocess.run(
            ["git", *arguments],
            check=False,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            cwd=(environment or {}).get("GIT_WORK_TREE", self.path.parent),
            env={**_isolated(), **self._dates(), **where, **(environment or {})},
        )
        if done.returncode != 0:
            raise GitError(done.returncode, done.args, done.stdout, done.stderr)
        return done.stdout

    def _dates(self) -> dict[str, str]:
        now = self._now().isoformat(timespec="seconds")
        return {"GIT_AUTHOR_DATE": now, "GIT_COMMITTER_DATE": now}


def _isolated() -> dict[str, str]:
    """Git as it is after installation: no configuration of this machine or person, a fixed author."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.devnull,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": AUTHOR,
        "GIT_AUTHOR_EMAIL": EMAIL,
        "GIT_COMMITTER_NAME": AUTHOR,
        "GIT_COMMITTER_EMAIL": EMAIL,
    }
