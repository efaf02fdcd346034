from __future__ import annotations

import pytest

from sandbox.aws.cloudformation import conditions
from sandbox.aws.cloudformation.errors import ValidationError
from sandbox.aws.cloudformation.references import order, references
from sandbox.aws.cloudformation.template import Template, as_text
from sandbox.aws.cloudformation.yaml_loader import load
from sandbox.aws.service import UnsupportedError

RESOURCE = "Resources: {A: {Type: AWS::SNS::Topic}}"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("- a list", "unsupported structure"),
        ("Resources:\n  A: [", r"YAML not well-formed. \(line"),
        ("Outputs: {}", "At least one Resources member must be defined"),
        ("Resources: {A: {Properties: {}}}", "Every Resources object must contain a Type member"),
        ("Resources: {a-b: {Type: AWS::SNS::Topic}}", "Resource name a-b is non alphanumeric"),
        ("Resources: {A: {Type: AWS::SNS::Topic, Propertys: {}}}", "Invalid template resource property 'Propertys'"),
        ("Resources: {A: {Type: AWS::SNS::Topic, DeletionPolicy: Keep}}", "Unrecognized DeletionPolicy Keep"),
        ("Resources: {A: {Type: AWS::SNS::Topic, Properties: {TopicName: }}}", "'null' values are not allowed"),
        (f"{RESOURCE}\nOutput: {{}}", r"Invalid template property or properties \[Output\]"),
        (f"{RESOURCE}\nGlobals: {{}}", r"Invalid template property or properties \[Globals\]"),
        (f"AWSTemplateFormatVersion: 2012-10-17\n{RESOURCE}", "Unsupported template version 2012-10-17"),
        ("Resources: ''", "Any Resources member must be an object"),
        ("Resources: {A: text}", "Any Resources member must be an object"),
        ("Resources: {A: {Type: AWS::SNS::Topic, Version: '1.0'}}", "Invalid template resource property 'Version'"),
        ("Resources: {A: {Type: AWS::SNS::Topic, Condition: [x]}}", "Every Condition member must be a string"),
        (
            "Resources: {A: {Type: AWS::SNS::Topic, DeletionPolicy: Snapshot}}",
            "does not support deletion policy Snapshot",
        ),
        (
            f"{RESOURCE}\nParameters: {{'AWS::NoValue': {{Type: String}}}}",
            "Parameter name AWS::NoValue is non alphanum",
        ),
        (f"{RESOURCE}\nOutputs: {{O: {{Value: }}}}", r"^\[/Outputs/O/Value\] 'null' values are not allowed"),
        (f"{RESOURCE}\nOutputs: {{O: {{Value: x, Exprt: {{}}}}}}", "Invalid template output property 'Exprt'"),
        (f"{RESOURCE}\nOutputs: {{O-1: {{Value: x}}}}", "Output name O-1 is non alphanumeric"),
        (f"{RESOURCE}\nMappings: {{A: x}}", "Every Mappings member A must be a map"),
        (f"{RESOURCE}\nMappings: {{M: {{A: x}}}}", "Every Mappings member A must be a map"),
        (f"{RESOURCE}\nMappings: {{M: {{A: {{B: {{C: x}}}}}}}}", "Every Mappings attribute must be a String or a List"),
        (f"{RESOURCE}\nMappings: {{M: {{A: {{B: !Ref X}}}}}}", "Every Mappings attribute must be a String or a List"),
        (f"{RESOURCE}\nParameters: {{P: {{}}}}", "Every Parameters object must contain a Type member"),
        (f"{RESOURCE}\nParameters: {{P: {{Type: String, Defalt: x}}}}", "Invalid template parameter property 'Defalt'"),
        (f"{RESOURCE}\nParameters: {{P: {{Type: String, Default: [x]}}}}", "Every Default member must be a string"),
        (f"{RESOURCE}\nOutputs: {{O: {{}}}}", "Every Outputs member must contain a Value object"),
    ],
)
def test_a_malformed_template_is_refused_in_aws_words(body: str, message: str) -> None:
    with pytest.raises(ValidationError, match=message.replace("{", r"\{").replace("}", r"\}")):
        Template.parse(body)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (f"{RESOURCE}\nTransform: AWS::Serverless-2016-10-31", "runs no transforms"),
        (f"{RESOURCE}\nTransform: AWS::Serverless-2016-10-31\nGlobals: {{}}", "runs no transforms"),
        ("Resources: {A: {'Fn::Transform': {Name: AWS::Include}}}", "runs no transforms"),
        ("Resources: {A: {Type: AWS::SNS::Topic, Properties: {'Fn::Transform': {Name: M}}}}", "runs no transforms"),
        (f"{RESOURCE}\nRules: {{}}", "does not know the template section Rules"),
        (f"{RESOURCE}\nHooks: {{}}", "does not know the template section Hooks"),
        ("Resources: {A: {Type: Custom::Thing, Version: '1.0'}}", "makes no custom resources"),
        ("Resources: {A: {Type: AWS::CloudFormation::CustomResource}}", "makes no custom resources"),
    ],
)
def test_what_the_sandbox_cannot_do_is_no_verdict_of_aws_on_the_template(body: str, message: str) -> None:
    with pytest.raises(UnsupportedError, match=message) as refused:
        Template.parse(body)
    assert (refused.value.code, refused.value.status) == ("SandboxUnsupported", 501)


def test_a_json_template_reads_as_a_yaml_one() -> None:
    assert (
        Template.parse('{"Resources": {"A": {"Type": "AWS::SNS::Topic"}}}').resources
        == Template.parse(RESOURCE).resources
    )


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("000001", "1"),
        ("011", "9"),
        ("012345678901", "1.2345678901E10"),
        ("123456789012", "123456789012"),
        ("'012345678901'", "012345678901"),
        ("1e3", "1000"),
        (".5", "0.5"),
        ("0.0001", "1.0E-4"),
        ("-2.5e8", "-2.5E8"),
        ("1:30", "90"),
        ("0x1A", "26"),
        ("1_000", "1000"),
        ("yes", "true"),
        ("2012-10-17", "2012-10-17"),
        ("1.2.3", "1.2.3"),
        ("10.0.0.0/16", "10.0.0.0/16"),
    ],
)
def test_plain_text_is_read_by_the_rules_of_yaml_1_1(written: str, text: str) -> None:
    assert as_text(load(f"A: {written}")["A"]) == text


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
        ("A: !Equals [x]", "every Fn::Equals object requires a list of 2 string parameters"),
        ("A: !Not [!Equals [a, b], !Equals [a, b]]", "every Fn::Not object requires one boolean parameter"),
        ("A: !Or [!Equals [a, a]]", "every Fn::Or object requires a list of at least 2"),
        ("A: !Or [!Equals [a, a], !Condition B]", "Unresolved condition dependency B"),
        ("A: text", "must be a condition function"),
    ],
)
def test_a_wrong_condition_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        conditions.evaluate(load(text), {}, {})


def test_pruning_leaves_the_branch_that_applies() -> None:
    value = load('{A: !If [IsA, !If [IsB, 1, 2], 3], B: [!If [IsB, x, !Ref "AWS::NoValue"]]}')
    assert conditions.prune(value, {"IsA": True, "IsB": False}) == {"A": 2, "B": [{"Ref": "AWS::NoValue"}]}
