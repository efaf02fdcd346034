"""The environment variables by which unchanged programs reach the sandbox instead of AWS, GitHub and Slack."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.addresses import (
    ACCESS_KEY,
    GITHUB_PATH,
    GITHUB_TOKEN,
    INSIDE,
    PASSPHRASE,
    SECRET_KEY,
    SLACK_PATH,
    SLACK_TOKEN,
    STATUS_PAGE_KEY,
    STATUS_PAGE_PATH,
)
from sandbox.paths import HOME_VARIABLE, PROJECT, Paths
from sandbox.processes import PROCESS_VARIABLE, build_mark
from sandbox.running import Running

if TYPE_CHECKING:
    from sandbox.core.account import Account

# A person's own account, state and repositories must never be reached from inside, whatever variable leads there.
_FAMILIES = ("AWS_", "PULUMI_", "GITHUB_", "SLACK_", "STATUSPAGE_")
_PROXIES = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy")


def callers_own(environ: Mapping[str, str]) -> list[str]:
    """The variables that lead to somebody's own account, state, repositories or proxy, or change how they are asked."""
    return [name for name in environ if name.startswith(_FAMILIES) or name in _PROXIES]


def server_environment(paths: Paths, environ: Mapping[str, str]) -> dict[str, str]:
    """What the sandbox's own process runs with: it has clients of its own services, which must reach nobody else's."""
    return {**_without_callers_own(environ), **_no_configuration(paths), HOME_VARIABLE: str(paths.home)}


def _without_callers_own(environ: Mapping[str, str]) -> dict[str, str]:
    own = callers_own(environ)
    return {name: value for name, value in environ.items() if name not in own}


def _no_configuration(paths: Paths) -> dict[str, str]:
    nowhere = str(paths.home / "no-aws-config")
    return {
        "AWS_CONFIG_FILE": nowhere,
        "AWS_SHARED_CREDENTIALS_FILE": nowhere,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _aws(paths: Paths, endpoint: str, region: str) -> dict[str, str]:
    return {
        **_no_configuration(paths),
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_PAGER": "",
        # Only plain http to hosts beyond this machine goes through the sandbox: the load balancers' names.
        "http_proxy": endpoint,
        "no_proxy": "127.0.0.1,localhost",
        HOME_VARIABLE: str(paths.home),
    }


def _path(environ: Mapping[str, str], *first: Path) -> str:
    # Not resolved: the folder of the virtual environment, not of the Python it was made from.
    folders = [*map(str, first), str(Path(sys.executable).parent)]
    return os.pathsep.join([*folders, environ.get("PATH", os.defpath)])


def exec_environment(paths: Paths, sandbox: Running, environ: Mapping[str, str]) -> dict[str, str]:
    """What `sandbox exec` runs a command with: `environ`, with everything outside led to the sandbox."""
    endpoint = sandbox.endpoint
    return {
        **_without_callers_own(environ),
        **_aws(paths, endpoint, sandbox.region),
        "PATH": _path(environ, paths.programs),
        "VIRTUAL_ENV": sys.prefix,
        "GITHUB_BASE_URL": f"{endpoint}{GITHUB_PATH}",
        "GITHUB_OWNER": sandbox.owner,
        "GITHUB_TOKEN": GITHUB_TOKEN,
        "SLACK_API_URL": f"{endpoint}{SLACK_PATH}api/",
        "SLACK_BOT_TOKEN": SLACK_TOKEN,
        "STATUSPAGE_BASE_URL": f"{endpoint}{STATUS_PAGE_PATH}v1/",
        "STATUSPAGE_API_KEY": STATUS_PAGE_KEY,
        "PULUMI_BACKEND_URL": f"file://{paths.backend}",
        "PULUMI_HOME": str(paths.pulumi_home),
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }


def build_environment(account: Account) -> dict[str, str]:
    """What a CodeBuild build finds of its machine: AWS and GitHub reachable, tools on PATH, nothing of the caller's."""
    return {
        **_aws(account.paths, account.endpoint, account.region),
        "GITHUB_BASE_URL": f"{account.endpoint}{GITHUB_PATH}",
        "PATH": _path(os.environ),
        "HOME": str(PROJECT),
        "LANG": "C.UTF-8",
        "AWS_SDK_UA_APP_ID": INSIDE,
        "AWS_RETRY_MODE": "standard",
        PROCESS_VARIABLE: build_mark(account.paths),
    }
