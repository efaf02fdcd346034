"""The sample repository is a real one."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sandbox.github.protection import owners_of
from sandbox.repository import GitError, MergeConflictError, Repository, UnknownRevisionError

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    template = tmp_path / "template"
    template.mkdir()
    (template / "main.yaml").write_text("one\n")
    (template / "deploy.sh").write_text("true\n")
    (template / "deploy.sh").chmod(0o755)
    made = Repository(tmp_path / "repository.git", lambda: NOON)
    made.seed(template, ("dev", "main"))
    return made


def committed(repository: Repository, branch: str, path: str, content: str) -> str:
    def change(checkout: Path) -> str:
        (checkout / path).write_text(content)
        return f"Change {path}\n\nWith a body."

    sha = repository.commit_change(f"refs/heads/{branch}", change)
    repository.set_branch(branch, sha)
    return sha


def test_both_branches_start_from_one_commit_and_seeding_again_changes_nothing(
    repository: Repository, tmp_path: Path
) -> None:
    branches = repository.branches()
    assert set(branches) == {"dev", "main"}
    assert len(set(branches.values())) == 1
    repository.seed(tmp_path / "template", ("dev", "main"))
    assert repository.branches() == branches


def test_a_commit_has_author_parents_and_message(repository: Repository) -> None:
    before = repository.branches()["dev"]
    commit = repository.commit(committed(repository, "dev", "main.yaml", "two\n"))
    assert (commit.subject, commit.parents, commit.author) == ("Change main.yaml", (before,), "Sample Engineer")
    assert commit.authored == NOON
    assert repository.changed_files(before, commit.sha) == [("M", "main.yaml")]
    assert repository.read("refs/heads/dev", "main.yaml") == b"two\n"
    assert repository.read("refs/heads/main", "main.yaml") == b"one\n"


def test_a_merge_has_two_parents_and_both_changes(repository: Repository) -> None:
    ours, theirs = committed(repository, "main", "a", "a"), committed(repository, "dev", "b", "b")
    merged = repository.commit(repository.merge("refs/heads/main", theirs, "Merge dev"))
    assert merged.parents == (ours, theirs)
    assert (repository.read(merged.sha, "a"), repository.read(merged.sha, "b")) == (b"a", b"b")


def test_commits_of_one_second_are_listed_by_what_stands_on_what(repository: Repository) -> None:
    """A merge's own time may be before its parents': the sandbox's commits are often of one second."""
    for number in range(6):
        committed(repository, "main", f"m{number}", "m")
        theirs = committed(repository, "dev", f"d{number}", "d")
        repository.set_branch("main", repository.merge("refs/heads/main", theirs, "Merge dev"))
    listed = repository.commits("refs/heads/main")
    order = {commit.sha: place for place, commit in enumerate(listed)}
    assert all(order[parent] > order[commit.sha] for commit in listed for parent in commit.parents)


def test_a_conflict_is_an_error(repository: Repository) -> None:
    committed(repository, "main", "main.yaml", "two\n")
    theirs = committed(repository, "dev", "main.yaml", "three\n")
    with pytest.raises(MergeConflictError):
        repository.merge("refs/heads/main", theirs, "Merge dev")


def test_what_does_not_exist_is_an_error(repository: Repository) -> None:
    for revision in ("refs/heads/nowhere", "0" * 40, "--all", ""):
        with pytest.raises(UnknownRevisionError):
            repository.resolve(revision)


def test_a_clone_has_the_files_with_their_modes(repository: Repository, tmp_path: Path) -> None:
    repository.clone_to(tmp_path / "clone", repository.branches()["main"])
    assert (tmp_path / "clone/deploy.sh").stat().st_mode & 0o111


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("main.yaml", ["@helios/platform"]),
        ("templates/network.yaml", ["@helios/network", "@second-engineer"]),
        ("docs/a/b.md", []),
        ("deploy.sh", ["@sample-engineer"]),
        ("scripts/deploy.sh", ["@sample-engineer"]),
        ("scripts/other.sh", ["@helios/platform"]),
    ],
)
def test_the_last_matching_line_of_codeowners_decides(path: str, owners: list[str]) -> None:
    codeowners = """# who owns what
* @helios/platform
/templates/ @helios/network @second-engineer  # the network
*.sh @helios/platform
deploy.sh @sample-engineer
docs/
"""
    assert owners_of(codeowners, path) == owners


def test_what_a_killed_sandbox_leaves_of_a_checkout_goes_with_the_repository(repository: Repository) -> None:
    def at_work(checkout: Path) -> str:
        assert repository.path in checkout.parents
        return "Change nothing"

    repository.commit_change("refs/heads/dev", at_work)


def test_what_git_says_when_it_fails_is_told(repository: Repository) -> None:
    def broken(_: Path) -> str:
        shutil.rmtree(repository.path / "objects")
        return "Change nothing"

    with pytest.raises(GitError, match="git add --all: fatal: not a git repository"):
        repository.commit_change("refs/heads/dev", broken)


def test_a_rebase_keeps_when_a_commit_was_written_and_not_when_it_was_committed(tmp_path: Path) -> None:
    times = iter(NOON + timedelta(minutes=minute) for minute in range(100))
    repository = Repository(tmp_path / "repository.git", lambda: next(times))
    (tmp_path / "template").mkdir()
    (tmp_path / "template" / "main.yaml").write_text("one\n")
    repository.seed(tmp_path / "template", ("dev", "main"))
    written = repository.commit(committed(repository, "dev", "dev.yaml", "dev\n"))
    committed(repository, "main", "main.yaml", "two\n")
    again = repository.commit(repository.rebase("refs/heads/main", "refs/heads/dev"))
    assert (again.message, again.authored) == (written.message, written.authored)
    assert again.sha != written.sha
    assert again.committed > written.committed
