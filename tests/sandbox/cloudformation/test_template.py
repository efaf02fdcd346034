from __future__ import annotations

import pytest

from sandbox.aws.cloudformation import conditions
from sandbox.aws.cloudformation.errors import ValidationError
from sandbox.aws.cloudformation.references import order, references
from sandbox.aws.cloudformation.template import Template
from sandbox.aws.cloudformation.yaml_loader import load

RESOURCE = "Resources: {A: {Type: AWS::SNS::Topic}}"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("- a list", "unsupported structure"),
        ("Resources:\n  A: [", r"YAML not well-formed. \(line"),
        ("Outputs: {}", "At least one Resources member must be defined"),
        ("Resources: {A: {Properties: {}}}", "Every Resources object must contain a Type member"),
        ("Resources: {a-b: {Type: AWS::SNS::Topic}}", "Resource name {a-b} is non alphanumeric"),
        ("Resources: {A: {Type: AWS::SNS::Topic, Propertys: {}}}", "Invalid template resource property 'Propertys'"),
        ("Resources: {A: {Type: AWS::SNS::Topic, DeletionPolicy: Keep}}", "Unrecognized DeletionPolicy Keep"),
        ("Resources: {A: {Type: AWS::SNS::Topic, Properties: {TopicName: }}}", "'null' values are not allowed"),
        (f"{RESOURCE}\nOutput: {{}}", r"Invalid template property or properties \[Output\]"),
        (f"{RESOURCE}\nTransform: AWS::Serverless-2016-10-31", "runs no transforms"),
        (f"{RESOURCE}\nRules: {{}}", "does not know the template section Rules"),
        (f"{RESOURCE}\nParameters: {{P: {{}}}}", "Every Parameters object must contain a Type member"),
        (f"{RESOURCE}\nOutputs: {{O: {{}}}}", "Every Outputs member must contain a Value object"),
    ],
)
def test_a_malformed_template_is_refused_in_aws_words(body: str, message: str) -> None:
    with pytest.raises(ValidationError, match=message.replace("{", r"\{").replace("}", r"\}")):
        Template.parse(body)


def test_a_json_template_reads_as_a_yaml_one() -> None:
    assert (
        Template.parse('{"Resources": {"A": {"Type": "AWS::SNS::Topic"}}}').resources
        == Template.parse(RESOURCE).resources
    )


def test_references_are_found_in_every_form() -> None:
    text = '[!Ref A, !GetAtt B.Arn, !Sub "${C} ${D.Id} ${!E} ${F}", !Sub ["${X}", {X: !Ref G}], {deep: [!Ref H]}]'
    assert set(references(load(text))) == {
        ("A", None),
        ("B", "Arn"),
        ("C", None),
        ("D", "Id"),
        ("F", None),
        ("G", None),
        ("H", None),
    }


def test_the_order_puts_what_is_needed_first() -> None:
    assert order({"c": {"b"}, "a": set(), "b": {"a"}}) == ["a", "b", "c"]


def test_a_circle_is_named() -> None:
    with pytest.raises(ValidationError, match=r"Circular dependency between resources: \[a, b\]"):
        order({"a": {"b"}, "b": {"a"}, "c": set()})


def test_conditions_see_parameters_mappings_and_each_other() -> None:
    found = conditions.evaluate(
        load(
            """
            IsProd: !Equals [!Ref Environment, prod]
            Big: !Equals [!FindInMap [Size, !Ref Environment, Count], "2"]
            Both: !And [!Condition IsProd, !Condition Big]
            Either: !Or [!Not [!Condition IsProd], !Equals [a, b]]
            """
        ),
        {"Environment": "prod"},
        {"Size": {"prod": {"Count": 2}}},
    )
    assert found == {"IsProd": True, "Big": True, "Both": True, "Either": False}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("A: !Condition B", "Unresolved condition dependency B"),
        ("{A: !Condition B, B: !Condition A}", "Circular dependencies for condition names"),
        ("A: !Equals [!Ref Vpc, x]", "Cannot reference resources in the Conditions block"),
        ("A: !Maybe [x]", "is no condition function"),
        ("A: text", "must be a condition function"),
    ],
)
def test_a_wrong_condition_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        conditions.evaluate(load(text), {}, {})


def test_pruning_leaves_the_branch_that_applies() -> None:
    value = load('{A: !If [IsA, !If [IsB, 1, 2], 3], B: [!If [IsB, x, !Ref "AWS::NoValue"]]}')
    assert conditions.prune(value, {"IsA": True, "IsB": False}) == {"A": 2, "B": [{"Ref": "AWS::NoValue"}]}
