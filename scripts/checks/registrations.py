"""What a target's health does not show: another program that visitors reach beside it, or that they are kept away."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from scripts.facts.load_balancer import TargetGroup
from scripts.results import Outcome, failed, inconclusive
from scripts.text import listing

if TYPE_CHECKING:
    from mypy_boto3_elbv2.type_defs import TargetHealthDescriptionTypeDef

INSTANCE = re.compile(r"i-[0-9a-f]+")
# On its way out of service, on purpose; one that is `unhealthy.draining` is not.
LEAVING = ("draining",)
# Of an AdministrativeOverride, whatever the target's health:
# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_AdministrativeOverride.html
SHIFTED = ("zonal_shift_active", "zonal_shift_delegated_to_dns")


def misled(targets: Sequence[TargetHealthDescriptionTypeDef], group: TargetGroup) -> Iterator[Outcome]:
    """What is wrong with targets that are healthy."""
    staying = [target for target in targets if state_of(target) not in LEAVING]
    times = Counter(map(id_of, staying))
    if elsewhere := sorted(named(target) for target in staying if _is_elsewhere(target, group)):
        text = f"On another port than the target group's own {group.port}, where another program may answer"
        yield failed(f"{text}: {listing(elsewhere)}.", fix=_taken_out(group))
    elif twice := sorted(named(target) for target in staying if times[id_of(target)] > 1):
        text = f"Registered more than once, so that another program may answer visitors, too: {listing(twice)}."
        yield failed(text, fix=_taken_out(group))
    if away := [
        named(target) for target in staying if target.get("AdministrativeOverride", {}).get("State") in SHIFTED
    ]:
        text = f"A zonal shift keeps visitors away from {listing(away)}."
        fix = "Run the same command again when it has ended: `aws arc-zonal-shift list-zonal-shifts --status ACTIVE`."
        yield inconclusive(text, fix=fix)


def id_of(target: TargetHealthDescriptionTypeDef) -> str:
    return target.get("Target", {}).get("Id", "unknown")


def named(target: TargetHealthDescriptionTypeDef) -> str:
    """With its port."""
    described = target.get("Target")
    if described is None:
        return "unknown"
    port = described.get("Port")
    return described["Id"] if port is None else f"{described['Id']}:{port}"


def state_of(target: TargetHealthDescriptionTypeDef) -> str:
    return target.get("TargetHealth", {}).get("State", "unknown")


def _is_elsewhere(target: TargetHealthDescriptionTypeDef, group: TargetGroup) -> bool:
    """An Auto Scaling group registers its instances without a port; a container has one of its own."""
    port = target.get("Target", {}).get("Port")
    return INSTANCE.fullmatch(id_of(target)) is not None and None not in (port, group.port) and port != group.port


def _taken_out(group: TargetGroup) -> str:
    command = f"aws elbv2 deregister-targets --target-group-arn {group.arn} --targets Id=ID,Port=PORT"
    return f"Take out the port that is not the application's: `{command}`."
