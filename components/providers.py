"""The two providers, explicit: nothing is created in an account or organization that was not configured."""

from __future__ import annotations

import pulumi_aws as aws
import pulumi_github as github

from components.configuration.settings import Settings


def aws_provider(settings: Settings) -> aws.Provider:
    """AWS in the configured region and the connection's account, with the tags of every resource.

    Credentials are the environment's; those of another account are refused.
    """
    return aws.Provider(
        "aws",
        region=settings.region,
        allowed_account_ids=[settings.account_id],
        default_tags=aws.ProviderDefaultTagsArgs(tags=settings.tags),
    )


def github_provider(settings: Settings) -> github.Provider:
    """GitHub for the repository's owner. The token is the environment's (GITHUB_TOKEN)."""
    return github.Provider("github", owner=settings.owner)
