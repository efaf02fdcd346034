"""What the stack files configure: the end-to-end tests take the project as it is."""

from components.deployers.stack_file import stack_settings
from sandbox.paths import PROJECT
from sop.names import Environment

DEV, PROD = (stack_settings(environment, PROJECT) for environment in Environment)
