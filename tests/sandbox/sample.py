"""What the sandbox is without stack files, as single services are tested."""

from sandbox.configured import SAMPLE

ACCOUNT_ID, REGION = SAMPLE.account_id, SAMPLE.region
