"""How a message leaves: mail, Slack, the status page, and that each goes out once."""
