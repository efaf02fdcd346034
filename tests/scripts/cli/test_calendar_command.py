"""`release calendar`: the days ahead, as text, as data and as a file, by this machine's clock."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import icalendar
import pytest

from tests.scripts.cli.command import Run
from tests.scripts.prod_stack import OUTPUTS

FRIDAY = "2026-12-18T09:00:59+10:00"
Given = Callable[..., Path]


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def turn(time: str) -> None:
        monkeypatch.setattr("scripts.clients.clock.laptop", lambda: datetime.fromisoformat(time))

    turn(FRIDAY)
    return turn


@pytest.fixture
def given_outputs(tmp_path: Path, at: object) -> Given:
    """The outputs of prod as a file; keywords change the calendar, and `window` takes another place's."""

    def write(window: Any = OUTPUTS["releaseWindow"], **changes: Any) -> Path:
        calendar = OUTPUTS["calendar"] | changes if window else None
        file = tmp_path / "outputs.json"
        file.write_text(json.dumps(OUTPUTS | {"releaseWindow": window, "calendar": calendar}))
        return file

    return write


def test_the_days_ahead_open_or_closed_why_and_until_when_to_merge(run: Run, given_outputs: Given) -> None:
    outputs = given_outputs(freezes={"Stocktaking": "2026-12-22 13:00 to 2026-12-23"})
    told = run("calendar", "--outputs", outputs, "--weeks", 2)
    assert told.code == 0
    assert told.out.splitlines() == [
        "Releases of prod, at Fri 2026-12-18 09:00 AEST by this machine's clock",
        "Window TUE-THU 10:00-14:00 Australia/Brisbane; closed: public holidays of AU-QLD, the last 3 days of each "
        "quarter and 1 configured freeze.",
        "Not now: outside the release window (TUE-THU 10:00-14:00 Australia/Brisbane), until Tue 2026-12-22 10:00 "
        "AEST.",
        "Next Tue 2026-12-22 10:00 AEST.",
        "",
        "Tue 2026-12-22  10:00-13:00 AEST  merge by 11:45 AEST; closed besides: Stocktaking",
        "Wed 2026-12-23  closed            Stocktaking",
        "Thu 2026-12-24  10:00-14:00 AEST  merge by 13:45 AEST",
        "Tue 2026-12-29  closed            the last 3 days of the quarter",
        "Wed 2026-12-30  closed            the last 3 days of the quarter",
        "Thu 2026-12-31  closed            the last 3 days of the quarter",
        "",
        "Merge 15 min before the window closes, for Source and Build come first, and 1 h 15 min before a freeze "
        "begins, for the release is observed until then.",
    ]


@pytest.mark.parametrize(
    ("time", "told"),
    [
        ("2026-12-22T10:00:00+10:00", "Open now."),
        ("2026-12-22T13:50:00+10:00", "too late: by 13:45 AEST, since the release window closes at 14:00 AEST."),
        ("2026-12-29T11:00:00+10:00", "Not now: the last 3 days of the quarter, until Fri 2027-01-01 00:00 AEST."),
        ("2026-12-29T01:00:00+00:00", "Next Tue 2027-01-05 10:00 AEST."),
    ],
)
def test_what_holds_now(run: Run, given_outputs: Given, at: Callable[[str], None], time: str, told: str) -> None:
    at(time)
    assert told in run("calendar", "--outputs", given_outputs()).out


def test_a_year_whose_holidays_are_not_known_is_inconclusive_and_the_days_before_are_told(
    run: Run, given_outputs: Given
) -> None:
    told = run("calendar", "--outputs", given_outputs(holidays=["LK"]), "--weeks", 3)
    assert told.code == 4
    assert "Thu 2026-12-24  10:00-14:00 AEST" in told.out
    assert "From 2027-01-01 on nothing is known: the holidays of LK in 2027 are not known" in told.out
    assert "2027-01-05" not in told.out


def test_that_the_next_opening_is_not_known_is_inconclusive(
    run: Run, given_outputs: Given, at: Callable[[str], None]
) -> None:
    at("2026-12-28T09:00:00+10:00")
    told = run("calendar", "--outputs", given_outputs(holidays=["LK"]), "--weeks", 1, "-f", "json")
    assert told.code == 4
    assert told.data["calendar"]["now"] is None
    assert "LK in 2027" in told.data["unknown"]


