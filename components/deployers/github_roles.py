"""The roles that this repository's workflows take by OIDC, as a CloudFormation template: no key is kept on GitHub.

Each role is for one environment of the repository on GitHub, so who may use it is decided where its reviewers are set
(https://docs.github.com/en/actions/security-for-github-actions/security-hardening-your-deployments/about-security-hardening-with-openid-connect).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.configuration.settings import Settings
from components.deployers.policies import Purpose, policy
from sop.names import Environment

ISSUER = "token.actions.githubusercontent.com"
PREVIEW = "preview"  # the environment of preview.yml and drift.yml; deploy.yml has the stacks'
_BACKEND_READS = ["s3:GetObject"]
_BACKEND_WRITES = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]


def template(stacks: Mapping[Environment, Settings]) -> dict[str, Any]:
    """The template for an account that has those stacks: one role that previews all, and one that deploys each."""
    previews = {f"preview-{name}": policy(Purpose.PREVIEW, settings) for name, settings in stacks.items()}
    roles = {"PreviewRole": _role(PREVIEW, previews, _BACKEND_READS)}
    for name, settings in stacks.items():
        deploys = {f"up-{name}": policy(Purpose.UP, settings)}
        roles[f"Deploy{name.capitalize()}Role"] = _role(name, deploys, _BACKEND_WRITES)
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "The roles that the workflows of the release process take by OIDC",
        "Parameters": {
            "Repository": {
                "Type": "String",
                "AllowedPattern": "[^/]+/[^/]+",
                "Description": "OWNER/NAME of the repository whose workflows take the roles",
            },
            "Provider": {
                "Type": "String",
                "Default": "",
                "Description": f"ARN of the account's OIDC provider of {ISSUER}; empty where it has none yet",
            },
            "StateBucket": {"Type": "String", "Description": "Name of the bucket that has Pulumi's state"},
            "SecretsKey": {"Type": "String", "Description": "ARN of the KMS key of the stacks' secrets provider"},
        },
        "Conditions": {"WithoutProvider": {"Fn::Equals": [{"Ref": "Provider"}, ""]}},
        "Resources": {
            "GitHub": {
                "Type": "AWS::IAM::OIDCProvider",
                "Condition": "WithoutProvider",
                "Properties": {"Url": f"https://{ISSUER}", "ClientIdList": ["sts.amazonaws.com"]},
            },
            **roles,
        },
        "Outputs": {name: {"Value": {"Fn::GetAtt": [name, "Arn"]}} for name in roles},
    }


def _role(environment: str, policies: Mapping[str, Mapping[str, Any]], backend: list[str]) -> dict[str, Any]:
    provider = {"Fn::If": ["WithoutProvider", {"Ref": "GitHub"}, {"Ref": "Provider"}]}
    subject = {"Fn::Sub": f"repo:${{Repository}}:environment:{environment}"}
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com", f"{ISSUER}:sub": subject}},
    }
    documents = {**policies, "state": _state(backend)}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "Description": f"Runs Pulumi in the workflows' environment {environment}",
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "Policies": [
                {"PolicyName": name, "PolicyDocument": dict(document)} for name, document in documents.items()
            ],
        },
    }


def _state(actions: list[str]) -> dict[str, Any]:
    """What the backend s3://BUCKET and the secrets provider awskms://KEY take."""
    bucket = "arn:${AWS::Partition}:s3:::${StateBucket}"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": {"Fn::Sub": bucket}},
            {"Effect": "Allow", "Action": actions, "Resource": {"Fn::Sub": f"{bucket}/.pulumi/*"}},
            {"Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": {"Ref": "SecretsKey"}},
        ],
    }
