"""One account for all tests of a module, as new for each of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.codepipeline.account import FILES, SERVICES, Account, write_template
from tests.sandbox.served import served


@pytest.fixture(scope="module")
def shared_account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    folder = tmp_path_factory.mktemp("account")
    with pytest.MonkeyPatch.context() as environment:
        for proxy in ("http_proxy", "HTTP_PROXY"):
            environment.delenv(proxy, raising=False)
        environment.setattr("sandbox.github.host.TEMPLATE", write_template(folder / "template", FILES))
        with served(folder / "sandbox", *SERVICES) as world:
            yield Account(world)


@pytest.fixture
def account(shared_account: Account) -> Account:
    shared_account.reset()
    return shared_account
