"""Which instances write to a log group."""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from scripts.evidence.calls import carried
from scripts.facts.logs import LogLine, LogSearch, read_lines, read_pages

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

# Within the name of a stream; what the agent's documentation puts there is `{instance_id}`.
INSTANCE = re.compile(r"(?<![\w-])i-[0-9a-f]+(?![\w-])")
FEWEST, MOST, EACH = 1_000, 10_000, 20  # lines of a page: at least, at most (AWS's), and for each instance
PARALLEL_READS = 8
PAGES = 20
ASKED_ALONE = 40  # instances without a line on the first page


@dataclass(frozen=True)
class Writers:
    """Which instances wrote, by their streams' names, and the first line of all.

    `unasked` are those about whom nobody asked: too many had no line at first.
    """

    first: LogLine | None
    instances: frozenset[str]
    unasked: frozenset[str] = frozenset()


def read_writers(client: CloudWatchLogsClient, search: LogSearch, instances: Sequence[str]) -> Writers:
    """Which of `instances`, and perhaps others, wrote what is looked for.

    The first page with lines answers for most; the others are asked for one by one, up to 40.

    Raises:
        PromisedResourceMissingError: there is no such log group.
    """
    size = min(max(FEWEST, EACH * len(instances)), MOST)
    page = next((lines for lines in read_pages(client, search, size) if lines), [])
    if not page:
        return Writers(None, frozenset())
    first = min(page, key=lambda line: line.at)
    of_streams = {stream: instance for stream in {line.stream for line in page} if (instance := _instance(stream))}
    wrote = set(of_streams.values())
    before = {stream.partition(instance)[0] for stream, instance in of_streams.items()} or {""}
    missing = [one for one in instances if one not in wrote]

    def writes(instance: str) -> bool:
        own = (replace(search, streams=f"{beginning}{instance}") for beginning in before)
        lines = (line for one in own for line in read_lines(client, one, at_most=1))
        return any(_instance(line.stream) == instance for line in lines)

    asked = missing[:ASKED_ALONE]
    if asked:
        with ThreadPoolExecutor(PARALLEL_READS) as pool:
            answers = pool.map(carried(writes), asked)
            wrote |= {one for one, does in zip(asked, answers, strict=True) if does}
    return Writers(first, frozenset(wrote), frozenset(missing[ASKED_ALONE:]))


def read_streams(client: CloudWatchLogsClient, search: LogSearch, enough: int) -> frozenset[str]:
    """The streams with lines of what is looked for: all of them, or so many that they are enough.

    Of 200,000 lines and more only the first are looked through.

    Raises:
        PromisedResourceMissingError: there is no such log group.
    """
    found: set[str] = set()
    for lines in islice(read_pages(client, search, MOST), PAGES):
        found.update(line.stream for line in lines)
        if len(found) >= enough:
            break
    return frozenset(found)


def _instance(stream: str) -> str | None:
    found = INSTANCE.search(stream)
    return found.group() if found else None
