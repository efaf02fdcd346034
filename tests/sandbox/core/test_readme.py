"""sandbox/README.md lists every operation that a recorded stand-in answers."""

from __future__ import annotations

from sandbox.aws.registry import service_classes
from sandbox.paths import PROJECT


def test_the_readme_lists_every_recorded_operation() -> None:
    readme = (PROJECT / "sandbox" / "README.md").read_text()
    listed = readme.split("<!-- recorded -->")[1].split("<!-- /recorded -->")[0].strip().splitlines()
    recorded = [
        f"- `{service.name}`: {', '.join(sorted(service.recorded))}"
        for service in service_classes()
        if service.recorded
    ]
    assert listed == sorted(recorded)
