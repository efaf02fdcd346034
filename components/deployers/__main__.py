"""`python -m components.deployers`: print the policies."""

import sys

from components.deployers.command import main

sys.exit(main(sys.argv[1:]))
