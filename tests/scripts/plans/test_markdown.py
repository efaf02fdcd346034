"""What a reviewer reads: short, what is lost first, and nothing that Markdown or GitHub would take for its own."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from scripts.plans.differences import ABSENT, UNKNOWN, Difference
from scripts.plans.markdown import LIMIT, MARK, comment
from scripts.plans.plan import Change, Operation, Plan
from tests.scripts.plans.test_preview import recorded

TOPIC = "aws:sns/topic:Topic"
KILOBYTE = 1_024


def updated(*differences: Difference, resource: str = "") -> Change:
    return Change(Operation.UPDATE, TOPIC, "alerts-topic", resource, differences)


def many(number: int, size: int) -> Plan:
    return Plan(
        "prod",
        tuple(
            Change(Operation.CREATE, TOPIC, f"topic-{at}", differences=(Difference("policy", ABSENT, "x" * size),))
            for at in range(number)
        ),
    )


def outside_code(text: str) -> str:
    """What GitHub would read as Markdown or HTML: all that does not stand in blocks and spans of code."""
    blocks = MarkdownIt("commonmark").enable("table").parse(text)
    inline = (child for block in blocks for child in block.children or () if child.type != "code_inline")
    html = (block for block in blocks if block.type == "html_block")
    return re.sub("<code>.*?</code>", "", "\n".join(token.content for token in (*inline, *html)))


def test_a_changed_threshold_is_read_in_less_than_a_kilobyte() -> None:
    text = comment([recorded("threshold")])
    assert len(text.encode()) < KILOBYTE
    assert "-threshold: 80\n+threshold: 70" in text


def test_a_window_that_changes_says_that_it_takes_away_the_rollback_targets() -> None:
    text = comment([recorded("window")])
    assert "can no longer be rolled back to" in text
    assert "Cron: * * 10-14 ? * TUE-THU *" in text
    assert len(text.encode()) < KILOBYTE


def test_what_is_lost_stands_before_everything_else_with_its_reasons() -> None:
    text = comment([recorded("renamed-topic")])
    caution, replaced, changed = (text.index(words) for words in ("[!CAUTION]", "**Replaced**", "**Updated**"))
    assert caution < replaced < changed
    assert "sns.Topic `prod-alerts`, because of `name`" in text
    assert "4 replaced and 12 updated" in text.splitlines()[1]


def test_resources_that_change_alike_are_told_once() -> None:
    assert (
        comment([recorded("renamed-topic")]).count("-alarmActions[0]") == 3
    )  # seven alarms alike, one more, a composite


def test_a_first_creation_fits_a_comment_with_the_inputs_of_every_resource() -> None:
    text = comment([recorded("first-creation"), replace(recorded("first-creation"), stack="dev")])
    assert len(text) < LIMIT
    assert "Shortened" not in text
    assert text.count("<details>") == text.count("</details>") == 2 * 43


def test_a_failed_preview_says_so_in_the_programs_words() -> None:
    text = comment([recorded("refused-configuration")])
    assert "Plan of `prod`: the preview failed" in text
    assert "release:thresholds.cpuPercent is 700" in text
    assert "no changes" not in text


def test_a_plan_that_protection_stops_shows_what_was_planned_until_then() -> None:
    text = comment([recorded("protected-bucket")])
    assert text.index("the preview failed") < text.index("Until then it had planned") < text.index("[!CAUTION]")
    assert "Protected, so Pulumi refuses: s3.Bucket" in text


def test_no_changes_are_said() -> None:
    assert comment([recorded("no-changes")]).splitlines()[:2] == [MARK, "## Plan of `prod`: no changes"]


def test_a_secret_in_a_value_does_not_get_through() -> None:
    change = updated(
        Difference("environment.DB_PASSWORD", "hunter2hunter2", "hunter3hunter3"),
        Difference("body", "url=https://u:topsecret@h/", f"ghp_{'x' * 36}"),
    )
    text = comment([Plan("prod", (change,))])
    assert not [secret for secret in ("hunter", "topsecret", "ghp_") if secret in text]


def test_a_value_that_is_known_only_afterwards_is_told_as_that() -> None:
    text = comment([Plan("prod", (updated(Difference("arn", "arn:a", UNKNOWN)),))])
    assert "+arn: (known after the update)" in text


@pytest.mark.parametrize("words", ["@octocat", "#12", "```", "</details>", "<!-- x -->", "[a](http://b)", "`@octocat`"])
def test_nothing_in_a_value_mentions_a_person_or_breaks_out_of_its_block(words: str) -> None:
    change = updated(Difference(f"p{words}", "before", f"x {words}\n```\n{words}"), resource=words)
    created = Change(Operation.CREATE, TOPIC, words, differences=(Difference("text", ABSENT, words),))
    text = comment([Plan("prod", (change, created), remarks=(words,), problems=(f"{words}\n{words}",))])
    ours = outside_code(text).replace(MARK, "").replace("</details>", "", 1)
    assert words not in ours


def test_unicode_and_turned_text_is_shown_as_what_it_is() -> None:
    text = comment([Plan("prod", (updated(Difference("title", "Ü 🚀", "a\u202eb\x1b[31m")),))])
    assert "-title: Ü 🚀" in text
    assert "\u202e" not in text
    assert "\x1b" not in text


@pytest.mark.parametrize("limit", [2_000, 10_000, LIMIT])
@pytest.mark.parametrize("plan", [many(1, 10**5), many(200, 1_000), many(2_000, 10), recorded("first-creation")])
def test_what_does_not_fit_is_cut_with_a_word_where_the_whole_is(plan: Plan, limit: int) -> None:
    text = comment([plan, replace(plan, stack="dev")], limit=limit, whole="The step's summary has the whole.")
    assert len(text) <= limit
    cut = "The step's summary has the whole." in text
    assert cut or text.count("<details>") == 2 * len(plan.changes)
    for stack in ("dev", "prod"):
        assert f"Plan of `{stack}`: {len(plan.changes)} created" in text


@given(st.lists(st.text(max_size=300), min_size=1, max_size=5))
def test_whatever_the_values_are_the_comment_fits_and_keeps_its_title(values: list[str]) -> None:
    changes = tuple(updated(Difference(f"p{at}", "", value)) for at, value in enumerate(values))
    text = comment([Plan("prod", changes)], limit=1_000)
    assert len(text) <= 1_000
    assert "## Plan of `prod`: " in text
