"""`python -m tests.golden` says which recorded plans differ from the program; `--update` writes them."""

from __future__ import annotations

import sys

from tests.golden import plans


def main(arguments: list[str]) -> int:
    """0 when every plan is as recorded, or was written."""
    update = arguments == ["--update"]
    if arguments and not update:
        sys.stderr.write("usage: python -m tests.golden [--update]\n")
        return 2
    differing = 0
    for stack in plans.STACKS:
        for moment in plans.MOMENTS:
            path = plans.path_of(stack, moment)
            text = plans.text(plans.record(stack, moment))
            if path.exists() and path.read_text() == text:
                continue
            differing += 1
            sys.stdout.write(f"{path.relative_to(plans.FOLDER)}\n")
            if update:
                path.parent.mkdir(exist_ok=True)
                path.write_text(text)
    return 0 if update or not differing else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
