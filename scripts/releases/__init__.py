"""What a release is: its pull request, and the executions that were to carry it out."""
