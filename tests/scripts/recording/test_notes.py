"""The release notes: the SOP's sections from facts, and people's words kept whatever is made anew."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from scripts.errors import ConfigurationError
from scripts.recording.changes import Changes, How
from scripts.recording.notes import new_notes, release_in, renewed
from scripts.recording.record import Happened, Outcome
from scripts.recording.shelf import Folder, put
from scripts.results import Status
from tests.scripts.recording.records import change, record, report, result
from tests.scripts.release import at

HOSTILE = (
    "<!channel> | pipes \n# line\r\nbreaks 🚀 \u202eevil\u200f `x` ](http://evil) <!-- end of changes --> <b>bold</b>"
)


def section(notes: str, title: str) -> str:
    return notes.partition(f"## {title}\n")[2].partition("\n## ")[0]


def text_of(markdown: str) -> str:
    """What a reader of the rendered page has before them."""
    html = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)
    return re.sub(r"<[^>]+>", "", html)


def test_they_have_the_sections_of_the_sop_in_its_order() -> None:
    found = re.findall(r"^#+ .*$", new_notes(record()), re.MULTILINE)
    assert found == [
        "# Release Notes - 2026-03-10",
        "## Changes Deployed",
        "## Deployment Timeline",
        "## Verification Results",
        "## Issues Encountered",
        "## Rollback Actions",
        "## Lessons Learned",
    ]


def test_the_timeline_has_the_sops_lines_in_the_zone_of_the_window() -> None:
    told = section(new_notes(record()), "Deployment Timeline")
    assert "- Start: 11:03 AEST\n- Complete: 11:07 AEST\n- Duration: 4 min\n" in told


def test_a_release_of_which_nothing_went_wrong_says_none() -> None:
    notes = new_notes(record())
    assert "- None that is known." in section(notes, "Issues Encountered")
    assert "- None." in section(notes, "Rollback Actions")


def test_where_something_could_not_be_told_none_is_not_said_as_if_it_were_known() -> None:
    notes = new_notes(record(unknown=("Which alarms fired is not known: throttled",)))
    assert "- Which alarms fired is not known: throttled" in notes
    assert "see above what could not be told" in section(notes, "Issues Encountered")


def test_each_change_stands_there_once_with_how_it_came() -> None:
    found = Changes(
        (change(), change("Hand-made", None, how=How.PUSHED, url="", into="")),
        carriers=(change("Release", 12),),
        merges=2,
    )
    told = section(new_notes(record(changes=found)), "Changes Deployed")
    assert told.count("Add queue") == told.count("Hand-made") == 1
    assert "sample-engineer, merged" in told
    assert "pushed without a pull request" in told
    assert "2 merges between branches brought nothing more." in told


def test_a_deployment_that_changed_nothing_says_so() -> None:
    told = section(new_notes(record(outcome=Outcome.UNCHANGED, changes=Changes())), "Changes Deployed")
    assert "- None: commit `9b1d5e0f2c7a` had been deployed before, and was deployed once more." in told


def test_what_failed_lists_no_change_as_deployed() -> None:
    told = section(new_notes(record(outcome=Outcome.FAILED)), "Changes Deployed")
    assert "- None: deployment failed. What was to be:" in told


def test_what_was_taken_back_before_it_was_deployed_is_told_apart() -> None:
    told = section(new_notes(record(changes=Changes((), (change(),)))), "Changes Deployed")
    assert "- Taken back before it was deployed: [#5]" in told
    assert "- None that stays" in told


def test_a_superseded_release_is_named_in_the_notes_of_the_one_that_carried_it() -> None:
    assert "Its execution carried #11 out, too." in new_notes(record(carried=("pr-11",)))


def test_a_check_that_is_not_good_is_named() -> None:
    bad = report("observe", result(Status.FAIL, id="cpu", observed="91 % at 11:30."))
    told = section(new_notes(record(reports=(report(), bad))), "Verification Results")
    assert "❌ FAIL `cpu` 91 % at 11:30." in told


def test_without_a_report_it_is_not_called_verified() -> None:
    told = section(new_notes(record(reports=())), "Verification Results")
    assert "❔ Not verified (SOP 4.1-4.5), as far as is known" in told
    assert "❔ Not observed for an hour (SOP 4.6), as far as is known" in told


def test_a_report_that_was_asked_for_the_record_says_so() -> None:
    assert "asked for this record" in section(new_notes(record(asked_anew=True)), "Verification Results")


@pytest.mark.parametrize("field", ["title", "change", "issue", "happened"])
def test_whatever_others_write_harms_neither_the_page_nor_the_marks(field: str) -> None:
    given = {
        "title": record(title=HOSTILE),
        "change": record(changes=Changes((change(HOSTILE, author=HOSTILE),))),
        "issue": record(issues=(HOSTILE,), rollbacks=(HOSTILE,)),
        "happened": record(timeline=(Happened(at(0), HOSTILE, detail=HOSTILE),)),
    }[field]
    notes = new_notes(given)
    assert "\u202e" not in notes
    assert "<!channel>" not in notes
    assert "<b>" not in notes
    assert notes.count("<!-- end of changes -->") == 1
    assert len(re.findall(r"^#+ ", notes, re.MULTILINE)) == 7
    assert renewed(notes, given, "here") == notes
    rendered = MarkdownIt("commonmark").enable("table").render(notes)
    assert 'evil"' not in re.sub(r"&quot;", '"', " ".join(re.findall(r'href="[^"]*"', rendered)))
    assert "pipes" in text_of(notes)


def test_an_address_ends_where_it_ends_and_leads_to_the_web_only() -> None:
    odd = change(url="https://github.com/a)b/[c](d)")
    html = MarkdownIt("commonmark").render(new_notes(record(changes=Changes((odd, change(url="javascript:x"))))))
    assert 'href="https://github.com/a%29b/%5Bc%5D%28d%29"' in html
    assert "javascript" not in html


def test_a_bar_in_a_title_leaves_the_table_its_columns() -> None:
    notes = new_notes(record(timeline=(Happened(at(0), "a | b", detail="c | d"),)))
    html = MarkdownIt("commonmark").enable("table").render(section(notes, "Deployment Timeline"))
    assert html.count("<td>") == 4


# People's words


def written(notes: str) -> str:
    """The notes after people have written between all that is made."""
    kept = notes.replace("# Release Notes", "Ours, before all.\n\n# Release Notes")
    kept = kept.replace("<!-- end of issues -->\n", "<!-- end of issues -->\n\nIt was the queue: see #77.\n")
    return kept.replace("- _To be written", "- Ask earlier.\r\n- _To be written")


def test_peoples_words_stay_on_every_run_to_the_byte() -> None:
    before = written(new_notes(record()))
    later = record(issues=("Alarm prod-cpu fired.",), rollbacks=("Taken back.",))
    once = renewed(before, later, "here")
    assert "Ours, before all." in once
    assert "It was the queue: see #77." in once
    assert "- Ask earlier.\r\n" in once
    assert "- Alarm prod-cpu fired." in once
    assert renewed(once, record(), "here") == before


def test_what_aws_has_forgotten_since_stays_as_it_was_written_in_time() -> None:
    told = ("Alarm prod-cpu fired.",)
    notes = new_notes(record(issues=told, rollbacks=told))
    late = record(forgotten=True, unknown=("Which alarms fired is not known.",), changes=Changes((change("Renamed"),)))
    again = renewed(notes, late, "here")
    assert again.count("Alarm prod-cpu fired.") == 2
    assert "Renamed" in again
    assert renewed(notes, record(), "here").count("Alarm prod-cpu fired.") == 0


def test_the_same_facts_make_the_same_text() -> None:
    notes = new_notes(record())
    assert renewed(notes, replace(record(), made=at(5_000)), "here") == notes


@pytest.mark.parametrize(
    "spoil",
    [
        lambda notes: notes.replace("<!-- end of issues -->", ""),
        lambda notes: notes.replace("<!-- made by release record: issues -->", ""),
        lambda notes: notes + "<!-- end of issues -->",
        lambda notes: notes.replace("<!-- end of issues -->", "").replace(
            "<!-- made by release record: issues -->", "<!-- end of issues --> <!-- made by release record: issues -->"
        ),
    ],
    ids=["no end", "no beginning", "two ends", "the wrong way round"],
)
def test_marks_that_are_gone_are_told_and_nothing_is_guessed(spoil: Callable[[str], str]) -> None:
    with pytest.raises(ConfigurationError, match="nothing was written"):
        renewed(spoil(new_notes(record())), record(), "here")


# Files


def test_the_first_of_a_day_has_the_sops_name(tmp_path: Path) -> None:
    done = put(Folder(tmp_path / "docs/releases"), record())
    assert done.where.endswith("docs/releases/2026-03-10-release-notes.md")
    assert Path(done.where).read_text() == new_notes(record())


def test_the_end_event_twice_is_one_record(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    assert put(folder, record()).changed
    assert not put(folder, record()).changed
    assert [one.name for one in tmp_path.iterdir()] == ["2026-03-10-release-notes.md"]


def test_a_second_release_of_a_day_has_a_file_of_its_own_and_keeps_it(tmp_path: Path) -> None:
    folder, second = Folder(tmp_path), record(release="pr-13")
    put(folder, record())
    assert put(folder, second).where.endswith("2026-03-10-release-notes-2.md")
    assert put(folder, record(release="exec-4f")).where.endswith("2026-03-10-release-notes-3.md")
    assert not put(folder, second).changed
    assert put(folder, record(issues=("late",))).where.endswith("2026-03-10-release-notes.md")
    assert release_in((tmp_path / "2026-03-10-release-notes-2.md").read_text()) == "pr-13"


def test_notes_that_somebody_wrote_by_hand_are_left_alone(tmp_path: Path) -> None:
    theirs = tmp_path / "2026-03-10-release-notes.md"
    theirs.write_text("# Release Notes - 2026-03-10\n")
    assert put(Folder(tmp_path), record()).where.endswith("-2.md")
    assert theirs.read_text() == "# Release Notes - 2026-03-10\n"


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    assert put(Folder(tmp_path / "releases"), record(), dry_run=True).notes == new_notes(record())
    assert list(tmp_path.iterdir()) == []


def test_of_two_who_write_at_once_nothing_is_lost(tmp_path: Path) -> None:
    class Slow(Folder):
        """Somebody writes between reading and writing, once."""

        def replace(self, name: str, notes: str, before: str) -> bool:
            path = self.path / name
            if "meanwhile" not in before:
                path.write_bytes(before.encode() + b"\nWritten meanwhile.\n")
            return super().replace(name, notes, before)

    put(Folder(tmp_path), record())
    done = put(Slow(tmp_path), record(issues=("late",)))
    assert "Written meanwhile." in Path(done.where).read_text()
    assert "- late" in Path(done.where).read_text()


def test_it_is_named_for_the_day_in_the_zone_of_the_window() -> None:
    late = replace(record().execution, ended=at(14 * 60))
    assert str(record(execution=late).day) == "2026-03-11"
