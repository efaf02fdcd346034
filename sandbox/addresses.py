"""What every part of the sandbox, and every program run on it, is told: who one is, and where things are."""

ACCOUNT_ID = "123456789012"
REGION = "ap-southeast-2"
ACCESS_KEY = "sandbox"
SECRET_KEY = "sandbox"
GITHUB_OWNER = "helios"
GITHUB_TOKEN = "sandbox"
PASSPHRASE = "sandbox"
GITHUB_PATH = "/github/"
SLACK_PATH = "/slack/"
STATUS_PAGE_PATH = "/status-page/"
LOAD_BALANCER_DOMAIN = ".elb.amazonaws.com"
INSIDE = "sandbox-inside"  # how AWS's own calls, and those of its builds, name themselves as an application
