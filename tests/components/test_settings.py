"""Bad configuration stops before anything is touched: key, value, what is allowed, and what mends it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from components.configuration.mistake import ConfigurationError, Mistake
from components.configuration.reading import read_settings
from components.configuration.settings import BranchRules, Settings
from sop.names import Environment
from tests.components.recorder import configuration

GROUPS = ("branchProtection", "releaseWindow", "thresholds", "pullRequestCheck", "accessLogs", "names")


def read(changes: Mapping[str, Any], stack: str = "prod", secrets: frozenset[str] = frozenset()) -> Settings:
    """The settings of a stack file with some values changed, members of groups as `group.member`; None: removed."""
    values = {key.removeprefix("release:"): value for key, value in configuration(stack).items()}
    for key, value in changes.items():
        group, _, member = key.partition(".")
        if member:
            members = json.loads(values[group])
            members.update({member: value})
            values[group] = json.dumps({k: v for k, v in members.items() if v is not None})
        elif value is None:
            del values[key]
        else:
            values[key] = value
    full = {key if ":" in key else f"release:{key}": value for key, value in values.items()}
    return read_settings(stack, full, secrets)


def mistakes(changes: Mapping[str, Any], stack: str = "prod", secrets: frozenset[str] = frozenset()) -> list[Mistake]:
    with pytest.raises(ConfigurationError) as raised:
        read(changes, stack, secrets)
    return raised.value.mistakes


def the_mistake(changes: Mapping[str, Any], stack: str = "prod", secrets: frozenset[str] = frozenset()) -> Mistake:
    (mistake,) = mistakes(changes, stack, secrets)
    return mistake


def rules_of(settings: Settings) -> BranchRules:
    assert settings.branch_rules is not None
    return settings.branch_rules


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_the_samples_configuration_can_be_used(stack: str) -> None:
    assert read({}, stack).environment == Environment(stack)


def test_the_branch_is_the_sops_unless_configured() -> None:
    assert (read({}, "dev").branch, read({}, "prod").branch) == ("dev", "main")
    assert read({"branch": "trunk"}).branch == "trunk"


@pytest.mark.parametrize("key", ["aws:region", "repository", "connectionArn", "alertEmails"])
def test_a_missing_key_is_named_with_the_command_that_sets_it(key: str) -> None:
    mistake = the_mistake({key: "" if ":" not in key else None})
    full = key if ":" in key else f"release:{key}"
    assert (mistake.key, mistake.value) == (full, "missing")
    assert mistake.mend.startswith(f"pulumi config set {full} ")
    assert mistake.mend.endswith(" --stack prod")


@pytest.mark.parametrize(
    "member",
    ["thresholds.cpuPercent", "branchProtection.approvals", "pullRequestCheck.webhook", "accessLogs.deliver"],
)
def test_a_missing_member_is_mended_by_its_path(member: str) -> None:
    mistake = the_mistake({member: None})
    assert (mistake.key, mistake.value) == (f"release:{member}", "missing")
    assert mistake.mend.startswith(f"pulumi config set --path release:{member} ")


def test_no_threshold_has_a_default_in_code() -> None:
    reported = {mistake.key for mistake in mistakes({"thresholds": "{}"})}
    expected = set(json.loads(configuration("prod")["release:thresholds"]))
    assert reported == {f"release:thresholds.{name}" for name in expected}


def test_an_unknown_key_is_told_what_is_perhaps_meant_and_keeps_its_value() -> None:
    mistake = the_mistake({"repositry": "helios/site"})
    assert mistake.key == "release:repositry"
    assert "perhaps release:repository is meant" in mistake.value
    assert "release:connectionArn" in mistake.allowed
    assert mistake.mend == (
        "pulumi config set release:repository helios/site --stack prod"
        " && pulumi config rm release:repositry --stack prod"
    )


def test_an_unknown_key_unlike_any_other_is_removed() -> None:
    assert the_mistake({"zzz": "1"}).mend == "pulumi config rm release:zzz --stack prod"


def test_an_unknown_member_is_told_what_is_perhaps_meant() -> None:
    mistake = the_mistake({"thresholds.cpuPercentage": 70})
    assert mistake.key == "release:thresholds.cpuPercentage"
    assert "perhaps release:thresholds.cpuPercent is meant" in mistake.value
    assert "pulumi config set --path release:thresholds.cpuPercent 70 --stack prod" in mistake.mend


def test_an_unknown_group_that_is_like_another_is_told_and_removed() -> None:
    mistake = the_mistake({"acessLogs": '{"deliver": true}'})
    assert "perhaps release:accessLogs is meant" in mistake.value
    assert mistake.mend == "pulumi config rm release:acessLogs --stack prod"


def test_a_value_that_would_be_taken_for_an_option_is_not_put_into_a_command() -> None:
    mend = the_mistake({"thresholds.cpuPercentage": -3}).mend
    assert mend.startswith("pulumi config set --path release:thresholds.cpuPercent VALUE --stack prod")


@pytest.mark.parametrize("key", ["aws:profile", "github:token"])
def test_a_provider_key_that_the_explicit_providers_would_ignore_is_not_left_unread(key: str) -> None:
    assert the_mistake({key: "x"}).mend.endswith(f"pulumi config rm {key} --stack prod")


def test_who_gives_githubs_token_to_a_stack_is_told_where_it_belongs() -> None:
    assert "GITHUB_TOKEN comes from the environment" in the_mistake({"github:token": "x"}).allowed


def test_another_namespace_is_none_of_our_business() -> None:
    assert read({"policy:level": "strict"})


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("thresholds.cpuPercent", "much"),
        ("thresholds.cpuPercent", True),
        ("thresholds.cpuPercent", [80]),
        ("branchProtection.approvals", 1.5),
        ("branchProtection.upToDate", "yes"),
        ("branchProtection.upToDate", 1),
        ("releaseWindow.days", ["TUE"]),
        ("pullRequestCheck.webhook", None),
    ],
)
def test_a_value_of_the_wrong_type_is_a_mistake(member: str, value: Any) -> None:
    mistake = the_mistake({member: value})
    assert mistake.key == f"release:{member}"
    assert mistake.value == ("missing" if value is None else json.dumps(value))


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("value", ["5", "text", '["a"]'])
def test_a_group_that_is_none_is_removed_first(group: str, value: str) -> None:
    found = mistakes({group: value})
    assert found[0].key == f"release:{group}"
    assert found[0].mend == f"pulumi config rm release:{group} --stack prod"


def test_numbers_and_flags_may_be_text_as_pulumi_config_set_path_writes_them() -> None:
    settings = read({"thresholds.responseTimeSeconds": "0.5", "branchProtection.upToDate": "false"})
    assert settings.thresholds.response_time_seconds == 0.5
    assert rules_of(settings).up_to_date is False


@pytest.mark.parametrize("region", ["ap-southest-2", "sydney", "AP-SOUTHEAST-2"])
def test_a_region_that_aws_does_not_have_is_mended_with_the_connections(region: str) -> None:
    mistake = the_mistake({"aws:region": region})
    assert mistake.mend == "pulumi config set aws:region ap-southeast-2 --stack prod"
    without = mistakes({"aws:region": region, "connectionArn": "x"})
    assert "pulumi config set aws:region REGION --stack prod" in [mistake.mend for mistake in without]


@pytest.mark.parametrize(
    "emails", ["operations", "a@b", "a@b.c d@e.f", "@helios.id", "a@helios.id,", "a@helios.id,a@helios.id"]
)
def test_an_email_address_that_is_none(emails: str) -> None:
    assert the_mistake({"alertEmails": emails}).key == "release:alertEmails"


def test_several_email_addresses_are_separated_by_commas() -> None:
    assert read({"alertEmails": "a@helios.id, b@helios.id"}).alert_emails == ("a@helios.id", "b@helios.id")


@pytest.mark.parametrize(
    "repository",
    ["web-infrastructure", "https://github.com/helios/site", "helios/web/site", "helios/", "he lios/x"],
)
def test_a_repository_that_is_not_owner_and_name(repository: str) -> None:
    mistake = the_mistake({"repository": repository})
    assert "owner/name" in mistake.allowed


@pytest.mark.parametrize(
    "arn",
    [
        "connection/5c0de000-0000-4000-8000-000000000001",
        "arn:aws:codeconnections:ap-southeast-2:1234:connection/5c0de000-0000-4000-8000-000000000001",
        "arn:aws:codeconnections:nowhere-1:123456789012:connection/5c0de000-0000-4000-8000-000000000001",
        "arn:aws:codeconnections:ap-southeast-2:123456789012:connection/mine",
        "arn:aws:codeconnections:ap-southeast-2:123456789012:host/5c0de000-0000-4000-8000-000000000001",
        "arn:aws:s3:::bucket",
    ],
)
def test_a_malformed_connection_arn(arn: str) -> None:
    mistake = the_mistake({"connectionArn": arn})
    assert (mistake.key, mistake.value) == ("release:connectionArn", json.dumps(arn))


def test_a_connection_made_before_the_service_was_renamed() -> None:
    arn = "arn:aws:codestar-connections:us-east-1:123456789012:connection/5c0de000-0000-4000-8000-000000000001"
    assert read({"connectionArn": arn}).connection_arn == arn


@pytest.mark.parametrize(
    "branch",
    [
        "refs/heads/main",
        "BRANCH",
        "a..b",
        "-main",
        "main ",
        "a b",
        "x.lock",
        "/main",
        "main/",
        "a~1",
        "a:b",
        "feature/*",
        "@",
    ],
)
def test_a_branch_that_git_refuses(branch: str) -> None:
    assert the_mistake({"branch": branch}).key == "release:branch"


def test_a_branch_given_as_a_ref_which_github_refuses_as_a_name() -> None:
    assert the_mistake({"branch": "refs/heads/main"}).key == "release:branch"


@pytest.mark.parametrize(("stack", "branch", "whose"), [("dev", "main", "prod"), ("prod", "dev", "dev")])
def test_the_branch_of_another_environment_is_refused_with_whose_it_is(stack: str, branch: str, whose: str) -> None:
    mistake = the_mistake({"branch": branch}, stack)
    assert mistake.allowed == f"any branch but {branch}, which is {whose}'s (SOP 1.1)"
    assert mistake.mend.startswith(f"pulumi config set release:branch {read({}, stack).branch} ")


@pytest.mark.parametrize("approvals", [-1, 7, 100])
def test_approvals_outside_0_to_6(approvals: int) -> None:
    mistake = the_mistake({"branchProtection.approvals": approvals})
    assert mistake.allowed == "a whole number from 0 to 6"
    assert mistake.mend == "pulumi config set --path release:branchProtection.approvals 2 --stack prod"


@pytest.mark.parametrize("approvals", [0, 6])
def test_approvals_at_the_bounds(approvals: int) -> None:
    assert rules_of(read({"branchProtection.approvals": approvals})).approvals == approvals


def test_a_branch_that_another_stack_protects_needs_no_rules_here() -> None:
    assert read({"branchProtection": '{"manage": false}'}).branch_rules is None
    assert read({"branchProtection.manage": "false"}).branch_rules is None
    assert read({"branchProtection.manage": True}).branch_rules == read({}).branch_rules


@pytest.mark.parametrize("value", ["no", 0, [False]])
def test_whether_the_branch_is_protected_here_is_true_or_false(value: Any) -> None:
    assert the_mistake({"branchProtection.manage": value}).key == "release:branchProtection.manage"


def test_rules_of_a_branch_that_another_stack_protects_are_read_all_the_same() -> None:
    protection = '{"manage": false, "approvals": 9, "upToDat": true}'
    found = {mistake.key for mistake in mistakes({"branchProtection": protection})}
    assert found == {"release:branchProtection.approvals", "release:branchProtection.upToDat"}


@pytest.mark.parametrize("actors", ["octocat", "a/b/c", "helios/", "/octocat,,/x"])
def test_a_bypass_actor_in_a_form_that_github_does_not_know(actors: str) -> None:
    assert the_mistake({"branchProtection.bypassActors": actors}).key == "release:branchProtection.bypassActors"


@pytest.mark.parametrize("name", sorted(json.loads(configuration("prod")["release:thresholds"])))
@pytest.mark.parametrize("value", [0, -1, "NaN", "Infinity"])
def test_a_threshold_that_is_not_positive(name: str, value: Any) -> None:
    mistake = mistakes({f"thresholds.{name}": value})[0]
    assert mistake.key == f"release:thresholds.{name}"
    assert mistake.mend.startswith(f"pulumi config set --path release:thresholds.{name} ")


@pytest.mark.parametrize("name", ["cpuPercent", "errorRatePercent"])
def test_more_than_a_hundred_percent(name: str) -> None:
    assert "at most 100" in the_mistake({f"thresholds.{name}": 101}).allowed


def test_an_alert_before_the_expected_time_is_over() -> None:
    mistake = the_mistake({"thresholds.pipelineAlertMinutes": 5})
    assert mistake.key == "release:thresholds.pipelineAlertMinutes"


@pytest.mark.parametrize(("opens", "closes"), [("14:00", "10:00"), ("10:00", "10:00")])
def test_a_window_that_ends_before_it_starts(opens: str, closes: str) -> None:
    mistake = the_mistake({"releaseWindow.opens": opens, "releaseWindow.closes": closes})
    assert mistake.key == "release:releaseWindow.closes"
    assert "after the window opens" in mistake.allowed
    hour = int(opens[:2]) + 1
    assert mistake.mend == f"pulumi config set --path release:releaseWindow.closes {hour}:00 --stack prod"


@pytest.mark.parametrize("hour", ["10:30", "10", "25:00", "10:00:00", 10, "24:00"])
def test_a_window_opens_at_a_whole_hour_of_the_day(hour: Any) -> None:
    assert the_mistake({"releaseWindow.opens": hour}).key == "release:releaseWindow.opens"


@pytest.mark.parametrize("days", ["TUE-", "WEEKDAYS", "THU-TUE", "", "TUE;WED"])
def test_days_that_are_no_weekdays(days: str) -> None:
    assert the_mistake({"releaseWindow.days": days}).key == "release:releaseWindow.days"


@pytest.mark.parametrize("zone", ["America/Argentina/Buenos_Aires", "UTC"])
def test_a_zone_in_another_form_than_codepipeline_documents(zone: str) -> None:
    assert the_mistake({"releaseWindow.timeZone": zone}).key == "release:releaseWindow.timeZone"


@pytest.mark.parametrize("pattern", ["?ERROR -healthcheck", "?ERROR FATAL", '?"[error]" -"?x"', "ERROR ?FATAL"])
def test_a_pattern_that_means_something_else_than_it_reads(pattern: str) -> None:
    mistake = the_mistake({"applicationErrorPattern": pattern})
    assert "beside others they are ignored" in mistake.allowed


@pytest.mark.parametrize(
    "pattern", ["?ERROR ?FATAL", "ERROR -healthcheck", '"? ERROR" -x', '{ $.level = "?" && $.x = 1 }', "%ERR|FATAL%"]
)
def test_a_pattern_that_means_what_it_reads(pattern: str) -> None:
    assert read({"applicationErrorPattern": pattern}).application_error_pattern == pattern


@pytest.mark.parametrize("arns", ["AmazonSQSFullAccess", "arn:aws:iam::1:policy/x", "arn:aws:iam::aws:role/x"])
def test_a_policy_that_is_no_policys_arn(arns: str) -> None:
    assert the_mistake({"workloadPolicies": arns}).key == "release:workloadPolicies"


@pytest.mark.parametrize("zone", ["AEST", "Australia/Brisbain", "EST", "+10:00", "../etc/passwd"])
def test_an_unknown_time_zone(zone: str) -> None:
    mistake = the_mistake({"releaseWindow.timeZone": zone})
    assert mistake.mend.endswith("release:releaseWindow.timeZone Australia/Brisbane --stack prod")


def test_a_window_for_dev_which_has_none() -> None:
    mistake = the_mistake({"releaseWindow": '{"days": "MON"}'}, stack="dev")
    assert mistake.mend == "pulumi config rm release:releaseWindow --stack dev"
    assert read({}, "dev").release_window is None


def test_runbooks_that_are_not_on_the_web() -> None:
    assert the_mistake({"runbooks": "docs/runbooks"}).key == "release:runbooks"


@pytest.mark.parametrize("url", ["https://www.helios.id", "http://helios.id:8080/status?deep=1"])
def test_an_endpoint_of_its_own(url: str) -> None:
    assert read({"endpointUrl": url}).endpoint_url == url
    assert read({}).endpoint_url is None


@pytest.mark.parametrize("url", ["www.helios.id", "ftp://helios.id/", "https://me:secret@helios.id/", "https:///page"])
def test_an_endpoint_that_is_no_web_address_or_has_credentials(url: str) -> None:
    assert the_mistake({"endpointUrl": url}).mend == "pulumi config set release:endpointUrl URL --stack prod"


def test_all_mistakes_are_reported_at_once_in_one_message() -> None:
    with pytest.raises(ConfigurationError) as raised:
        read({"repository": "x", "thresholds.cpuPercent": -3, "aws:region": "moon", "colour": "red"})
    message = str(raised.value)
    assert "stack prod has 4 mistakes; nothing was touched" in message
    for part in ('release:repository is "x"', "cpuPercent is -3", 'aws:region is "moon"', "release:colour"):
        assert part in message
    assert message.count("mend: ") == message.count("allowed: ") == 4


def test_one_mistake_reads_as_key_value_meaning_allowed_and_mend() -> None:
    with pytest.raises(ConfigurationError) as raised:
        read({"branchProtection.approvals": 9})
    assert str(raised.value) == (
        "the configuration of stack prod has 1 mistake; nothing was touched\n"
        "\n"
        "  release:branchProtection.approvals is 9\n"
        "    meaning: Reviews before a merge.\n"
        "    allowed: a whole number from 0 to 6\n"
        "    mend:    pulumi config set --path release:branchProtection.approvals 2 --stack prod"
    )


@pytest.mark.parametrize(
    ("stack", "renamed"),
    [
        ("staging", "LABEL-dev"),
        ("production", "LABEL-dev"),
        ("Prod", "LABEL-dev"),
        ("prod-api", "api-prod"),
        ("web-dev-use1", "web-use1-dev"),
        ("-prod", "prod"),
        ("api-prod-", "api-prod"),
    ],
)
def test_a_stack_of_no_environment_is_told_the_form_of_a_name_and_the_one_that_was_perhaps_meant(
    stack: str, renamed: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        read_settings(stack, configuration("prod"))
    (mistake,) = raised.value.mistakes
    assert (mistake.key, mistake.value) == ("the stack's name", json.dumps(stack))
    assert mistake.allowed.startswith("one of dev, prod, LABEL-dev, LABEL-prod: what stands after the last hyphen")
    assert mistake.mend.startswith("pulumi stack select dev, or ")
    assert mistake.mend.endswith(f"pulumi stack rename {renamed} --stack {stack}")


def test_a_labelled_stack_is_of_the_environment_after_its_last_hyphen() -> None:
    settings = read_settings("api-prod", configuration("prod") | {"release:service": "api"})
    assert (settings.environment, settings.names.pipeline) == (Environment.PROD, "prod-api-pipeline")
