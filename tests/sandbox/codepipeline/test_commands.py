"""`sandbox push` and `sandbox clock`: what a person reads, and the exit code."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path

import pytest

from sandbox.commands.clock import clock
from sandbox.commands.exit_codes import CHECK_FAILED, PIPELINE_FAILED
from sandbox.commands.push import push
from sandbox.control import CommandError, Lines
from tests.sandbox.codepipeline.account import MONDAY, Account, leap_to

CHECKS = [[{"type": "EVENT", "pattern": "PULL_REQUEST_CREATED, PULL_REQUEST_UPDATED"}]]


@pytest.fixture(autouse=True)
def small_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Changes to the tests' small repository in place of those to the sample one."""
    from sandbox import changes

    def apply(name: str, checkout: Path, sequence: int) -> str:
        if name not in ("harmless", "broken"):
            raise changes.UnknownChangeError(f"there is no change {name!r}; there are harmless, broken")
        (checkout / "broken").unlink(missing_ok=True)
        if name == "broken":
            (checkout / "broken").touch()
        (checkout / "VERSION").write_text(f"{sequence}\n")
        return f"Version {sequence}\n\nA body."

    monkeypatch.setattr(changes, "apply", apply)


def carried_out(lines: Lines) -> tuple[str, int]:
    """Everything a command says, and its exit code."""
    said: list[str] = []
    try:
        while True:
            said.append(next(lines))
    except StopIteration as end:
        return "\n".join(said), end.value or 0


def test_a_push_is_a_merge_that_is_followed_to_its_end(account: Account) -> None:
    account.pipeline()
    account.finished()
    said, code = carried_out(push(account.world, "main"))
    execution = account.execution()
    assert code == 0
    for words in (
        f"web: execution {execution.id} started by the push",
        "Source   Succeeded",
        "Build    Succeeded",
        "Deploy   Succeeded",
        "web: Succeeded",
    ):
        assert words in said
    head = account.github.repository.commit("refs/heads/main")
    assert len(head.parents) == 2
    assert head.subject.startswith("Merge branch 'feature/harmless' into main")


def test_a_failed_pipeline_has_an_exit_code_of_its_own_and_shows_the_builds_last_lines(account: Account) -> None:
    account.pipeline()
    account.finished()
    said, code = carried_out(push(account.world, "main", "broken"))
    assert code == PIPELINE_FAILED
    assert "Build    Failed" in said
    assert "Error while executing command: test ! -e broken. Reason: exit status 1" in said


def test_outside_the_window_the_push_ends_with_how_to_go_on(account: Account) -> None:
    tuesday = leap_to(account.world.clock, MONDAY) + timedelta(days=1)
    account.pipeline(window=True)
    said, code = carried_out(push(account.world, "main"))
    execution = account.execution()
    assert code == 0
    assert f"Deploy   waits for the release window, which opens {tuesday:%a %d %b %Y} 10:00 AEST" in said
    assert f"sandbox clock {tuesday:%Y-%m-%d}T10:00" in said
    assert (
        "aws codepipeline override-stage-condition --pipeline-name web --stage-name Deploy "
        f"--pipeline-execution-id {execution.id} --condition-type BEFORE_ENTRY" in said
    )


def test_the_clock_lets_the_waiting_execution_in_and_follows_it(account: Account) -> None:
    tuesday = leap_to(account.world.clock, (1, time(9, 15)))
    account.pipeline(window=True)
    carried_out(push(account.world, "main"))
    said, code = carried_out(clock(account.world, f"{tuesday:%Y-%m-%d}T09:59"))
    assert (code, "waits for the release window" in said) == (0, True)
    said, code = carried_out(clock(account.world, f"{tuesday:%Y-%m-%d}T10:00"))
    assert code == 0
    assert f"time: {tuesday:%a %d %b %Y} 10:00 AEST" in said
    assert "Deploy   Succeeded" in said
    assert "Build" not in said


