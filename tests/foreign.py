"""Stack files of somebody else's: no value in them is one of this repository's."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Foreign:
    """What both files say."""

    account_id: str = "345678901234"
    region: str = "eu-central-1"
    repository: str = "acme-corp/shop-infra"
    connection_arn: str = (
        "arn:aws:codestar-connections:eu-central-1:345678901234:connection/0c0ffee0-1234-4abc-8def-0123456789ab"
    )


FOREIGN = Foreign()
BOTH = f"""\
secretsprovider: awskms://alias/acme-secrets?region={FOREIGN.region}
encryptedkey: AQICAHj0bm90LWEta2V5LWJ1dC1pdC1sb29rcy1saWtlLW9uZQ==
config:
  aws:region: {FOREIGN.region}
  release:repository: {FOREIGN.repository}
  release:connectionArn: {FOREIGN.connection_arn}
  release:alertEmails: ops@acme.example, oncall@acme.example
  release:service: shop
  release:thresholds:
    pipelineExpectedMinutes: 12
    pipelineAlertMinutes: 25
    responseTimeSeconds: 2.5
    cpuPercent: 70
    errorRatePercent: 3
    errorRateMinimumRequests: 30
    unhealthyHosts: 1
    applicationErrors: 4
    devObservationHours: 2
  release:pullRequestCheck:
    webhook: true
  release:accessLogs:
    deliver: true
"""
DEV = """\
  release:branch: develop
  release:branchProtection:
    approvals: 2
    upToDate: true
    codeOwnerReviews: true
    bypassActors: acme-corp/on-call
  release:names:
    pipeline: shop-dev-delivery
    cloudformationStack: shop-dev
"""
PROD = """\
  release:branch: release
  release:branchProtection:
    approvals: 3
    upToDate: true
    codeOwnerReviews: true
    bypassActors: acme-corp/on-call, /octocat
  release:releaseWindow:
    days: MON,WED
    opens: 08:00
    closes: "16:00"
    timeZone: Europe/Berlin
  release:calendar:
    holidays: DE-BE, US-NY
    halfDays: false
    workingDays: 2027-03-08
    quarterEndDays: 0
    freezes:
      Black Friday: 2027-11-26 to 2027-11-29
      Day off: 2027-05-03
  release:names:
    topic: acme-prod-alerts
    dashboard: acme-prod-dashboard
    artifactBucket: acme-prod-artifacts
  release:announcements:
    required: mail, slack
    sender: releases@acme.example
    operations: ops@acme.example, platform@acme.example
    customers: news@acme.example
    slackChannel: C0ACME00001
    statusPage: acme0page
    statusPageComponents: acme0shop
    releaseManager: Jo Doe, jo@acme.example, +49 30 5550 100
    onCall: Sam Roe, sam@acme.example, +49 30 5550 101
  release:runbooks: https://wiki.acme.example/runbooks
  release:endpointUrl: https://shop.acme.example/
  release:slackToken:
    secure: v1:abcdefghijkn:bm90LWEtc2VjcmV0
  release:slackWorkspaceId:
    secure: v1:abcdefghijkl:bm90LWEtc2VjcmV0
  release:slackChannelId:
    secure: v1:abcdefghijkm:bm90LWEtc2VjcmV0
"""
PROGRAM = ("__main__.py", "components", "sop", "policies", ".venv")


def write_project(folder: Path) -> Path:
    """This program with those stack files; all else is links."""
    folder.mkdir()
    shutil.copy(ROOT / "Pulumi.yaml", folder)
    (folder / "Pulumi.dev.yaml").write_text(BOTH + DEV)
    (folder / "Pulumi.prod.yaml").write_text(BOTH + PROD)
    for name in PROGRAM:
        (folder / name).symlink_to(ROOT / name)
    return folder
