"""The sandbox's folder: taken only where it costs nobody anything, and emptied only of what the sandbox put there."""

from __future__ import annotations

import json
import shutil

from sandbox.paths import HOME_VARIABLE, HomeError, Paths

_SHOWN = 3  # names of files that a message gives
ELSEWHERE = f"name a new or an empty folder in {HOME_VARIABLE}."


class RemovalError(Exception):
    """A file of the sandbox's cannot be removed; the message says which and why."""


def is_ours(paths: Paths) -> bool:
    """Whether the folder has the mark of a sandbox, made for this very place."""
    try:
        if paths.marker.is_symlink():
            return False
        return json.loads(paths.marker.read_text())["home"] == str(paths.home)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def check(paths: Paths) -> bool:
    """Whether the folder is a sandbox's; otherwise there is none, or an empty one.

    Raises:
        HomeError: there is something else.
    """
    try:
        if is_ours(paths):
            return True
        others = sorted(each.name for each in paths.home.iterdir())
    except FileNotFoundError:
        return False
    except NotADirectoryError as error:
        raise HomeError(f"{paths.home} is, or is in, a file: {ELSEWHERE}") from error
    except OSError as error:
        raise HomeError(f"{paths.home} cannot be read ({error.strerror}): {ELSEWHERE}") from error
    if others:
        more = ", …" if len(others) > _SHOWN else ""
        raise HomeError(
            f"{paths.home} is no sandbox's, and not empty ({', '.join(others[:_SHOWN])}{more}): nothing in it is "
            f"touched. N{ELSEWHERE[1:]}"
        )
    return False


def claim(paths: Paths) -> None:
    """Make the folder, or take an empty one, and put the mark into it.

    Raises:
        HomeError: it is neither new nor empty, or cannot be written to.
    """
    check(paths)
    try:
        made = not paths.home.exists()
        paths.home.mkdir(parents=True, exist_ok=True)
        paths.marker.touch(exist_ok=False)
        try:
            paths.marker.write_text(json.dumps({"home": str(paths.home), "made": made}))
        except OSError:
            paths.marker.unlink()  # no half of one stays behind
            raise
    except OSError as error:
        raise HomeError(f"{error.filename or paths.home} cannot be written ({error.strerror}): {ELSEWHERE}") from error


def clear(paths: Paths) -> list[str]:
    """Remove what the sandbox has put into its folder, and the folder if it made it; the names of what stays.

    Raises:
        RemovalError: something of the sandbox's stays, and its mark with it.
    """
    try:
        made = json.loads(paths.marker.read_text()).get("made", False)
        for own in paths.own:
            if own.is_dir() and not own.is_symlink():
                shutil.rmtree(own)
            else:
                own.unlink(missing_ok=True)
        paths.marker.unlink()
        others = sorted(each.name for each in paths.home.iterdir())
        if made and not others:
            paths.home.rmdir()
    except OSError as error:
        raise RemovalError(
            f"{error.filename or paths.home} cannot be removed ({error.strerror}): mend that, and `sandbox down` again."
        ) from error
    return others
