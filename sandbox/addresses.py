"""What every part of the sandbox, and every program run on it, is told: who one is, and where things are.

Whose account, region and repository it stands for is what the stack files say: configured.py.
"""

ACCESS_KEY = "sandbox"
SECRET_KEY = "sandbox"
GITHUB_TOKEN = "sandbox"
SLACK_TOKEN = "xoxb-sandbox"
STATUS_PAGE_KEY = "sandbox-key-1"
PASSPHRASE = "sandbox"
GITHUB_PATH = "/github/"
SLACK_PATH = "/slack/"
STATUS_PAGE_PATH = "/status-page/"
LOAD_BALANCER_DOMAIN = ".elb.amazonaws.com"
INSIDE = "sandbox-inside"  # how AWS's own calls, and those of its builds, name themselves as an application
