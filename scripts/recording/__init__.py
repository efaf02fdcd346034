"""What is kept of a release: its record, the figures over many of them, and its commits brought back into dev."""
