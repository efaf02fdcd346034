"""SOP 4.3: does the site answer."""

from __future__ import annotations

from scripts.checks.context import Context
from scripts.checks.framework import check
from scripts.checks.workload import WORKLOAD_PERMISSIONS, not_known_yet, replaced
from scripts.facts import http
from scripts.results import Outcome, error, failed, passed
from scripts.text import count

OK = 200


@check(
    id="endpoint",
    sop="4.3",
    title="Application endpoint",
    why="Healthy targets answer the health check's path; visitors ask for another.",
    expected="HTTP 200 within 10 s, redirects included, from the configured address or else the load balancer's own",
    fix="Try it with `curl -v`; read the application's log, and check the listener and the security groups.",
    permissions=WORKLOAD_PERMISSIONS,
    runbook="docs/runbooks/incident-response.md",
)
def endpoint(context: Context) -> Outcome:
    configured = context.outputs.endpoint_url
    if configured:
        return look_at(configured)
    workload = context.outputs.workload
    if workload is None:
        return not_known_yet(context)
    name = workload.load_balancer_dns_name
    if other := replaced(context, "LoadBalancerDnsName", name, "load balancer"):
        return other
    return look_at(f"http://{name}/")


def look_at(url: str) -> Outcome:
    """The outcome for the page at `url`."""
    made = http.visit(url)
    evidence = {
        "url": url,
        "hops": [{"url": hop.url, "status": hop.status} for hop in made.hops],
        "trouble": made.trouble,
        "reason": made.reason,
        "seconds": round(made.seconds, 3),
    }
    path = [f"{hop.status} {hop.url}" for hop in made.hops]
    if made.trouble is http.Trouble.PROXY:
        fix = "Check HTTP_PROXY, HTTPS_PROXY and NO_PROXY, then run the same command again."
        return error(f"The proxy for {url} cannot be used: {made.reason}", fix=fix)
    if made.trouble is not None:
        headline = f"{_TROUBLES[made.trouble]}: {made.reason}"
        return failed("\n".join([headline, *(path or [url])]), evidence=evidence)
    status = made.hops[-1].status
    redirected = f" after {count(len(path) - 1, 'redirect')}" if len(path) > 1 else ""
    observed = "\n".join([f"HTTP {status} in {made.seconds:.2f} s{redirected}.", *path])
    if status == OK:
        return passed(observed, evidence=evidence)
    return failed(observed, evidence=evidence)


_TROUBLES = {
    "timeout": "Too slow",
    "connection": "No connection",
    "tls": "TLS error",
    "protocol": "Broken answer",
    "loop": "Redirect loop",
    "redirect": "Bad redirect",
}
