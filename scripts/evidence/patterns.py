"""What a secret looks like in running text: by its form, or by the name in front of it.

Log lines are as long as who writes them likes, so no pattern may take more than linear time. Each holds to this:
nothing unbounded is ever given back (possessive repeats only), and behind what is unbounded nothing can fail, unless
it began where its own characters begin.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Callable
from functools import lru_cache

REDACTED = "[redacted]"

# --- names

_TOKEN = (
    "".join(f"(?<!{word})(?<!{word}[-_])" for word in ("next", "page", "pagination", "continuation"))
    + "".join(f"(?<!{word})" for word in ("forward", "backward", "starting", "sequence", "client", "clientrequest"))
    + "token"
)
_CAMEL = r"(?-i:(?<=[a-z])P(?:ass|wd))"  # dbPass, but not bypass
_SECRET_NAME = re.compile(
    rf"pass(?:word|wd|phrase|code)|(?:(?:^|[-_.])pass|pwd|{_CAMEL}|{_TOKEN})$|secret|credential|authorization|cookie"
    r"|(?:api|access|private|account|encryption|shared|signing|webhook|master|licen[cs]e|app|consumer|storage|deploy|ssh"
    r"|hmac|jwt)[-_]?key|connection[-_]?string|(?:^|[-_.])(?:jwt|auth|bearer)$|(?:jsessionid|phpsessid)$"
    r"|(?:auth|bearer|access|session|security|refresh|id|api|github|oauth|personal)[-_]?(?:access[-_]?)?token"
    r"|x-amz-signature|user[-_]?data$|^sig$",
    re.IGNORECASE,
)
# One of these is in every such name; most names have none, and the thousand alarms of a report are all different.
_PARTS = (
    *("pass", "pwd", "token", "secret", "credential", "auth", "cookie", "key", "connection", "sig", "data"),
    *("jwt", "bearer", "sessi"),
)
# They speak of a secret and have none: PasswordLength, DB_PASSWORD_FILE, SecretArn. A key's id goes with its key.
_ABOUT_A_SECRET = re.compile(
    r"(?<!key)(?<!key[-_])(?:^|[-_.]|(?-i:(?<=[a-z])(?=[A-Z])))"
    r"(?:arns?|ids?|types?|names?|files?|paths?|lengths?|size|count|polic(?:y|ies)|status|version|errors?|enabled"
    r"|required|rotation|resets?|last[a-z]*|expir[a-z]*|attempts?|age)$",
    re.IGNORECASE,
)
LONGEST_NAME = 200


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Whether the value of that name is nobody else's to read."""
    name = name[-LONGEST_NAME:]
    lower = name.casefold()
    if not any(part in lower for part in _PARTS):
        return False
    return _SECRET_NAME.search(name) is not None and _ABOUT_A_SECRET.search(name) is None


@lru_cache(maxsize=4096)
def speaks_of_a_secret(name: str) -> bool:
    """Whether the name is of a secret's file, length or the like, and so hides nothing."""
    return _ABOUT_A_SECRET.search(name[-LONGEST_NAME:]) is not None


# No secret under whatever name: an ARN, a reference, a state, and how a sentence goes on after "token:".
_OPEN = re.compile(
    r"arn:aws[\w-]{0,16}+(?::[\w./*@+-]*+)++"
    r"|\$\{[^{}]*+\}|\$[A-Z][A-Z0-9_]*+|\$\([^()]*+\)|\{\{[^{}]*+\}\}|#\{[^{}]*+\}|\*++|<[\w -]*+>"
    r"|(?:ok|alarm|insufficient_data|pendingconfirmation|valid|invalid|expired|missing|required|none|null|true|false"
    r"|failed|denied|rejected|refused|an?|the|no|not|is|was|has|for|could|cannot)[:.,]?|",
    re.IGNORECASE,
)


def is_open(value: str) -> bool:
    """Whether the value hides nothing, whatever its name."""
    return value.startswith(REDACTED) or _OPEN.fullmatch(value) is not None


# --- text

_QUOTE = r"""(?:\\{0,16}+["']|&quot;|&\#3[49];|%22)"""  # also as HTML and addresses write it
_NAME = r"(?<![\w.$-])[\w.$-]++"
_SIGN = r"\s{0,64}+(?:=>|->|:=|={1,3}+|:|%3[ad])\s{0,64}+"


