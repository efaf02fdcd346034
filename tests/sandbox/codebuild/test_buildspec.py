"""Build specifications: what is read, and what is refused."""

from __future__ import annotations

import pytest

from sandbox.aws.codebuild.buildspec import Artifacts, Buildspec, BuildspecError, Phase, UnsupportedBuildspecError

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
        ("version: 0.2\nphases: [make]", "not a mapping"),
        ("version: 0.2\nphases: {build: [make]}", "not a mapping"),
        (f"version: 0.2\nenv: []\n{BUILD}\nartifacts: [x]", "not a mapping"),
        (f"version: 0.2\n{BUILD}\nartifacts: {{files: x}}", "list of strings"),
        (f"version: 0.2\n{BUILD}\nenv: {{exported-variables: A}}", "list of strings"),
        ("version: 0.2\nphases: {build: {commands: [make", "YAML_FILE_ERROR"),
        (f"version: 0.3\n{BUILD}", "0.3"),
        (BUILD, "version"),
        ("version: 0.2", "phases is empty"),
        ("version: 0.2\nphases: {build: {commands: make}}", "list of strings"),
        ("version: 0.2\nphases: {build: {commands: [{echo: a}]}}", "list of strings"),
        (f"version: 0.2\n{BUILD}\nartifacts: {{name: x}}", "files"),
    ],
)
def test_what_is_no_specification(text: str, words: str) -> None:
    with pytest.raises(BuildspecError, match=words) as refused:
        Buildspec.parse(text)
    assert str(refused.value).startswith("YAML_FILE_ERROR")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (f"version: 0.1\n{BUILD}", "version 0.1"),
        (f"version: 0.2\n{BUILD}\nreports: {{unit: {{files: ['**/*.xml']}}}}", "reports"),
        (f"version: 0.2\n{BUILD}\nbatch: {{fast-fail: false}}", "batch"),
        (f"version: 0.2\n{BUILD}\nproxy: {{logs: yes}}", "proxy"),
        (f"version: 0.2\n{BUILD}\nrun-as: builder", "run-as"),
        ("version: 0.2\nphases: {build: {run-as: builder, commands: [make]}}", "phases/build/run-as"),
        (f"version: 0.2\n{BUILD}\nenv: {{shell: powershell.exe}}", "env/shell powershell.exe"),
        (f"version: 0.2\n{BUILD}\nenv: {{git-credential-helper: yes}}", "env/git-credential-helper"),
        ("version: 0.2\nphases: {build: {on-failure: RETRY-3, commands: [make]}}", "phases/build/on-failure RETRY-3"),
        (f"version: 0.2\n{BUILD}\nartifacts: {{files: [x], secondary-artifacts: {{}}}}", "secondary-artifacts"),
        (f"version: 0.2\n{BUILD}\nartifacts: {{files: [x], enable-symlinks: yes}}", "artifacts/enable-symlinks"),
        (f"version: 0.2\n{BUILD}\nartifacts: {{files: [x], s3-prefix: out}}", "artifacts/s3-prefix"),
        # What is in no reference may be refused or passed over by CodeBuild; nobody here knows.
        ("version: 0.2\nphases: {compile: {commands: [make]}}", "phases/compile"),
        ("version: 0.2\nphases: {build: {command: [make]}}", "phases/build/command"),
    ],
)
def test_what_the_sandbox_does_not_carry_out_is_its_own_word(text: str, what: str) -> None:
    with pytest.raises(UnsupportedBuildspecError, match=f"The sandbox does not carry out .*{what}") as refused:
        Buildspec.parse(text)
    assert "YAML_FILE_ERROR" not in str(refused.value)
