"""`release --help` leads somewhere."""

from __future__ import annotations

import re

import pytest

from sandbox.paths import PROJECT
from scripts.cli import app
from tests.scripts.cli.command import Run


def test_without_a_command_it_says_which_there_are(run: Run) -> None:
    ended = run()
    assert (ended.code, ended.out) == (2, "")
    assert "verify" in ended.err


@pytest.mark.parametrize("command", [str(one.name) for one in app.registered_commands])
def test_every_command_has_its_own_help(run: Run, command: str) -> None:
    ended = run(command, "--help")
    assert ended.code == 0
    assert ended.out.startswith(f"Usage: release {command} ")


def test_who_mistypes_a_command_hears_which_is_meant(run: Run) -> None:
    ended = run("verfy", "--stack", "prod")
    assert ended.code == 2
    assert "Did you mean 'verify'?" in ended.err


def test_the_document_that_help_names_is_there() -> None:
    (page,) = re.findall(r"docs/\S+\.md", app.info.help or "")
    assert (PROJECT / page).is_file()


def test_every_page_that_the_documents_link_to_is_there() -> None:
    missing = [
        f"{page.relative_to(PROJECT)}: {link}"
        for page in [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *(PROJECT / "docs").rglob("*.md")]
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not (page.parent / link).exists()
    ]
    assert missing == []
