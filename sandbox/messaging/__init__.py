"""Where messages to people go beside mail: Slack and the status page."""
