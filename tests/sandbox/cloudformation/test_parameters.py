from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.cloudformation.errors import ValidationError
from sandbox.aws.cloudformation.parameters import ParameterValue, check_types, choose, interpret
from sandbox.aws.cloudformation.template import Parameter, Template


def declared(**parameters: dict[str, Any]) -> dict[str, Parameter]:
    import json

    body = {"Parameters": parameters, "Resources": {"A": {"Type": "AWS::SNS::Topic"}}}
    return dict(Template.parse(json.dumps(body)).parameters)


def values(parameters: dict[str, Parameter], **given: str) -> dict[str, Any]:
    entries = [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()]
    images = {"/image": "ami-1"}

    def check_exists(kind: str, name: str, found: list[str]) -> None:
        if "gone" in found:
            raise ValidationError(f"{kind} {name} does not exist")

    interpreted = interpret(parameters, choose(parameters, entries, {}), images.get, check_exists)
    return {name: value.value for name, value in interpreted.items()}


@pytest.mark.parametrize(
    ("declaration", "text", "expected"),
    [
        ({"Type": "String"}, "x", "x"),
        ({"Type": "Number"}, "2.5", "2.5"),
        ({"Type": "CommaDelimitedList"}, "a, b", ["a", "b"]),
        ({"Type": "List<Number>"}, "1,2", ["1", "2"]),
        ({"Type": "List<AWS::EC2::Subnet::Id>"}, "subnet-1,subnet-2", ["subnet-1", "subnet-2"]),
        ({"Type": "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>"}, "/image", "ami-1"),
        ({"Type": "AWS::SSM::Parameter::Value<String>"}, "/image", "ami-1"),
    ],
)
def test_a_value_takes_its_type(declaration: dict[str, Any], text: str, expected: Any) -> None:
    assert values(declared(P=declaration), P=text) == {"P": expected}


@pytest.mark.parametrize(
    ("declaration", "text", "message"),
    [
        ({"Type": "String", "AllowedValues": ["dev", "prod"]}, "test", "Parameter 'P' must be one of AllowedValues"),
        ({"Type": "Number", "AllowedValues": [7, 14]}, "8", "must be one of AllowedValues"),
        ({"Type": "String", "AllowedPattern": "[a-z]+"}, "a1", r"must match pattern \[a-z\]\+"),
        (
            {"Type": "String", "AllowedPattern": "[a-z]+", "ConstraintDescription": "lower case only"},
            "A",
            "Parameter P failed to satisfy constraint: lower case only",
        ),
        ({"Type": "String", "MinLength": 2}, "a", "must contain at least 2 characters"),
        ({"Type": "String", "MaxLength": "2"}, "abc", "must contain at most 2 characters"),
        ({"Type": "Number", "MinValue": 1}, "0", "must be a number not less than 1"),
        ({"Type": "Number", "MaxValue": 4}, "5", "must be a number not greater than 4"),
        ({"Type": "Number"}, "many", "Parameter 'P' must be a number."),
        ({"Type": "List<Number>"}, "1,x", "must be a number"),
        ({"Type": "AWS::EC2::VPC::Id"}, "gone", "AWS::EC2::VPC::Id P does not exist"),
        ({"Type": "AWS::SSM::Parameter::Value<String>"}, "/no", r"Unable to fetch parameters \[/no\]"),
    ],
)
def test_a_wrong_value_is_refused_in_aws_words(declaration: dict[str, Any], text: str, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        values(declared(P=declaration), P=text)


def test_the_default_stands_in_for_what_is_not_given() -> None:
    parameters = declared(A={"Type": "String", "Default": "d"}, B={"Type": "Number", "Default": 80})
    assert values(parameters) == {"A": "d", "B": "80"}


def test_all_missing_values_are_named_at_once() -> None:
    with pytest.raises(ValidationError, match=r"Parameters: \[A, B\] must have values"):
        choose(declared(A={"Type": "String"}, B={"Type": "String"}), [], {})


def test_a_value_for_no_parameter_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"Parameters: \[X\] do not exist in the template"):
        choose(declared(), [{"ParameterKey": "X", "ParameterValue": "1"}], {})


def test_the_previous_value_is_kept_when_asked_for() -> None:
    parameters = declared(A={"Type": "String", "Default": "d"})
    before = {"A": ParameterValue(parameters["A"], "before", "before")}
    assert choose(parameters, [{"ParameterKey": "A", "UsePreviousValue": True}], before) == {"A": "before"}
    assert choose(parameters, [], before) == {"A": "d"}


def test_a_secret_is_not_shown() -> None:
    parameters = declared(A={"Type": "String", "NoEcho": "true"})
    assert ParameterValue(parameters["A"], "s3cret", "s3cret").described()["ParameterValue"] == "****"


@pytest.mark.parametrize("kind", ["Text", "List<Text>", "AWS::SSM::Parameter::Value<Text>"])
def test_an_unknown_type_is_refused(kind: str) -> None:
    with pytest.raises(ValidationError, match="Unrecognized parameter type"):
        check_types(declared(P={"Type": kind}))
