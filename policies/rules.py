"""The rules, with what each is for, where that stands, and what mends a plan that breaks it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from policies.plan import UNKNOWN, Plan, Resource, Unknown, Violation
from sop.names import STATUS_CHECK, Environment, Stage

Finding = tuple[Resource, str]
PUBLIC_ACCESS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
TAGS = ("Environment", "Service", "Project", "ManagedBy", "Repository")
DOCUMENTS = ("policy", "policyDocument", "assumeRolePolicy")
READING = re.compile(r"[a-z0-9-]+:(Describe|Get|List)\w*")
APPROVALS = {Environment.DEV: 1, Environment.PROD: 2}
NAMED = (
    *("Pipeline", "Project", "Topic", "Bucket", "Dashboard"),
    *("MetricAlarm", "CompositeAlarm", "Role", "EventRule", "Secret"),
)
NAME_KEYS = ("name", "alarmName", "dashboardName", "bucket")


class Severity(StrEnum):
    """How bad it is to break a rule, in Pulumi's words."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"


@dataclass(frozen=True)
class Rule:
    """A rule that a plan keeps or breaks.

    Attributes:
        name: stable, in the engine's output.
        severity: how bad it is.
        description: what holds in a plan that keeps it.
        reference: the SOP's section, or AWS's page.
        remediation: what mends a plan.
        subjects: types that it looks at; a plan without any has lost what the rule is about, and breaks it,
            unless its configuration leaves that to another stack.
        findings: yields what is wrong.
    """

    name: str
    severity: Severity
    description: str
    reference: str
    remediation: str
    subjects: tuple[str, ...]
    findings: Callable[[Plan], Iterator[Finding]]

    def violations(self, plan: Plan) -> Iterator[Violation]:
        """All that is wrong with the plan."""
        for subject in self.subjects:
            if subject not in plan.left and not any(plan.of(subject)):
                yield Violation(None, f"The plan has no {subject} for this rule to look at. {self.remediation}")
        yield from (Violation(one, f"{text} {self.remediation}") for one, text in self.findings(plan))


def _encrypted(plan: Plan) -> Iterator[Finding]:
    by_bucket = {one.get("bucket"): one for one in plan.of("BucketServerSideEncryptionConfiguration")}
    for bucket in plan.of("Bucket"):
        settings = by_bucket.get(bucket.get("bucket"))
        default = "rules.0.applyServerSideEncryptionByDefault"
        if settings is None or settings.get(f"{default}.sseAlgorithm") != "aws:kms":
            yield bucket, "The bucket is not encrypted with a KMS key."
    for topic in plan.of("Topic"):
        if not topic.get("kmsMasterKeyId"):
            yield topic, "The topic is not encrypted."
        elif "alias/aws/sns" in str(topic.get("kmsMasterKeyId")):
            yield topic, "CloudWatch alarms cannot publish to a topic with SNS's own key."
    for pipeline in plan.of("Pipeline"):
        if not pipeline.get("artifactStores.0.encryptionKey.id"):
            yield pipeline, "The pipeline's artifacts are not encrypted with a key of this stack."
    for key in plan.of("Key"):
        if key.get("enableKeyRotation") is not True:
            yield key, "The key is not rotated."


def _tls_only(plan: Plan) -> Iterator[Finding]:
    policies = {one.get("bucket"): one.document("policy") for one in plan.of("BucketPolicy")}
    for bucket in plan.of("Bucket"):
        document = policies.get(bucket.get("bucket"))
        if document is not UNKNOWN and not any(map(_refuses_plain_http, _statements(document))):
            yield bucket, "The bucket can be read without TLS."


def _refuses_plain_http(statement: Mapping[str, Any]) -> bool:
    condition = {"Bool": {"aws:SecureTransport": "false"}}
    return statement["Effect"] == "Deny" and statement["Principal"] == "*" and statement.get("Condition") == condition


def _not_public(plan: Plan) -> Iterator[Finding]:
    blocks = {one.get("bucket"): one for one in plan.of("BucketPublicAccessBlock")}
    for bucket in plan.of("Bucket"):
        block = blocks.get(bucket.get("bucket"))
        if block is None or not all(block.get(setting) is True for setting in PUBLIC_ACCESS):
            yield bucket, "The bucket does not block all public access."
    for resource, statement in _allowing(plan):
        if statement.get("Principal") in ("*", {"AWS": "*"}) and not statement.get("Condition"):
            yield resource, "A policy lets everybody in."


