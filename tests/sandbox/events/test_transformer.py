"""Input transformers: what a target gets, and what PutTargets refuses."""

from __future__ import annotations

import pytest

from sandbox.aws.events.transformer import check_transformer, transformed
from sandbox.aws.service import AwsError

EVENT = {
    "id": "1",
    "detail-type": "T",
    "resources": ["first", "second"],
    "detail": {"pipeline": "web", "attempts": 3, "of": {"deep": "x"}, "said": 'a "b"', "none": None},
}
PATHS = {
    "name": "$.detail.pipeline",
    "tries": "$.detail.attempts",
    "of": "$.detail.of",
    "resource": "$.resources[1]",
    "resources": "$.resources",
    "missing": "$.detail.no.such",
    "beyond": "$.resources[2]",
    "null": "$.detail.none",
    "said": "$.detail.said",
}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ('"<name> failed <tries> times"', '"web failed 3 times"'),
        ('"first <name>"\n"second <resource>"', '"first web"\n"second second"'),
        ('"<missing>, <beyond>, <null>"', '", , "'),
        ('"of <of> and <resources>"', '"of {deep:x} and [first,second]"'),
        ('"the \\"<name>\\" of <tries>"', '"the \\"web\\" of 3"'),
        ('"he said <said>"', '"he said a "b""'),
        ('{ "name": <name>, "in": "<name>: <tries>", "tries": <tries>, "of": <of> }',
         '{"name":"web","in":"web: 3","tries":3,"of":{"deep":"x"}}'),
        ('{"missing": <missing>}', '{"missing":""}'),
        ('"<aws.events.rule-name> told"', '"rule told"'),
        ('{"event": <aws.events.event>}', '{"event":{"id":"1","detailType":"T","resources":["first","second"]}}'),
    ],
)  # fmt: skip
def test_a_template_is_filled_as_aws_fills_it(template: str, expected: str) -> None:
    transformer = {"InputPathsMap": PATHS, "InputTemplate": template}
    check_transformer(transformer, "a")
    assert transformed(transformer, EVENT, {"aws.events.rule-name": "rule"}) == expected


@pytest.mark.parametrize(
    ("paths", "template", "said"),
    [
        ({"b": "$.x"}, '"<b> <c>"', "InputTemplate for target a contains invalid placeholder c."),
        ({}, '"<aws.events.other>"', "InputTemplate for target a contains invalid placeholder aws.events.other."),
        ({"AWS.b": "$.x"}, '"text"', "InputPathsMap for target a contains the reserved key AWS.b."),
        ({"b": "$.x"}, "<b> failed", "Invalid InputTemplate for target a :"),
        ({}, "", "Invalid InputTemplate for target a :"),
        ({}, '"two\nlines"', "Invalid InputTemplate for target a :"),
        ({"b": "$.x"}, '{<b>: 1}', "Invalid InputTemplate for target a :"),
        ({"b": "$.x"}, '{"b": <b>', "Invalid InputTemplate for target a :"),
    ],
)  # fmt: skip
def test_a_transformer_that_aws_refuses_is_refused(paths: dict[str, str], template: str, said: str) -> None:
    with pytest.raises(AwsError) as refused:
        check_transformer({"InputPathsMap": paths, "InputTemplate": template}, "a")
    assert refused.value.code == "ValidationException"
    assert refused.value.message.startswith(said)


@pytest.mark.parametrize("path", ["$.resources[*]", "$..id", "$['id']", "$.a/b"])
def test_a_path_that_only_aws_follows_is_told(path: str) -> None:
    with pytest.raises(AwsError) as refused:
        check_transformer({"InputPathsMap": {"b": path}, "InputTemplate": '"<b>"'}, "a")
    assert refused.value.code == "SandboxUnsupported"
