"""AWS CodePipeline, executing."""

from sandbox.aws.codepipeline.service import CodePipeline

__all__ = ["CodePipeline"]
