"""A repository on the sandbox's GitHub and an account that answers as it is told to, for the gate to judge."""

from __future__ import annotations

import atexit
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from werkzeug.test import Client

from sandbox.github.app import create_application
from sandbox.github.host import GitHub as Host
from sandbox.github.people import TOKEN
from sandbox.github.pulls import APPROVED, CHANGES_REQUESTED, Fork, PullRequest, Review
from sandbox.repository import Repository
from scripts.checks import gate_checks
from scripts.clients.github import GitHub
from scripts.errors import ReleaseError
from scripts.gate.context import Kind
from scripts.gate.dev import Dev
from scripts.gate.gate import gate
from scripts.ledger.ledger import Ledger
from scripts.results import Report, Result
from sop.outputs import StackOutputs
from sop.review import CHECKLIST
from tests import clock
from tests.scripts.fake_aws import FakeAws, Refusal
from tests.scripts.prod_stack import OUTPUTS, STACK_ID

AUTHOR, FIRST, SECOND, MANAGER = "sample-engineer", "second-engineer", "platform-engineer", "operations-lead"
STRANGER = "stakeholder"  # who may read, and no more
LINT, CHECKER = "CFN-Lint", "web-pipeline-prod-pull-request"
PLAN = "## Rollback plan\n\nHow: deploy the commit before\nEstimated time: 10 minutes\n"
DEPLOY_IS_FREE: dict[str, Any] = {"stageStates": [{"stageName": "Deploy", "inboundTransitionState": {"enabled": True}}]}
TICKED = "".join(f"- [x] {item}\n" for item in CHECKLIST)
BODY = f"## Changes\n\n- more\n\n## Review checklist\n\n{TICKED}\n{PLAN}"


class InProcess(GitHub):
    """The client, in front of the sandbox's GitHub in this process."""

    def __init__(self, host: Host, token: str = TOKEN) -> None:
        super().__init__(host.full_name, token=token)
        self._client = Client(create_application(host))
        self.asked: list[str] = []

    def _exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: str | None
    ) -> tuple[int, Mapping[str, str], bytes]:
        parts = urlsplit(url)
        self.asked.append(f"{method} {parts.path}")
        answer = self._client.open(
            parts.path, method=method, query_string=parts.query, headers=dict(headers), data=body
        )
        return answer.status_code, {key.lower(): value for key, value in answer.headers}, answer.get_data()


