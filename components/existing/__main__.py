"""`python -m components.existing`: fill in an import file."""

import sys

from components.existing.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
