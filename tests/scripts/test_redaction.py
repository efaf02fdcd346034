"""Redaction: what is a secret under any of its names and in any of its forms, what is none, and at what cost."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.evidence import patterns
from scripts.evidence.redaction import REDACTED, redacted, redacted_text

HIDDEN = "hunter2-hunter2"
VARIABLES = [{"name": "X_TOKEN", "value": HIDDEN, "type": "PLAINTEXT"}, {"name": "STAGE", "value": "prod"}]


def nested(data: Any, depth: int) -> str:
    """JSON in a string in JSON, and so on."""
    for _ in range(depth):
        data = json.dumps(data)
    return data


class TestNames:
    @pytest.mark.parametrize(
        "name",
        [
            "DB_PASS",
            "DbPass",
            "pass",
            "DbPwd",
            "csrftoken",
            "XSRF-TOKEN",
            "AccountKey",
            "X-Api-Key",
            "passcode",
            "DB_PASSWORD_PROD",
            "ClientSecret",
            "aws_access_key_id",
            "ConnectionString",
            "UserData",
            "spring.db.pass",
            "NEW_RELIC_LICENSE_KEY",
            "DATADOG_APP_KEY",
            "JWT",
            "basic_auth",
            "JSESSIONID",
        ],
    )
    def test_secrets_are_known_under_all_their_names(self, name: str) -> None:
        assert redacted({name: HIDDEN}) == {name: REDACTED}
        assert HIDDEN not in redacted_text(f"{name}={HIDDEN}")

    @pytest.mark.parametrize(
        "name", ["DB_PASSWORD_FILE", "MinimumPasswordLength", "SecretName", "secretArn", "TokenType", "password_errors"]
    )
    def test_what_only_speaks_of_a_secret_stays(self, name: str) -> None:
        assert redacted({name: "/run/secrets/db"}) == {name: "/run/secrets/db"}
        assert redacted_text(f"{name}=/run/secrets/db") == f"{name}=/run/secrets/db"

    def test_what_opens_nothing_stays_under_whatever_name(self) -> None:
        arn = "arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:prod/db-AbCdEf"
        data = {"DbSecretArn": arn, "prod-auth-token-errors": "OK", "prod-passwords": "INSUFFICIENT_DATA", "Pwd": ""}
        assert redacted(data) == data

    @given(st.from_regex(patterns._SECRET_NAME), st.booleans())
    def test_no_name_is_passed_over_unsearched(self, name: str, upper: bool) -> None:
        name = name.upper() if upper else name
        found = patterns._SECRET_NAME.search(name) and not patterns._ABOUT_A_SECRET.search(name)
        assert len(name) > patterns.LONGEST_NAME or patterns.is_secret_name(name) == bool(found)

    @pytest.mark.parametrize(
        "value", ["${DB_PASSWORD}", "$TOKEN", "{{resolve:secretsmanager:x}}", "****", "<password>"]
    )
    def test_a_reference_to_a_secret_stays(self, value: str) -> None:
        assert redacted({"DbPassword": value}) == {"DbPassword": value}


class TestData:
    @pytest.mark.parametrize("depth", [1, 2, 3, 4])
    def test_json_inside_strings_is_read_as_json(self, depth: int) -> None:
        clean = redacted({"configuration": {"EnvironmentVariables": nested(VARIABLES, depth)}})
        assert HIDDEN not in json.dumps(clean)
        inner = clean["configuration"]["EnvironmentVariables"]
        for _ in range(depth):
            inner = json.loads(inner)
        assert inner == [{**VARIABLES[0], "value": REDACTED}, VARIABLES[1]]

    def test_json_with_nothing_to_hide_stays_as_it_was_written(self) -> None:
        text = '{ "name":"TOKEN_BUCKET_SIZE",\n  "value" : "5" }'
        assert redacted_text(text) == text

    @pytest.mark.parametrize(
        "data",
        [
            {"passwords": [HIDDEN]},
            {"Authorization": [f"Custom {HIDDEN}"]},
            {"cookies": {"session": HIDDEN}},
            {"secrets": {"db": [{"primary": HIDDEN}]}},
            {"password": {"value": HIDDEN, "type": "String"}},
            {"name": "X_TOKEN", "value": [HIDDEN]},
            {"Variable": "DB_PASSWORD", "DefaultValue": HIDDEN},
            {"body": f"password={HIDDEN}".encode()},
            {f"postgres://bob:{HIDDEN}@db": 1},
            {"set": {f"password={HIDDEN}"}},
        ],
    )
    def test_what_hangs_below_a_secrets_name_is_secret_too(self, data: Any) -> None:
        assert HIDDEN not in repr(redacted(data))

    def test_where_a_pipeline_keeps_its_key_is_no_secret(self) -> None:
        store = {"type": "S3", "encryptionKey": {"id": "arn:aws:kms:ap-southeast-2:123456789012:key/1", "type": "KMS"}}
        assert redacted(store) == store


class TestText:
    @pytest.mark.parametrize(
        "text",
        [
            f"mysql --user bob --password {HIDDEN} prod",
            f"deploy -token {HIDDEN}",
            f"'password' => '{HIDDEN}'",
            f":db_password=>{HIDDEN}",
            f"params[password]={HIDDEN}",
            f"<password>{HIDDEN}</password>",
            f'<db:Password type="text">{HIDDEN}</db:Password>',
            f"<password><![CDATA[{HIDDEN}]]></password>",
            f'<db user="bob" password="{HIDDEN}"/>',
            f'<add key="DbPassword" value="{HIDDEN}" />',
            f'<password value="{HIDDEN}"/>',
            f'<property name="password">{HIDDEN}</property>',
            f"<entry key='db.password'>{HIDDEN}</entry>",
            f"&lt;password&gt;{HIDDEN}&lt;/password&gt;",
            f"{{&quot;password&quot;: &quot;{HIDDEN}&quot;}}",
            f"GET /login?next=%2Fhome%3Ftoken%3D{HIDDEN}%26page%3D1",
            f"password                  = {HIDDEN}",
            f"password == {HIDDEN}",
            f"curl -u bob:{HIDDEN} https://host.example",
            f"curl --user bob:{HIDDEN} https://host.example",
            f"mysql -ubob -p{HIDDEN} prod",
            f"sshpass -p {HIDDEN} ssh host",
            f"CREATE USER bob IDENTIFIED BY '{HIDDEN}'",
            f"ALTER USER bob WITH PASSWORD '{HIDDEN}'",
            f"<OutputKey>DbPassword</OutputKey>\n  <OutputValue>{HIDDEN}</OutputValue>",
            f"ParameterKey=DbPassword,ParameterValue={HIDDEN}",
            f"- name: X_TOKEN\n  value: {HIDDEN}",
            f'truncated {{"env": [{{"name":"X_TOKEN","value":"{HIDDEN}","type":"PLAI',
            f'truncated {{"env": [{{"name":"X_TOKEN","type":"PLAINTEXT","value":"{HIDDEN}',
            f'truncated [{{\\"name\\":\\"X_TOKEN\\",\\"value\\":\\"{HIDDEN}',
            f"at 10:00 INFO {json.dumps(VARIABLES[0])}",
            f'at 10:00 INFO {{"value": "{HIDDEN}", "name": "X_TOKEN"}}\nand more',
            f"Server=db;User Id=bob;Password={HIDDEN};Encrypt=true",
            f"DefaultEndpointsProtocol=https;AccountName=x;AccountKey={HIDDEN}==;EndpointSuffix=core.windows.net",
            f"password=a,{HIDDEN}",
            f'password="a\\"{HIDDEN}"',
            f'{{\\"password\\": \\"a\\\\\\"{HIDDEN}\\"}} cut',
            f"postgres://bob:pa/{HIDDEN}@db.example/x",
            f'Cookie: a="b"; session={HIDDEN}',
            f"request.cookie: a=1; session={HIDDEN}",
            f"Authorization: Digest username=bob, response={HIDDEN}",
        ],
    )
    def test_each_form_of_naming_a_secret_is_known(self, text: str) -> None:
        clean = redacted_text(text)
        assert HIDDEN not in clean
        assert redacted_text(clean) == clean

    @pytest.mark.parametrize(
        "secret",
        [
            "sk_live_" + "a1" * 12,
            "rk_test_" + "a1" * 12,
            "whsec_" + "a1" * 16,
            "xapp-1-" + "A1" * 12,
            "AIza" + "a1" * 17 + "b",
            "GOCSPX-" + "a1" * 14,
            "ya29." + "a1" * 20,
            "abc8Q~" + "a1" * 17,
            "sk-" + "a1" * 24,
            "sk-ant-api03-" + "a1" * 24,
            "npm_" + "a1" * 18,
            "pypi-" + "AgEI" * 20,
            "SG." + "a1" * 11 + "." + "b2" * 20,
            "SK" + "0a" * 16,
            "glpat-" + "a1" * 10,
            "gldt-" + "a1" * 10,
            "pul-" + "0a" * 20,
            "hvs." + "a1" * 12,
            "dckr_pat_" + "a1" * 12,
            "hf_" + "Ab" * 17,
            "123456789:AA" + "a1" * 17,
            "FwoGZXIvYXdzE" + "a1" * 20,
            "IQoJb3JpZ2luX2Vj" + "a1" * 20,
            "glsa_" + "a1" * 16,
            "dp.pt." + "a1" * 20,
            "atlasv1." + "a1" * 30,
            "rubygems_" + "a1" * 24,
        ],
    )
    def test_the_keys_of_providers_are_known_by_their_form(self, secret: str) -> None:
        assert redacted_text(f"see {secret}, please") == f"see {REDACTED}, please"

    def test_basic_authentication_is_known_without_its_header(self) -> None:
        said = b64encode(f"bob:{HIDDEN}".encode()).decode()
        assert redacted_text(f"sent Basic {said} to it") == f"sent Basic {REDACTED} to it"

    @pytest.mark.parametrize("kind", ["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "])
    def test_a_private_key_is_left_out_and_what_follows_stays(self, kind: str) -> None:
        key = f"-----BEGIN {kind}PRIVATE KEY-----\n{HIDDEN}\n-----END {kind}PRIVATE KEY-----"
        assert redacted_text(f"a\n{key}\nb") == f"a\n{REDACTED}\nb"

    @pytest.mark.parametrize(
        "text",
        [
            "Basic authentication failed for bob; bearer authentication did not",
            "PASS: 3 passed, token: missing",
            "docker run -u 1000:1000 web, sort -u, <entry key='region'>ap-southeast-2</entry> <b name=\"x\">all</b>",
            "Secrets Manager can't find the secret 'prod/db'; unexpected token '<'",
            "PWD=/home/bob",
            "PASSWORD=${DB_PASSWORD} TOKEN=$TOKEN",
            "https://web.example:8080/a@b http://web.example/@scope/x ssh://git@github.com/x",
            "risk-assessment-of-the-second-quarter task-0123456789abcdef0123",
            "-p 8080 --token-file /run/token --name prod",
            "SKIPPED SG-1 sg-0123456789abcdef0 key-pair key/3f0c0000-0000-4000-8000-000000000001",
            "arn:aws:codepipeline:ap-southeast-2:123456789012:prod-pipeline revision=9b1d5e0f2c7a4b3d8e6f1a2b3c4d5e6f",
            "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
            '{"name": "prod-token-errors", "value": "3"}',
            '"GET /search?q=passwords HTTP/1.1" 200 "Mozilla/5.0 (X11; Linux x86_64)"',
        ],
    )
    def test_what_is_none_stays_as_it_is(self, text: str) -> None:
        assert redacted_text(text) == text


class TestNamesInValues:
    """What stands under a name that hides nothing may have names of its own."""

    @pytest.mark.parametrize(
        "text",
        [
            "error: password=hunter2",
            "msg=password=hunter2",
            "cmd: --password hunter2",
            "reason=token: hunter2",
            "GET https://host.example/hook?token=hunter2 200",
            "url=https://host.example/?password=hunter2&page=1",
            "Location: https://host.example/#access_token=hunter2",
            "callback: http://host.example/?sig=hunter2&page=1",
            "PASS: password=hunter2",
            "PWD=/home/x:password=hunter2",
            "message: 'login with password=hunter2 failed'",
            "<line>error: password=hunter2</line>",
            "arn:aws:sns:ap-southeast-2:123456789012:prod-alerts: password=hunter2",
        ],
    )
    def test_they_are_read(self, text: str) -> None:
        assert redacted_text(text) == text.replace("hunter2", "[redacted]")
        assert redacted({"Endpoint": text, "lines": [text]}) == {
            "Endpoint": text.replace("hunter2", "[redacted]"),
            "lines": [text.replace("hunter2", "[redacted]")],
        }

    @given(st.lists(st.sampled_from(["at", "https", "level", "x-y", "a.b"]), max_size=5), st.sampled_from("=:"))
    def test_however_many_stand_before_them(self, names: list[str], sign: str) -> None:
        text = sign.join([*names, "password", "hunter2"])
        assert redacted_text(text) == text.replace("hunter2", "[redacted]")


IDENTIFIERS = st.one_of(
    st.uuids().map(str),
    st.text("0123456789abcdef", min_size=40, max_size=40),
    st.text("0123456789abcdef", min_size=64, max_size=64),
    st.text("0123456789abcdef", min_size=17, max_size=17).map(lambda text: f"i-{text}"),
    st.text("abcdefghijklmnop0123456789-", min_size=1, max_size=30).map(
        lambda text: f"arn:aws:sns:ap-southeast-2:123456789012:prod-{text}"
    ),
)
HARMLESS = st.sampled_from(
    ["NextToken", "nextForwardToken", "ClientRequestToken", "RevisionId", "ExecutionId", "ETag", "name", "TopicArn"]
)
PRINTABLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=40)


@given(HARMLESS, IDENTIFIERS)
def test_identifiers_stay_in_data_and_in_text(name: str, identifier: str) -> None:
    assert redacted({name: identifier}) == {name: identifier}
    for text in (f"{name}={identifier}", f'{{"{name}": "{identifier}"}}', f"see {identifier}: {name}: {identifier}."):
        assert redacted_text(text) == text


@given(st.sampled_from(["X_TOKEN", "DbPassword", "client_secret", "ApiKey"]), PRINTABLE, st.integers(0, 4))
def test_whatever_a_secret_is_made_of_it_does_not_stand_in_what_is_written(name: str, tail: str, depth: int) -> None:
    secret = f"hunter2{tail}"  # so that it is none of the words that say nothing
    for data in ({name: secret}, {"name": name, "value": secret}):
        clean = json.dumps(redacted({"string": nested(data, depth)}))
        assert "hunter2" not in clean


@given(st.text(st.sampled_from("\\\"'{}[]:=<>/@,;$ \n-aA1"), max_size=60), st.sampled_from(["token=", "://", "{", ""]))
def test_any_text_is_read_and_what_is_clean_stays_clean(text: str, before: str) -> None:
    clean = redacted_text(f"{before}{text}")
    assert redacted_text(clean) == clean


class TestCost:
    """By structure: a pattern that gives back what it took without bound, or fails behind it, is not linear."""

    def patterns(self) -> Iterator[str]:
        yield from (form.pattern for form, _ in patterns.FORMS)
        of_values = (patterns.VALUE.pattern, patterns.ELEMENT_VALUE.pattern)
        yield from (patterns.HEADER.pattern, patterns.NAMED.pattern, *of_values, patterns.HINT.pattern)

    def test_no_pattern_takes_more_than_linear_time(self) -> None:
        for pattern in self.patterns():
            assert not list(costly(pattern)), pattern

    @pytest.mark.parametrize(
        "pattern", [r"a*b", r"a*+b", r"(?:a*+b)?+c", r"(a+)+", r"(?<![b])a++c", r"x(?:a*)", r"a{1,100}a{1,100}b"]
    )
    def test_one_that_does_is_seen(self, pattern: str) -> None:
        assert list(costly(pattern))

    @pytest.mark.parametrize("pattern", [r"a*+", r"x(?:a*+)(?:b)?+", r"(?<![\w-])[\w-]++:", r"[a-z]{0,40}?b"])
    def test_one_that_does_not_is_none(self, pattern: str) -> None:
        assert not list(costly(pattern))


MOST_STEPS = 1000
_parser, _constants = import_module("re._parser"), import_module("re._constants")
UNBOUNDED = _constants.MAXREPEAT
GREEDY = {_constants.MAX_REPEAT, _constants.MIN_REPEAT}
POSSESSIVE = _constants.POSSESSIVE_REPEAT


def costly(pattern: str) -> Iterator[str]:
    """What in the pattern makes it take more than linear time."""
    yield from _costly(list(_parser.parse(pattern)), [])


def _costly(items: list[Any], after: list[Any]) -> Iterator[str]:
    given_back = 1
    for number, (kind, argument) in enumerate(items):
        rest = [*items[number + 1 :], *after]
        if kind in GREEDY or kind is POSSESSIVE:
            least, most, inner = argument
            if most is UNBOUNDED:
                if kind in GREEDY:
                    yield f"gives back without bound: {inner}"
                elif any(map(_can_fail, rest)) and not _begins_where_it_begins(items[:number], inner):
                    yield f"can fail behind what has no bound: {inner}"
            elif kind in GREEDY:
                given_back *= most - least + 1
            # in a loop the next turn may fail, which gives back nothing
            yield from _costly(list(inner), rest if most == 1 else [])
        elif kind is _constants.SUBPATTERN:
            yield from _costly(list(argument[-1]), rest)
        elif kind is _constants.BRANCH:
            for branch in argument[1]:
                yield from _costly(list(branch), rest)
    if given_back > MOST_STEPS:
        yield f"gives back {given_back} ways"


def _can_fail(item: Any) -> bool:
    kind, argument = item
    if kind in GREEDY or kind is POSSESSIVE:
        return argument[0] > 0
    if kind is _constants.SUBPATTERN:
        return any(map(_can_fail, argument[-1]))
    return True


def _begins_where_it_begins(before: list[Any], inner: Any) -> bool:
    """Whether a look behind forbids to begin inside of what is repeated: then each run is taken once."""
    literals = 0
    for kind, argument in reversed(before):
        if kind is _constants.LITERAL:
            literals += 1
            continue
        forbidden = kind is _constants.ASSERT_NOT and argument[0] == -1 and list(argument[1])
        return bool(forbidden) and forbidden == list(inner)
    return False
