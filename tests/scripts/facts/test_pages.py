"""Facts are the same however AWS cuts and orders its pages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.facts.alarm_history import Firing, read_firings, read_firings_of_many
from scripts.facts.alarms import read_alarms
from scripts.facts.logs import LogLine, LogSearch, read_lines
from scripts.facts.metric_data import Metric, read_series
from tests.scripts.facts.pages import cut, metric_pages, result, shuffled
from tests.scripts.fake_aws import FakeAws, Params
from tests.scripts.release import alarm

BEGIN = datetime(2026, 3, 10, 1, tzinfo=UTC)
STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")
MINUTES = st.integers(0, 240).map(lambda number: BEGIN + timedelta(minutes=number))
POINTS = st.dictionaries(MINUTES, st.floats(0, 1e9), max_size=12)
METRICS = [Metric("AWS/EC2", name, (("AutoScalingGroupName", "web"),), "Average", 60) for name in ("A", "B", "C")]


@cache
def fake_aws() -> FakeAws:
    """One for all examples: botocore takes its time to make clients."""
    return FakeAws()


class TestMetrics:
    @given(st.data(), st.lists(POINTS, min_size=3, max_size=3))
    def test_series_are_put_together(self, data: st.DataObject, series: list[dict[datetime, float]]) -> None:
        named = {f"m{number}": points for number, points in enumerate(series)}
        fake_aws().pages("GetMetricData", *data.draw(metric_pages(named)))
        read = read_series(fake_aws().aws.cloudwatch, METRICS, lambda _: BEGIN, BEGIN + timedelta(hours=4))
        assert [read[metric].values for metric in METRICS] == series
        assert all(read[metric].complete for metric in METRICS)

    @pytest.mark.parametrize("status", ["PartialData", "InternalError", "Forbidden"])
    def test_a_series_whose_last_word_is_not_complete_is_not(self, status: str) -> None:
        whole = [result(f"m{number}", {BEGIN: 1.0}, "Complete") for number in range(3)]
        fake_aws().pages(
            "GetMetricData", {"MetricDataResults": whole}, {"MetricDataResults": [result("m1", {}, status)]}
        )
        read = read_series(fake_aws().aws.cloudwatch, METRICS, lambda _: BEGIN, BEGIN + timedelta(hours=4))
        assert [read[metric].complete for metric in METRICS] == [True, False, True]


@st.composite
def histories(draw: st.DrawFn) -> list[Params]:
    """Changes of state of an alarm and another's, no two of one alarm at once."""
    items: list[Params] = []
    for name in ("prod-cpu", "prod-errors"):
        state = draw(st.sampled_from(STATES))
        for minute in sorted(draw(st.sets(st.integers(0, 60), max_size=8))):
            new = draw(st.sampled_from([one for one in STATES if one != state]))
            changed = {"oldState": {"stateValue": state}, "newState": {"stateValue": new, "stateReason": f"{minute}"}}
            when = BEGIN + timedelta(minutes=minute)
            items.append({"AlarmName": name, "Timestamp": when, "HistoryData": json.dumps(changed)})
            state = new
    return items


class TestAlarms:
    def firings(self, pages: Sequence[Sequence[Params]]) -> list[Firing]:
        fake_aws().pages("DescribeAlarmHistory", *({"AlarmHistoryItems": list(page)} for page in pages))
        since = BEGIN + timedelta(minutes=5)
        return read_firings(fake_aws().aws.cloudwatch, "prod-cpu", since)

    @given(st.data(), histories())
    def test_firings_are_the_same(self, data: st.DataObject, history: list[Params]) -> None:
        in_order = sorted(history, key=lambda item: item["Timestamp"])
        assert self.firings(data.draw(shuffled(history))) == self.firings([in_order])

    @given(histories(), st.sampled_from([["prod-cpu"], ["prod-cpu", "prod-errors"], ["prod-other"]]))
    def test_the_history_of_many_in_one_question_is_that_of_each(self, history: list[Params], names: list[str]) -> None:
        fake_aws().pages("DescribeAlarmHistory", {"AlarmHistoryItems": history})
        client, since = fake_aws().aws.cloudwatch, BEGIN + timedelta(minutes=5)
        each = [firing for name in names for firing in read_firings(client, name, since)]
        assert read_firings_of_many(client, names, since) == each

    @given(histories())
    def test_a_firing_ends_after_it_began_and_before_the_next_one_of_its_alarm(self, history: list[Params]) -> None:
        own = self.firings([history])
        assert {firing.alarm for firing in own} <= {"prod-cpu"}
        marks = [mark for firing in own for mark in (firing.started, firing.ended)]
        assert None not in marks[1:-1]
        assert (known := [mark for mark in marks if mark is not None]) == sorted(known)

    @given(st.data(), st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from(STATES)))
    def test_alarms_of_every_page_are_there(self, data: st.DataObject, states: dict[str, str]) -> None:
        pages = data.draw(shuffled([alarm(name, state, {}) for name, state in states.items()]))
        kinds = data.draw(st.lists(st.sampled_from(["MetricAlarms", "CompositeAlarms"]), min_size=5, max_size=5))
        fake_aws().pages("DescribeAlarms", *({kind: page} for kind, page in zip(kinds, pages, strict=False)))
        read = read_alarms(fake_aws().aws.cloudwatch, "prod-")
        assert [(one.name, one.state) for one in read] == sorted(states.items())


class TestLogs:
    def lines(self, pages: Sequence[Sequence[int]], at_most: int) -> list[LogLine]:
        events = [
            [{"timestamp": minute * 60_000, "logStreamName": "i-0a", "message": f"{minute}\n"} for minute in page]
            for page in pages
        ]
        fake_aws().pages("FilterLogEvents", *({"events": page} for page in events), linked_by="nextToken")
        return read_lines(fake_aws().aws.logs, LogSearch("group", BEGIN, BEGIN + timedelta(hours=1)), at_most=at_most)

    @given(st.data(), st.sets(st.integers(0, 60)), st.integers(1, 20))
    def test_the_first_lines_are_found_behind_empty_pages(
        self, data: st.DataObject, minutes: set[int], at_most: int
    ) -> None:
        found = self.lines(data.draw(cut(sorted(minutes))), at_most)
        assert [line.message for line in found] == [str(minute) for minute in sorted(minutes)[:at_most]]

    @given(st.data(), st.sets(st.integers(0, 60), max_size=20))
    def test_all_lines_are_told_in_order_of_time(self, data: st.DataObject, minutes: set[int]) -> None:
        found = self.lines(data.draw(shuffled(sorted(minutes))), at_most=20)
        assert [line.message for line in found] == [str(minute) for minute in sorted(minutes)]

    def test_a_line_on_the_last_of_many_empty_pages_is_found(self) -> None:
        assert len(self.lines([[], [], [], [], [7]], at_most=1)) == 1
