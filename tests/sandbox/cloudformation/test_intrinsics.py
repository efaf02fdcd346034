from __future__ import annotations

import base64
from typing import Any

import pytest

from sandbox.aws.cloudformation.errors import ValidationError
from sandbox.aws.cloudformation.intrinsics import UNKNOWN, Resolver
from sandbox.aws.cloudformation.yaml_loader import load


@pytest.fixture
def resolver() -> Resolver:
    return Resolver(
        values={
            "Environment": "prod",
            "Zones": ["a", "b"],
            "AWS::Region": "ap-southeast-2",
            "Range": "10.0.0.0/16",
            "Nothing": "AWS::NoValue",
        },
        mappings={"Size": {"prod": {"Type": "t3.small", "Count": 2}}},
        reference={"Vpc": "vpc-1", "New": UNKNOWN}.__getitem__,
        attribute=lambda resource, name: UNKNOWN if resource == "New" else f"{resource}/{name}",
        export={"network-VpcId": "vpc-9"}.__getitem__,
        zones=lambda region: [f"{region}a", f"{region}b"],
    )


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("!Ref Environment", "prod"),
        ("!Ref Vpc", "vpc-1"),
        ("!GetAtt Vpc.CidrBlock", "Vpc/CidrBlock"),
        ("!GetAtt Nested.Outputs.VpcId", "Nested/Outputs.VpcId"),
        ("Fn::GetAtt: [Vpc, CidrBlock]", "Vpc/CidrBlock"),
        ('!Sub "web-${Environment}"', "web-prod"),
        ('!Sub "${Vpc} ${Vpc.CidrBlock} ${!Literal}"', "vpc-1 Vpc/CidrBlock ${Literal}"),
        ('!Sub ["${A}-${Environment}", {A: !Ref Vpc}]', "vpc-1-prod"),
        ('!Join [",", [a, !Ref Environment, 3]]', "a,prod,3"),
        ('!Join ["-", !Ref Zones]', "a-b"),
        ('!Split [",", "a,b"]', ["a", "b"]),
        ("!Select [1, !Ref Zones]", "b"),
        ('!Select ["0", !GetAZs ""]', "ap-southeast-2a"),
        ("!Select [1, !Cidr [!Ref Range, 2, 8]]", "10.0.1.0/24"),
        ("!Cidr [10.0.0.0/16, 2, 12]", ["10.0.0.0/20", "10.0.16.0/20"]),
        ("!FindInMap [Size, !Ref Environment, Type]", "t3.small"),
        ("!FindInMap [Size, prod, Count]", 2),
        ("!ImportValue network-VpcId", "vpc-9"),
        ('!ImportValue\n  Fn::Sub: "network-${X}"\n', None),
        ("{A: !Ref AWS::NoValue, B: 1}", {"B": 1}),
        ("{A: !Ref Nothing, B: 1}", {"B": 1}),
        ("[!Ref AWS::NoValue, 1]", [1]),
        ("Version: 2012-10-17", {"Version": "2012-10-17"}),
    ],
)
def test_a_function_resolves(resolver: Resolver, expression: str, expected: Any) -> None:
    if expected is None:
        with pytest.raises(KeyError, match="X"):
            resolver.resolve(load(expression))
        return
    assert resolver.resolve(load(expression)) == expected


def test_base64_is_of_the_resolved_text(resolver: Resolver) -> None:
    encoded = resolver.resolve(load('Fn::Base64: !Sub "echo ${Environment}"'))
    assert base64.b64decode(encoded) == b"echo prod"


@pytest.mark.parametrize(
    "expression",
    [
        "!Ref New",
        "!GetAtt New.Arn",
        '!Sub "x-${New}"',
        '!Join [",", [a, !Ref New]]',
        '!Split [",", !Ref New]',
        "!Select [0, !Ref New]",
        "!Cidr [!GetAtt New.CidrBlock, 2, 8]",
        "Fn::Base64: !Ref New",
        "!ImportValue {Ref: New}",
        "!GetAZs {Ref: New}",
    ],
)
def test_what_only_deploying_tells_stays_unknown(resolver: Resolver, expression: str) -> None:
    assert resolver.resolve(load(expression)) is UNKNOWN


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("!Select [2, !Ref Zones]", "cannot select nonexistent value at index 2"),
        ("!FindInMap [Size, dev, Type]", "Unable to get mapping for Size::dev::Type"),
        ("!FindInMap [Other, dev, Type]", "Mapping named 'Other' is not present"),
        ('!Join [","]', "every Fn::Join object requires two parameters"),
        ('!Join [",", text]', r"every Fn::Join object requires two parameters"),
        ("!Join [[a], [b]]", "every Fn::Join object requires two parameters"),
        ("Fn::Split: !Ref Environment", "every Fn::Split object requires two parameters"),
        ("!Split ['', a]", "every Fn::Split object requires two parameters"),
        ("!Select [bad, [a]]", "requires a list argument with two elements: an integer index and a list"),
        ("!Select [0, 2]", "requires a list argument with two elements: an integer index and a list"),
        ("!Select [100, [a]]", "requires a list argument with two elements: an integer index and a list"),
        ("!Select [-1, [a]]", "requires a list argument with two elements: an integer index and a list"),
        ("!Sub [a, b, c]", "One or more Fn::Sub intrinsic functions don't specify expected arguments"),
        ("!Ref [a]", "every Ref object must have a single String value"),
        ("Fn::GetAtt: [Vpc]", "requires two non-empty parameters"),
        ("Fn::GetAtt: [!Ref Environment]", "requires two non-empty parameters"),
        ("!Cidr 10.0.0.0/24", "every Fn::Cidr object requires"),
        ('!Sub "${Zones}"', "variable Zones in Fn::Sub expression does not resolve to a string"),
        ('!Sub "${a b}"', "variable names in Fn::Sub syntax"),
        ("!GetAtt Vpc", "requires two non-empty parameters"),
        ("!Cidr [10.0.0.0/24, 4, 8]", "cannot make 4 blocks"),
        ("Fn::Length: [1]", "Encountered unsupported function: Fn::Length"),
    ],
)
def test_a_misused_function_is_refused_in_words(resolver: Resolver, expression: str, message: str) -> None:
    with pytest.raises(ValidationError, match=message.replace("(", r"\(")):
        resolver.resolve(load(expression))
