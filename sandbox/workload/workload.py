"""Advances the deployed sites up to now: their metrics and their logs."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING

from sandbox.aws.logs.streams import Lines
from sandbox.aws.ports import SITES
from sandbox.core.account import Port
from sandbox.workload.conditions import Conditions, conditions_at
from sandbox.workload.deployment import Deployment, LoadBalancer, LogKind, find_deployment
from sandbox.workload.lines import access_stream, start_lines
from sandbox.workload.metrics import Recorder, instances_minute, is_of_site, load_balancer_minute
from sandbox.workload.scene import AccessLines, ErrorLines, HealthLines, RealVisits, RequestLines, Scene
from sandbox.workload.traffic import MINUTE, Visit
from sop.names import Environment

if TYPE_CHECKING:
    from sandbox.core.account import Account

BACKFILL = 3 * 3_600  # seconds of past that a site has when it is first seen
LOAD_BALANCER_DELAY = 120  # seconds until a full minute's data are there, as on AWS
INSTANCE_DELAY = 60


@dataclass
class Site:
    """How far one environment's site has been told."""

    deployment: Deployment
    begin: int  # it tells nothing of the time before
    load_balancer_minute: int  # the next one to record
    instances_minute: int
    logged: float  # log lines are written up to here, epoch seconds
    scenes: dict[str, Scene] = field(default_factory=dict[str, Scene])  # by balancer
    real_visits: defaultdict[str, RealVisits] = field(default_factory=lambda: defaultdict(RealVisits))  # by balancer


