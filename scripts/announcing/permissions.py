"""What who announces must be allowed: to read what is told, to keep it in the ledger, and to send it."""

from __future__ import annotations

from scripts.announcing.reading import PERMISSIONS as OF_EXECUTIONS
from scripts.channels import secrets
from scripts.channels.mail import Mail
from scripts.gate.checks.review import lint_status
from scripts.ledger import store

PERMISSIONS = tuple(
    dict.fromkeys(
        (*store.PERMISSIONS, *OF_EXECUTIONS, *lint_status.permissions, *Mail.permissions, *secrets.PERMISSIONS)
    )
)
