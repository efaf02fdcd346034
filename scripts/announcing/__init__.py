"""What people are told of a production release, when, and on which channels (SOP 5)."""
