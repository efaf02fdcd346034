"""The stack's outputs as a file in the records bucket, for a command that has no Pulumi."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from sop.names import OUTPUTS_FILE


@dataclass(frozen=True, kw_only=True)
class OutputsFileArgs:
    """The stack's outputs, the records bucket among them."""

    outputs: Mapping[str, Any]


class OutputsFile(pulumi.ComponentResource):
    """The outputs as `pulumi stack output --json` prints them, where who has no Pulumi finds them.

    Creates an object of the records bucket, always under the same key: prod's gate reads dev's there.
    """

    key: pulumi.Output[str]
    sha256: pulumi.Output[str]

    def __init__(self, name: str, args: OutputsFileArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("release:index:OutputsFile", name, None, opts)

        content = pulumi.Output.json_dumps(args.outputs, sort_keys=True, indent=2)
        made = aws.s3.BucketObjectv2(
            f"{name}-object",
            bucket=args.outputs["recordsBucket"],
            key=OUTPUTS_FILE,
            content=content,
            content_type="application/json",
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.key = made.key
        self.sha256 = content.apply(lambda text: hashlib.sha256(text.encode()).hexdigest())
        self.register_outputs({"key": self.key})
