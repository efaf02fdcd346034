"""How the sandbox's parts know each other; what imports can say stands in pyproject.toml's contracts."""

from __future__ import annotations

import re

from sandbox.paths import PROJECT


def test_a_service_reaches_another_by_a_port_only() -> None:
    through_the_account = [
        f"{path.relative_to(PROJECT)}:{number}"
        for path in sorted((PROJECT / "sandbox" / "aws").rglob("*.py"))
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if re.search(r"account\.service\(|from sandbox\.world", line)
    ]
    assert through_the_account == []
