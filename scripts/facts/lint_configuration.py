"""What is switched off of cfn-lint, and where: in the folder's configuration, a template, or one of its resources."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from sop.names import BUILDSPECS, Stage

NAMES = (".cfnlintrc", ".cfnlintrc.yaml", ".cfnlintrc.yml")
RULE = re.compile(r"[A-Z][0-9]{4}")
# Without the rules E0000 to E0999 a template that cannot even be read has no finding.
READING = re.compile(r"E0[0-9]{3}")
# They have cfn-lint look at something else, or not at all, or hold resources to schemas that are not AWS's.
DIVERTING = ("deployment_files", "ignore_bad_template", "override_spec", "registry_schemas")


@dataclass(frozen=True)
class Off:
    """A rule, a whole class of them, or an option that makes cfn-lint say less; and where it stands."""

    what: str
    where: str

    @property
    def blinds(self) -> bool:
        """Whether what is left says little of the template: a class of rules is off, or what reads a template."""
        return RULE.fullmatch(self.what) is None or READING.fullmatch(self.what) is not None

    def __str__(self) -> str:
        return f"{self.what} ({self.where})"


def switched_off(folder: Path, templates: Iterable[str]) -> list[Off]:
    """What is off for those templates, in the order in which cfn-lint meets it. What cannot be read says nothing."""
    found: list[Off] = []
    if path := configuration(folder):
        options = _read(path)
        if isinstance(options, Mapping):
            found += _of(cast("Mapping[str, Any]", options), path.name)
            found += [Off(name, path.name) for name in DIVERTING if cast("Mapping[str, Any]", options).get(name)]
    for template in templates:
        found += [off for options in _directives(_read(folder / template)) for off in _of(options, template)]
    return list(dict.fromkeys(found))


def configuration(folder: Path) -> Path | None:
    """The configuration that cfn-lint takes in that folder."""
    return next((path for path in map(folder.joinpath, NAMES) if path.is_file()), None)


def pipelines_version(folder: Path) -> str:
    """What the pipeline installs, `cfn-lint>=1.58,<2` say; empty where its buildspec does not tell."""
    try:
        text = (folder / BUILDSPECS[Stage.BUILD]).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    told = re.search(r"cfn-lint\s?[=<>!~][=<>!~\w.,* ]*", text)
    return told[0].strip() if told else ""


def _of(options: Mapping[str, Any], where: str) -> Iterator[Off]:
    ignored = options.get("ignore_checks")
    for rule in cast("list[Any]", ignored) if isinstance(ignored, list) else []:
        yield Off(str(rule), where)
    if where not in NAMES:
        yield from (Off(name, where) for name in DIVERTING if options.get(name))


def _directives(node: Any) -> Iterator[Mapping[str, Any]]:
    """`cfn-lint: config:` of Metadata, wherever it stands."""
    if isinstance(node, Mapping):
        for name, value in cast("Mapping[Any, Any]", node).items():
            if name == "cfn-lint" and isinstance(value, Mapping):
                config: Any = cast("Mapping[Any, Any]", value).get("config")
                if isinstance(config, Mapping):
                    yield cast("Mapping[str, Any]", config)
            yield from _directives(value)
    elif isinstance(node, list):
        for one in cast("list[Any]", node):
            yield from _directives(one)


class _Loader(yaml.SafeLoader):
    """Reads past CloudFormation's tags."""


def _untagged(loader: yaml.SafeLoader, _tag: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(cast("yaml.ScalarNode", node))


_Loader.add_multi_constructor("", _untagged)


def _read(path: Path) -> Any:
    try:
        return yaml.load(path.read_bytes(), _Loader)  # noqa: S506 - a SafeLoader
    except (OSError, yaml.YAMLError, ValueError, RecursionError):
        return None  # cfn-lint itself tells
