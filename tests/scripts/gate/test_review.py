"""What was looked at before the merge: by the check itself, and by people."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.gate.checks.review import review_checklist, rollback_plan
from scripts.gate.description import section, tasks
from scripts.results import Status
from sop.review import CHECKLIST, ROLLBACK_PLAN
from tests.scripts.gate.place import BODY, CHECKER, LINT, PLAN, SECOND, TICKED, Place, described

TEMPLATE = Path(__file__).parents[3] / "examples/web-infrastructure/.github/pull_request_template.md"


def test_the_check_reported_success_and_built_the_head(place: Place) -> None:
    pull = place.pull()
    place.lint(pull)
    result = place.answer("lint-status", pull)
    assert (result.status, result.evidence["build"]) == (Status.PASS, f"{CHECKER}:1")


def test_a_success_that_a_person_set_is_none(place: Place) -> None:
    pull = place.pull()
    place.host.set_status(pull.head_sha, LINT, "success", description="", target_url="", creator=SECOND)
    result = place.answer("lint-status", pull)
    assert result.status is Status.FAIL
    assert f"reported by {SECOND}, but {CHECKER} has not built that commit" in result.observed


def test_a_success_set_over_a_failed_build_is_none(place: Place) -> None:
    pull = place.pull()
    place.lint(pull, "failure")
    place.host.set_status(pull.head_sha, LINT, "success", description="", target_url="", creator=SECOND)
    assert place.answer("lint-status", pull).status is Status.FAIL


@pytest.mark.parametrize("project", ["web-pipeline-dev-pull-request", "another"])
def test_another_projects_build_is_none(place: Place, project: str) -> None:
    pull = place.pull()
    place.host.set_status(pull.head_sha, LINT, "success", description="", target_url="", creator="aws-codebuild")
    place.build(pull.head_sha, project=project)
    assert place.answer("lint-status", pull).status is Status.FAIL


def test_a_status_of_another_name_or_of_another_commit_is_none(place: Place) -> None:
    pull = place.pull()
    place.host.set_status(pull.head_sha, "cfn-lint", "success", description="", target_url="", creator="aws-codebuild")
    place.lint(pull)
    place.commit("dev", content="three\n")
    result = place.answer("lint-status", pull)
    assert (result.status, "Nobody has reported CFN-Lint" in result.observed) == (Status.FAIL, True)
    assert f"--source-version pr/{pull.number}" in result.fix


def test_a_failure_is_no_go_and_what_still_runs_a_matter_of_time(place: Place) -> None:
    pull = place.pull()
    place.lint(pull, "pending")
    result = place.answer("lint-status", pull)
    assert (result.status, result.again_at is not None) == (Status.INCONCLUSIVE, True)
    place.lint(pull, "failure")
    place.builds = place.builds[1:]
    assert place.answer("lint-status", pull).status is Status.FAIL


def test_a_stack_that_checks_no_pull_request_is_undetermined(place: Place) -> None:
    place.configured(pull_request_project_name=None)
    assert place.answer("lint-status", place.pull()).status is Status.INCONCLUSIVE


@pytest.mark.parametrize(
    "ticked",
    [
        TICKED,
        TICKED.replace("[x]", "[X]"),
        TICKED.replace("- ", "* "),
        TICKED.replace("- ", "+ "),
        "".join(f"{number}. [x] {item}\n" for number, item in enumerate(CHECKLIST, start=1)),
        "".join(f"{number}) [x] {item}.\n" for number, item in enumerate(CHECKLIST, start=1)),
        TICKED.replace("\n", "\r\n"),
        "- Before the merge\n" + "".join(f"  - [x] {item}\n" for item in CHECKLIST),
        TICKED.replace("All CloudFormation", "all   cloudformation"),
    ],
)
def test_a_task_list_counts_as_github_reads_it(ticked: str) -> None:
    assert review_checklist.run(described(f"{ticked}\n{PLAN}")).status is Status.PASS


@pytest.mark.parametrize(
    "ticked",
    [
        f"```\n{TICKED}```\n",
        "".join(f"    {line}\n" for line in TICKED.splitlines()),
        f"<!--\n{TICKED}-->\n",
        TICKED.replace("- ", ""),
        TICKED.replace("[x] ", "[x]"),
        TICKED.replace("[x]", "`[x]`"),
        TICKED.replace("[x]", "\\[x]"),
        TICKED.replace("[x]", "[v]"),
        "",
    ],
)
def test_one_in_code_or_comments_or_of_another_form_does_not(ticked: str) -> None:
    result = review_checklist.run(described(f"{ticked}\n{PLAN}"))
    assert result.status is Status.FAIL
    assert result.observed.startswith(f"0 of {len(CHECKLIST)} items are ticked.")


def test_an_open_item_is_named_and_one_ticked_elsewhere_does_not_hide_it() -> None:
    body = f"- [ ] {CHECKLIST[2]}\n{TICKED}\n- [ ] Tell the others\n{PLAN}"
    result = review_checklist.run(described(body))
    assert result.status is Status.FAIL
    assert f"Not ticked: {CHECKLIST[2]}" in result.observed
    assert "Besides, not ticked: Tell the others" in result.observed


def test_an_item_that_was_taken_out_is_missing() -> None:
    body = BODY.replace(f"- [x] {CHECKLIST[0]}\n", "")
    assert f"Not in the description: {CHECKLIST[0]}" in review_checklist.run(described(body)).observed


def test_the_template_that_ships_asks_for_all_of_it_and_passes_nothing_by_itself() -> None:
    body = TEMPLATE.read_text(encoding="utf-8")
    assert [one.text for one in tasks(body)] == list(CHECKLIST)
    assert section(body, ROLLBACK_PLAN) is not None
    assert review_checklist.run(described(body)).status is Status.FAIL
    assert rollback_plan.run(described(body)).observed == "Rollback plan does not say: How and Estimated time."
    for empty, said in (("[ ]", "[x]"), ("How: ", "How: roll back"), ("Estimated time: ", "Estimated time: 5 min")):
        body = body.replace(empty, said)
    assert review_checklist.run(described(body)).status is Status.PASS
    assert rollback_plan.run(described(body)).evidence == {"how": "roll back", "estimated_time": "5 min"}


@pytest.mark.parametrize(
    ("plan", "status"),
    [
        ("## Rollback plan\n\nHow:\n1. deploy the commit before\n2. look\nEstimated time: 10 minutes\n", Status.PASS),
        ("### rollback plan:\n\n- How: as the runbook says\n- Estimated time: 10 minutes\n", Status.PASS),
        ("## Rollback plan\n\n<!-- How: x\nEstimated time: 1 -->\n", Status.FAIL),
        ("## Rollback plan\n\nHow: -\nEstimated time: 10 minutes\n", Status.FAIL),
        ("## Rollback plan\n\n## Next\n\nHow: x\nEstimated time: 1 minute\n", Status.FAIL),
        ("Rollback plan\n\nHow: x\nEstimated time: 1 minute\n", Status.FAIL),
        ("```\n## Rollback plan\nHow: x\nEstimated time: 1 minute\n```\n", Status.FAIL),
    ],
)
def test_a_rollback_plan_says_how_and_how_long(plan: str, status: Status) -> None:
    assert rollback_plan.run(described(plan)).status is status


@pytest.mark.parametrize("end", ["", "."])
def test_a_rollback_plan_is_told_in_sentences(end: str) -> None:
    plan = f"## Rollback plan\n\nHow: deploy the commit before{end}\nEstimated time: 10 minutes{end}\n"
    observed = rollback_plan.run(described(plan)).observed
    assert observed == "deploy the commit before. Estimated time: 10 minutes."
