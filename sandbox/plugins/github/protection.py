"""The properties of a branch protection and GitHub's REST shapes of it, both ways."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.plugins.difference import in_order_of
from sandbox.plugins.resource import Failure, ProviderError
from sandbox.plugins.values import UNKNOWN, Values

_MAX_APPROVALS = 6
_KINDS = {bool: "true or false", int: "a whole number", str: "a string", list: "a list"}

# Property of the type -> switch of the REST API.
_SWITCHES = {
    "allowsDeletions": "allow_deletions",
    "allowsForcePushes": "allow_force_pushes",
    "enforceAdmins": "enforce_admins",
    "lockBranch": "lock_branch",
    "requireConversationResolution": "required_conversation_resolution",
    "requiredLinearHistory": "required_linear_history",
}


@dataclass(frozen=True)
class Block:
    """A list of one object: the kinds of its members, and what GitHub takes where one is left out."""

    kinds: Mapping[str, type]
    unset: Mapping[str, Any]


_BLOCKS = {
    "requiredPullRequestReviews": Block(
        {
            "dismissStaleReviews": bool,
            "requireCodeOwnerReviews": bool,
            "requireLastPushApproval": bool,
            "requiredApprovingReviewCount": int,
            "pullRequestBypassers": list,
        },
        {
            "dismissStaleReviews": False,
            "requireCodeOwnerReviews": False,
            "requireLastPushApproval": False,
            "requiredApprovingReviewCount": 1,
            "pullRequestBypassers": [],
        },
    ),
    "requiredStatusChecks": Block({"strict": bool, "contexts": list}, {"strict": False, "contexts": []}),
    "restrictPushes": Block(
        {"blocksCreations": bool, "pushAllowances": list}, {"blocksCreations": True, "pushAllowances": []}
    ),
}
_ACTORS = ("pullRequestBypassers", "pushAllowances")
_PLAIN: Mapping[str, type] = {"repositoryId": str, "pattern": str, **dict.fromkeys(_SWITCHES, bool)}
_NOT_EMULATED = ("forcePushBypassers", "requireSignedCommits")

UNORDERED = frozenset(
    {
        "requiredPullRequestReviews.pullRequestBypassers",
        "requiredStatusChecks.contexts",
        "restrictPushes.pushAllowances",
    }
)


def failures(inputs: Values) -> Iterator[Failure]:
    """Everything that GitHub, or the REST API that stands in for its GraphQL one, would refuse."""
    for name in ("repositoryId", "pattern"):
        if name not in inputs:
            yield Failure(name, f"{name}: is required")
    for name, value in inputs.items():
        if name in _NOT_EMULATED:
            yield Failure(name, f"{name}: is not emulated by the sandbox")
        elif name in _PLAIN:
            yield from _wrong_kind(name, value, _PLAIN[name])
        elif name in _BLOCKS:
            yield from _block_failures(name, value, _BLOCKS[name])
        else:
            known = ", ".join(sorted([*_PLAIN, *_BLOCKS]))
            yield Failure(name, f"{name}: no such property; known are {known}")
    pattern = inputs.get("pattern", "")
    if isinstance(pattern, str) and set(pattern) & set("*?["):
        yield Failure("pattern", f"pattern: {pattern!r}: only names of branches are emulated by the sandbox")


def body(inputs: Values, owner: str) -> Values:
    """What `PUT …/protection` takes."""
    reviews, checks, pushes = (_only(inputs.get(name)) for name in _BLOCKS)
    return {
        **{switch: inputs.get(name, False) for name, switch in _SWITCHES.items()},
        "required_status_checks": checks
        and {"strict": checks.get("strict", False), "contexts": checks.get("contexts", [])},
        "required_pull_request_reviews": reviews and _reviews_body(reviews, owner),
        "restrictions": pushes and _actors_body(pushes.get("pushAllowances", []), owner),
        "block_creations": bool(pushes and pushes.get("blocksCreations", True)),
    }


def properties(live: Values, inputs: Values, owner: str) -> Values:
    """The live protection: what `inputs` has, and what differs from unset."""
    seen = {name: bool(live.get(switch, {}).get("enabled")) for name, switch in _SWITCHES.items()}
    found: Values = {name: value for name, value in seen.items() if value or name in inputs}
    for name, block in _live_blocks(live, owner).items():
        wanted = _only(inputs.get(name)) or {}
        unset = _BLOCKS[name].unset
        found[name] = [
            {
                member: in_order_of(value, wanted.get(member)) if isinstance(value, list) else value
                for member, value in block.items()
                if member in wanted or value != unset[member]
            }
        ]
    return found


def _live_blocks(live: Values, owner: str) -> dict[str, Values]:
    blocks: dict[str, Values] = {}
    if "required_pull_request_reviews" in live:
        reviews = live["required_pull_request_reviews"]
        blocks["requiredPullRequestReviews"] = {
            "dismissStaleReviews": reviews["dismiss_stale_reviews"],
            "requireCodeOwnerReviews": reviews["require_code_owner_reviews"],
            "requireLastPushApproval": reviews.get("require_last_push_approval", False),
            "requiredApprovingReviewCount": reviews["required_approving_review_count"],
            "pullRequestBypassers": _actors(reviews.get("bypass_pull_request_allowances", {}), owner),
        }
    if "required_status_checks" in live:
        checks = live["required_status_checks"]
        blocks["requiredStatusChecks"] = {"strict": checks["strict"], "contexts": checks["contexts"]}
    if "restrictions" in live:
        blocks["restrictPushes"] = {
            "blocksCreations": live.get("block_creations", {}).get("enabled", False),
            "pushAllowances": _actors(live["restrictions"], owner),
        }
    return blocks


def _reviews_body(reviews: Values, owner: str) -> Values:
    return {
        "dismiss_stale_reviews": reviews.get("dismissStaleReviews", False),
        "require_code_owner_reviews": reviews.get("requireCodeOwnerReviews", False),
        "require_last_push_approval": reviews.get("requireLastPushApproval", False),
        "required_approving_review_count": reviews.get("requiredApprovingReviewCount", 1),
        "bypass_pull_request_allowances": _actors_body(reviews.get("pullRequestBypassers", []), owner),
    }


def _actors_body(actors: list[str], owner: str) -> Values:
    """`/user` and `organization/team` as GitHub's REST API wants them.

    Raises:
        ProviderError: it is neither; the provider takes it for a node's id, and upper and lower case count.
    """
    for actor in actors:
        if not actor.startswith(("/", f"{owner}/")):
            raise ProviderError(f"Could not resolve to a node with the global id of '{actor}'")
    return {
        "users": [actor[1:] for actor in actors if actor.startswith("/")],
        "teams": [actor.removeprefix(f"{owner}/") for actor in actors if not actor.startswith("/")],
        "apps": [],
    }


def _actors(allowances: Values, owner: str) -> list[str]:
    users = [f"/{user['login']}" for user in allowances.get("users", [])]
    return users + [f"{owner}/{team['slug']}" for team in allowances.get("teams", [])]


def _block_failures(name: str, value: Any, block: Block) -> Iterator[Failure]:
    if value is UNKNOWN:
        return
    if not isinstance(value, list) or len(value) != 1:
        yield Failure(name, f"{name}: a list of one element is expected")
        return
    for member, item in (value[0] if isinstance(value[0], dict) else {}).items():
        path = f"{name}[0].{member}"
        if member not in block.kinds:
            known = ", ".join(sorted(block.kinds))
            yield Failure(path, f"{path}: no such property, or not emulated; known are {known}")
            continue
        yield from _wrong_kind(path, item, block.kinds[member])
        if member in _ACTORS and isinstance(item, list):
            yield from _actor_failures(path, item)
    approvals = value[0].get("requiredApprovingReviewCount") if isinstance(value[0], dict) else None
    if isinstance(approvals, int) and not 0 <= approvals <= _MAX_APPROVALS:
        path = f"{name}[0].requiredApprovingReviewCount"
        yield Failure(path, f"{path}: 0 to {_MAX_APPROVALS} are allowed, found {approvals}")


def _actor_failures(path: str, actors: list[Any]) -> Iterator[Failure]:
    for index, actor in enumerate(actors):
        if isinstance(actor, str) and "/" not in actor:
            here = f"{path}[{index}]"
            yield Failure(here, f"{here}: {actor!r} is neither /user nor organization/team")


def _wrong_kind(path: str, value: Any, kind: type) -> Iterator[Failure]:
    if value is not UNKNOWN and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
        yield Failure(path, f"{path}: {_KINDS[kind]} is expected, found {value!r}")


def _only(value: Any) -> Values | None:
    return value[0] if value else None
