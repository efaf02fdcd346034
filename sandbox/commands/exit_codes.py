"""How commands inside the sandbox end; 0 is success and 2 wrong usage, as everywhere."""

PIPELINE_FAILED = 3  # an execution ended other than Succeeded
CHECK_FAILED = 4  # a pull request's check is not green
