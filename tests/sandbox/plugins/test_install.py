"""The plugins as files and processes: found by the CLI, quick to speak, gone with their engine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderStub

from sandbox.plugins.install import install

PLUGINS = ("aws", "github")

# An engine in small: starts a plugin, which shares its stdout, and stays until it is killed.
ENGINE = "import subprocess, sys; subprocess.Popen(sys.argv[1:]).wait()"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    install(tmp_path)
    return tmp_path


def executable(home: Path, name: str) -> Path:
    return home / "plugins" / f"resource-{name}-v{version(f'pulumi_{name}')}" / f"pulumi-resource-{name}"


@pytest.fixture(params=PLUGINS)
def engine(request: pytest.FixtureRequest, home: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    command = [sys.executable, "-c", ENGINE, str(executable(home, request.param)), "127.0.0.1:1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield request.param, process
        process.kill()


def test_the_versions_are_those_of_the_installed_sdk(home: Path) -> None:
    assert all(os.access(executable(home, name), os.X_OK) for name in PLUGINS)


def test_installing_again_changes_nothing(home: Path) -> None:
    before = {path: path.read_text() for path in home.rglob("*") if path.is_file()}
    install(home)
    assert {path: path.read_text() for path in home.rglob("*") if path.is_file()} == before


def test_a_plugin_tells_its_port_and_version_and_ends_with_a_killed_engine(
    engine: tuple[str, subprocess.Popen[str]],
) -> None:
    name, process = engine
    assert process.stdout is not None
    port = int(process.stdout.readline())
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        info = ResourceProviderStub(channel).GetPluginInfo(Empty())
    assert info.version == version(f"pulumi_{name}")
    process.send_signal(signal.SIGKILL)
    # The plugin holds the other end: this returns when it has ended, and not before.
    assert process.stdout.read() == ""
