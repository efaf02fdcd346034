"""SOP 4.3: does the site answer."""

from __future__ import annotations

from shlex import quote

from scripts.checks.context import Context
from scripts.checks.framework import check
from scripts.checks.workload import WORKLOAD_PERMISSIONS, not_known_yet, replaced
from scripts.facts import http
from scripts.results import Outcome, error, failed, inconclusive, passed
from scripts.text import count

OK = 200
LOOK = "Try it with `curl -vL {}`; read the application's log, and check the listener and the security groups."


@check(
    id="endpoint",
    sop="4.3",
    title="Application endpoint",
    why="Healthy targets answer the health check's path; visitors ask for another.",
    expected="HTTP 200 and a whole page within 10 s, redirects included, from the host of the configured address, or "
    "else of the load balancer's own",
    fix=LOOK.format("URL"),
    permissions=WORKLOAD_PERMISSIONS,
    runbook="docs/runbooks/incident-response.md",
)
def endpoint(context: Context) -> Outcome:
    stack, configured = context.outputs.stack, context.outputs.endpoint_url
    if configured:
        return look_at(configured, stack)
    workload = context.outputs.workload
    if workload is None:
        return not_known_yet(context)
    name = workload.load_balancer_dns_name
    if other := replaced(context, "LoadBalancerDnsName", name, "load balancer"):
        return other
    return look_at(f"http://{name}/", stack)


def look_at(url: str, stack: str) -> Outcome:
    """The outcome for the page at `url`; `stack` is the Pulumi stack's name."""
    made = http.visit(url)
    evidence = {
        "url": url,
        "hops": [{"url": hop.url, "status": hop.status} for hop in made.hops],
        "trouble": made.trouble,
        "reason": made.reason,
        "bytes": made.size,
        "seconds": round(made.seconds, 3),
    }
    path = [f"{hop.status} {hop.url}" for hop in made.hops]
    if made.trouble is not None and made.trouble in _OURS:
        return error("\n".join([f"{_OURS[made.trouble]} {url}: {made.reason}", *path]), fix=_MENDED[made.trouble])
    if made.trouble is not None:
        headline = f"{_TROUBLES[made.trouble]}: {made.reason}"
        return failed("\n".join([headline, *(path or [url])]), fix=LOOK.format(quote(url)), evidence=evidence)
    final = made.hops[-1]
    host = http.server_of(final.url)
    redirected = f" after {count(len(path) - 1, 'redirect')}" if len(path) > 1 else ""
    observed = "\n".join([f"HTTP {final.status} from {host} in {made.seconds:.2f} s{redirected}.", *path])
    if final.status != OK:
        return failed(observed, fix=LOOK.format(quote(url)), evidence=evidence)
    asked = http.server_of(url)
    if host != asked:
        fix = (
            f"If {host} is the site, run `pulumi config set release:endpointUrl {final.url} --stack {stack}` and "
            f"`pulumi up --stack {stack}`; if not, see who answers in its place (a proxy, a sign-in page)."
        )
        return inconclusive(f"Another host than {asked} answered: {observed}", fix=fix, evidence=evidence)
    if not made.size:
        fix = (
            f"See with `curl {final.url}` whether that is meant; if so, name a page with content: "
            f"`pulumi config set release:endpointUrl URL --stack {stack}`."
        )
        return inconclusive(f"The page is empty: {observed}", fix=fix, evidence=evidence)
    return passed(observed, evidence=evidence)


_OURS = {
    http.Trouble.PROXY: "Who stands in between does not let this machine see",
    http.Trouble.MACHINE: "This machine cannot tell about",
}
_MENDED = {
    http.Trouble.PROXY: "Check HTTP_PROXY, HTTPS_PROXY and NO_PROXY, then run the same command again.",
    http.Trouble.MACHINE: "Check the address, and this machine's network and name servers, then run the same command "
    "again.",
}
_TROUBLES = {
    "timeout": "Too slow",
    "connection": "No connection",
    "tls": "TLS error",
    "protocol": "Broken answer",
    "endless": "Endless page",
    "loop": "Redirect loop",
    "redirect": "Bad redirect",
}
