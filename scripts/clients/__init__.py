"""What the command talks to."""
