"""Brings the tools that no package index carries: the environment and the Pulumi CLI. Standard library only."""
