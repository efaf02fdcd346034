"""The gate's checks, one module a question: which way it goes, who agrees, what was reviewed."""
