"""Where a report leads: in each of AWS's partitions, and only to what is known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scripts.links import place_of
from sop.outputs import StackOutputs
from tests.scripts.prod_stack import EXECUTION, OUTPUTS, REVISION

KNOWN = StackOutputs.parse(OUTPUTS)


def test_all_that_a_report_is_about_can_be_opened() -> None:
    place = place_of(KNOWN, EXECUTION, REVISION)
    assert (place.account_id, place.region) == ("123456789012", "ap-southeast-2")
    assert (place.pipeline, place.repository) == ("web-pipeline-prod", "helios/web-infrastructure")
    console = "https://ap-southeast-2.console.aws.amazon.com"
    assert place.links == {
        "execution": f"{console}/codesuite/codepipeline/pipelines/web-pipeline-prod/executions/{EXECUTION}/timeline"
        "?region=ap-southeast-2",
        "dashboard": f"{console}/cloudwatch/home?region=ap-southeast-2#dashboards/dashboard/{KNOWN.dashboard_name}",
        "commit": f"https://github.com/helios/web-infrastructure/commit/{REVISION}",
        "runbooks": KNOWN.runbooks,
    }


@pytest.mark.parametrize(
    ("partition", "region", "console"),
    [
        ("aws-cn", "cn-north-1", "https://cn-north-1.console.amazonaws.cn/"),
        ("aws-us-gov", "us-gov-west-1", "https://us-gov-west-1.console.amazonaws-us-gov.com/"),
    ],
)
def test_other_partitions_have_their_own_console(partition: str, region: str, console: str) -> None:
    elsewhere = replace(KNOWN, region=region, topic_arn=KNOWN.topic_arn.replace("arn:aws:", f"arn:{partition}:"))
    links = place_of(elsewhere, EXECUTION, REVISION).links
    assert links["execution"].startswith(console)
    assert links["dashboard"].startswith(console)


def test_a_partition_whose_console_is_not_known_has_no_link_to_it() -> None:
    elsewhere = replace(KNOWN, topic_arn=KNOWN.topic_arn.replace("arn:aws:", "arn:aws-iso:"))
    assert set(place_of(elsewhere, EXECUTION, REVISION).links) == {"commit", "runbooks"}


def test_without_an_execution_it_leads_to_the_pipeline_and_to_no_commit() -> None:
    links = place_of(KNOWN).links
    assert links["pipeline"].endswith("/pipelines/web-pipeline-prod/view?region=ap-southeast-2")
    assert not {"execution", "commit"} & links.keys()
