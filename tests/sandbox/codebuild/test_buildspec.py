"""Build specifications: what is read, and what is refused."""

from __future__ import annotations

import pytest

from sandbox.aws.codebuild.buildspec import Artifacts, Buildspec, BuildspecError, Phase

WHOLE = """
version: 0.2
env:
  variables:
    STAGE: prod
    RETRIES: 3
  parameter-store:
    KEY: /web/key
  secrets-manager:
    TOKEN: web:token
  exported-variables: [VERSION]
phases:
  install:
    runtime-versions:
      python: 3.11
  build:
    on-failure: ABORT
    commands:
      - make
      - |
        cd out
        ls
    finally:
      - echo done
artifacts:
  files: ["**/*"]
  base-directory: out
  discard-paths: yes
"""


def test_everything_that_is_carried_out_is_read() -> None:
    spec = Buildspec.parse(WHOLE)
    assert spec.phases == {
        "install": Phase(),
        "build": Phase(("make", "cd out\nls\n"), ("echo done",), "ABORT"),
    }
    assert spec.variables == {"STAGE": "prod", "RETRIES": "3"}
    assert (spec.parameters, spec.secrets) == ({"KEY": "/web/key"}, {"TOKEN": "web:token"})
    assert spec.exported == ("VERSION",)
    assert spec.artifacts == Artifacts(("**/*",), base_directory="out", discard_paths=True)


BUILD = "phases: {build: {commands: [make]}}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("- make", "not a mapping"),
        ("version: 0.2\nphases: {build: {commands: [make", "YAML_FILE_ERROR"),
        (f"version: 0.1\n{BUILD}", "0.1"),
        (BUILD, "version"),
        ("version: 0.2", "no phases"),
        ("version: 0.2\nphases: {compile: {commands: [make]}}", "compile"),
        ("version: 0.2\nphases: {build: {command: [make]}}", "command"),
        ("version: 0.2\nphases: {build: {commands: make}}", "list of strings"),
        ("version: 0.2\nphases: {build: {commands: [{echo: a}]}}", "list of strings"),
        (f"version: 0.2\nbatch: {{}}\n{BUILD}", "batch"),
        (f"version: 0.2\n{BUILD}\nenv: {{shell: powershell.exe}}", "powershell"),
        (f"version: 0.2\n{BUILD}\nartifacts: {{name: x}}", "files"),
        ("version: 0.2\nphases: {build: {on-failure: RETRY, commands: [make]}}", "on-failure"),
    ],
)
def test_what_is_no_specification(text: str, words: str) -> None:
    with pytest.raises(BuildspecError, match=words):
        Buildspec.parse(text)
