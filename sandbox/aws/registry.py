"""Our own AWS services; every other service is moto's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from sandbox.aws.access import ACCESS, Access
from sandbox.aws.service import Service

if TYPE_CHECKING:
    from sandbox.core.account import Account

SERVICES = (
    "sandbox.aws.codepipeline:CodePipeline",
    "sandbox.aws.codebuild:CodeBuild",
    "sandbox.aws.codeconnections:CodeConnections",
    "sandbox.aws.cloudformation:CloudFormation",
    "sandbox.aws.cloudwatch:CloudWatch",
    "sandbox.aws.sns:Sns",
    "sandbox.aws.events:Events",
    "sandbox.aws.logs:Logs",
    "sandbox.aws.scheduler:Scheduler",
    "sandbox.aws.chatbot:Chatbot",
    "sandbox.aws.sesv2:SesV2",
    "sandbox.aws.elbv2:Elbv2",
    "sandbox.aws.ec2:Ec2",
    "sandbox.aws.autoscaling:AutoScaling",
)


def service_classes() -> list[type[Service]]:
    return [getattr(import_module(module), name) for module, name in (path.split(":") for path in SERVICES)]


def create_services(account: Account, classes: Iterable[type[Service]]) -> Mapping[str, Service]:
    """One instance of each, under its name and its aliases.

    The account offers each from the first on: a service's thread may reach for another at once.
    """
    access = Access(account)
    account.offer(ACCESS.name, lambda: access)
    services: dict[str, Service] = {}
    for service_class in classes:
        service = service_class(account)
        for name in (service.name, *service.aliases):
            services[name] = service
            account.offer(name, partial(services.__getitem__, name))
    return services
