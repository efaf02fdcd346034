"""What people do on GitHub, as commands: a pull request of what dev has, described, and approved by all who may."""

from __future__ import annotations

from typing import cast

import pytest

from sandbox.commands.approve import approve, described
from sandbox.commands.comment import comment
from sandbox.commands.push import push
from sandbox.control import CommandError, Lines
from sandbox.github import github_of
from sandbox.github.people import AUTHOR
from sandbox.github.protection import Protection
from sandbox.github.pulls import PullRequest
from sandbox.world import World
from tests.sandbox.conftest import MakeWorld


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    from sandbox.aws.codebuild.service import CodeBuild
    from sandbox.aws.codepipeline.service import CodePipeline

    return make_world(CodePipeline, CodeBuild)


def said(lines: Lines) -> list[str]:
    return list(cast("list[str]", lines))


def proposed(world: World) -> PullRequest:
    said(push(world, "dev"))
    said(push(world, "dev", pull_request="main"))
    (pull,) = github_of(world).pulls.values()
    return pull


def test_a_pull_request_of_dev_has_what_is_there_and_is_called_by_what_was_written(world: World) -> None:
    pull = proposed(world)
    repository = github_of(world).repository
    assert pull.head_sha == repository.resolve("refs/heads/dev")
    assert not pull.title.startswith("Merge")


def test_dev_is_committed_to_by_a_merge_only(world: World) -> None:
    with pytest.raises(CommandError, match="feature/NAME"):
        said(push(world, "dev", "harmless", "main"))


def test_where_dev_has_nothing_more_there_is_nothing_to_propose(world: World) -> None:
    with pytest.raises(CommandError, match="main has all that dev has"):
        said(push(world, "dev", pull_request="main"))


def test_two_engineers_and_the_manager_approve_the_head_and_not_the_author(world: World) -> None:
    pull = proposed(world)
    said(approve(world, pull.number))
    assert AUTHOR not in pull.approvers()
    assert {"operations-lead", "platform-engineer", "second-engineer"} == set(pull.approvers())
    assert {review.commit for review in pull.reviews} == {pull.head_sha}


def test_as_many_approve_as_the_branch_asks_for(world: World) -> None:
    pull = proposed(world)
    reviews = {"required_approving_review_count": 4}
    others = dict.fromkeys(("required_status_checks", "enforce_admins", "restrictions"))
    github_of(world).protections["main"] = Protection.parse({**others, "required_pull_request_reviews": reviews})
    said(approve(world, pull.number))
    assert len(set(pull.approvers()) - {"operations-lead"}) == 4


def test_what_an_author_has_written_stays(world: World) -> None:
    pull = proposed(world)
    pull.body = "my own"
    said(approve(world, pull.number))
    assert pull.body == "my own"


def test_a_number_of_no_open_pull_request_is_refused_with_those_there_are(world: World) -> None:
    pull = proposed(world)
    with pytest.raises(CommandError, match=f"#7 is no open pull request; open: #{pull.number}"):
        said(approve(world, 7))


def test_a_template_is_filled_in_whole() -> None:
    template = (
        "## Changes\n\n<!-- One line\neach. -->\n\n- \n\nDowntime: <!-- none -->\nHow:\n\n- [ ] Plan documented\n"
        "Somebody's: <!-- whose -->\n"
    )
    body = described(template, "Show the time")
    assert "- Show the time\n" in body
    assert "Downtime: none\nHow: deploy the commit before\n" in body
    assert "- [x] Plan documented" in body
    assert "<!--" not in body


def test_the_operations_manager_says_what_a_review_cannot(world: World) -> None:
    pull = proposed(world)
    said(comment(world, pull.number, "/approve carry 0123"))
    said(comment(world, pull.number, "no", by=AUTHOR))
    told = [(one.issue, one.login, one.body) for one in github_of(world).comments.values()]
    assert told == [(pull.number, "operations-lead", "/approve carry 0123"), (pull.number, AUTHOR, "no")]


@pytest.mark.parametrize(("number", "by", "why"), [(99, None, "no pull request #99"), (1, "nobody", "no nobody here")])
def test_a_comment_is_somebodys_and_on_a_pull_request(world: World, number: int, by: str | None, why: str) -> None:
    proposed(world)
    with pytest.raises(CommandError, match=why):
        said(comment(world, number, "text", by))
