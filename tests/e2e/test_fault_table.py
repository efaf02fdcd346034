"""Every fault alone: the right check, the right status, the right exit code, and every other check untouched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.faults.catalogue import CATALOGUE, KINDS
from sop.names import Environment
from tests.e2e.conftest import SandboxUnderTest
from tests.e2e.fault_table import HARMLESS, NAMES, OBSERVE, ROWS, UNDETERMINED, VERIFY
from tests.e2e.release_command import FORMATS, Answer
from tests.e2e.site import Site, site_of

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("faults")]

FIRST_OF_ITS_KIND = {kind[0] for kind in KINDS}
EXIT_CODES = {"PASS": 0, "FAIL": 3, "INCONCLUSIVE": UNDETERMINED, "ERROR": UNDETERMINED}


@dataclass(frozen=True)
class Well:
    """What both commands answer while nothing is broken."""

    verified: Answer
    observed: Mapping[Environment, Answer]


@pytest.fixture(scope="module")
def site(released: SandboxUnderTest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_of(released, tmp_path_factory.mktemp("faults")) as site:
        yield site


@pytest.fixture(scope="module")
def well(site: Site) -> Well:
    well = Well(site.verify(), {environment: site.observe(environment) for environment in Environment})
    for answer in (well.verified, *well.observed.values()):
        assert (answer.code, {said.status for said in answer.checks.values()}) == (0, {"PASS"}), answer
    return well


def test_every_fault_has_a_row_and_every_row_a_fault() -> None:
    assert set(ROWS) == set(CATALOGUE)


@pytest.mark.parametrize("name", [name for name in CATALOGUE if name not in HARMLESS])
def test_no_fault_alone_is_a_pass_and_the_check_that_is_to_find_it_does(name: str) -> None:
    row, check = ROWS[name], CATALOGUE[name].check
    assert max(row.verify, row.observe) > 0
    assert set(row.changes) >= {*VERIFY, *OBSERVE} if check == "every check" else check in row.changes


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_fault_changes_what_it_breaks_and_nothing_else(site: Site, well: Well, name: str) -> None:
    row = ROWS[name]
    formats = FORMATS if name in FIRST_OF_ITS_KIND else ()
    with site.broken(name, Environment.DEV, row.observed):
        told = site.told_in(formats)
        verified, observed = told.verify(), told.observe(row.observed)
    changed = {**verified.differences(well.verified), **observed.differences(well.observed[row.observed])}
    possible = {check: [words.format(**NAMES)] for check, words in row.changes.items()}
    possible |= {
        check: [words.format(**NAMES) for words in several]
        for check, several in row.perhaps.items()
        if check in changed
    }
    assert changed.keys() == possible.keys(), changed
    for check, several in possible.items():
        said = changed[check]
        assert any(said.status == words.split()[0] and words.partition(" ")[2] in said.observed for words in several), (
            said
        )
    assert (verified.code, observed.code) == (row.verify, row.observe)
    for answer in (verified, observed):
        assert EXIT_CODES[answer.verdict] == answer.code
        assert answer.in_other_formats == dict.fromkeys(formats, answer.verdict)
    # Mended, what it had changed is as it was; that nothing else is changed the next fault shows, and the end.
    if touched := changed.keys() & well.verified.checks.keys():
        assert site.verify_only(touched).differences(well.verified) == {}
    if changed.keys() & set(OBSERVE):
        assert site.observe(row.observed).differences(well.observed[row.observed]) == {}


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.promotion])
def test_a_fault_that_dev_had_for_a_while_is_not_promoted(site: Site, name: str) -> None:
    healthy = site.promote()
    assert (healthy.code, healthy.verdict) == (0, "PASS"), healthy
    with site.broken(name, Environment.DEV):
        promoted = site.promote()
    against = {check: said for check, said in promoted.checks.items() if said.status != "PASS"}
    expected = ROWS[name].promotion
    assert against.keys() == expected.keys(), against
    for check, words in expected.items():
        status, _, text = words.format(**NAMES).partition(" ")
        assert (against[check].status, text in against[check].observed) == (status, True), against[check]
    assert promoted.code == EXIT_CODES[promoted.verdict]


def test_in_the_end_all_is_as_it_was(site: Site, well: Well) -> None:
    assert site.verify().differences(well.verified) == {}
    for environment, answer in well.observed.items():
        assert site.observe(environment).differences(answer) == {}


def test_typed_by_a_person_the_command_ends_as_in_the_table(
    released: SandboxUnderTest, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_MAX_ATTEMPTS")
    verify = ("release", "verify", "--stack", "dev")
    with site.broken("target-unhealthy", Environment.DEV):
        ended = released.run(*verify)
        assert (ended.code, "Health checks failed" in ended.output) == (3, True), ended
    with site.broken("throttling", Environment.DEV):
        ended = released.run(*verify)
        assert (ended.code, "4 times in a row" in " ".join(ended.output.split())) == (4, True), ended
    ended = released.run(*verify, "--format", "json")
    assert (ended.code, ended.data["verdict"]) == (0, "PASS"), ended


def test_a_short_observation_is_read_back_at_once_and_drawn(
    released: SandboxUnderTest, site: Site, tmp_path: Path
) -> None:
    report = tmp_path / "report.html"
    ended = released.run(
        "release", "observe", "--stack", "prod", "--execution-id", site.released,
        "--duration", "3m", "--interval", "30s", "--journal", str(tmp_path / "journal"), "--output", f"html={report}",
    )  # fmt: skip
    assert ended.code == 0, ended
    assert "3 of 3 windows observed" in ended.output
    assert "data:image/svg+xml" in report.read_text(encoding="utf-8")


def test_a_push_that_failed_after_a_release_is_no_failure_of_the_release(site: Site, well: Well) -> None:
    """It rang the alarm of both, and is the newest execution; the release is told by its id."""
    with site.broken("lint-failure-since", Environment.DEV):
        pinned = site.command("verify", Environment.DEV, "--execution-id", well.verified.execution_id)
    assert pinned.code == 0, pinned
    assert "fired because of another execution" in pinned.checks["alarms"].observed
    assert set(pinned.differences(well.verified)) == {"alarms"}
