"""SOP 3.1: templates are linted and validated, and what was not looked at is never good."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from botocore.exceptions import EndpointConnectionError

from scripts.checks.framework import Check
from scripts.checks.templates import LARGEST_BODY, Workspace, template_lint, template_validation
from scripts.facts import lint, templates
from scripts.results import Result, Status
from scripts.verify import answer as ask
from tests.scripts.fake_aws import FakeAws, Params, Refusal

pytestmark = pytest.mark.slow

GOOD = "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n"
WITH_AN_ERROR = "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n    Properties:\n      Nme: alerts\n"
WITH_A_WARNING = f"Parameters:\n  Unused:\n    Type: String\n{GOOD}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "templates").mkdir()
    (tmp_path / "main.yaml").write_text(GOOD)
    (tmp_path / "templates" / "network.yaml").write_text(GOOD)
    return tmp_path


@pytest.fixture
def aws() -> FakeAws:
    fake = FakeAws()
    fake.answer("ValidateTemplate", {"Parameters": []})
    return fake


@pytest.fixture
def no_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A linter that looks at all and finds nothing; the real one takes a second."""
    monkeypatch.setattr("scripts.checks.templates.lint", lambda *_: [])
    monkeypatch.setattr("scripts.checks.templates.looked_at", lambda _, names: list(names))


Look = Callable[[Check[Workspace]], Result]


@pytest.fixture
def look(folder: Path, aws: FakeAws) -> Look:
    def run(check: Check[Workspace]) -> Result:
        result = ask(check, Workspace(folder, aws.aws))
        assert "itself failed" not in result.observed, result.observed
        return result

    return run