def test_who_has_waited_too_long_when_the_window_opens_has_failed_and_that_is_told(account: Account) -> None:
    tuesday = leap_to(account.world.clock, MONDAY) + timedelta(days=1)
    account.pipeline(window=True)  # its rule waits for an hour
    carried_out(push(account.world, "main"))
    said, code = carried_out(clock(account.world, f"{tuesday:%Y-%m-%d}T10:00"))
    assert code == PIPELINE_FAILED
    assert "web: Failed" in said


def test_the_clock_takes_a_time_in_any_zone(account: Account) -> None:
    account.pipeline(window=True)  # shown is its window's zone
    monday = leap_to(account.world.clock, MONDAY)
    said, _ = carried_out(clock(account.world, f"{monday:%Y-%m-%d}T02:30+00:00"))
    assert f"time: {monday:%a %d %b %Y} 12:30 AEST" in said
    with pytest.raises(CommandError, match="no time"):
        carried_out(clock(account.world, "tomorrow"))


def test_time_does_not_go_back_and_nothing_happens_where_it_should(account: Account) -> None:
    now = account.world.clock.now()
    an_hour_ago = (now - timedelta(hours=1)).isoformat()
    with pytest.raises(CommandError, match=r"1h\S* later than that, and time does not go back"):
        carried_out(clock(account.world, an_hour_ago))
    leap_to(account.world.clock, MONDAY)
    with pytest.raises(CommandError, match="sandbox down"):  # it is ahead of the real time
        carried_out(clock(account.world, "real"))
    assert account.world.clock.now() >= now


def test_a_disabled_transition_ends_the_push_with_its_reason(account: Account) -> None:
    account.pipeline()
    account.finished()
    account.pipelines.disable_stage_transition(
        pipelineName="web", stageName="Deploy", transitionType="Inbound", reason="change freeze"
    )
    said, code = carried_out(push(account.world, "main"))
    assert code == 0
    assert "Deploy   waits: its inbound transition is disabled (change freeze)" in said


def test_a_push_that_no_pipeline_watches_says_so(account: Account) -> None:
    said, code = carried_out(push(account.world, "dev"))
    assert code == 0
    assert "No pipeline watches dev" in said


def test_an_unknown_branch_or_change_is_wrong_usage(account: Account) -> None:
    with pytest.raises(CommandError, match="no branch nowhere, only dev, main"):
        carried_out(push(account.world, "nowhere"))
    with pytest.raises(CommandError, match="there is no change 'better'"):
        carried_out(push(account.world, "main", "better"))
    with pytest.raises(CommandError, match="no branch nowhere"):
        carried_out(push(account.world, "feature/x", pull_request="nowhere"))
    with pytest.raises(CommandError, match="dev has all that main has"):
        carried_out(push(account.world, "main", pull_request="dev"))


def test_a_pull_request_is_followed_to_its_checks(account: Account) -> None:
    account.pull_request_project()
    account.builds.create_webhook(projectName="web-pull-request", filterGroups=CHECKS)
    said, code = carried_out(push(account.world, "feature/x", "broken", pull_request="dev"))
    assert code == CHECK_FAILED
    assert "opened" in said
    assert "CFN-Lint: failure" in said
    said, code = carried_out(push(account.world, "feature/x", pull_request="dev"))
    assert code == 0
    assert "updated" in said
    assert "CFN-Lint: success" in said
    assert len(account.github.pulls) == 1


def test_a_required_check_that_nobody_reports_is_not_green(account: Account) -> None:
    from sandbox.github.protection import Protection

    account.github.protections["dev"] = Protection.parse(
        {
            "required_status_checks": {"strict": False, "contexts": ["CFN-Lint"]},
            "enforce_admins": True,
            "required_pull_request_reviews": None,
            "restrictions": None,
        }
    )
    said, code = carried_out(push(account.world, "feature/x", pull_request="dev"))
    assert code == CHECK_FAILED
    assert "No check runs on it" in said
    assert "CFN-Lint: required, and not reported" in said
