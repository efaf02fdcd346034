"""Credentials as botocore finds and renews them; what keeps it from that is a CredentialRetrievalError.

botocore itself lets through whatever a profile's helper, cache or clock makes it raise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from botocore.credentials import Credentials, ReadOnlyCredentials
from botocore.exceptions import CredentialRetrievalError
from botocore.session import Session

from scripts.clients.failures import AWS_FAILURES
from scripts.errors import ReleaseError

CONFIGURATION = "the AWS configuration"


class CredentialsSession(Session):
    """botocore's, with such credentials."""

    def get_credentials(self) -> Credentials | None:
        """Those of the profile or the environment; None if there are none.

        Raises:
            CredentialRetrievalError: what should give them does not.
        """
        with _obtaining(CONFIGURATION):
            found = super().get_credentials()
        return None if found is None else ObtainedCredentials(found)


class ObtainedCredentials(Credentials):
    """`source`, which renews itself when it is read."""

    def __init__(self, source: Credentials) -> None:
        self._source = source
        self.method = source.method

    def __getattr__(self, name: str) -> str | None:
        return getattr(self.get_frozen_credentials(), name)

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """What is valid now.

        Raises:
            CredentialRetrievalError: it cannot be renewed, or has expired all the same.
        """
        with _obtaining(self.method):
            return self._source.get_frozen_credentials()

    def get_deferred_property(self, property_name: str) -> Callable[[], str | None]:
        """Reads one of them when it is called."""
        return lambda: getattr(self, property_name, None)


@contextmanager
def _obtaining(provider: str) -> Iterator[None]:
    try:
        yield
    except (ReleaseError, *AWS_FAILURES):
        raise
    except Exception as problem:
        said = str(problem) or type(problem).__name__
        raise CredentialRetrievalError(provider=provider, error_msg=said) from problem
