"""Who is on the sample GitHub: a token is a person, a team has members."""

from __future__ import annotations

TOKEN = "sandbox"  # the platform engineer's, as `sandbox exec` sets it
TOKEN_PREFIX = f"{TOKEN}-"  # followed by anyone's login: that person's token
ADMINISTRATOR = "platform-engineer"
AUTHOR = "sample-engineer"
TEAMS = {
    "operations-manager": ("operations-lead",),
    "platform": (ADMINISTRATOR, AUTHOR, "second-engineer"),
}


def login_of(authorization: str) -> str | None:
    """Who an Authorization header is from; None where it is nobody's."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() not in ("bearer", "token"):
        return None
    if token == TOKEN:
        return ADMINISTRATOR
    login = token.removeprefix(TOKEN_PREFIX)
    return login if login != token and login else None


def is_one_of(login: str, owners: list[str]) -> bool:
    """Whether a person is named by CODEOWNERS-style names: `@login` or `@organisation/team`."""
    for owner in owners:
        _, slash, team = owner.lstrip("@").partition("/")
        if login in TEAMS.get(team, ()) if slash else login == owner.lstrip("@"):
            return True
    return False
