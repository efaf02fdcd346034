"""The command that prints the policies, from a stack's own file, so that it needs neither the stack nor AWS."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from components.configuration.mistake import ConfigurationError
from components.deployers import reference
from components.deployers.policies import Purpose, policy
from components.deployers.stack_file import stack_settings


def main(arguments: Sequence[str]) -> int:
    """Print one policy as JSON, or write the reference; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m components.deployers",
        description="Print the IAM policy of who runs `pulumi preview` or `pulumi up` on a stack.",
    )
    parser.add_argument("--stack", default="prod", help="the stack, as in Pulumi.STACK.yaml; default prod")
    parser.add_argument("--for", dest="purpose", choices=[*Purpose], default=Purpose.UP, help="what is run; default up")
    parser.add_argument("--reference", type=Path, metavar="FOLDER", help="write the page and the own stacks' policies")
    options = parser.parse_args(arguments)
    if options.reference:
        reference.write(options.reference, Path())
        return 0
    try:
        settings = stack_settings(options.stack, Path())
    except FileNotFoundError as error:
        fix = "Run it in this project's folder, and name a stack that has a file."
        sys.stderr.write(f"There is no {error.filename} here. {fix}\n")
        return 2
    except (ConfigurationError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(json.dumps(policy(Purpose(options.purpose), settings), indent=2) + "\n")
    return 0
