"""Named changes: what each does to the sample repository, and that the next one takes it back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cfnlint.api import lint_file

from sandbox.changes import CHANGES, ChangeError, UnknownChangeError, apply
from tests.examples.test_web_infrastructure import REPOSITORY


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return Path(shutil.copytree(REPOSITORY, tmp_path / "checkout"))


def content(checkout: Path) -> dict[str, str]:
    files = [file for file in checkout.rglob("*") if file.is_file() and file.name != "VERSION"]
    return {str(file.relative_to(checkout)): file.read_text() for file in files}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_edits_its_files_and_harmless_takes_it_back(checkout: Path, name: str) -> None:
    before = content(checkout)
    message = apply(name, checkout, 7)
    changed = {path for path, text in content(checkout).items() if before[path] != text}
    assert changed == {edit.path for edit in CHANGES[name].edits}
    assert (checkout / "VERSION").read_text() == "1.0.7\n"
    assert "1.0.7" in message
    assert message.splitlines()[1] == ""

    apply(name, checkout, 8)
    apply("harmless", checkout, 9)
    assert content(checkout) == before
    assert (checkout / "VERSION").read_text() == "1.0.9\n"


@pytest.mark.parametrize("name", CHANGES)
def test_only_the_broken_template_fails_the_lint(checkout: Path, name: str) -> None:
    apply(name, checkout, 1)
    templates = [edit.path for edit in CHANGES[name].edits if edit.path.endswith(".yaml")]
    found = [problem for path in templates for problem in lint_file(checkout / path)]
    assert bool(found) == (name == "broken-template"), found


def test_an_unknown_change_names_those_there_are(checkout: Path) -> None:
    with pytest.raises(UnknownChangeError, match="no change 'nope'; there are harmless, broken-template"):
        apply("nope", checkout, 1)


def test_a_change_that_no_longer_fits_says_where(checkout: Path) -> None:
    (checkout / "templates" / "load-balancer.yaml").write_text("Resources: {}\n")
    with pytest.raises(ChangeError, match=r"templates/load-balancer\.yaml was edited where failing-resource"):
        apply("failing-resource", checkout, 1)