def _no_star(plan: Plan) -> Iterator[Finding]:
    for resource, statement in _allowing(plan):
        actions = _listed(statement.get("Action"))
        if wide := [action for action in actions if "*" in action]:
            yield resource, f"A policy allows {', '.join(wide)}."
        if "NotAction" in statement:
            yield resource, "A policy allows all actions but some."
        everything = "*" in _listed(statement.get("Resource")) or "NotResource" in statement
        of_identity = "Principal" not in statement  # a resource's own policy speaks of that resource alone
        if everything and of_identity and (writing := [one for one in actions if not READING.fullmatch(one)]):
            yield resource, f"A policy allows {', '.join(writing)} on every resource."


def _tagged(plan: Plan) -> Iterator[Finding]:
    for provider in plan.of("aws"):
        given = provider.get("defaultTags.tags") or {}
        if given is not UNKNOWN and (lacking := [tag for tag in TAGS if not given.get(tag)]):
            yield provider, f"Resources are made without the tags {', '.join(lacking)}."
        elif given is not UNKNOWN and given["Environment"] != plan.environment:
            yield provider, f"Resources of {plan.environment} are tagged as those of {given['Environment']}."


def _retained(plan: Plan) -> Iterator[Finding]:
    for group in plan.of("LogGroup"):
        if not group.get("retentionInDays"):
            yield group, "The log group keeps its lines for ever."
    cleaned = [one.get("bucket") for one in plan.of("BucketLifecycleConfiguration")]
    for bucket in plan.of("Bucket"):
        if bucket.get("bucket") not in cleaned:
            yield bucket, "The bucket keeps what it was given for ever."


def _alarms_tell(plan: Plan) -> Iterator[Finding]:
    for alarm in plan.of("MetricAlarm", "CompositeAlarm"):
        if not alarm.get("alarmActions") or alarm.get("actionsEnabled") is False:
            yield alarm, "The alarm tells nobody when it fires."
        description = alarm.get("alarmDescription")
        if description is not UNKNOWN and "Runbook: https://" not in (description or ""):
            yield alarm, "The alarm does not say which runbook to follow."


def _three_stages(plan: Plan) -> Iterator[Finding]:
    for pipeline in plan.of("Pipeline"):
        given = pipeline.get("stages")
        if isinstance(given, Unknown):
            continue
        stages = [stage.get("name") for stage in given or []]
        if stages != [str(stage) for stage in Stage]:
            yield pipeline, f"The pipeline's stages are {', '.join(map(str, stages))}."
        if pipeline.get("pipelineType") != "V2":
            yield pipeline, "The pipeline is not of type V2: it knows no release window."


def _branch_protected(plan: Plan) -> Iterator[Finding]:
    prod = plan.environment == Environment.PROD
    for branch in plan.of("BranchProtection"):
        reviews, checks = "requiredPullRequestReviews.0", "requiredStatusChecks.0"
        if any(isinstance(branch.get(one), Unknown) for one in (reviews, checks)):
            continue
        if (branch.get(f"{reviews}.requiredApprovingReviewCount") or 0) < APPROVALS[Environment(plan.environment)]:
            yield branch, "The branch takes merges with fewer approvals than the procedure asks for."
        if STATUS_CHECK not in (branch.get(f"{checks}.contexts") or []):
            yield branch, f"The branch takes merges without {STATUS_CHECK}."
        if branch.get("allowsForcePushes") or branch.get("allowsDeletions"):
            yield branch, "The branch's history can be rewritten."
        if prod and branch.get(f"{checks}.strict") is not True:
            yield branch, "The branch takes merges of what was not tried with its newest commit."
        if prod and branch.get(f"{reviews}.requireCodeOwnerReviews") is not True:
            yield branch, "The branch takes merges without the operations manager."


def _named(plan: Plan) -> Iterator[Finding]:
    others = {str(one) for one in Environment} - {plan.environment}
    for resource in plan.of(*NAMED):
        name = next((value for key in NAME_KEYS if (value := resource.get(key))), None)
        if isinstance(name, Unknown):
            continue
        words = set(re.split(r"[^a-z0-9]+", str(name).lower()))
        if plan.environment not in words or words & others:
            yield resource, f"{name!r} does not name the environment {plan.environment}."


