"""What a visit leaves in the logs: nginx's lines and the load balancer's access log."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import lru_cache
from uuid import uuid4
from zlib import crc32

from sandbox.workload.deployment import LoadBalancer
from sandbox.workload.traffic import FORBIDDEN_PAGE, MINUTE, Visit

BYTES = {200: 421, 403: 146, 404: 153, 500: 170, 503: 190}
_WORKER = 2274  # nginx's process number
_VARIES = uuid4().hex  # stands for what two entries of the same visitor differ in


def request_line(visit: Visit) -> str:
    """nginx's access log, format "main"."""
    before, after = _around_the_time(visit[1:])
    minute, second = divmod(int(visit.at), MINUTE)
    return f"{before}{_minute_of_nginx(minute)}:{second:02}{after}"


@lru_cache(maxsize=8_192)
def _around_the_time(visit: tuple[str, str, int, str | None, float, str, str]) -> tuple[str, str]:
    """What a request's line says beside its time; the same visitors come again."""
    client, path, status, _, _, agent, method = visit
    return (
        f"10.10.0.{crc32(client.encode()) % 200 + 20} - - [",
        f' +0000] "{method} {path} HTTP/1.1" {status} {BYTES.get(status, 0)} "-" "{agent}" "{client}"',
    )


@lru_cache(maxsize=64)
def _minute_of_nginx(minute: int) -> str:
    return f"{_utc(minute * MINUTE):%d/%b/%Y:%H:%M}"


def error_line(visit: Visit, balancer: LoadBalancer) -> str | None:
    """nginx's error log, where a visit leaves something in it."""
    if visit.path != FORBIDDEN_PAGE:
        return None
    return (
        f"{_utc(visit.at):%Y/%m/%d %H:%M:%S} [error] {_WORKER}#{_WORKER}: *{int(visit.at) % 100_000} open() "
        f'"/usr/share/nginx/html{FORBIDDEN_PAGE}" failed (13: Permission denied), client: 10.10.0.21, server: _, '
        f'request: "{visit.method} {visit.path} HTTP/1.1", host: "{balancer.dns_name}"'
    )


def health_line(at: float, status: int) -> str:
    """What the sample's nginx logs of a health check."""
    return f"{_utc(int(at)).isoformat()} [info] health check: {status}"


def start_lines(at: float) -> list[str]:
    """What nginx writes when it starts."""
    stamp = f"{_utc(at):%Y/%m/%d %H:%M:%S} [notice] {_WORKER - 1}#{_WORKER - 1}:"
    return [
        f'{stamp} using the "epoll" event method',
        f"{stamp} nginx/1.28.0",
        f"{stamp} OS: Linux 6.1.156-177.286.amzn2023.x86_64",
        f"{stamp} start worker processes",
        f"{stamp} start worker process {_WORKER}",
    ]


def access_line(visit: Visit, balancer: LoadBalancer, output_format: str) -> str:
    """One entry of the load balancer's access log; "json" or, field by field, "plain"."""
    first, *others = _around_the_times(visit[1:], balancer, output_format)
    minute, second = divmod(visit.at, MINUTE)
    time = f"{_minute_of_elb(int(minute))}:{second:09.6f}Z"
    code = int(visit.at * 1_000_000)
    varying = (time, str(40_000 + code % 20_000), f"{int(visit.at):08x}-{code & 0xFFFFFFFFFFFFFFFFFFFFFFFF:024x}", time)
    return first + "".join([part for pair in zip(varying, others, strict=True) for part in pair])


@lru_cache(maxsize=8_192)
def _around_the_times(
    visit: tuple[str, str, int, str | None, float, str, str], balancer: LoadBalancer, output_format: str
) -> list[str]:
    """What an entry says before, between and after its time, port, trace and time; the same visitors come again."""
    fields = _access_fields(Visit(0.0, *visit), balancer)
    if output_format == "json":
        return json.dumps(fields).split(_VARIES)
    quoted = {"request", "user_agent", "trace_id", "domain_name", "chosen_cert_arn", "actions_executed"}
    quoted |= {"redirect_url", "error_reason", "target_port_list", "target_status_code_list"}
    quoted |= {"classification", "classification_reason"}
    return " ".join(f'"{value}"' if name in quoted else value for name, value in fields.items()).split(_VARIES)


@lru_cache(maxsize=64)
def _minute_of_elb(minute: int) -> str:
    return f"{_utc(minute * MINUTE):%Y-%m-%dT%H:%M}"


def access_stream(balancer: LoadBalancer) -> str:
    """The log stream that a load balancer's access log is delivered to."""
    return balancer.name.replace("/", ".")


def _access_fields(visit: Visit, balancer: LoadBalancer) -> dict[str, str]:
    answered = visit.target is not None
    target = f"10.10.0.{crc32((visit.target or '').encode()) % 200 + 20}:80" if answered else "-"
    times = ("0.001", f"{visit.seconds:.3f}", "0.000") if answered else ("-1", "-1", "-1")
    status = str(visit.status)
    return {
        "type": "http",
        "time": _VARIES,
        "elb": balancer.name,
        "client_port": f"{visit.client}:{_VARIES}",
        "target_port": target,
        "request_processing_time": times[0],
        "target_processing_time": times[1],
        "response_processing_time": times[2],
        "elb_status_code": status,
        "target_status_code": status if answered else "-",
        "received_bytes": "312",
        "sent_bytes": str(BYTES.get(visit.status, 0)),
        "request": f"{visit.method} http://{balancer.dns_name}:80{visit.path} HTTP/1.1",
        "user_agent": visit.agent,
        "ssl_cipher": "-",
        "ssl_protocol": "-",
        "target_group_arn": next((group.arn for group in balancer.groups if visit.target in group.targets), "-"),
        "trace_id": f"Root=1-{_VARIES}",
        "domain_name": "-",
        "chosen_cert_arn": "-",
        "matched_rule_priority": "0",
        "request_creation_time": _VARIES,
        "actions_executed": "forward",
        "redirect_url": "-",
        "error_reason": "-",
        "target_port_list": target,
        "target_status_code_list": status if answered else "-",
        "classification": "-",
        "classification_reason": "-",
        "conn_trace_id": f"TID_{crc32(visit.client.encode()):032x}",
    }


def _utc(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