class Workload:
    """The sites of all environments. Everything they tell is a function of time, faults and real visits."""

    def __init__(self, account: Account, backfill: int = BACKFILL) -> None:
        self._account = account
        self._backfill = backfill
        self._sites: dict[Environment, Site] = {}
        self._lock = threading.RLock()

    def advance(self) -> None:
        """Record and log what has happened up to now. Cheap when called again at once."""
        deployments = self._deployments()
        with self._lock:
            self._tell(deployments)

    def site(self, host: str) -> tuple[Deployment, LoadBalancer] | None:
        """The load balancer that has this DNS name, and the site that it belongs to; visitors may know another name."""
        for environment, deployment in self._deployments().items():
            own_name = self._account.configured.of(environment).is_endpoint(host, "")
            for balancer in deployment.load_balancers:
                if own_name or balancer.dns_name.lower() == host.lower():
                    return deployment, balancer
        return None

    def deployment(self, environment: Environment) -> Deployment | None:
        return find_deployment(self._account, environment)

    def unhealthy_target(self, target_group_arn: str) -> str | None:
        """The target of a site's group that fails its health checks now."""
        now = self._account.clock.now().timestamp()
        for site in self._deployments().values():
            if any(group.arn == target_group_arn for balancer in site.load_balancers for group in balancer.groups):
                return conditions_at(self._account, site, now).unhealthy
        return None

    def impaired_instances(self) -> set[str]:
        """The instances that fail their status checks now."""
        now = self._account.clock.now().timestamp()
        found = {conditions_at(self._account, site, now).impaired for site in self._deployments().values()}
        return {each for each in found if each is not None}

    def visited(self, environment: Environment, balancer: LoadBalancer, visit: Visit) -> None:
        """Count a request that somebody really made."""
        with self._lock:
            site = self._sites.get(environment)
            if site is not None:
                site.real_visits[balancer.name].add(visit._replace(at=max(visit.at, site.logged)))

    def rewrite(self, environment: Environment, since: float) -> None:
        """Tell the time from `since` on anew, under the conditions that hold for it now."""
        deployments = self._deployments()
        with self._lock:  # up to the end: who waits to advance has seen what was deployed before
            site = self._sites.get(environment)
            if site is None:
                return
            first = max(int(since) // MINUTE * MINUTE, site.begin)
            deployment = site.deployment
            store = self._account.service("cloudwatch").store
            store.forget(lambda metric: is_of_site(metric, deployment), first)
            endings = tuple(file.ending for file in deployment.log_files)
            access = {access_stream(balancer) for balancer in deployment.load_balancers}
            for group in self._log_groups(deployment):
                self._account.service("logs").forget(
                    group,
                    datetime.fromtimestamp(first, UTC),
                    lambda stream: stream.endswith(endings) or stream in access,
                )
            site.load_balancer_minute = min(site.load_balancer_minute, first)
            site.instances_minute = min(site.instances_minute, first)
            site.logged = min(site.logged, first)
            self._tell(deployments)

    def _tell(self, deployments: Mapping[Environment, Deployment]) -> None:
        now = self._account.clock.now().timestamp()
        for environment in Environment:
            site = self._site(environment, deployments.get(environment), now)
            if site is not None:
                self._record(site, now)
                self._log(site, now)

    def _deployments(self) -> dict[Environment, Deployment]:
        # Not under our lock: CloudFormation has one of its own
        found = {environment: find_deployment(self._account, environment) for environment in Environment}
        return {environment: each for environment, each in found.items() if each is not None}

    def _site(self, environment: Environment, deployment: Deployment | None, now: float) -> Site | None:
        if deployment is None:
            self._sites.pop(environment, None)
            return None
        site = self._sites.get(environment)
        if site is None or _is_another(site.deployment, deployment):
            begin = int(now - self._backfill) // MINUTE * MINUTE
            site = self._sites[environment] = Site(deployment, begin, begin, begin, begin)
        site.deployment = deployment
        return site

    def _record(self, site: Site, now: float) -> None:
        store = self._account.service("cloudwatch").store
        deployment = site.deployment
        while site.load_balancer_minute + MINUTE + LOAD_BALANCER_DELAY <= now:
            minute = site.load_balancer_minute
            site.load_balancer_minute += MINUTE
            for balancer in deployment.load_balancers:
                load_balancer_minute(Recorder(store, minute), deployment, self._scene(site, balancer, minute))
        while site.instances_minute + MINUTE + INSTANCE_DELAY <= now:
            minute = site.instances_minute
            site.instances_minute += MINUTE
            instances_minute(Recorder(store, minute), deployment, self._conditions(site, minute))

    def _log(self, site: Site, now: float) -> None:
        since, site.logged = site.logged, now
        deployment = site.deployment
        for balancer in deployment.load_balancers:
            self._log_visits(site, balancer, since, now)
        started = since <= deployment.deployed < now
        if started and self._conditions(site, deployment.deployed).application_logs:
            self._log_start(deployment)

    def _log_visits(self, site: Site, balancer: LoadBalancer, since: float, now: float) -> None:
        minutes = range(int(since) // MINUTE * MINUTE, int(now) + 1, MINUTE)
        for scene, group in groupby(minutes, lambda minute: self._scene(site, balancer, minute)):
            alike = list(group)
            self._log_scene(site, scene, max(since, alike[0]), min(now, alike[-1] + MINUTE))

    def _log_scene(self, site: Site, scene: Scene, since: float, until: float) -> None:
        logs, balancer = self._account.service("logs"), scene.balancer
        for file in site.deployment.log_files if scene.conditions.application_logs else ():
            for target, lines in _written(file.kind, site.deployment, scene, since, until):
                if target != scene.conditions.silent:
                    logs.tell(file.group, file.stream_of(target), since, until, lines)
        if scene.conditions.access_logs:
            for delivery in logs.deliveries_of(balancer.arn, "ALB_ACCESS_LOGS"):
                lines = AccessLines(scene, delivery.output_format, delivery.since.timestamp())
                logs.tell(delivery.log_group, access_stream(balancer), since, until, lines)

    def _log_start(self, deployment: Deployment) -> None:
        silent = self._conditions_of(deployment, deployment.deployed).silent
        lines = [(deployment.deployed, line) for line in start_lines(deployment.deployed)]
        for file in deployment.log_files:
            for target in deployment.instances if file.kind is LogKind.ERROR else ():
                if target != silent:
                    self._write(file.group, file.stream_of(target), lines)

    def _write(self, group: str, stream: str, lines: Sequence[tuple[float, str]]) -> None:
        logs = self._account.service("logs")
        if logs.has_group(group):
            logs.write(group, stream, [(int(at * 1000), line) for at, line in lines])

    def _scene(self, site: Site, balancer: LoadBalancer, minute: int) -> Scene:
        serving = site.deployment.serving(balancer)
        conditions = self._conditions(site, minute)
        answering = tuple(target for target in serving if target != conditions.unhealthy) or serving
        scene = Scene(balancer, conditions, answering, site.real_visits[balancer.name])
        if scene != site.scenes.get(balancer.name):  # else the same one: what goes on is the quicker found to be so
            site.scenes[balancer.name] = scene
        return site.scenes[balancer.name]

    def _conditions(self, site: Site, at: float) -> Conditions:
        return self._conditions_of(site.deployment, at)

    def _conditions_of(self, deployment: Deployment, at: float) -> Conditions:
        return conditions_at(self._account, deployment, at)

    def _log_groups(self, deployment: Deployment) -> Iterator[str]:
        logs = self._account.service("logs")
        arns = (balancer.arn for balancer in deployment.load_balancers)
        deliveries = (delivery for arn in arns for delivery in logs.deliveries_of(arn, "ALB_ACCESS_LOGS"))
        groups = [*deployment.log_groups, *(delivery.log_group for delivery in deliveries)]
        return (group for group in dict.fromkeys(groups) if logs.has_group(group))


def _written(
    kind: LogKind, deployment: Deployment, scene: Scene, since: float, until: float
) -> Iterator[tuple[str, Lines]]:
    """Who writes lines of a kind meanwhile, and which."""
    if kind is LogKind.HEALTH:
        for target in deployment.serving(scene.balancer):
            yield target, HealthLines(target, 503 if target == scene.conditions.unhealthy else 200)
        return
    for target in scene.targets(since, until):
        yield target, RequestLines(scene, target) if kind is LogKind.ACCESS else ErrorLines(scene, target)


def _is_another(before: Deployment, now: Deployment) -> bool:
    """Whether nothing that visitors reach, or that serves without them, is what it was: a site with no past."""
    old, new = (
        {each.name for each in site.load_balancers or site.auto_scaling_groups} or {*site.instances}
        for site in (before, now)
    )
    return not old & new


WORKLOAD: Port[Workload] = Port(SITES.name)
