"""The operations on dashboards."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sandbox.aws.cloudwatch.widgets import Finding, findings
from sandbox.aws.paging import page
from sandbox.aws.service import AwsError, Params, Service, UnsupportedError

if TYPE_CHECKING:
    from sandbox.core.account import Account

_NAME = re.compile(r"[0-9A-Za-z_-]{1,255}")
LISTED_A_PAGE = 100


@dataclass(frozen=True)
class Dashboard:
    name: str
    arn: str
    body: str
    modified: datetime


class DashboardsApi(Service):
    """Dashboards are kept word for word; their bodies are checked, nothing is drawn."""

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self._dashboards: dict[str, Dashboard] = {}

    def put_dashboard(self, request: Params) -> Params:
        name, body = request["DashboardName"], request["DashboardBody"]
        if not _NAME.fullmatch(name):
            raise AwsError(
                "InvalidParameterValue",
                "The value for field DashboardName contains invalid characters. It can only contain alphanumerics, "
                "dash (-) and underscore (_).\n",
            )
        if request.get("Tags"):
            raise UnsupportedError("The sandbox does not know tags of dashboards; AWS does.")
        try:
            parsed = json.loads(body)
        except ValueError as error:
            raise _refused([Finding("/", f"The field DashboardBody must be a valid JSON object: {error}")]) from None
        found = findings(parsed)
        if any(finding.error for finding in found):
            raise _refused([finding for finding in found if finding.error])
        arn = f"arn:aws:cloudwatch::{self.account.account_id}:dashboard/{name}"
        self._dashboards[name] = Dashboard(name, arn, body, self.account.clock.now())
        return {"DashboardValidationMessages": [finding.describe() for finding in found]}

    def get_dashboard(self, request: Params) -> Params:
        dashboard = self._dashboard(request["DashboardName"])
        return {
            "DashboardArn": dashboard.arn,
            "DashboardBody": dashboard.body,
            "DashboardName": dashboard.name,
        }

    def list_dashboards(self, request: Params) -> Params:
        prefix = request.get("DashboardNamePrefix", "")
        entries = [
            {
                "DashboardName": dashboard.name,
                "DashboardArn": dashboard.arn,
                "LastModified": dashboard.modified,
                "Size": len(dashboard.body.encode()),
            }
            for name, dashboard in sorted(self._dashboards.items())
            if name.startswith(prefix)
        ]
        shown, more = page(entries, request.get("NextToken"), LISTED_A_PAGE)
        return {"DashboardEntries": shown, **more}

    def delete_dashboards(self, request: Params) -> None:
        for name in request["DashboardNames"]:
            self._dashboard(name)
        for name in request["DashboardNames"]:
            del self._dashboards[name]

    def _dashboard(self, name: str) -> Dashboard:
        if name not in self._dashboards:
            raise AwsError("ResourceNotFound", f"Dashboard {name} does not exist", 404)
        return self._dashboards[name]


def _refused(found: list[Finding]) -> AwsError:
    errors = json.dumps([{"message": each.message, "dataPath": each.path} for each in found])
    return AwsError(
        "InvalidParameterInput",
        f"The dashboard body is invalid, there are {len(found)} validation errors: {errors}",
    )