class TestWhichTemplates:
    def test_those_of_the_sops_patterns(self, folder: Path) -> None:
        for name in ("pipeline-dev.yaml", "other.yaml", "templates/notes.txt"):
            (folder / name).write_text(GOOD)
        (folder / "templates" / "folder.yaml").mkdir()
        assert templates.find_templates(folder) == ("templates/network.yaml", "main.yaml", "pipeline-dev.yaml")

    def test_a_link_that_leads_nowhere_is_one_too(self, look: Look, folder: Path) -> None:
        (folder / "templates" / "gone.yaml").symlink_to("elsewhere.yaml")
        assert "templates/gone.yaml" in templates.find_templates(folder)
        assert look(template_lint).status is not Status.PASS
        assert look(template_validation).status is Status.ERROR

    def test_a_folder_that_cannot_be_read_is_an_error(
        self, look: Look, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refused(path: Path) -> None:
            raise PermissionError(13, "Permission denied", str(path))

        monkeypatch.setattr(templates.os, "scandir", refused)
        result = look(template_lint)
        assert (result.status, "Permission denied" in result.observed) == (Status.ERROR, True)

    @pytest.mark.parametrize("name", ["templates/network.yml", "templates/more/a.yaml", "main.json", "pipeline-x.yml"])
    @pytest.mark.usefixtures("no_findings")
    def test_what_the_patterns_leave_out_is_named(self, look: Look, folder: Path, name: str) -> None:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(GOOD)
        result = look(template_lint)
        assert result.headline == "2 templates, no errors or warnings."
        assert f"Not looked at, for no pattern of SOP 3.1 matches: {name}." in result.observed

    @pytest.mark.parametrize("check", [template_lint, template_validation])
    def test_none_at_all_is_never_good(self, tmp_path: Path, aws: FakeAws, check: Check[Workspace]) -> None:
        result = ask(check, Workspace(tmp_path, aws.aws))
        assert result.status is Status.INCONCLUSIVE
        assert "release validate PATH" in result.fix


class TestLintWithCfnLint:
    def test_no_findings_pass(self, look: Look) -> None:
        result = look(template_lint)
        assert (result.status, result.observed) == (Status.PASS, "2 templates, no errors or warnings.")

    def test_errors_and_warnings_fail_and_are_named_with_their_lines(self, look: Look, folder: Path) -> None:
        (folder / "main.yaml").write_text(WITH_AN_ERROR)
        (folder / "templates" / "odd[1].yaml").write_text(WITH_A_WARNING)
        result = look(template_lint)
        assert result.status is Status.FAIL
        headline, *lines = result.observed.splitlines()
        assert headline == "1 error and 1 warning in 2 of 3 templates."
        assert any(line.startswith("main.yaml:5:7: E3002 ") for line in lines)
        assert any(line.startswith("templates/odd[1].yaml:2:3: W2001 ") for line in lines)


class TestWhatIsOff:
    """A linter that was told to say nothing has said nothing."""

    def test_a_template_that_configuration_hides_was_not_linted(self, look: Look, folder: Path) -> None:
        name = ".cfnlintrc.yaml"
        (folder / "templates" / "network.yaml").write_text(WITH_AN_ERROR)
        (folder / name).write_text("ignore_templates: [templates/network.yaml]\n")
        result = look(template_lint)
        assert (result.status, result.headline) == (Status.INCONCLUSIVE, "1 of 2 templates linted.")
        assert f"Hidden by {name}: templates/network.yaml." in result.observed

    def test_if_all_are_hidden_standard_input_is_not_linted_instead(self, look: Look, folder: Path) -> None:
        (folder / ".cfnlintrc").write_text("ignore_templates: [main.yaml, templates/network.yaml]\n")
        result = look(template_lint)
        assert (result.status, result.headline) == (Status.INCONCLUSIVE, "0 of 2 templates linted.")

    @pytest.mark.parametrize(
        ("main", "where"),
        [
            (f"Metadata:\n  cfn-lint:\n    config:\n      ignore_checks: [W2001]\n{WITH_A_WARNING}", "main.yaml"),
            (WITH_A_WARNING, ".cfnlintrc"),
        ],
    )
    def test_a_rule_that_is_off_is_named(self, look: Look, folder: Path, main: str, where: str) -> None:
        (folder / "main.yaml").write_text(main)
        if where == ".cfnlintrc":
            (folder / where).write_text("ignore_checks: [W2001]\n")
        result = look(template_lint)
        assert (result.status, result.headline) == (Status.PASS, "2 templates, no errors or warnings.")
        assert f"Switched off: W2001 ({where})." in result.observed

    def test_one_that_a_resource_switches_off_is_named_though_there_are_tags(self, look: Look, folder: Path) -> None:
        metadata = "    Metadata:\n      cfn-lint: {config: {ignore_checks: [E3002]}}\n"
        more = "Outputs:\n  Name:\n    Value: !GetAtt Topic.TopicName\n"
        (folder / "main.yaml").write_text(f"{WITH_AN_ERROR}{metadata}{more}")
        result = look(template_lint)
        assert (result.status, "E3002 (main.yaml)" in result.observed) == (Status.PASS, True)

    @pytest.mark.parametrize(
        "configuration",
        [
            "ignore_checks: [E]",
            "ignore_checks: [E3]",
            "ignore_checks: [E0000]",
            "ignore_bad_template: true",
            "deployment_files: [deployment.yaml]",
            "registry_schemas: [schemas]",  # of a resource type of one's own, or of AWS's without its rules
        ],
    )
    @pytest.mark.usefixtures("no_findings")
    def test_a_class_of_rules_that_is_off_leaves_nothing_proven(
        self, look: Look, folder: Path, configuration: str
    ) -> None:
        (folder / ".cfnlintrc").write_text(f"{configuration}\n")
        assert look(template_lint).status is Status.INCONCLUSIVE

    def test_a_persons_own_configuration_is_left_aside(
        self, look: Look, folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        home = tmp_path_factory.mktemp("home")
        (home / ".cfnlintrc").write_text("ignore_checks: [E, W]\nignore_templates: [main.yaml]\n")
        monkeypatch.setenv("HOME", str(home))
        (folder / "main.yaml").write_text(WITH_AN_ERROR)
        result = look(template_lint)
        assert result.status is Status.FAIL
        assert f"{home / '.cfnlintrc'} was left aside: the pipeline has none." in result.observed

    @pytest.mark.usefixtures("no_findings")
    def test_the_pipelines_version_is_told_beside_this_one(self, look: Look, folder: Path) -> None:
        (folder / "buildspec-test.yml").write_text('- pip install --quiet "cfn-lint>=1.58,<2"\n- cfn-lint --version\n')
        result = look(template_lint)
        assert f"cfn-lint {lint.lint_version()}; the pipeline installs cfn-lint>=1.58,<2." in result.observed
        assert lint.lint_version()


class TestLintsOwnTrouble:
    """A linter that answers what a test wants."""

    @pytest.fixture
    def answer(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> Callable[..., None]:
        def prepare(code: int, out: str = "", err: str = "") -> None:
            program = folder / "cfn-lint"
            body = f"import sys; sys.stdout.write({out!r}); sys.stderr.write({err!r}); sys.exit({code})"
            program.write_text(f"#!{sys.executable} -I\n{body}\n")
            program.chmod(0o755)
            monkeypatch.setattr(lint, "_program", lambda: str(program))

        return prepare

    def finding(self, level: str, line: int = 1) -> Params:
        start = {"LineNumber": line, "ColumnNumber": 2}
        return {
            "Filename": "main.yaml",
            "Level": level,
            "Location": {"Start": start},
            "Rule": {"Id": "X1"},
            "Message": "a\n b",
        }

    def test_what_is_informational_does_not_fail_and_stays_evidence(
        self, look: Look, answer: Callable[..., None]
    ) -> None:
        answer(8, json.dumps([self.finding("Informational")]))
        result = look(template_lint)
        assert result.status is Status.PASS
        assert result.evidence["findings"] == ["main.yaml:1:2: X1 a b"]

    def test_many_findings_are_counted_and_the_first_shown(self, look: Look, answer: Callable[..., None]) -> None:
        answer(2, json.dumps([self.finding("Error", line) for line in range(1, 31)]))
        lines = look(template_lint).observed.splitlines()
        assert lines[0] == "30 errors in 1 of 2 templates."
        assert (len(lines), lines[-1]) == (22, "and 10 more")

    @pytest.mark.parametrize(
        ("code", "out", "said"),
        [
            (1, "[]", "cfn-lint ended with 1: no such rule"),
            (0, "", "cfn-lint ended with 0"),
            (0, "{}", "cfn-lint ended with 0"),
            (2, "findings", "cannot be read"),
            (2, '[{"Level": "Error"}]', "cannot be read: KeyError"),
        ],
    )
    def test_no_findings_because_it_failed_is_an_error(
        self, look: Look, answer: Callable[..., None], code: int, out: str, said: str
    ) -> None:
        answer(code, out, "Traceback\nno such rule\n\n")
        result = look(template_lint)
        assert result.status is Status.ERROR
        assert said in result.observed

    def test_not_installed_is_an_error_with_the_way_to_install_it(
        self, look: Look, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(lint.shutil, "which", lambda *_, **__: None)
        result = look(template_lint)
        assert (result.status, result.fix) == (Status.ERROR, "pip install cfn-lint")


class TestValidation:
    def test_every_template_is_asked_about(self, look: Look, aws: FakeAws) -> None:
        assert look(template_validation).observed == "2 templates valid."
        assert [call["TemplateBody"] for call in aws.called("ValidateTemplate")] == [GOOD, GOOD]

    def test_what_it_calls_is_what_it_declares(self, look: Look, aws: FakeAws) -> None:
        look(template_validation)
        assert {f"cloudformation:{name}" for name, _ in aws.calls} == set(template_validation.permissions)

    def test_an_invalid_template_fails_in_aws_words(self, look: Look, aws: FakeAws) -> None:
        aws.answer("ValidateTemplate", Refusal("ValidationError", "Template format error: unsupported structure."))
        result = look(template_validation)
        assert result.status is Status.FAIL
        assert "main.yaml: Template format error: unsupported structure." in result.observed

    def test_no_main_yaml_fails(self, look: Look, folder: Path) -> None:
        (folder / "main.yaml").unlink()
        result = look(template_validation)
        assert (result.status, result.headline) == (Status.FAIL, "1 template not valid.")
        assert "main.yaml: there is no such file" in result.observed

    @pytest.mark.parametrize(("body", "said"), [(b" \n", "it is empty"), (b"\xff\xfe", "it is not UTF-8 text")])
    def test_what_is_no_template_fails_unasked(self, look: Look, folder: Path, body: bytes, said: str) -> None:
        (folder / "main.yaml").write_bytes(body)
        result = look(template_validation)
        assert (result.status, f"main.yaml: {said}" in result.observed) == (Status.FAIL, True)

    @pytest.mark.parametrize(("more", "status"), [(0, Status.PASS), (1, Status.INCONCLUSIVE)])
    def test_51200_bytes_are_the_most(self, look: Look, folder: Path, more: int, status: Status) -> None:
        size = LARGEST_BODY + more
        (folder / "main.yaml").write_text(GOOD + "#" * (size - len(GOOD)))
        result = look(template_validation)
        assert result.status is status
        if more:
            assert "main.yaml: 51201 bytes; ValidateTemplate takes at most 51200" in result.observed
            assert "S3" in result.fix

    @pytest.mark.parametrize(
        "answer", [Refusal("Throttling"), Refusal("AccessDenied"), EndpointConnectionError(endpoint_url="http://x")]
    )
    def test_without_an_answer_it_is_an_error(self, look: Look, aws: FakeAws, answer: Refusal | Exception) -> None:
        aws.answer("ValidateTemplate", answer)
        assert look(template_validation).status is Status.ERROR

    def test_a_template_known_to_be_invalid_counts_more_than_an_answer_that_is_missing(
        self, look: Look, aws: FakeAws, folder: Path
    ) -> None:
        (folder / "main.yaml").write_text("")
        aws.answer("ValidateTemplate", Refusal("Throttling"))
        result = look(template_validation)
        assert result.status is Status.FAIL
        assert result.evidence["templates/network.yaml"] == "not asked"


def test_the_program_is_found_beside_this_python() -> None:
    assert Path(lint._program()).parent == Path(sys.executable).parent
