"""The workflows' programs against the sandbox's GitHub: what a reviewer finds, and how drift is kept."""

from __future__ import annotations

from shutil import which

import pytest

from scripts.plans.markdown import MARK
from tests.scripts.workflows.conftest import Job

pytestmark = pytest.mark.slow

DRIFTED = 7


def test_a_pull_request_has_one_comment_of_what_it_does_to_the_stacks(job: Job) -> None:
    job.pulumi_recorded("threshold")
    assert job.run("preview", "dev", "prod") == 0
    (comment,) = job.comments
    assert comment.startswith(MARK)
    assert "-threshold: 80\n+threshold: 70" in comment
    assert "/helios/web-infrastructure/actions/runs/7" in comment
    assert "-threshold: 80\n+threshold: 70" in job.summary


def test_a_second_push_writes_the_same_comment_anew(job: Job) -> None:
    job.pulumi_recorded("threshold")
    job.run("preview", "prod")
    job.pulumi_recorded("no-changes")
    assert job.run("preview", "prod") == 0
    (comment,) = job.comments
    assert "Plan of `prod`: no changes" in comment
    assert "threshold" not in comment


def test_a_preview_that_fails_says_so_where_the_old_one_stood_and_fails_the_job(job: Job) -> None:
    job.pulumi_recorded("threshold")
    job.run("preview", "prod")
    job.pulumi_recorded("refused-configuration", code=1)
    assert job.run("preview", "prod") == 1
    (comment,) = job.comments
    assert "the preview failed" in comment
    assert "release:thresholds.cpuPercent is 700" in comment
    assert "-threshold: 80" not in comment


@pytest.mark.parametrize("code", [1, 6, 255])
def test_a_pulumi_that_ends_without_a_plan_is_never_no_changes(job: Job, code: int) -> None:
    job.pulumi_says("", code=code, errors="error: no stack named 'prod' found\n")
    assert job.run("preview", "prod") == 1
    (comment,) = job.comments
    assert "the preview failed" in comment
    assert "no stack named" in comment


def test_a_plan_whose_command_failed_is_a_failure_even_if_it_says_nothing_of_one(job: Job) -> None:
    job.pulumi_recorded("no-changes", code=255)
    assert job.run("preview", "prod") == 1
    assert "exit code 255" in job.comments[0]


def test_no_pulumi_at_all_is_a_failure(job: Job) -> None:
    only_git = job.folder / "only-git"
    only_git.mkdir()
    (only_git / "git").symlink_to(str(which("git")))  # for the GitHub that runs in this process
    assert job.run("preview", "prod", PATH=str(only_git)) == 1
    assert "pulumi is not on PATH" in job.comments[0]


def test_while_pulumi_works_the_comment_says_so_and_nothing_of_an_earlier_commit(job: Job) -> None:
    job.pulumi_recorded("threshold")
    job.run("preview", "prod")
    (job.folder / "pulumi").write_text("#!/bin/sh\nkill -9 $PPID\n")
    first = job.github.pulls[job.pull].head_sha[:12]
    script = f'#!/bin/sh\ncurl -s "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/issues/{job.pull}/comments" '
    script += f'-H "Authorization: Bearer $GITHUB_TOKEN" >{job.folder}/seen\n'
    (job.folder / "pulumi").write_text(script)
    assert job.run("preview", "prod") == 1
    seen = (job.folder / "seen").read_text()
    assert f"Pulumi is asked what `{first}` does." in seen
    assert "threshold" not in seen


def test_a_persons_comment_that_begins_like_ours_is_left_alone(job: Job) -> None:
    theirs = job.github.comment(job.pull, "second-engineer", f"{MARK}\nno changes")
    job.pulumi_recorded("threshold")
    assert job.run("preview", "prod") == 0
    assert theirs.body == f"{MARK}\nno changes"
    assert len(job.comments) == 2


def test_a_token_that_may_not_comment_is_told_with_the_permission(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    job.pulumi_recorded("threshold")
    assert job.run("preview", "prod", GITHUB_TOKEN="nobodys") == 4
    assert "Give the job the permission `pull-requests: write`." in capsys.readouterr().err


def test_without_a_pull_request_the_plan_is_only_in_the_summary(job: Job) -> None:
    job.pulumi_recorded("threshold")
    (job.folder / "event.json").write_text("{}")
    assert job.run("preview", "prod") == 0
    assert job.comments == []
    assert "threshold" in job.summary


def test_a_summary_that_github_would_refuse_is_cut_and_says_so(job: Job) -> None:
    name = "x" * 2_000_000
    job.pulumi_says(f'{{"steps": [], "diagnostics": [{{"severity": "info", "message": "{name}"}}]}}')
    assert job.run("preview", "prod") == 0
    assert len(job.summary.encode()) < 1024**2


def test_drift_opens_one_issue_and_writes_it_anew(job: Job) -> None:
    job.pulumi_recorded("drift", code=DRIFTED)
    assert job.run("drift", "prod") == 0
    assert job.run("drift", "prod") == 0
    (issue,) = job.github.issues.values()
    assert (issue.title, issue.labels, issue.state) == ("prod is not as its program has it", ["drift"], "open")
    assert "pulumi up --refresh --stack prod" in issue.body
    assert "+threshold: 99" in issue.body


def test_drift_that_is_over_closes_its_issue_and_no_other(job: Job) -> None:
    job.pulumi_recorded("drift", code=DRIFTED)
    job.run("drift", "prod")
    job.run("drift", "dev")
    job.pulumi_recorded("no-changes")
    assert job.run("drift", "prod") == 0
    states = {issue.title.split()[0]: issue.state for issue in job.github.issues.values()}
    assert states == {"prod": "closed", "dev": "open"}


@pytest.mark.parametrize("code", [1, 3, 255])
def test_drift_that_could_not_be_looked_for_fails_the_job_and_touches_no_issue(job: Job, code: int) -> None:
    job.pulumi_recorded("drift", code=DRIFTED)
    job.run("drift", "prod")
    job.pulumi_says("", code=code, errors="error: no credentials\n")
    assert job.run("drift", "prod") == 1
    (issue,) = job.github.issues.values()
    assert issue.state == "open"
    assert "+threshold: 99" in issue.body


def test_outside_of_a_workflow_it_says_so(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    assert job.run("preview", "prod", GITHUB_TOKEN="") == 2
    assert "GITHUB_TOKEN not set" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [(), ("preview",), ("publish", "prod"), ("drift",), ("drift", "dev", "prod")])
def test_wrong_usage_is_told(job: Job, arguments: tuple[str, ...]) -> None:
    assert job.run(*arguments) == 2
