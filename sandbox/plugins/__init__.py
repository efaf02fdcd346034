"""Stand-ins for the AWS and GitHub plugins of Pulumi: the real engine, a rehearsal's endpoints."""
