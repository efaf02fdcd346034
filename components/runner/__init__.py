"""What runs the release command on AWS: a CodeBuild project, and what starts it."""