# A value until the quote that it began with (a backslash more is a quote inside), or what ends a bare one.
VALUE = re.compile(
    rf"""(?P<quote>{_QUOTE})(?P<quoted>(?:(?!(?P=quote))(?:{_QUOTE}|\\++|[^\\"'\r\n]))*+)"""
    r"""|(?P<bare>\$?[{(]{1,2}[^\s(){}"']{1,200}+[)}]{1,2}"""
    r"""|(?![\[{(])(?:[^\s"'<>&,;{}\])\\]|[,;](?!\s|$|[\w.-]{1,64}+[=:])|\\(?!["'nrt]))++)"""
)
ELEMENT_VALUE = re.compile(r"(?P<bare>(?:(?!&lt;)[^<])++)")
ELEMENTS = (4, 5, 6)  # the numbers of the names that elements have
_QUOTED = re.compile(_QUOTE)

_PAIR_NAMES = "name|key|outputkey|parameterkey|variable"
_PAIR_VALUES = "value|outputvalue|parametervalue|resolvedvalue|defaultvalue"
_MEMBER = rf"(?:{_QUOTE}?type(?:{_QUOTE})?+{_SIGN}(?:{_QUOTE})?+\w{{1,40}}+(?:{_QUOTE})?+[\s,]{{1,64}}+)?+"
# What stands before a value. Values are looked at where the name is a secret's only: others may have names in them, as
# in `error: password=x` or `https://host/?token=x`.
NAMED = re.compile(
    # passed over: an ARN has ":secret:" in it; followed by "=", its end is a name
    rf"(?P<name0>arn:aws[\w-]{{0,16}}+(?::[\w./*@+-]*+)++)(?P<sign0>\s{{0,8}}+={{1,2}}\s{{0,8}}+)?+"
    # {"name": "X_TOKEN", "value": "..."}, where it cannot be read as JSON
    rf"|(?<![\w])(?:{_PAIR_NAMES})(?:{_QUOTE})?+{_SIGN}(?:{_QUOTE})?+(?P<name1>[\w.-]{{1,{LONGEST_NAME}}}+)(?:{_QUOTE})?+"
    rf"[\s,;]{{1,64}}+{_MEMBER}(?:{_QUOTE})?+(?:{_PAIR_VALUES})(?:{_QUOTE})?+{_SIGN}"
    # --password x
    rf"|(?<![\w-])--?(?P<name2>[A-Za-z][\w.-]{{1,{LONGEST_NAME}}}+)\s{{1,8}}+(?!-)"
    # name: x, "name": "x", name => x, params[name]=x; a header's value goes to the line's end
    rf"|(?P<name3>{_NAME})\]?+(?P<closed3>{_QUOTE})?+(?P<sign3>{_SIGN})"
    # <name value="x">
    rf"|<(?P<name8>[\w:.-]{{1,{LONGEST_NAME}}}+)\s{{1,8}}+value{_SIGN}(?={_QUOTE})"
    # <name>x</name>, and <Key>name</Key><Value>x</Value>
    rf"|<(?:{_PAIR_NAMES})>\s{{0,64}}+(?P<name4>[\w.-]{{1,{LONGEST_NAME}}}+)\s{{0,64}}+</\w{{1,20}}+>\s{{0,64}}+"
    rf"<(?:{_PAIR_VALUES})>"
    # <entry key="name">x</entry>
    rf"|<[\w:.-]{{1,40}}+\s{{1,8}}+(?:{_PAIR_NAMES}){_SIGN}{_QUOTE}(?P<name5>[\w.-]{{1,{LONGEST_NAME}}}+){_QUOTE}\s{{0,8}}+>"
    rf"|(?:<|&lt;)(?P<name6>[\w:.-]{{1,{LONGEST_NAME}}}+)(?P<attributes>\s[^<>]{{0,400}}+)?+(?:>|&gt;)(?:<!\[CDATA\[)?+"
    # PASSWORD 'x', of SQL and of sentences; of a secret or a token the quoted is often its name
    rf"|(?<![\w])(?P<name7>pass(?:word|wd|phrase))\s{{1,8}}+(?:(?:is|was|by)\s{{1,8}}+)?+(?={_QUOTE})",
    re.IGNORECASE,
)
HEADER = re.compile(
    rf"(?<![\w-])(?:proxy-|http-|x-)?(?:authorization|(?:set-)?cookie)(?P<closed>{_QUOTE})?+{_SIGN}(?:(?P<opened>{_QUOTE})"
    rf"(?P<quoted>(?:(?!(?P=opened))(?:{_QUOTE}|\\++|[^\\\"'\r\n]))*+)|(?P<bare>(?![\[{{(])[^\r\n]++))",
    re.IGNORECASE,
)


def without_named(text: str) -> str:
    """The text without the values that stand under a secret's name."""
    kept: list[str] = []
    begin = at = 0
    while found := NAMED.search(text, at):
        at = found.end()
        name, element = _name_of(found)
        if not is_secret_name(name) or _says_more(found, name, text):
            at = found.start("attributes") if found["attributes"] else at  # which have names of their own
            continue
        value = (ELEMENT_VALUE if element else VALUE).match(text, at)
        if value is None:
            continue
        at, group = value.end(), value.lastgroup or "bare"
        if not is_open(value[group]):
            kept += text[begin : value.start(group)], REDACTED
            begin = value.end(group)
    return "".join((*kept, text[begin:]))


