"""What everything in the sandbox stands on; it knows no service."""
