"""Names: the SOP's, and none in two environments."""

from __future__ import annotations

import inspect

from sop.names import RENAMEABLE, Environment, Names, Stage

DEV, PROD = Names(Environment.DEV), Names(Environment.PROD)


def test_the_sops_literal_names() -> None:
    assert (DEV.branch, PROD.branch) == ("dev", "main")
    assert (DEV.pipeline, PROD.pipeline) == ("web-pipeline-dev", "web-pipeline-prod")
    assert PROD.cloudformation_stack == "web-infrastructure-prod"
    assert PROD.dashboard == "prod-infrastructure-dashboard"
    assert PROD.application_log_group == "/aws/ec2/web-server"
    assert PROD.access_log_group == "/aws/elasticloadbalancing/app"
    assert [str(stage) for stage in Stage] == ["Source", "Build", "Deploy"]


def test_dev_and_prod_share_no_name() -> None:
    assert _all(DEV).isdisjoint(_all(PROD))


def test_alarms_begin_with_the_prefix_that_the_sop_asks_for() -> None:
    assert PROD.alarm("cpu") == "prod-cpu"
    assert PROD.composite_alarm.startswith(PROD.alarm_prefix)


def test_what_may_be_renamed_is_renamed() -> None:
    for name in RENAMEABLE:
        assert getattr(Names(Environment.DEV, {name: "other-dev"}), name) == "other-dev"


def _all(names: Names) -> set[str]:
    properties = {name for name, _ in inspect.getmembers(Names, lambda m: isinstance(m, property))}
    made = {names.bucket_in("1"), names.role("build"), names.alarm("cpu"), names.event_rule("execution")}
    return made | {getattr(names, name) for name in properties}
