"""The policy pack: each rule as a policy of the stack that the engine enforces."""

from __future__ import annotations

import json
from typing import Any

import pulumi
from pulumi_policy import EnforcementLevel, PolicyPack, ReportViolation, StackValidationArgs, StackValidationPolicy
from pulumi_policy import Severity as PulumiSeverity
from pulumi_policy.proxy import UnknownValueError

from policies.plan import UNKNOWN, Plan, Resource
from policies.rules import RULES, Rule
from sop.names import environment_of


def known(container: Any) -> Any:
    """Plain data out of what Pulumi wraps, which raises where a value is not known yet."""
    if hasattr(container, "items"):
        return {key: _member(container, key) for key in container}
    if isinstance(container, str) or not hasattr(container, "__len__"):
        return container
    return [_member(container, at) for at in range(len(container))]


def _member(container: Any, key: Any) -> Any:
    try:
        return known(container[key])
    except UnknownValueError:
        return UNKNOWN


def plan_of(args: StackValidationArgs) -> Plan:
    """The stack as the engine has it."""
    resources = [
        Resource.of(one.resource_type, one.name, known(one.props), protected=one.opts.protect, urn=one.urn)
        for one in args.resources
    ]
    return Plan(environment_of(pulumi.get_stack()), resources, left_to_another(pulumi.Config("release")))


def left_to_another(config: pulumi.Config) -> frozenset[str]:
    """The types that another stack has for this one: its branch's protection, with `manage: false`."""
    protection = json.loads(config.get("branchProtection") or "{}")
    return frozenset({"BranchProtection"} if protection.get("manage") in (False, "false") else ())


def policy(rule: Rule) -> StackValidationPolicy:
    """The rule as the engine knows policies."""

    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        for violation in rule.violations(plan_of(args)):
            urn = violation.resource.urn if violation.resource else None
            report(violation.message, urn)

    return StackValidationPolicy(
        name=rule.name,
        description=f"{rule.description} ({rule.reference})",
        enforcement_level=EnforcementLevel.MANDATORY,
        severity=PulumiSeverity(rule.severity),
        remediation_steps=rule.remediation,
        url=rule.reference if rule.reference.startswith("https://") else None,
        validate=validate,
    )


if __name__ == "__main__":
    PolicyPack("release", [policy(rule) for rule in RULES])
