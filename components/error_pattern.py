"""The pattern of the application's error lines, as CloudWatch Logs itself judges it."""

from __future__ import annotations

import pulumi
from botocore.exceptions import BotoCoreError, ClientError

from components import asking
from components.configuration import keys
from components.configuration.settings import Settings

_ANY_LINE = "any line"


def require_usable_pattern(settings: Settings) -> None:
    """Let CloudWatch Logs try the pattern, in a preview too: the provider finds out at apply.

    Raises:
        pulumi.RunError: it refuses the pattern, or could not be asked.
    """
    key, pattern = keys.APPLICATION_ERROR_PATTERN, settings.application_error_pattern
    try:
        logs = asking.client("logs", settings.region)
        logs.test_metric_filter(filterPattern=pattern, logEventMessages=[_ANY_LINE])
    except (ClientError, BotoCoreError) as error:
        refused = error.response.get("Error", {}) if isinstance(error, ClientError) else {}
        if refused.get("Code") == "InvalidParameterException":
            raise pulumi.RunError(
                f"CloudWatch Logs refuses {key.name} {pattern!r}: {refused.get('Message')}\n"
                f"  mend: {key.set_command(key.rule.example, pulumi.get_stack())}"
            ) from None
        raise pulumi.RunError(f"cannot ask CloudWatch Logs about {key.name}: {error}") from None
