"""What builds one environment of the release process."""

import atexit
import gc

# The classes of the SDKs are many and stay: with Python's 700 a third of the program's time goes into looking through
# them for garbage, and at the end once more.
gc.set_threshold(1_000_000)
atexit.register(gc.freeze)
