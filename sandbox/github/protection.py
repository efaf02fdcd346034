"""Branch protection in GitHub's REST shapes, and what it keeps from being merged."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass, field
from typing import Any

from sandbox.github.people import is_one_of

_SWITCHES = (
    "required_linear_history",
    "allow_force_pushes",
    "allow_deletions",
    "block_creations",
    "required_conversation_resolution",
    "lock_branch",
    "allow_fork_syncing",
)
_REQUIRED = ("required_status_checks", "enforce_admins", "required_pull_request_reviews", "restrictions")
_ACTORS = ("users", "teams", "apps")
_MAX_APPROVALS = 6


class ProtectionError(ValueError):
    """A protection that GitHub answers with 422."""


@dataclass
class Reviews:
    """required_pull_request_reviews."""

    approvals: int
    dismiss_stale: bool
    code_owners: bool
    last_push_approval: bool
    bypass: dict[str, list[str]]
    dismissal: dict[str, list[str]] | None

    @classmethod
    def parse(cls, given: dict[str, Any]) -> Reviews:
        approvals = given.get("required_approving_review_count", 1)
        if not isinstance(approvals, int) or not 0 <= approvals <= _MAX_APPROVALS:
            raise ProtectionError(f"required_approving_review_count must be 0 to {_MAX_APPROVALS}, not {approvals!r}")
        return cls(
            approvals=approvals,
            dismiss_stale=bool(given.get("dismiss_stale_reviews", False)),
            code_owners=bool(given.get("require_code_owner_reviews", False)),
            last_push_approval=bool(given.get("require_last_push_approval", False)),
            bypass=_actors(given.get("bypass_pull_request_allowances") or {}),
            dismissal=_actors(given["dismissal_restrictions"]) if given.get("dismissal_restrictions") else None,
        )


@dataclass
class StatusChecks:
    """required_status_checks."""

    strict: bool
    contexts: list[str]

    @classmethod
    def parse(cls, given: dict[str, Any]) -> StatusChecks:
        if "strict" not in given or not ("contexts" in given or "checks" in given):
            raise ProtectionError("required_status_checks needs strict, and contexts or checks")
        named = given["contexts"] if "contexts" in given else [check["context"] for check in given["checks"]]
        return cls(bool(given["strict"]), list(named))


@dataclass
class Protection:
    """One branch's protection."""

    checks: StatusChecks | None
    reviews: Reviews | None
    enforce_admins: bool
    restrictions: dict[str, list[str]] | None
    switches: dict[str, bool] = field(default_factory=dict)

    @classmethod
    def parse(cls, given: dict[str, Any]) -> Protection:
        """Read the body of PUT …/protection.

        Raises:
            ProtectionError: a required key is missing, an unknown one is there, or a value is out of range.
        """
        missing = [key for key in _REQUIRED if key not in given]
        if missing:
            raise ProtectionError(f"Invalid request. {', '.join(missing)} weren't supplied.")
        unknown = sorted(set(given) - {*_REQUIRED, *_SWITCHES})
        if unknown:
            raise ProtectionError(f"Invalid request. {', '.join(unknown)} are not permitted keys.")
        checks, reviews = given["required_status_checks"], given["required_pull_request_reviews"]
        return cls(
            checks=None if checks is None else StatusChecks.parse(checks),
            reviews=None if reviews is None else Reviews.parse(reviews),
            enforce_admins=bool(given["enforce_admins"]),
            restrictions=None if given["restrictions"] is None else _actors(given["restrictions"]),
            switches={key: bool(given.get(key)) for key in _SWITCHES},
        )

    def as_json(self, url: str) -> dict[str, Any]:
        """GitHub's own shape of GET …/protection; what is not required is absent."""
        shown: dict[str, Any] = {
            "url": url,
            "enforce_admins": {"url": f"{url}/enforce_admins", "enabled": self.enforce_admins},
            "required_signatures": {"url": f"{url}/required_signatures", "enabled": False},
            **{key: {"enabled": enabled} for key, enabled in self.switches.items()},
        }
        if self.checks is not None:
            shown["required_status_checks"] = {
                "url": f"{url}/required_status_checks",
                "strict": self.checks.strict,
                "contexts": self.checks.contexts,
                "contexts_url": f"{url}/required_status_checks/contexts",
                "checks": [{"context": context, "app_id": None} for context in self.checks.contexts],
            }
        if self.reviews is not None:
            shown["required_pull_request_reviews"] = self._reviews_json(f"{url}/required_pull_request_reviews")
        if self.restrictions is not None:
            shown["restrictions"] = {"url": f"{url}/restrictions", **_actors_json(self.restrictions)}
        return shown

    def _reviews_json(self, url: str) -> dict[str, Any]:
        assert self.reviews is not None  # noqa: S101 - the caller has looked
        shown: dict[str, Any] = {
            "url": url,
            "dismiss_stale_reviews": self.reviews.dismiss_stale,
            "require_code_owner_reviews": self.reviews.code_owners,
            "require_last_push_approval": self.reviews.last_push_approval,
            "required_approving_review_count": self.reviews.approvals,
        }
        if any(self.reviews.bypass.values()):
            shown["bypass_pull_request_allowances"] = _actors_json(self.reviews.bypass)
        if self.reviews.dismissal is not None:
            shown["dismissal_restrictions"] = {"url": f"{url}/dismissal", **_actors_json(self.reviews.dismissal)}
        return shown


def may(login: str, actors: dict[str, list[str]]) -> bool:
    """Whether a person is among these actors, by login or by team."""
    return login in actors["users"] or is_one_of(login, [f"@team/{team}" for team in actors["teams"]])


def owners_of(codeowners: str, path: str) -> list[str]:
    """The last matching line of CODEOWNERS decides, as on GitHub."""
    owners: list[str] = []
    for line in codeowners.splitlines():
        pattern, *named = line.partition("#")[0].split() or [""]
        if pattern and _matches(pattern, path):
            owners = named
    return owners


def _matches(pattern: str, path: str) -> bool:
    if pattern == "*":
        return True
    anchored = pattern.lstrip("/")
    if pattern.endswith("/"):
        return path.startswith(anchored)
    if "/" in anchored:
        return fnmatch.fnmatchcase(path, anchored) or path.startswith(f"{anchored}/")
    return fnmatch.fnmatchcase(path.rpartition("/")[2], anchored)


def _actors(given: dict[str, Any]) -> dict[str, list[str]]:
    return {kind: list(given.get(kind) or []) for kind in _ACTORS}


def _actors_json(actors: dict[str, list[str]]) -> dict[str, list[dict[str, str]]]:
    key = {"users": "login", "teams": "slug", "apps": "slug"}
    return {kind: [{key[kind]: name} for name in names] for kind, names in actors.items()}
