"""What a stack is configured to be: its settings, how they are read, and what is said of what cannot be used."""