def _name_of(found: re.Match[str]) -> tuple[str, bool]:
    """The name, empty where nothing has one, and whether it is an element's of XML."""
    number = next(number for number in range(9) if found[f"name{number}"] is not None)
    if number == 0:
        return (re.split("[:/]", found["name0"])[-1] if found["sign0"] else ""), False
    return found[f"name{number}"], number in ELEMENTS


def _says_more(found: re.Match[str], name: str, text: str) -> bool:
    """Whether it is another thing: `PASS: 3 passed`, `PWD=/home/x`, `secretsmanager:GetSecretValue`."""
    if found["name3"] is None or found["closed3"] or _QUOTED.match(text, found.end()):
        return False
    bare = name.rsplit(".", 1)[-1].lower()
    if bare == "pass":
        return found["sign3"].strip() == ":"
    if bare == "pwd":
        return text.startswith("/", found.end())
    return bare == "secretsmanager"


def without_header(found: re.Match[str]) -> str:
    """What `HEADER` has found, without its value."""
    group = "quoted" if found["quoted"] is not None else "bare"
    if is_open(found[group].strip()):
        return found[0]
    return f"{found[0][: found.start(group) - found.start()]}{REDACTED}{found[0][found.end(group) - found.start() :]}"


def _whole(_found: re.Match[str]) -> str:
    return REDACTED


def _if_it_has_a_digit(found: re.Match[str]) -> str:
    return REDACTED if any(one.isdigit() for one in found[0]) else found[0]


def _before_at(_found: re.Match[str]) -> str:
    return f"{REDACTED}@"


def _last_group(found: re.Match[str]) -> str:
    return f"{found[0][: found.start(1) - found.start()]}{REDACTED}"


LONG = 20  # characters that no English word has


def _bearer(found: re.Match[str]) -> str:
    said = found[1]
    return _last_group(found) if len(said) >= LONG or any(one.isdigit() for one in said) else found[0]


def _if_a_person(found: re.Match[str]) -> str:
    """`-u bob:x` is user and password; `-u 1000:1000` is a user and a group."""
    return found[0] if found[1].isdigit() else _last_group(found)


def _basic(found: re.Match[str]) -> str:
    """`Basic dXNlcjpwYXNz` is user and password; "Basic authentication" is not."""
    try:
        said = b64decode(found[1] + "=" * (-len(found[1]) % 4), validate=True)
    except (binascii.Error, ValueError):
        return found[0]
    return _last_group(found) if b":" in said else found[0]


