"""What a description says of a release; what it does not say is named, and never made up."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.announcing.described import Described, described
from tests.scripts.announcing.samples import BODY, IMPACT

TEMPLATE = Path(__file__).parents[3] / "examples/web-infrastructure/.github/pull_request_template.md"


def impact(**answers: str) -> Described:
    told = {"Downtime": "none", "User-facing": "no", "Performance": "none"} | {
        key.replace("_", "-"): said for key, said in answers.items()
    }
    lines = "\n".join(f"{label}: {said}" for label, said in told.items())
    return described(BODY.replace(IMPACT, f"## Impact\n\n{lines}\n"))


def test_a_whole_description_lacks_nothing() -> None:
    found = described(BODY)
    assert found == Described(
        changes=("The site shows version 4", "Servers wait for nginx"),
        downtime="5 minutes",
        user_facing=True,
        users="Yes - the new front page",
        performance="None",
        rollback="deploy the commit before",
        rollback_time="10 minutes",
    )
    assert (found.for_customers, found.what_users_see) == (True, "the new front page")


def test_the_template_as_it_ships_lacks_everything_and_all_of_it_is_named_at_once() -> None:
    missing = "\n".join(described(TEMPLATE.read_text()).missing)
    for field in ("Changes", "Impact, Downtime", "Impact, User-facing", "Impact, Performance"):
        assert field in missing
    assert "Rollback plan, How" in missing
    assert "Rollback plan, Estimated time" in missing


@pytest.mark.parametrize("said", ["none", "None.", "no", "0", "0 minutes"])
def test_no_downtime_has_several_words(said: str) -> None:
    assert impact(Downtime=said).downtime == "None"


@pytest.mark.parametrize("said", ["5 minutes", "about 90 s", "1 hour at most"])
def test_a_downtime_is_as_it_was_said(said: str) -> None:
    assert (impact(Downtime=said).downtime, impact(Downtime=said).has_downtime) == (said, True)


@pytest.mark.parametrize("said", ["", "maybe", "some", "[X minutes]", "TBD", "?", "<!-- none -->"])
def test_any_other_downtime_is_missing_and_never_none(said: str) -> None:
    (missing,) = impact(Downtime=said).missing
    assert missing.startswith("Impact, Downtime")


@pytest.mark.parametrize(
    ("said", "users", "facing"),
    [
        ("no", "No", False),
        ("No.", "No", False),
        ("yes - the front page", "Yes - the front page", True),
        ("Yes, the front page", "Yes - the front page", True),
    ],
)
def test_user_facing_is_yes_or_no(said: str, users: str, facing: bool) -> None:
    found = impact(User_facing=said)
    assert (found.users, found.user_facing, found.missing) == (users, facing, ())


@pytest.mark.parametrize("said", ["", "yes", "Yes - [describe]", "partly", "[Yes/No - describe]"])
def test_user_facing_without_an_answer_or_what_is_seen_is_missing(said: str) -> None:
    found = impact(User_facing=said)
    assert found.user_facing is None
    assert "Impact, User-facing" in found.missing[0]


def test_labels_may_be_bold_or_items_of_a_list() -> None:
    told = "## Impact\n\n- **Downtime:** none\n- User-facing: no\n* Performance: `p99` stays\n"
    found = described(BODY.replace(IMPACT, told))
    assert (found.downtime, found.users, found.performance, found.missing) == ("None", "No", "p99 stays", ())


def test_changes_without_a_list_are_paragraphs_and_empty_items_are_none() -> None:
    assert described("## Changes\n\nOne\nline.\n\nAnother.\n").changes == ("One line.", "Another.")
    assert described("## Changes\n\n- \n- [ ]\n- ...\n").changes == ()


def test_a_change_cannot_end_its_line_or_turn_it() -> None:
    (change,) = described("## Changes\n\n- One\u202e\u2028two\n").changes
    assert change == "One two"
