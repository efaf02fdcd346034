"""Who is on the sample GitHub: a token is a person, a team has members."""

from __future__ import annotations

TOKEN = "sandbox"  # the platform engineer's, as `sandbox exec` sets it
TOKEN_PREFIX = f"{TOKEN}-"  # followed by anyone's login: that person's token
ADMINISTRATOR = "platform-engineer"
AUTHOR = "sample-engineer"
# so many that a branch may ask for six approvals, which is GitHub's most
_OTHERS = ("second-engineer", "third-engineer", "fourth-engineer", "fifth-engineer", "sixth-engineer")
TEAMS = {
    "operations-manager": ("operations-lead",),
    # as many as GitHub can ask for: six approvals
    "platform": (
        ADMINISTRATOR,
        AUTHOR,
        *(f"{each}-engineer" for each in ("second", "third", "fourth", "fifth", "sixth")),
    ),
}


def login_of(authorization: str) -> str | None:
    """Who an Authorization header is from; None where it is nobody's."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() not in ("bearer", "token"):
        return None
    token, _, _ = token.partition(":")
    if token == TOKEN:
        return ADMINISTRATOR
    login = token.removeprefix(TOKEN_PREFIX)
    return login if login != token and login else None


def scopes_of(authorization: str) -> frozenset[str] | None:
    """What the token was granted, `sandbox-LOGIN:repo,read:org`; None where it is not narrowed."""
    _, colon, scopes = authorization.partition(":")
    return frozenset(scopes.split(",")) if colon else None


def permission_of(login: str) -> str:
    """What a person may do in the repository, as GitHub names it: by their team, for nobody has asked for more."""
    if login == ADMINISTRATOR:
        return "admin"
    return "write" if any(login in members for members in TEAMS.values()) else "read"


def is_one_of(login: str, owners: list[str]) -> bool:
    """Whether a person is named by CODEOWNERS-style names: `@login` or `@organisation/team`."""
    for owner in owners:
        _, slash, team = owner.lstrip("@").partition("/")
        if login in TEAMS.get(team, ()) if slash else login == owner.lstrip("@"):
            return True
    return False
