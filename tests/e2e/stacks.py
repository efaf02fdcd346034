"""What the stack files call things: the end-to-end tests rehearse the project as it is configured."""

from sandbox.configured import read
from sandbox.paths import PROJECT
from sop.names import Environment

CONFIGURED = read(PROJECT)
DEV, PROD = (CONFIGURED.of(environment) for environment in Environment)
