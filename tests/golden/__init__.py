"""The plan of each stack, kept as readable files: `python -m tests.golden --update` writes them anew."""
