"""The stand-in for the GitHub plugin."""
