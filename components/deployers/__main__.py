"""`python -m components.deployers`: print the policies."""

import sys

from components.deployers.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
