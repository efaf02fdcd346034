"""Addresses in AWS's web console."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

_HOSTS = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}
_PLACEHOLDER = "<>"  # EventBridge fills what stands between them


@dataclass(frozen=True)
class Console:
    """The console of one region. An execution or an ARN may be a placeholder of EventBridge's, `<execution>`."""

    address: str
    region: str

    @classmethod
    def of(cls, partition: str, region: str) -> Console | None:
        """None for partitions whose console has no public address."""
        host = _HOSTS.get(partition)
        return cls(f"https://{region}.{host}", region) if host else None

    def pipeline(self, name: str, execution: str | None = None) -> str:
        """A pipeline, or one execution of it."""
        view = f"executions/{quote(execution, safe=_PLACEHOLDER)}/timeline" if execution else "view"
        path = f"codesuite/codepipeline/pipelines/{quote(name, safe='')}/{view}"
        return f"{self.address}/{path}?region={quote(self.region)}"

    def stack_events(self, arn: str) -> str:
        """The events of a CloudFormation stack."""
        return f"{self._home('cloudformation')}#/stacks/events?stackId={quote(arn, safe=f':/{_PLACEHOLDER}')}"

    def dashboard(self, name: str) -> str:
        """A CloudWatch dashboard."""
        return f"{self._home('cloudwatch')}#dashboards/dashboard/{quote(name, safe='')}"

    def _home(self, service: str) -> str:
        return f"{self.address}/{service}/home?region={quote(self.region)}"
