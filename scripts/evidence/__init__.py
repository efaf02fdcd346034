"""What stands behind a report: each call made, what was asked and what was answered, by the check that asked.

`calls` follows who asks, `recorder` listens to botocore, `redaction` takes secrets out, `folder` keeps it.
"""
