"""`sandbox approve`: what people do on GitHub before a merge; it is described, and enough of them agree."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sandbox.control import CommandError, Lines
from sandbox.github import github_of
from sandbox.github.people import TEAMS
from sandbox.github.pulls import APPROVED

if TYPE_CHECKING:
    from sandbox.world import World

TEMPLATE = ".github/pull_request_template.md"
# What the author writes behind a line's key, and behind a heading's first dash.
ANSWERS = {
    "Downtime": "none",
    "User-facing": "no",
    "Performance": "none",
    "How": "deploy the commit before",
    "Estimated time": "10 minutes",
}
USUAL = 2  # approvals, SOP 3.4
_COMMENT = re.compile(r"[ \t]*<!--.*?-->\n?", re.DOTALL)
_KEY = re.compile(rf"^({'|'.join(ANSWERS)}):[ \t]*$", re.MULTILINE)
_BULLET = re.compile(r"^-[ \t]*$", re.MULTILINE)


def approve(world: World, number: int) -> Lines:
    """The author fills the template in where nothing is said; as many as are needed approve, and the manager."""
    github = github_of(world)
    pull = github.pulls.get(number)
    if pull is None or pull.state != "open":
        known = ", ".join(f"#{one.number}" for one in github.pulls.values() if one.state == "open")
        raise CommandError(f"#{number} is no open pull request; open: {known or 'none'}")
    if not pull.body:
        template = github.repository.read(f"refs/heads/{pull.base}", TEMPLATE)
        pull.body = described((template or b"").decode(), pull.title)
        yield f"{pull.author} describes #{number}: changes, impact, checklist, rollback plan"
    protection = github.protections.get(pull.base)
    needed = protection.reviews.approvals if protection and protection.reviews else USUAL
    engineers = [login for login in TEAMS["platform"] if login != pull.author]
    for login in (*engineers[:needed], *TEAMS["operations-manager"]):
        github.review(pull, login, APPROVED, "")
        yield f"{login} approves #{number}"
    return None


def described(template: str, title: str) -> str:
    """The template as an author who has done everything leaves it."""
    body = _COMMENT.sub("\n", template)
    body = _KEY.sub(lambda line: f"{line[1]}: {ANSWERS[line[1]]}", body)
    return _BULLET.sub(f"- {title}", body.replace("- [ ]", "- [x]"))