class Place:
    """What tests do in it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        shutil.copytree(_seeded(), folder / "repository.git")
        self.host = Host(folder / "repository.git", clock.now)
        self.github: GitHub = InProcess(self.host)
        self.aws = FakeAws()
        self.outputs = replace(StackOutputs.parse(OUTPUTS), announcements=None)
        self.folder = folder
        self.ledger: Ledger | None = None
        self.no_ledger: ReleaseError | None = None
        self.dev: Dev | None = None
        self.no_dev: ReleaseError | None = None
        self.ran_in_dev: Callable[[PullRequest], object] = lambda _: None
        self.builds: list[dict[str, Any]] = []
        self.aws.answer("ListBuildsForProject", lambda _: self._listed())
        self.aws.answer("ListActionExecutions", {})  # nothing has been deployed
        self.aws.answer("ListPipelineExecutions", {})
        self.aws.answer("DescribeStacks", Refusal("ValidationError", "Stack with id web does not exist"))
        self.aws.answer("GetPipelineState", DEPLOY_IS_FREE)
        self.aws.answer("BatchGetBuilds", lambda _: {"builds": self.builds})

    def _listed(self) -> dict[str, Any]:
        """An empty list AWS leaves out."""
        return {"ids": [one["id"] for one in reversed(self.builds)]} if self.builds else {}

    def stack(self, status: str) -> None:
        """The stack is in that state."""
        described = {"StackName": "web-infrastructure-prod", "StackId": STACK_ID, "StackStatus": status}
        self.aws.answer("DescribeStacks", {"Stacks": [{**described, "CreationTime": clock.now()}]})

    def configured(self, **changes: Any) -> None:
        self.outputs = replace(self.outputs, **changes)

    def commit(self, branch: str, path: str = "main.yaml", content: str = "two\n", fork: Fork | None = None) -> str:
        """A commit on a branch, which begins at main where it is new."""

        def change(checkout: Path) -> str:
            (checkout / path).write_text(content)
            return f"Change {path}"

        branches = self.host.repository.branches()
        parent = branches.get(branch, branches["main"]) if fork is None else branches["main"]
        sha = self.host.repository.commit_change(parent, change)
        if fork is None:
            self.host.push(branch, sha, AUTHOR)
        else:
            self.host.push_to_fork(fork, branch, sha, fork.owner)
        return sha

    def merge_into(self, branch: str, other: str) -> str:
        """What `git merge` does on a machine: the branch takes in the other."""
        sha = self.host.repository.merge(f"refs/heads/{branch}", f"refs/heads/{other}", f"Merge {other}")
        self.host.push(branch, sha, AUTHOR)
        return sha

    def pull(self, head: str = "dev", base: str = "main", *, body: str = BODY, fork: Fork | None = None) -> PullRequest:
        """A pull request with one more commit than its base."""
        self.commit(head, fork=fork)
        author = AUTHOR if fork is None else fork.owner
        return self.host.open_pull(title="More", head=head, base=base, author=author, body=body, fork=fork)

    def review(self, pull: PullRequest, login: str, state: str = APPROVED, commit: str = "") -> Review:
        return self.host.review(pull, login, state, "", commit)

    def ask_for_changes(self, pull: PullRequest, login: str) -> Review:
        return self.review(pull, login, CHANGES_REQUESTED)

    def lint(self, pull: PullRequest, state: str = "success", creator: str = "aws-codebuild", built: str = "") -> None:
        """The check's status on the head, and its build there; `built` is how that ended."""
        self.host.set_status(pull.head_sha, LINT, state, description="", target_url="", creator=creator)
        self.build(pull.head_sha, built or {"success": "SUCCEEDED", "pending": "IN_PROGRESS"}.get(state, "FAILED"))

    def build(self, commit: str, status: str = "SUCCEEDED", project: str = CHECKER) -> None:
        number = len(self.builds) + 1
        self.builds.append(
            {
                "id": f"{project}:{number}",
                "projectName": project,
                "buildStatus": status,
                "resolvedSourceVersion": commit,
                "startTime": clock.now(),
            }
        )

    def agreed(self, pull: PullRequest) -> PullRequest:
        """Two team members and the manager agree, and the check is green."""
        for login in (FIRST, SECOND, MANAGER):
            self.review(pull, login)
        self.lint(pull)
        self.ran_in_dev(pull)
        return pull

    def judge(self, pull: PullRequest, at: datetime | None = None) -> Report:
        """The whole gate."""
        return gate(
            gate_checks(self.outputs.environment),
            outputs=self.outputs,
            aws=self.aws.aws,
            github=self.github,
            number=pull.number,
            clock=clock.now,
            dev=self.dev,
            no_dev=self.no_dev,
            at=at,
            ledger=self.ledger,
            no_ledger=self.no_ledger,
        )

    def answer(self, check_id: str, pull: PullRequest) -> Result:
        """That of one check."""
        checks = [check for check in gate_checks(self.outputs.environment) if check.id == check_id]
        report = gate(
            checks,
            outputs=self.outputs,
            aws=self.aws.aws,
            github=self.github,
            number=pull.number,
            clock=clock.now,
            dev=self.dev,
            no_dev=self.no_dev,
            ledger=self.ledger,
            no_ledger=self.no_ledger,
        )
        (result,) = report.checks
        return result


def described(body: str) -> Any:
    """A context of which a check looks at the description only."""
    pull = SimpleNamespace(body=body, url="https://github.com/helios/web-infrastructure/pull/1")
    return SimpleNamespace(pull=pull, kind=Kind.RELEASE)


@cache
def _seeded() -> Path:
    """A repository with one commit, made once."""
    folder = Path(mkdtemp(prefix="release-gate-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / "template").mkdir()
    (folder / "template/main.yaml").write_text("one\n" * 30)
    Repository(folder / "repository.git", clock.now).seed(folder / "template", ("dev", "main"))
    return folder / "repository.git"
