"""Reports of a release that were kept: in the ledger, as `releases/<release>/reports/<execution>/`, or as files.

A report is added and never replaced: of several of one command the newest counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from scripts.errors import ConfigurationError, UndeterminedError
from scripts.ledger.entries import Entry
from scripts.ledger.ledger import Ledger
from scripts.releases.verdicts import verdict_of
from scripts.reports.json_report import as_data, parse, plain
from scripts.results import Report
from sop.times import as_utc

COMMANDS = ("verify", "observe")
_TIME = "%Y%m%dt%H%M%Sz"


@dataclass(frozen=True, kw_only=True)
class Kept(Entry):
    """A report, in the form of `--format json`."""

    kind: ClassVar[str] = "report"
    report: Mapping[str, Any]


def keep(ledger: Ledger, release: str, report: Report) -> bool:
    """Write a report of an execution of the release. False: it is there already.

    Raises:
        ValueError: it is of no execution.
        UndeterminedError: the ledger cannot be written.
    """
    if report.execution_id is None:
        raise ValueError(f"{report.command} looked at no execution")
    key = f"{_folder(release, report.execution_id)}{report.command}-{as_utc(report.finished_at):{_TIME}}.json"
    content = json.loads(json.dumps(as_data(report), default=plain))
    return ledger.add(key, ledger.made(Kept, report=content))


def kept_reports(ledger: Ledger, release: str, execution_id: str) -> tuple[Report, ...]:
    """The newest report of each command about that execution; the verdict that the release went by is one.

    Raises:
        UndeterminedError: one cannot be read.
    """
    found: list[Report] = []
    for key in ledger.store.list(_folder(release, execution_id)):
        entry = ledger.find(key, Kept)
        if entry is None:
            raise UndeterminedError(f"The ledger's {key} is gone again.", "Run the same command again.")
        found.append(_parsed(entry.report, key))
    for command in COMMANDS:
        if verdict := verdict_of(ledger, release, command, execution_id):
            found.append(_parsed(verdict.report, f"verdict of {command}"))
    return newest(found)


def _parsed(report: Mapping[str, Any], where: str) -> Report:
    try:
        return parse(report)
    except ValueError as problem:
        raise UndeterminedError(f"The ledger's {where} is no report: {problem}.") from None


def read_reports(files: Iterable[Path], stack: str, execution_id: str) -> tuple[Report, ...]:
    """The newest report of each command in these files.

    Raises:
        ConfigurationError: a file cannot be read, or is no report about that execution.
    """
    return newest(_read(one, stack, execution_id) for one in files)


def newest(reports: Iterable[Report]) -> tuple[Report, ...]:
    """Of each command the report that was finished last; that of verify first."""
    latest: dict[str, Report] = {}
    for one in sorted(reports, key=lambda each: each.finished_at):
        latest[one.command] = one
    return tuple(latest[command] for command in COMMANDS if command in latest)


def _read(path: Path, stack: str, execution_id: str) -> Report:
    again = "`release verify -o json=FILE` writes one, and so does `release observe`."
    try:
        report = parse(json.loads(path.read_text(encoding="utf-8")))
    except OSError as problem:
        raise ConfigurationError(f"--report {path}: {problem.strerror}.", again) from None
    except ValueError as problem:
        raise ConfigurationError(f"--report {path} is no report of this command: {problem}.", again) from None
    if report.command not in COMMANDS or report.purpose:
        about = " ".join(filter(None, (report.command, report.purpose)))
        raise ConfigurationError(
            f"--report {path}: a record takes reports of verify and observe, not of {about}.", again
        )
    if (report.stack, report.execution_id) != (stack, execution_id):
        found, wanted = f"execution {report.execution_id} of {report.stack}", f"{execution_id} of {stack}"
        raise ConfigurationError(
            f"--report {path} is about {found}, not {wanted}.",
            f"Write it: `release verify --stack {stack} --execution-id {execution_id} -o json=FILE`; or observe's.",
        )
    return report


def _folder(release: str, execution_id: str) -> str:
    return f"releases/{release}/reports/{execution_id}/"
