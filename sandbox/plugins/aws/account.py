"""What a configured provider knows: where it is, who it is, which tags everything gets."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from sandbox.plugins.aws.api import Api, Models
from sandbox.plugins.aws.tags import Tags
from sandbox.plugins.values import UNKNOWN, Values


@dataclass
class Account:
    """One provider instance's account and region."""

    models: Models
    region: str = ""
    account_id: str = ""
    partition: str = "aws"
    default_tags: Tags = field(default_factory=dict)
    _apis: dict[str, Api] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def api(self, region: str | None = None) -> Api:
        """The services of `region`, by default the provider's own."""
        region = region or self.region
        with self._lock:
            return self._apis.setdefault(region, Api(self.models, region))

    def arn(self, service: str, resource: str, region: str | None = None) -> str:
        return f"arn:{self.partition}:{service}:{region or self.region}:{self.account_id}:{resource}"

    def merged_tags(self, own: Any) -> Any:
        """A resource's tags over the default ones."""
        return UNKNOWN if own is UNKNOWN else {**self.default_tags, **(own or {})}

    def observed_tags(self, live: Tags, inputs: Values) -> Values:
        """`tags` and `tagsAll` as they are; default tags belong to `tags` only where it names them."""
        named = inputs.get("tags", {})
        own = {k: v for k, v in live.items() if k in named or self.default_tags.get(k) != v}
        return {name: value for name, value in (("tags", own), ("tagsAll", live)) if value or name in inputs}
