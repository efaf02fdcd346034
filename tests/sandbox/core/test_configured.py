"""The sandbox is what the stack files say; what cannot be used is the sample's, and the program tells of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.configured import SAMPLE, StackFileError, document, project_folder, read
from sandbox.github.host import GitHub
from sandbox.paths import Paths
from sandbox.world import World
from sop.names import Environment
from tests import clock
from tests.foreign import FOREIGN, write_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path / "project")


def test_account_region_repository_branches_and_connections_are_those_of_the_files(project: Path) -> None:
    found = read(project)
    assert (found.account_id, found.region) == (FOREIGN.account_id, FOREIGN.region)
    assert (found.repository, found.owner) == (FOREIGN.repository, "acme-corp")
    assert found.branches == ("develop", "release")
    assert found.connections == (FOREIGN.connection_arn,)


def test_names_window_addresses_and_times_are_those_of_each_file(project: Path) -> None:
    dev, prod = (read(project).of(environment) for environment in Environment)
    assert (dev.names.pipeline, prod.names.pipeline) == ("shop-dev-delivery", "prod-shop-pipeline")
    assert prod.alert_emails == ("ops@acme.example", "oncall@acme.example")
    assert prod.release_window is not None
    assert (prod.release_window.cron, prod.release_window.time_zone) == ("* * 8-15 ? * MON,WED *", "Europe/Berlin")
    assert (dev.limits.dev_observation_hours, dev.limits.cpu_percent) == (2, 70)
    assert prod.is_endpoint("shop.acme.example", "/")
    assert not prod.is_endpoint("shop.acme.example", "/other")
    assert not dev.is_endpoint("", "/")


def test_the_account_that_is_there_has_them(project: Path, tmp_path: Path) -> None:
    world = World(Paths(tmp_path), "http://127.0.0.1:1", configured=read(project))
    assert (world.account_id, world.region) == (FOREIGN.account_id, FOREIGN.region)


def test_the_repository_has_their_branches_their_owners_and_their_region(project: Path, tmp_path: Path) -> None:
    github = GitHub(tmp_path / "repository.git", clock.now, configured=read(project))
    assert set(github.repository.branches()) == {"develop", "release"}
    assert github.default_branch == "release"
    owners, lint = (github.repository.read("release", path) or b"" for path in ("CODEOWNERS", ".cfnlintrc"))
    assert b"* @acme-corp/" in owners
    assert FOREIGN.region.encode() in lint


def test_of_several_stacks_of_an_environment_its_own_is_the_one(project: Path) -> None:
    text = (project / "Pulumi.prod.yaml").read_text().replace("branch: release", "branch: api")
    (project / "Pulumi.api-prod.yaml").write_text(text)
    assert (read(project).of(Environment.PROD).name, len(read(project).stacks)) == ("prod", 3)
    assert read(project).branches == ("develop", "api", "release")


def test_another_account_of_dev_is_the_one_account_in_whatever_names_it(project: Path) -> None:
    file = project / "Pulumi.dev.yaml"
    file.write_text(file.read_text().replace(FOREIGN.account_id, "999999999999"))
    found = read(project)
    assert found.account_id == FOREIGN.account_id
    assert found.connections == (FOREIGN.connection_arn,)
    assert found.here("arn:aws:sns:eu-central-1:999999999999:x") == f"arn:aws:sns:eu-central-1:{FOREIGN.account_id}:x"


def test_without_files_it_is_the_samples(tmp_path: Path) -> None:
    assert read(tmp_path) == SAMPLE


@pytest.mark.parametrize(
    "config", ["{}", "{release:connectionArn: mine, release:repository: site}", "{release:thresholds: 5}"]
)
def test_what_cannot_be_used_is_the_samples(config: str, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.prod.yaml").write_text(f"config: {config}\n")
    found = read(tmp_path)
    assert (found.account_id, found.repository) == (SAMPLE.account_id, SAMPLE.repository)


@pytest.mark.parametrize("text", ["a: [", "- a", "config: text"])
def test_a_file_that_is_none_is_told_by_its_name(text: str, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.prod.yaml").write_text(text)
    with pytest.raises(StackFileError, match=r"Pulumi\.prod\.yaml cannot be read"):
        read(tmp_path)


def test_scalars_are_what_pulumi_takes_them_for(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text("config: {opens: 10:00, on: yes, day: 2026-01-01, whole: 80, part: 0.5, flag: true, none: ~}\n")
    assert document(file)["config"] == {
        "opens": "10:00", "on": "yes", "day": "2026-01-01", "whole": 80, "part": 0.5, "flag": True, "none": None,
    }  # fmt: skip


def test_the_project_is_found_from_within_and_another_program_is_none(project: Path) -> None:
    (project / "docs" / "deep").mkdir(parents=True)
    assert project_folder(project / "docs" / "deep") == project
    (project / "docs" / "Pulumi.yaml").write_text("name: other\n")
    assert project_folder(project / "docs" / "deep") is None
