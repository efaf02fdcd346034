"""`release verify` against the commands of the SOP that it replaces, typed one after another."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from benchmarks.site import Site, verify
from benchmarks.sop_commands import COMMANDS, filled_in
from benchmarks.table import Table, in_seconds
from benchmarks.timing import taking_turns

TYPED = "typed"


def measure(site: Site) -> Table:
    workload = site.outputs["workload"]
    typed = filled_in(
        {
            "target-group-arn": workload["targetGroupArn"],
            "instance-id": " ".join(site.instances()),
            "alb-dns-name": workload["loadBalancerDnsName"],
            "sns-topic-arn": site.outputs["topicArn"],
            "five-minutes-ago": str(int((site.now() - timedelta(minutes=5)).timestamp())),
        }
    )
    commands = [verify(), verify(site.outputs_file), "release --help"]
    shown = [commands[0], f"{verify()} --outputs FILE", commands[2]]
    timed = taking_turns({TYPED: partial(site.run, typed)} | {one: partial(site.run, one) for one in commands})
    rows = [
        (name, in_seconds(timed[one]), f"{timed[TYPED] / timed[one]:.1f}")
        for name, one in zip(shown, commands, strict=True)
    ]
    number = len(COMMANDS.strip().split("\n\n"))
    return Table(
        "Verification",
        ("command", "time", "times faster than the SOP's commands"),
        [(f"the {number} commands of SOP 4.1-4.5, one after another", in_seconds(timed[TYPED]), "1"), *rows],
        "`aws logs tail --follow` never ends: in its place stands the call that it makes.",
    )