Replacement = Callable[[re.Match[str]], str]
_WORD = r"(?<![A-Za-z0-9])"
# By form, most of them with a prefix that its provider gives so that scanners find it.
FORMS: tuple[tuple[re.Pattern[str], Replacement], ...] = (
    (
        re.compile(
            r"-----BEGIN [A-Z0-9 ]{0,40}?PRIVATE KEY(?: BLOCK)?+-----(?:(?!-----END )[\s\S])*+"
            r"(?:-----END [A-Z0-9 ]{0,60}+-----)?+"
        ),
        _whole,
    ),
    (
        re.compile(
            r"(?<=://)[^\s/@:\"'<>]{0,256}+:(?!\d{1,5}+(?:[/?#]|$))[^\s\"'<>@]{0,512}+@(?:[^\s\"'<>@/]{0,256}+@)*+"
        ),
        _before_at,
    ),
    (re.compile(r"(?<=://)[\w.~%+-]{20,256}+(?=@)"), _if_it_has_a_digit),
    (re.compile(r"(?<=hooks\.slack\.com/)(?:services|workflows|triggers)/([\w/]++)"), _last_group),
    (re.compile(r"discord(?:app)?\.com/api/webhooks/\d{5,25}+/([\w-]++)"), _last_group),
    (re.compile(r"office\.com/webhook(?:b2)?+/([^\s\"'<>]++)"), _last_group),
    # curl -u bob:x, mysql -u bob -px, sshpass -p x, IDENTIFIED BY 'x'
    (
        re.compile(r"(?<![\w-])(?:-u|--(?:proxy-)?user)[\s=]{0,8}+[\"']?+[^\s:\"'/]{1,128}+:([^\s\"'/][^\s\"']*+)"),
        _if_a_person,
    ),
    (re.compile(r"(?<![\w-])-u\s{0,8}+[\w.@-]{1,64}+\s{1,8}+-p([^\s-]\S*+)"), _last_group),
    (re.compile(r"\bsshpass\s{1,8}+-p\s{0,8}+(\S++)"), _last_group),
    (re.compile(r"\bidentified\s{1,8}+by\s{1,8}+['\"]([^'\"\r\n]++)", re.IGNORECASE), _last_group),
    (re.compile(r"(?<![\w-])eyJ[\w-]++(?:\.[\w-]++){1,4}+"), _whole),  # a JSON web token
    (re.compile(r"\bbearer\s{1,8}+([\w.~+/=-]{8,}+)", re.IGNORECASE), _bearer),
    (re.compile(r"\bbasic\s{1,8}+([A-Za-z0-9+/_-]{6,}+=*+)", re.IGNORECASE), _basic),
    (re.compile(rf"{_WORD}sk-[\w-]{{20,}}+"), _if_it_has_a_digit),  # OpenAI's, Anthropic's
    (
        re.compile(
            rf"{_WORD}(?:"
            r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Z0-9])"  # AWS
            r"|(?:FwoGZXIvYXdz|IQoJb3JpZ2luX2Vj)[\w+/=%-]{20,}+|ABSK[\w+/=]{40,}+"
            r"|gh[pousr]_\w{20,}+|github_pat_\w{20,}+|gl[a-z]{2,8}-[\w-]{16,}+"  # GitHub, GitLab
            r"|x(?:ox[a-z]|app|wfp)-[\w-]{8,}+"  # Slack
            r"|[rs]k_(?:live|test|prod|org)_\w{10,}+|whsec_[\w+/]{16,}+"  # Stripe
            r"|AIza[\w-]{35}|GOCSPX-[\w-]{20,}+|ya29\.[\w-]{20,}+"  # Google
            r"|\w{3}[78]Q~[\w.~-]{30,}+"  # Microsoft Entra
            r"|npm_\w{30,}+|pypi-[\w-]{40,}+|dckr_(?:pat|oat)_[\w-]{20,}+|pul-[0-9a-f]{40}"  # registries, Pulumi
            r"|SG\.[\w-]{16,64}+\.[\w-]{16,}+|SK[0-9a-f]{32}(?![0-9a-f])|key-[0-9a-f]{32}"  # SendGrid, Twilio, Mailgun
            r"|hv[sbr]\.[\w-]{20,}+|dapi[0-9a-f]{32}|dop_v1_[0-9a-f]{32,}+|hf_[A-Za-z0-9]{30,}+|shp[a-z]{2}_[0-9a-f]{32}"
            r"|sntry[su]_[\w+/=-]{20,}+|lin_api_\w{20,}+|NRAK-\w{20,}+|ATATT3[\w=-]{20,}+|AGE-SECRET-KEY-1\w{20,}+"
            r"|gl(?:sa|c)_[\w+/=]{20,}+"  # Grafana
            r"|dp\.[a-z]{2,6}+\.[\w.]{30,}+|atlasv1\.[\w-]{20,}+"  # Doppler, HashiCorp
            r"|PMAK-[\w-]{40,}+|figd_[\w-]{20,}+|rubygems_[0-9a-f]{40,}+|nfp_\w{30,}+|do[or]_v1_[0-9a-f]{32,}+"
            r"|gsk_\w{40,}+|pplx-\w{40,}+|r8_\w{30,}+|EAA[A-Za-z0-9]{60,}+|sq0[a-z]{3}-[\w-]{22,}+"
            r"|\d{8,10}:AA[\w-]{32,}+)"  # Telegram
        ),
        _whole,
    ),
)
# Without any of these, in lower case, a text has no secret of those forms and names: most have none, and it is quick.
HINT = re.compile(
    "@|-----begin|akia|asia|abia|acca|eyj|gh[pousr]_|github_pat_|gl[a-z]{2,8}-|xox|xapp|xwfp|[rs]k_|sk-|whsec_|aiza"
    "|gocspx|ya29|[78]q~|npm_|pypi-|dckr_|pul-|sg\\.|sk[0-9a-f]{8}|key|hv[sbr]\\.|dapi|dop_v1_|hf_|shp|sntry|lin_api_"
    "|nrak|atatt3|\\d:aa|authorization|cookie|bearer|basic|pass|pwd|secret|token|credential|connection|x-amz-|hooks\\."
    "|\\bsig\\b|\\bauth\\b|jwt|sessid|jsession|\\s-u|--user|identified|webhook|fwogzxiv|iqojb3|absk|glsa_|glc_|dp\\.[a-z]"
    "|atlasv1|pmak|figd_|rubygems|nfp_|do[or]_v1_|gsk_|pplx|r8_|eaa|sq0"
    "|user[-_]?data"
)
