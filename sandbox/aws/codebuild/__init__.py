"""AWS CodeBuild, building."""

from sandbox.aws.codebuild.service import CodeBuild

__all__ = ["CodeBuild"]