def test_the_same_as_data(run: Run, given_outputs: Given) -> None:
    outputs = given_outputs(freezes={"Stocktaking": "2026-12-22 13:00 to 2026-12-22 15:00"})
    told = run("calendar", "--outputs", outputs, "--weeks", 1, "--format", "json").data
    assert (told["schema"], told["command"], told["stack"], told["unknown"]) == (1, "calendar", "prod", None)
    calendar = told["calendar"]
    assert calendar["timeZone"] == "Australia/Brisbane"
    assert calendar["neededMinutes"] == {"untilDeploy": 15, "untilObserved": 75}
    assert calendar["now"]["open"] is False
    assert calendar["now"]["nextOpen"] == "2026-12-22T10:00:00+10:00"
    assert calendar["days"][0] == {
        "date": "2026-12-22",
        "open": [
            {
                "begins": "2026-12-22T10:00:00+10:00",
                "ends": "2026-12-22T13:00:00+10:00",
                "mergeBy": "2026-12-22T11:45:00+10:00",
            }
        ],
        "closed": [
            {
                "kind": "period",
                "reason": "Stocktaking",
                "begins": "2026-12-22T13:00:00+10:00",
                "ends": "2026-12-22T15:00:00+10:00",
            }
        ],
    }


def test_a_stack_without_a_window_is_released_at_any_time(run: Run, given_outputs: Given) -> None:
    told = run("calendar", "--outputs", given_outputs(window=None))
    assert told.code == 0
    assert told.out == "prod is released at any time: it has no release window (SOP 6.1).\n"
    assert run("calendar", "--outputs", given_outputs(window=None), "-f", "json").data["calendar"] is None


def test_a_stack_without_a_window_has_no_calendar_file(run: Run, given_outputs: Given, tmp_path: Path) -> None:
    told = run("calendar", "--outputs", given_outputs(window=None), "--ics", tmp_path / "releases.ics")
    assert told.code == 2
    assert "which no calendar can show" in told.err


def test_outputs_from_before_the_calendar_are_not_taken_for_one_without_freezes(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps({key: value for key, value in OUTPUTS.items() if key != "calendar"}))
    told = run("calendar", "--outputs", file)
    assert told.code == 2
    assert "have no calendar yet" in told.err
    assert "pulumi up --stack prod" in told.err


def test_outputs_that_somebody_has_edited_are_refused(run: Run, given_outputs: Given) -> None:
    told = run("calendar", "--outputs", given_outputs(freezes={"Sale": "soon"}))
    assert told.code == 2
    assert "The calendar of stack prod cannot be used: 'soon' is neither a day nor FROM to TO." in told.err


def test_a_name_of_a_freeze_cannot_move_the_cursor(run: Run, given_outputs: Given) -> None:
    told = run("calendar", "--outputs", given_outputs(freezes={"\u202eelas": "2026-12-22"}))
    assert "\\u202eelas" in told.out


@pytest.mark.parametrize("weeks", [0, 105, "many"])
def test_weeks_that_are_no_number_of_weeks_are_refused(run: Run, given_outputs: Given, weeks: object) -> None:
    assert run("calendar", "--outputs", given_outputs(), "--weeks", weeks).code == 2


def test_the_file_is_written_beside_what_is_printed(run: Run, given_outputs: Given, tmp_path: Path) -> None:
    file = tmp_path / "releases.ics"
    told = run("calendar", "--outputs", given_outputs(), "--ics", file)
    assert told.out.startswith("Releases of prod")
    assert icalendar.Calendar.from_ical(file.read_bytes()).events


def test_the_file_is_printed_where_its_name_is_a_hyphen(run: Run, given_outputs: Given) -> None:
    told = run("calendar", "--outputs", given_outputs(), "--ics", "-")
    assert icalendar.Calendar.from_ical(told.out).events
    assert "by this machine's clock" not in told.out


def test_a_calendar_of_this_command_is_replaced_and_nobody_elses(
    run: Run, given_outputs: Given, tmp_path: Path
) -> None:
    mine, other = tmp_path / "releases.ics", tmp_path / "birthdays.ics"
    other.write_text("BEGIN:VCALENDAR\r\nPRODID:-//me//EN\r\nEND:VCALENDAR\r\n")
    for _ in range(2):
        assert run("calendar", "--outputs", given_outputs(), "--ics", mine).code == 0
    told = run("calendar", "--outputs", given_outputs(), "--ics", other)
    assert told.code == 2
    assert "is no calendar of this command" in told.err
    assert "//me//" in other.read_text()


def test_a_file_that_cannot_be_written_is_refused(run: Run, given_outputs: Given, tmp_path: Path) -> None:
    told = run("calendar", "--outputs", given_outputs(), "--ics", tmp_path / "no" / "releases.ics")
    assert told.code == 2
    assert "there is no directory" in told.err
