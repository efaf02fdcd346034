"""What pyright is asked again, once something has changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from toolchain.pyright import digests, main, to_check

SOURCES = {
    "__main__.py": "from typed_above import command\n",
    "typed_below/__init__.py": "",
    "typed_below/names.py": "NAME = 'web'\n",
    "typed_below/rules/__init__.py": "",
    "typed_below/rules/window.py": "",
    "typed_above/__init__.py": "",
    "typed_above/program/__main__.py": "import typed_below.rules.window\n",  # in no package
    "typed_above/report.py": "def show():\n    from typed_below.names import NAME\n",
    "typed_above/command.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from . import report\n",
    "typed_above/calendar.py": "from typed_below.rules.window import Window\n",
    "typed_above/alone.py": "",
}
PYPROJECT = '[tool.pyright]\ninclude = ["__main__.py", "typed_below", "typed_above"]\n'
PYRIGHT = '#!/bin/sh\nshift\necho "$@" >asked\necho what is wrong\nexit $(cat exit_code)\n'


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone of a few files, of which all are clean, with a pyright that is content."""
    pyright = ".venv/bin/pyright"
    rest = {"pyproject.toml": PYPROJECT, "requirements.txt": "", pyright: PYRIGHT, "exit_code": "0"}
    for name, text in {**SOURCES, **rest}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / pyright).chmod(0o755)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("sys.argv", ["pyright"])
    assert main(tmp_path) == 0
    (tmp_path / "asked").unlink()
    return tmp_path


def asked(clone: Path) -> list[str]:
    return (clone / "asked").read_text().split()


def test_where_nothing_has_changed_nothing_is_asked(clone: Path) -> None:
    assert main(clone) == 0
    assert not (clone / "asked").exists()


def test_all_is_everything_nevertheless(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["pyright", "--all"])
    assert main(clone) == 0
    assert asked(clone) == []  # pyright has its own list in pyproject.toml


@pytest.mark.parametrize(
    ("changed", "files"),
    [
        # In a function, for types alone and through one another
        (
            "typed_below/names.py",
            ["__main__.py", "typed_above/command.py", "typed_above/report.py", "typed_below/names.py"],
        ),
        ("typed_above/alone.py", ["typed_above/alone.py"]),
        (
            "typed_below/rules/__init__.py",
            ["typed_above/calendar.py", "typed_above/program/__main__.py", "typed_below/rules/__init__.py"],
        ),
        ("__main__.py", ["__main__.py"]),
        ("typed_above/new.py", ["typed_above/new.py"]),
    ],
)
def test_a_change_asks_for_its_file_for_all_that_imports_it(clone: Path, changed: str, files: list[str]) -> None:
    (clone / changed).write_text("CHANGED = 1\n")
    assert main(clone) == 0
    assert asked(clone) == files


@pytest.mark.parametrize("setting", ["pyproject.toml", "requirements.txt"])
def test_another_setting_and_another_lock_ask_for_everything(clone: Path, setting: str) -> None:
    clean = digests(clone)
    (clone / setting).write_text((clone / setting).read_text() + "# changed\n")
    assert set(to_check(clone, digests(clone), clean)) == set(SOURCES)


def test_a_file_that_is_gone_asks_for_everything_since_no_graph_has_who_imports_it(clone: Path) -> None:
    (clone / "typed_below" / "names.py").unlink()
    clean = json.loads((clone / ".venv" / "pyright.json").read_text())
    assert set(to_check(clone, digests(clone), clean)) == SOURCES.keys() - {"typed_below/names.py"}


def test_what_was_not_clean_is_asked_again_until_it_is(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (clone / "typed_above" / "alone.py").write_text("CHANGED = 1\n")
    (clone / "exit_code").write_text("1")
    for _ in range(2):
        assert main(clone) == 1
        assert asked(clone) == ["typed_above/alone.py"]
        assert "what is wrong" in capsys.readouterr().out
    (clone / "exit_code").write_text("0")
    assert main(clone) == 0
    (clone / "asked").unlink()
    assert main(clone) == 0
    assert not (clone / "asked").exists()