def _kept(plan: Plan) -> Iterator[Finding]:
    if plan.environment == Environment.PROD:
        for resource in plan.of("Key", "Bucket", "BranchProtection"):
            if not resource.protected:
                yield resource, "A change could delete it, with what it keeps."


def _allowing(plan: Plan) -> Iterator[tuple[Resource, Mapping[str, Any]]]:
    for resource in plan.resources:
        for key in DOCUMENTS:
            document = resource.document(key) if resource.type.startswith("aws:") else None
            for statement in _statements(document):
                if statement["Effect"] == "Allow":
                    yield resource, statement


def _statements(document: Mapping[str, Any] | Unknown | None) -> list[Mapping[str, Any]]:
    if document is None or isinstance(document, Unknown):
        return []
    statements = document.get("Statement", [])
    return [statements] if isinstance(statements, Mapping) else cast("list[Mapping[str, Any]]", statements)


def _listed(value: Any) -> list[str]:
    return cast("list[str]", value) if isinstance(value, list) else [] if value is None else [str(value)]


RULES = (
    Rule(
        "encrypted-at-rest",
        Severity.HIGH,
        "Buckets, topics and artifacts are encrypted with keys that rotate.",
        "https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html",
        "Give it the KMS key of its component, with rotation.",
        ("Bucket", "Topic", "Pipeline", "Key"),
        _encrypted,
    ),
    Rule(
        "tls-only",
        Severity.HIGH,
        "Buckets refuse requests without TLS.",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html",
        "Deny everybody when aws:SecureTransport is false, in the bucket's policy.",
        ("Bucket",),
        _tls_only,
    ),
    Rule(
        "not-public",
        Severity.CRITICAL,
        "Nothing is open to the public.",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
        "Block all public access of the bucket; name who is let in, or set a condition.",
        ("Bucket",),
        _not_public,
    ),
    Rule(
        "no-star",
        Severity.HIGH,
        "No policy allows an action with a star, or a change of every resource.",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
        "Name the actions and the resources; only what reads may have the resource *.",
        ("RolePolicy",),
        _no_star,
    ),
    Rule(
        "tagged",
        Severity.MEDIUM,
        "Everything on AWS says whose it is.",
        "SOP 3.2: resources tagged with the environment",
        "Give the AWS provider the default tags of the stack.",
        ("aws",),
        _tagged,
    ),
    Rule(
        "retained",
        Severity.MEDIUM,
        "Logs and artifacts are kept for a time, and not for ever.",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
        "Set retentionInDays, or give the bucket a lifecycle.",
        ("LogGroup", "Bucket"),
        _retained,
    ),
    Rule(
        "alarms-tell",
        Severity.HIGH,
        "Every alarm tells somebody, and says what to do.",
        "SOP 4.4",
        "Send it to the alerts topic, and end its description with the runbook's address.",
        ("MetricAlarm", "CompositeAlarm"),
        _alarms_tell,
    ),
    Rule(
        "three-stages",
        Severity.CRITICAL,
        "The pipeline has exactly the stages Source, Build and Deploy.",
        "SOP 2.1 and 2.2",
        "Put what is new into one of the three stages.",
        ("Pipeline",),
        _three_stages,
    ),
    Rule(
        "branch-protected",
        Severity.CRITICAL,
        "The branch takes only what was reviewed and linted.",
        "SOP 1.2 and 3.4",
        "Set release:branchProtection as the procedure has it.",
        ("BranchProtection",),
        _branch_protected,
    ),
    Rule(
        "named",
        Severity.MEDIUM,
        "Names carry their environment and no other.",
        "SOP 1.1",
        "Take the name from sop/names.py.",
        ("Pipeline", "Topic", "Dashboard"),
        _named,
    ),
    Rule(
        "kept-in-prod",
        Severity.HIGH,
        "What production cannot lose is protected.",
        "https://www.pulumi.com/docs/iac/concepts/options/protect/",
        "Set protect in its ResourceOptions.",
        ("Key", "Bucket", "BranchProtection"),
        _kept,
    ),
)
